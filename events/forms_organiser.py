"""What organisers type: an event's plan, answers to invitations, reports. The rules stay in the
domain; a form keeps what was typed, whatever becomes of it.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain import credit, speaking
from events.domain.plans import CreditPlan
from events.models import Event
from kit import walltime
from kit.errors import Invalid
from programmes.models import Alliance, Licence, Programme, Speaker, Topic

ZONES = (
    ("America/New_York", "Eastern (New York)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Arizona (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("UTC", "UTC"),
)
CAPTIONS = (("live", "Live captions"), ("edited", "Edited captions afterward"), ("none", "None"))
CREDIT = "credit_"
SPEAKER = "speaker_"
MOST_SPEAKERS = 60
BLANK_SPEAKERS = 2


def zone_choices(*known: str) -> list[tuple[str, str]]:
    """The zones of the United States, and those of ``known`` that are not among them."""
    offered = dict(ZONES)
    more = [(zone, walltime.city(zone)) for zone in dict.fromkeys(known) if zone not in offered]
    return [*ZONES, *((zone, city) for zone, city in more if zone)]


class PlanForm(forms.Form):
    """An event without its sessions. Leaves every rule to the domain."""

    title = forms.CharField(label=_("Title"), max_length=400)
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        help_text=_("One sentence that says what people take home."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("Markdown: **bold**, - lists, [links](https://…)."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Event.Kind.choices)
    programme = forms.ModelChoiceField(
        Programme.objects.none(), label=_("Program"), required=False, empty_label=_("None")
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        label=_("Topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        help_text=_("All times below are in this zone."),
        widget=forms.Select,
    )
    format = forms.ChoiceField(label=_("Format"), choices=Event.Format.choices)
    venue = forms.CharField(
        label=_("Venue"),
        required=False,
        help_text=_("Name and street address, for events with a room."),
    )
    join_url = forms.CharField(
        label=_("Join link"),
        required=False,
        help_text=_("Never shown in public. Registrants join through their own link."),
        widget=forms.URLInput(attrs={"placeholder": "", "autocomplete": "off"}),
    )
    platform = forms.CharField(
        label=_("Platform"),
        required=False,
        help_text=_("What the call runs on, such as Zoom webinar or Teams."),
    )
    licence = forms.ModelChoiceField(
        Licence.objects.none(),
        label=_("Webinar license"),
        required=False,
        empty_label=_("None"),
        help_text=_("One license cannot host two calls at once."),
    )
    capacity = forms.IntegerField(
        label=_("Seats"), required=False, help_text=_("Blank for no limit.")
    )
    has_waitlist = forms.BooleanField(label=_("Keep a waitlist when full"), required=False)
    closes_minutes_before = forms.IntegerField(
        label=_("Registration closes, minutes before the start"), required=False
    )
    visibility = forms.ChoiceField(label=_("Who finds it"), choices=Event.Visibility.choices)
    sharing = forms.ChoiceField(
        label=_("What co-hosts see of registrants"),
        choices=Event.Sharing.choices,
        help_text=_("The lead sees everyone. Co-hosts agree to this when they accept."),
    )
    attendance_percent = forms.IntegerField(
        label=_("Minutes needed for a certificate, in percent"),
        help_text=_("Of the session minutes, breaks left out. 80 is usual."),
    )
    captions = forms.ChoiceField(label=_("Captions"), choices=CAPTIONS)
    is_recorded = forms.BooleanField(label=_("It is recorded"), required=False)

    def __init__(
        self, *args: Any, schemes: Sequence[str] = (), licences: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["programme"].queryset = Programme.objects.all()
        fields["topics"].queryset = Topic.objects.all()
        if licences is not None:
            fields["licence"].queryset = licences
        fields["time_zone"].widget.choices = zone_choices(self["time_zone"].value() or "")
        for scheme in dict.fromkeys([*credit.SCHEMES, *schemes]):
            self.fields[CREDIT + scheme] = forms.DecimalField(
                label=credit.label(scheme), required=False
            )
        for number in range(self._speaker_count()):
            self.fields[f"{SPEAKER}{number}"] = forms.CharField(
                label=f"Speaker {number + 1}",
                required=False,
                widget=forms.TextInput(attrs={"list": "speakers", "autocomplete": "off"}),
            )

    @cached_property
    def people(self) -> speaking.Directory:
        """Whom to choose speakers from. One query."""
        return speaking.directory()

    @property
    def speaker_names(self) -> list[str]:
        return list(self.people.labels.values())

    def _speaker_count(self) -> int:
        """As many fields as were sent; in a form that is only shown, two more than are filled."""
        if self.is_bound:
            sent = (name.removeprefix(SPEAKER) for name in self.data if name.startswith(SPEAKER))
            numbers = [int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 3]
            return min(max(numbers, default=-1) + 1, MOST_SPEAKERS)
        filled = [
            name for name, value in self.initial.items() if name.startswith(SPEAKER) and value
        ]
        return min(len(filled) + BLANK_SPEAKERS, MOST_SPEAKERS)

    def clean(self) -> dict[str, Any]:
        """Speakers by their names, in order."""
        typed: dict[str, Any] = super().clean() or {}
        slugs = []
        for name in [one for one in self.fields if one.startswith(SPEAKER)]:
            try:
                slugs += [self.people.slug(typed[name])] if typed.get(name) else []
            except Invalid as no:
                self.add_error(name, str(no))
        rows = {one.slug: one for one in Speaker.objects.filter(slug__in=slugs)} if slugs else {}
        typed["speakers"] = tuple(rows[slug] for slug in dict.fromkeys(slugs) if slug in rows)
        return typed

    def credits(self, before: Sequence[CreditPlan] = ()) -> tuple[CreditPlan, ...]:
        """The credit typed; minutes per unit stay as they were in ``before``."""
        units = {one.scheme: one.minutes_per_unit for one in before}
        typed = {
            name.removeprefix(CREDIT): amount
            for name, amount in self.cleaned_data.items()
            if name.startswith(CREDIT) and amount is not None
        }
        return tuple(
            CreditPlan(scheme, Decimal(amount), units.get(scheme))
            for scheme, amount in sorted(typed.items())
        )

    def plan(self) -> dict[str, Any]:
        """The fields of an EventPlan that this form has, but for its credits and sessions."""
        typed = {name: self.cleaned_data[name] for name in PLANNED}
        typed["topics"] = tuple(sorted(typed["topics"], key=lambda topic: topic.pk))
        typed["closes_minutes_before"] = typed["closes_minutes_before"] or 0
        if not self._speaker_count():  # a form without these fields says nothing of them
            del typed["speakers"]
        return typed

    def group(self, name: str) -> list[list[forms.BoundField]]:
        """The fields of one part of the page, row by row."""
        if name in {"credits", "who"}:
            prefix = CREDIT if name == "credits" else SPEAKER
            return [[self[field] for field in self.fields if field.startswith(prefix)]]
        return [[self[field] for field in row] for row in GROUPS[name]]


GROUPS = {
    "what": (("title",), ("summary",), ("description",), ("kind", "programme"), ("topics",)),
    "where": (("format", "venue"), ("platform", "licence"), ("join_url",)),
    "seats": (
        ("capacity", "closes_minutes_before"),
        ("has_waitlist",),
        ("visibility", "sharing"),
    ),
    "rule": (("attendance_percent", "captions"), ("is_recorded",)),
}
PLANNED = (
    "time_zone",
    "speakers",
    *(name for rows in GROUPS.values() for row in rows for name in row),
)


class DraftForm(PlanForm):
    """A new event: also which alliance leads it, and who is asked along.

    ``once`` is drawn anew for each form, so that one sent twice makes one event.
    """

    lead = forms.ModelChoiceField(
        Alliance.objects.none(), label=_("Lead"), to_field_name="slug", empty_label=None
    )
    co_hosts = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Co-hosts"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each is asked by mail as soon as you save, and can say yes or no."),
    )

    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, leads: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        others = Alliance.objects.active()
        only = leads[0] if len(leads) == 1 else None
        if only is not None:  # nothing to choose: said in words, and not asked along
            fields["lead"].widget = forms.HiddenInput()
            others = others.exclude(pk=only.pk)
        fields["lead"].queryset = leads
        usable = Licence.objects.filter(is_active=True, alliance__in=leads)
        fields["licence"].queryset = usable.select_related("alliance")
        fields["co_hosts"].queryset = others


class EditForm(PlanForm):
    """An event that is there: ``version`` is the one the person looked at, ``base`` its marks."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    base = forms.CharField(required=False, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Everybody who registered reads it in their mail."),
        error_messages={"required": _("Say why it is canceled.")},
    )


