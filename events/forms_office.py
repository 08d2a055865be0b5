"""An alliance's hours, days off, licences and levels, as typed. The rules stay in the domain."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.finding.clashes import USUAL_LEVELS
from events.domain.finding.hours import DAY, OfficeWeek
from events.forms_finding import WEEKDAYS
from programmes.domain.office import DayHours
from programmes.models import ConflictLevel

HELP = {
    "speaker": _("The same person speaks elsewhere at that time."),
    "room": _("The same venue and room is taken."),
    "licence": _("The license holds as many calls as it can."),
    "host": _("One of the hosts has another event at that time."),
    "audience": _("The same topic for the same people that week, or for others at that time."),
    "holiday": _("A public holiday, or a day off that an alliance has named."),
    "partner_calendar": _("Something in a calendar that an alliance keeps elsewhere."),
}


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "aria-label": label}, format="%H:%M"),
        error_messages={"invalid": _("Write the time like 09:00.")},
    )


class HoursForm(forms.Form):
    """Opening and closing time of each day; both blank where the office is closed."""

    def __init__(self, *args: Any, week: OfficeWeek, **kwargs: Any) -> None:
        super().__init__(*args, initial=_of_week(week), **kwargs)
        for number, name in WEEKDAYS:
            self.fields[f"opens_{number}"] = _clock(_("%s, from") % name)
            self.fields[f"closes_{number}"] = _clock(_("%s, until") % name)
        self.fields["lunch_starts"] = _clock(_("Lunch, from"))
        self.fields["lunch_ends"] = _clock(_("Lunch, until"))

    @property
    def rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """What it is, from, until: the days, then lunch."""
        days = [(name, self[f"opens_{n}"], self[f"closes_{n}"]) for n, name in WEEKDAYS]
        return [*days, (_("Lunch"), self["lunch_starts"], self["lunch_ends"])]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for _name, first, last in self.rows:
            if first.errors or last.errors:
                continue
            if (typed.get(first.name) is None) != (typed.get(last.name) is None):
                self.add_error(last.name, _("Give both times, or neither."))
        return typed

    def days(self) -> dict[int, DayHours]:
        """What the domain takes."""
        typed = self.cleaned_data
        lunch = None
        if typed["lunch_starts"] is not None:
            lunch = (_minutes(typed["lunch_starts"]), _minutes(typed["lunch_ends"], is_end=True))
        return {
            int(number): DayHours(
                _minutes(typed[f"opens_{number}"]),
                _minutes(typed[f"closes_{number}"], is_end=True),
                lunch,
            )
            for number, _name in WEEKDAYS
            if typed[f"opens_{number}"] is not None
        }


class DayOffForm(forms.Form):
    """One day, or several in a row."""

    name = forms.CharField(
        label=_("What it is"),
        help_text=_("Such as Founders' Day, or annual conference."),
        error_messages={"required": _("Say what the day is.")},
    )
    first_day = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose the day."),
            "invalid": _("Write the day like 2027-01-13."),
        },
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like 2027-01-13.")},
    )
    is_worked = forms.BooleanField(
        label=_("We work on these days, public holiday or not"), required=False
    )


class LicenceForm(forms.Form):
    """An account for calls."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Such as Webinar 500."),
        error_messages={"required": _("Name the license.")},
    )
    calls_at_once = forms.IntegerField(
        label=_("Calls at once"),
        initial=1,
        error_messages={
            "required": _("Write how many calls it holds at once."),
            "invalid": _("Write a whole number."),
        },
    )


class LevelsForm(forms.Form):
    """How serious each kind of conflict is."""

    USUAL = "usual"

    def __init__(
        self, *args: Any, own: dict[str, str], above: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        """``own`` levels are set here, ``above`` those that count where nothing is."""
        kinds = ConflictLevel.Kind.values
        initial = {kind: own.get(kind, self.USUAL) for kind in kinds}
        super().__init__(*args, initial=initial, **kwargs)
        above = {**USUAL_LEVELS, **(above or {})}
        words = dict(ConflictLevel.Level.choices)
        for kind, label in ConflictLevel.Kind.choices:
            usual = _("Usual: %s") % str(words[above[kind]]).lower()
            self.fields[kind] = forms.ChoiceField(
                label=label,
                choices=[(self.USUAL, usual), *ConflictLevel.Level.choices],
                help_text=HELP[kind],
                error_messages={
                    "required": _("Choose block, warn or ignore."),
                    "invalid_choice": _("Choose block, warn or ignore."),
                },
            )

    def levels(self) -> dict[str, str]:
        """What the domain takes: "" where the usual level is to count."""
        typed = self.cleaned_data.items()
        return {kind: "" if level == self.USUAL else level for kind, level in typed}


def _of_week(week: OfficeWeek) -> dict[str, time | None]:
    found: dict[str, time | None] = {}
    lunch = next((day.lunch for day in week.days if day and day.lunch), None)
    for number, day in enumerate(week.days):
        found[f"opens_{number}"] = _time(day.opens) if day else None
        found[f"closes_{number}"] = _time(day.closes) if day else None
    found["lunch_starts"], found["lunch_ends"] = map(_time, lunch) if lunch else (None, None)
    return found


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _minutes(at: time, *, is_end: bool = False) -> int:
    """Minutes after midnight; an end at midnight is that of the day's end."""
    minutes = at.hour * 60 + at.minute
    return DAY if is_end and not minutes else minutes
