"""What people type about polls: shape and wording. The rules stay in the domain."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.polls.plans import Asked, PollPlan
from events.forms_organiser import zone_choices
from events.models import Event, Poll, PollAnswer
from kit import walltime
from kit.errors import Invalid
from programmes.models import Alliance

FIRST_TIMES, MORE_TIMES = 6, 6
_ASKED = re.compile(r"\s*(?:(?P<name>[^<>]*?)\s*<)?(?P<email>[^<>\s]+)>?\s*")


class PollForm(forms.Form):
    """A new poll. Times are wall times of the zone; rows left blank are passed over."""

    title = forms.CharField(label=_("What is it about?"), max_length=200)
    note = forms.CharField(
        label=_("A word to those you ask"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    minutes = forms.IntegerField(
        label=_("Length in minutes"), min_value=5, max_value=2880, initial=60
    )
    time_zone = forms.ChoiceField(label=_("Times are in"))
    alliances = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Ask the organizers of"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
    )
    others = forms.CharField(
        label=_("Ask others"),
        required=False,
        help_text=_("One a line: Ana Ruiz <ana@town.gov>. They need no account."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    has_open_link = forms.BooleanField(
        label=_("Anybody who has the poll’s own link may answer too"), required=False
    )
    closes_on = forms.DateField(
        label=_("Last day to answer"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, count: int = FIRST_TIMES, zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count
        self.fields["time_zone"].choices = zone_choices(zone)  # type: ignore[attr-defined]
        self.fields["alliances"].queryset = Alliance.objects.active()  # type: ignore[attr-defined]
        for number in range(count):
            self.fields[f"time_{number}"] = forms.DateTimeField(
                label=_("Time %(number)s") % {"number": number + 1},
                required=False,
                input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
                ),
            )

    @property
    def times(self) -> list[list[Any]]:
        """The bound fields of the times, two a row."""
        fields = [self[f"time_{number}"] for number in range(self.count)]
        return [fields[first : first + 2] for first in range(0, self.count, 2)]

    def plan(self, event: Event | None, organisers: Iterable[Asked]) -> PollPlan:
        """What was typed, as the domain takes it. Raises Invalid at the field it is about."""
        data = self.cleaned_data
        zone = data["time_zone"]
        last = data["closes_on"]
        return PollPlan(
            title=data["title"],
            note=" ".join(data["note"].split()),
            minutes=data["minutes"],
            time_zone=zone,
            starts=tuple(self._starts(zone)),
            asked=(*organisers, *asked_in(data["others"])),
            closes_at=_at(datetime.combine(last, time(23, 59)), zone, "closes_on")
            if last
            else None,
            has_open_link=data["has_open_link"],
            event=event,
        )

    def _starts(self, zone: str) -> Iterable[datetime]:
        for number in range(self.count):
            typed = self.cleaned_data.get(f"time_{number}")
            if typed is not None:
                yield _at(typed.replace(tzinfo=None), zone, f"time_{number}")


def _at(local: datetime, zone: str, field: str) -> datetime:
    """The instant; where clocks show it twice, the first."""
    try:
        return walltime.to_utc(local, zone, fold=0).astimezone(UTC)
    except Invalid as no:
        raise Invalid.at(field, msg=str(no)) from no


def asked_in(typed: str) -> list[Asked]:
    """The people of a text with one a line, or with commas. Raises Invalid, naming the line."""
    found = []
    for line in filter(str.strip, re.split(r"[\n,;]", typed)):
        parts = _ASKED.fullmatch(line)
        if parts is None or "@" not in parts["email"]:
            sentence = f"“{line.strip()[:60]}” is no address. Write: Ana Ruiz <ana@town.gov>."
            raise Invalid.at("others", msg=sentence)
        found.append(Asked(parts["name"] or "", parts["email"]))
    return found


class AnswerForm(forms.Form):
    """One answer for each time of a poll: yes, if needed or no."""

    def __init__(self, *args: Any, poll: Poll, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = list(poll.slots.all())
        for slot in self.slots:
            self.fields[f"slot_{slot.pk}"] = forms.ChoiceField(
                label=str(slot),
                choices=PollAnswer.Choice.choices,
                widget=forms.RadioSelect,
                error_messages={"required": _("Say yes, if needed or no.")},
            )
        self.fields["comment"] = forms.CharField(
            label=_("Anything to add?"), required=False, max_length=500
        )

    def choices(self) -> dict[int, str]:
        """What was chosen, by the slot's pk."""
        return {slot.pk: self.cleaned_data[f"slot_{slot.pk}"] for slot in self.slots}

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Each time with its bound field."""
        return [(slot, self[f"slot_{slot.pk}"]) for slot in self.slots]


class JoinForm(AnswerForm):
    """The same for somebody who came by the open link: who are you?"""

    name = forms.CharField(
        label=_("Your name"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.CharField(
        label=_("Work email"),
        max_length=320,
        help_text=_("We mail you a link to change your answer, and the time once it is set."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def asked(self) -> Asked:
        return Asked(self.cleaned_data["name"], self.cleaned_data["email"])
