"""What people type about seasons: shape and wording. The rules stay in the domain."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.seasons import ItemPlan, SeasonPlan
from events.forms_organiser import zone_choices
from events.models import Event, Season, SeasonItem
from programmes.models import Alliance, Licence, Speaker, Topic

ANY = "any"


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day."), "invalid": _("Write a day as YYYY-MM-DD.")},
    )


class SeasonForm(forms.Form):
    """A new season; its events come next."""

    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("Such as “Spring 2027”."))
    alliance = forms.ModelChoiceField(
        Alliance.objects.none(), label=_("Planned by"), to_field_name="slug", empty_label=None
    )
    first_day = _day(_("First day"))
    last_day = _day(_("Last day"))
    time_zone = forms.ChoiceField(label=_("Days and weeks are those of"))

    def __init__(self, *args: Any, alliances: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["alliance"].queryset = alliances  # type: ignore[attr-defined]
        zones = (alliance.zone for alliance in alliances)
        self.fields["time_zone"].choices = zone_choices(*zones)  # type: ignore[attr-defined]

    def plan(self) -> SeasonPlan:
        """What was typed, as the domain takes it."""
        typed = {name: self.cleaned_data[name] for name in self.fields if name != "alliance"}
        return SeasonPlan(**typed)


class ItemForm(forms.Form):
    """One event to place."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Event.Kind, initial=Event.Kind.WEBINAR)
    minutes = forms.IntegerField(label=_("Length in minutes"), initial=60)
    hosts = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Hosts"),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one alliance.")},
    )
    lead = forms.ChoiceField(label=_("Lead"))
    first_day = _day(_("Not before"))
    last_day = _day(_("Not after"))
    topic = forms.ModelChoiceField(
        Topic.objects.all(), label=_("Topic"), required=False, to_field_name="slug"
    )
    speaker = forms.ModelChoiceField(
        Speaker.objects.all(), label=_("Speaker"), required=False, to_field_name="slug"
    )
    licence = forms.ModelChoiceField(
        Licence.objects.none(), label=_("Webinar license"), required=False
    )

    def __init__(self, *args: Any, season: Season, item: SeasonItem | None = None, **kwargs: Any):
        kwargs.setdefault("initial", _initial(season, item))
        super().__init__(*args, **kwargs)
        alliances = Alliance.objects.active()
        self.fields["hosts"].queryset = alliances  # type: ignore[attr-defined]
        leads = [(one.slug, one.name) for one in alliances]
        self.fields["lead"].choices = [(ANY, _("Any of the hosts, in turn")), *leads]  # type: ignore[attr-defined]
        self.fields["licence"].queryset = Licence.objects.filter(  # type: ignore[attr-defined]
            is_active=True
        ).select_related("alliance")
        self.item = item

    def clean(self) -> dict[str, Any]:
        """The lead is one of the hosts."""
        typed: dict[str, Any] = super().clean() or {}
        lead, hosts = typed.get("lead"), typed.get("hosts")
        if hosts and lead != ANY and lead not in {host.slug for host in hosts}:
            self.add_error("lead", _("The lead has to be one of the hosts. Tick it above."))
        return typed

    def plan(self) -> ItemPlan:
        """What was typed, as the domain takes it; topics and speakers beyond the first stay."""
        data = self.cleaned_data
        lead = data["lead"]
        hosts = sorted(data["hosts"], key=lambda host: (host.slug != lead, host.position))
        return ItemPlan(
            title=data["title"],
            kind=data["kind"],
            minutes=data["minutes"],
            hosts=tuple(hosts),
            first_day=data["first_day"],
            last_day=data["last_day"],
            any_host_leads=lead == ANY,
            topics=self._with_others("topics", data["topic"]),
            speakers=self._with_others("speakers", data["speaker"]),
            licence=data["licence"],
        )

    def _with_others(self, name: str, first: Any) -> tuple[Any, ...]:
        before = list(getattr(self.item, name).all()) if self.item is not None else []
        others = before[1:]
        chosen = [first] if first is not None else []
        return tuple(dict.fromkeys([*chosen, *others]))


class TableForm(forms.Form):
    """Many events at once, a line each."""

    table = forms.CharField(
        label=_("Events, a line each"),
        max_length=60_000,
        help_text=_(
            "Title; minutes; hosts with + between them; topic; not before; not "
            "after. Add * to the hosts to keep the first as lead. Copied from a spreadsheet works."
        ),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        strip=False,
    )


def _initial(season: Season, item: SeasonItem | None) -> dict[str, Any]:
    if item is None:
        days: dict[str, date] = {"first_day": season.first_day, "last_day": season.last_day}
        return {**days, "lead": ANY, "minutes": 60, "hosts": [season.alliance.slug]}
    topic, speaker = item.topics.first(), item.speakers.first()
    return {
        "title": item.title,
        "kind": item.kind,
        "minutes": item.minutes,
        "hosts": [host.slug for host in item.hosts.all()],
        "lead": ANY if item.any_host_leads else item.first_lead.slug,
        "first_day": item.first_day,
        "last_day": item.last_day,
        "topic": topic.slug if topic else None,
        "speaker": speaker.slug if speaker else None,
        "licence": item.licence_id,
    }
