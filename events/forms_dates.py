"""What organisers type about dates: how an event repeats, one date, another zone, a copy."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain import series, timing
from events.domain.dates import LONGEST, Change
from events.domain.recurrence import MOST
from events.domain.repeats import Wish
from events.domain.speaking import Directory
from events.domain.timing import SessionPlan
from events.forms_organiser import zone_choices
from events.forms_sessions import FOLDS
from kit import walltime
from kit.errors import Invalid

NEVER = "never"
FREQUENCIES = (
    ("weekly", _("Every week or every few weeks")),
    ("weekday", _("Every month, on a weekday such as the second Tuesday")),
    ("monthly", _("Every month, on the same day of the month")),
    ("daily", _("Every day or every few days")),
    ("yearly", _("Every year")),
    ("rule", _("By a rule of my own (RRULE)")),
    (NEVER, _("It does not repeat any more; its dates stay")),
)
GAPS = (
    ("refuse", _("Ask me")),
    ("leave-out", _("Leave that date out")),
    ("later", _("Start right after the jump")),
)
DAYS = tuple(series.WEEKDAYS.items())
RANKS = (
    ("", _("As the first date")),
    *((str(n), series.RANKS[n].capitalize()) for n in (1, 2, 3, 4, 5, -1)),
)
ENDS = (("count", _("After a number of dates")), ("until", _("On a last day")))
WHICH = [("", _("Ask me")), *FOLDS[1:]]


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the date."), "invalid": _("Choose a real date.")},
    )


def _hour(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": _("Choose when it starts."),
            "invalid": _("Write it as 13:00."),
        },
    )


class RepeatForm(forms.Form):
    """How an event repeats, and from which date on."""

    start = forms.ChoiceField(label=_("From this date on"), required=False)
    frequency = forms.ChoiceField(label=_("It repeats"), choices=FREQUENCIES)
    interval = forms.IntegerField(
        label=_("Every how many"), min_value=1, max_value=MOST, initial=1, required=False
    )
    days = forms.MultipleChoiceField(
        label=_("On these weekdays"),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For weeks. None: that of the first date."),
    )
    rank = forms.ChoiceField(label=_("Which weekday of the month"), choices=RANKS, required=False)
    rule = forms.CharField(
        label=_("Rule"),
        required=False,
        help_text=_("Such as FREQ=MONTHLY;BYDAY=2TU;COUNT=10. It must end."),
    )
    on = _day(_("First date"))
    at = _hour(_("Start"))
    ends = forms.ChoiceField(label=_("It ends"), choices=ENDS, widget=forms.RadioSelect)
    count = forms.IntegerField(
        label=_("Number of dates"), min_value=1, max_value=MOST, required=False
    )
    until = _day(_("Last day"), required=False)
    gaps = forms.ChoiceField(
        label=_("Where clocks skip this time"), choices=GAPS, required=False, initial="refuse"
    )
    fold = forms.ChoiceField(
        label=_("Where clocks show this time twice"), choices=WHICH, required=False
    )
    overwrite = forms.BooleanField(
        label=_("Also put dates changed by hand back to the rule"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, dates: Sequence[SessionPlan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start: Any = self.fields["start"]
        start.choices = [("", _("The next one")), *((one.uid, said(one)) for one in dates)]
        if not dates:
            start.widget = forms.HiddenInput()
            self.fields["overwrite"].widget = forms.HiddenInput()

    @property
    def stops(self) -> bool:
        """Whether it is not to repeat any more."""
        return bool(self.cleaned_data.get("frequency") == NEVER)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("frequency") in {NEVER, "rule"}:
            if typed["frequency"] == "rule" and not typed.get("rule"):
                self.add_error("rule", _("Write the rule."))
            return typed
        if typed.get("ends") == "until" and not typed.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the last day."))
        if typed.get("ends") == "count" and not typed.get("count") and "count" not in self.errors:
            self.add_error("count", _("Say how many dates there are."))
        return typed

    def wish(self) -> Wish:
        """What the domain takes."""
        typed = self.cleaned_data
        return Wish(
            rule=self._rule(),
            first=f"{typed['on']:%Y-%m-%d}T{typed['at']:%H:%M}",
            gaps=typed["gaps"] or "refuse",
            fold=int(typed["fold"]) if typed["fold"] else None,
            overwrite=typed["overwrite"],
        )

    def _rule(self) -> str:
        typed = self.cleaned_data
        if typed["frequency"] == "rule":
            return str(typed["rule"]).strip()
        weekday = list(series.WEEKDAYS)[typed["on"].weekday()]
        rank = int(typed["rank"] or (typed["on"].day - 1) // 7 + 1)
        by = {
            "weekly": f"FREQ=WEEKLY;BYDAY={','.join(typed['days'] or [weekday])}",
            "weekday": f"FREQ=MONTHLY;BYDAY={rank}{weekday}",
            "monthly": f"FREQ=MONTHLY;BYMONTHDAY={typed['on'].day}",
            "daily": "FREQ=DAILY",
            "yearly": "FREQ=YEARLY",
        }[typed["frequency"]]
        every = f";INTERVAL={typed['interval']}" if (typed["interval"] or 1) > 1 else ""
        until = typed["ends"] == "until"
        ends = f"UNTIL={typed['until']:%Y%m%d}" if until else f"COUNT={typed['count']}"
        return f"{by}{every};{ends}"


SCOPES = (
    ("one", _("This date alone")),
    ("following", _("This date and those that follow")),
    ("all", _("All dates that are not over")),
)


class DateForm(forms.Form):
    """One date: when, how long, where, who; and to which dates a change goes."""

    on = _day(_("Date"))
    starts = _hour(_("Start"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=LONGEST)
    title = forms.CharField(
        label=_("Title of this date"),
        required=False,
        help_text=_("Blank: the event's title."),
    )
    room = forms.CharField(label=_("Room"), required=False)
    join_url = forms.CharField(
        label=_("Join link of this date"),
        required=False,
        help_text=_("Only where it differs from the event's. Never shown in public."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    fold = forms.ChoiceField(
        label=_("Where clocks show this time twice"), choices=WHICH, required=False
    )
    scope = forms.ChoiceField(label=_("Change"), choices=SCOPES, widget=forms.RadioSelect)
    overwrite = forms.BooleanField(
        label=_("Also change dates that were changed by hand"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, session: SessionPlan, is_series: bool, people: Directory, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.session, self.people = session, people
        self.speaker_count = len(session.speakers) + 2
        for number in range(self.speaker_count):
            self.fields[f"speaker_{number}"] = forms.CharField(
                label=f"Speaker {number + 1}",
                required=False,
                widget=forms.TextInput(attrs={"list": "speakers", "autocomplete": "off"}),
            )
        if not is_series:
            self.fields["scope"].widget = forms.HiddenInput()
            self.fields["overwrite"].widget = forms.HiddenInput()

    @property
    def speaker_fields(self) -> list[forms.BoundField]:
        return [self[f"speaker_{number}"] for number in range(self.speaker_count)]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        slugs = []
        for number in range(self.speaker_count):
            name = str(typed.get(f"speaker_{number}", "")).strip()
            try:
                slugs += [self.people.slug(name)] if name else []
            except Invalid as no:
                self.add_error(f"speaker_{number}", str(no))
        typed["speakers"] = tuple(dict.fromkeys(slugs))
        return typed

    def change(self, zone: str) -> Change:
        """What differs from the date as it is."""
        typed, was = self.cleaned_data, self.session
        fold = int(typed["fold"]) if typed["fold"] else None
        on, starts = f"{typed['on']:%Y-%m-%d}", f"{typed['starts']:%H:%M}"
        new = {name: typed[name] for name in ("title", "room", "join_url", "speakers")}
        minutes = typed["minutes"]
        return Change(
            on=on if on != was.starts_local[:10] else None,
            starts=starts if starts != was.starts_local[11:] or fold is not None else None,
            minutes=minutes if minutes != timing.minutes_of(was, zone) else None,
            fold=fold,
            **{name: value for name, value in new.items() if value != getattr(was, name)},
        )


class CallOffForm(forms.Form):
    """Canceling a date, or it and those that follow; or bringing it back."""

    scope = forms.ChoiceField(choices=SCOPES[:2])
    is_cancelled = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda typed: typed == "1"
    )
    version = forms.IntegerField()


class ZoneForm(forms.Form):
    """Another time zone, and what stays: the wall time or the moment."""

    zone = forms.CharField(label=_("New time zone"), widget=forms.Select)
    keep = forms.ChoiceField(
        label=_("What stays"),
        choices=(
            ("wall", _("The time on the clock: 1 p.m. stays 1 p.m., in the new zone")),
            ("instant", _("The moment: nobody's calendar moves, the clock is said anew")),
        ),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget: Any = self.fields["zone"].widget
        widget.choices = zone_choices(zone, str(self["zone"].value() or ""))


class CopyForm(forms.Form):
    """A copy of an event: on which day it begins, what of it is taken."""

    on = _day(
        _("First session on"), help_text=_("All sessions move by as many days, on the same clock.")
    )
    title = forms.CharField(label=_("Title"), max_length=400)
    only = forms.MultipleChoiceField(
        label=_("Sessions to copy"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one session to copy.")},
    )
    fold = forms.ChoiceField(
        label=_("Where clocks show a time twice"), choices=WHICH, required=False
    )

    def __init__(self, *args: Any, sessions: Sequence[SessionPlan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only: Any = self.fields["only"]
        only.choices = [(one.uid, said(one)) for one in sessions]


def said(session: SessionPlan) -> str:
    """“Thu, Jan 7, 2027, 1 p.m.: Planning”, on its own clock."""
    local = timing.wall(session.starts_local)
    title = f": {session.title}" if session.title else ""
    return f"{walltime.short_date(local)}, {local.year}, {walltime.clock(local)}{title}"