class ReportForm(forms.Form):
    """An attendance report and the zone its times were written in."""

    file = forms.FileField(
        label=_("Attendance report"),
        help_text=_("The CSV file of Zoom, Teams, Webex or Google Meet, or a sign-in sheet."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        error_messages={
            "required": _("Choose the CSV file of the meeting."),
            "empty": _("This file is empty. Export the report once more."),
        },
    )
    zone = forms.CharField(
        label=_("Time zone of the report"),
        help_text=_("The zone of the account that made it, if that is not the event's."),
        widget=forms.Select,
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, initial={"zone": event.time_zone}, **kwargs)
        offered = zone_choices(event.time_zone, self["zone"].value() or "")
        self.fields["zone"].widget.choices = offered  # type: ignore[attr-defined]


class SettlementForm(forms.Form):
    """Settling; before the end it has to be said twice."""

    early = forms.BooleanField(
        label=_("The event was over before its scheduled end; settle it now"), required=False
    )


class InvitationForm(forms.Form):
    """Alliances to ask along."""

    alliances = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Ask another alliance"),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the alliance to ask.")},
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {
            part.alliance_id for part in event.hosts.all() if part.state in {"invited", "accepted"}
        }
        others = Alliance.objects.active().exclude(pk__in=asked)
        self.fields["alliances"].queryset = others  # type: ignore[attr-defined]
