"""The dates of an event as rows of fields, with breaks; rows come and go without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from events.domain.timing import SessionPlan
from kit import walltime
from kit.errors import Invalid, Refused

PREFIX = "session"
EDGES = ("starts", "ends")
MOST_ROWS = 200
FOLDS = [("", "Choose"), ("0", "The first, before clocks go back"), ("1", "The second")]


def _clock(label: str, missing: str = "") -> forms.CharField:
    """A time of day; with ``missing``, one that is needed, and what is said where it is not."""
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=8,
        widget=forms.TextInput(attrs={"type": "time"}),
        error_messages={"required": missing},
    )


class SessionForm(forms.Form):
    """One date: day, start, end, and its breaks. What is typed goes to the domain as it is."""

    on = forms.CharField(
        label=_("Date"),
        max_length=10,
        widget=forms.TextInput(attrs={"type": "date"}),
        error_messages={"required": _("Choose the date.")},
    )
    starts = _clock("Start", "Choose when it starts.")
    ends = _clock("End", "Choose when it ends.")
    ends_on = forms.CharField(
        label=_("Ends on another day"),
        required=False,
        widget=forms.TextInput(attrs={"type": "date"}),
    )
    title = forms.CharField(label=_("Title of this session"), required=False)
    starts_fold = forms.ChoiceField(
        label=_("Which start?"), choices=FOLDS, required=False, widget=forms.HiddenInput
    )
    ends_fold = forms.ChoiceField(
        label=_("Which end?"), choices=FOLDS, required=False, widget=forms.HiddenInput
    )
    recurrence_local = forms.CharField(required=False, widget=forms.HiddenInput)
    uid = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, breaks: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.break_count = breaks
        for number in range(breaks):
            self.fields[f"break_starts_{number}"] = _clock(f"Break {number + 1} from")
            self.fields[f"break_ends_{number}"] = _clock("to")

    @property
    def pauses(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each break, side by side."""
        numbers = range(self.break_count)
        return [(self[f"break_starts_{n}"], self[f"break_ends_{n}"]) for n in numbers]

    def ask_which(self, edge: str) -> None:
        """Let the person say which of two equal clock times is meant."""
        field = self.fields[f"{edge}_fold"]
        field.widget = forms.Select(choices=FOLDS)

    @property
    def folds(self) -> list[forms.BoundField]:
        """Which of two equal times is meant: drawn hidden unless it was asked."""
        return [self["starts_fold"], self["ends_fold"]]

    def session_plan(self, known: Mapping[str, SessionPlan] | None = None) -> SessionPlan:
        """The row as the domain takes it; a break with neither time is no break.

        ``known`` are the sessions there are, by UID: what has no field here stays as it is there.
        """
        typed = self.cleaned_data
        day, last_day = typed["on"], typed["ends_on"] or typed["on"]
        before = (known or {}).get(typed["uid"], SessionPlan("", ""))
        return replace(
            before,
            starts_local=_wall(day, typed["starts"]),
            ends_local=_wall(last_day, typed["ends"]),
            title=typed["title"],
            breaks=self._breaks(),
            starts_fold=_number(typed["starts_fold"]),
            ends_fold=_number(typed["ends_fold"]),
            recurrence_local=typed["recurrence_local"],
            is_cancelled=False,
        )

    def _breaks(self) -> tuple[tuple[str, str], ...]:
        """Breaks lie on the day of the start, or on the next where the clock has gone round."""
        typed, found = self.cleaned_data, []
        for number in range(self.break_count):
            edges = [typed[f"break_{edge}_{number}"] for edge in EDGES]
            if any(edges):
                days = [self._day_of(edge) for edge in edges]
                found.append((_wall(days[0], edges[0]), _wall(days[1], edges[1])))
        return tuple(found)

    def _day_of(self, clock: str) -> str:
        typed = self.cleaned_data
        goes_on = typed["ends_on"] and typed["ends_on"] != typed["on"]
        is_next = goes_on and clock < typed["starts"]
        return str(typed["ends_on"] if is_next else typed["on"])


# Where a fault of the domain's plan is shown in the row.
_FIELDS = {"starts_local": "starts", "ends_local": "ends", "title": "title"}


@dataclass
class SessionRows:
    """All dates of the form, in the order they are shown."""

    forms: list[SessionForm]

    @property
    def total(self) -> int:
        return len(self.forms)

    @property
    def is_one(self) -> bool:
        return self.total == 1

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])

    def plans(self, known: Sequence[SessionPlan] = ()) -> tuple[SessionPlan, ...]:
        """The rows as the domain takes them, each the session it is in ``known``."""
        by_uid = {session.uid: session for session in known}
        return tuple(form.session_plan(by_uid) for form in self.forms)

    def show_twice_times(self, zone: str) -> None:
        """Where clocks in ``zone`` show a time twice, ask which one."""
        for form in self.forms:
            plan = form.session_plan()
            for edge in EDGES:
                if comes_twice(getattr(plan, f"{edge}_local"), zone):
                    form.ask_which(edge)

    def add_fault(self, loc: Sequence[Any], message: str) -> bool:
        """Put a fault of the plan at ``["sessions", 0, "ends_local"]`` beside its field."""
        if len(loc) < 2 or not isinstance(loc[1], int) or loc[1] >= self.total:
            return False
        form = self.forms[loc[1]]
        where = str(loc[2]) if len(loc) > 2 else ""
        field = _FIELDS.get(where, "starts")
        if where == "breaks":
            number = loc[3] if len(loc) > 3 else 0
            field = f"break_starts_{number}" if number < form.break_count else "starts"
        form.add_error(field, message)
        return True


def typed_rows(posted: QueryDict, *, bound: bool = True) -> SessionRows:
    """The rows as they were posted: bound to be checked, or only to be shown again."""
    total = min(_count(posted, "total"), MOST_ROWS)
    return SessionRows([_row(posted, number, bound=bound) for number in range(total)])


def planned_rows(plans: Sequence[SessionPlan], zone: str) -> SessionRows:
    """The rows of an event as it is, in its ``zone``; cancelled dates are left out."""
    live = [plan for plan in plans if not plan.is_cancelled]
    return SessionRows([_planned(plan, number, zone) for number, plan in enumerate(live)])


def blank_rows() -> SessionRows:
    """One row to begin with."""
    return SessionRows([SessionForm(prefix=f"{PREFIX}-0")])


def changed_rows(posted: QueryDict) -> SessionRows | None:
    """The rows after “Add another session” and its like; None where none of them was pressed."""
    posted = posted.copy()
    total = min(_count(posted, "total"), MOST_ROWS)
    if "add-session" in posted and total < MOST_ROWS:
        rows = typed_rows(posted, bound=False)
        rows.forms.append(SessionForm(prefix=f"{PREFIX}-{total}", initial=_like_last(posted)))
        rows.forms[-1].fields["on"].widget.attrs["autofocus"] = True
        return rows
    if (gone := _pressed(posted, "remove-session", total)) is not None:
        kept = [number for number in range(total) if number != gone]
        return SessionRows([_row(posted, n, bound=False, shown_as=at) for at, n in enumerate(kept)])
    if (longer := _pressed(posted, "add-break", total)) is not None:
        count = _count(posted, f"{longer}-breaks")
        posted[f"{PREFIX}-{longer}-breaks"] = str(count + 1)
        rows = typed_rows(posted, bound=False)
        rows.forms[longer].fields[f"break_starts_{count}"].widget.attrs["autofocus"] = True
        return rows
    return None


def _row(
    posted: QueryDict, number: int, *, bound: bool, shown_as: int | None = None
) -> SessionForm:
    breaks = min(_count(posted, f"{number}-breaks"), 30)
    form = SessionForm(posted, prefix=f"{PREFIX}-{number}", breaks=breaks)
    if bound:
        return form
    initial = {name: posted.get(form.add_prefix(name), "") for name in form.fields}
    prefix = f"{PREFIX}-{number if shown_as is None else shown_as}"
    return SessionForm(prefix=prefix, breaks=breaks, initial=initial)


def _planned(plan: SessionPlan, number: int, zone: str) -> SessionForm:
    day, last_day = plan.starts_local[:10], plan.ends_local[:10]
    twice = [edge for edge in EDGES if comes_twice(getattr(plan, f"{edge}_local"), zone)]
    initial: dict[str, Any] = {
        "on": day,
        "starts": plan.starts_local[11:],
        "ends": plan.ends_local[11:],
        "ends_on": last_day if last_day != day else "",
        "title": plan.title,
        "recurrence_local": plan.recurrence_local,
        "uid": plan.uid,
        **{f"{edge}_fold": str(getattr(plan, f"{edge}_fold") or 0) for edge in twice},
    }
    for at, (first, last) in enumerate(plan.breaks):
        initial |= {f"break_starts_{at}": first[11:], f"break_ends_{at}": last[11:]}
    form = SessionForm(prefix=f"{PREFIX}-{number}", breaks=len(plan.breaks), initial=initial)
    if plan.follows:
        for name in ("on", "starts"):
            form.fields[name].widget.attrs["readonly"] = True
        form.fields["starts"].help_text = _("It follows the session before it: see the program.")
    for edge in twice:
        form.ask_which(edge)
    return form


def _like_last(posted: QueryDict) -> dict[str, str]:
    """A further date is most often at the same time of day."""
    last = _count(posted, "total") - 1
    return {name: posted.get(f"{PREFIX}-{last}-{name}", "") for name in ("starts", "ends")}


def _wall(day: str, clock: str) -> str:
    return f"{day.strip()}T{clock.strip()[:5]}"


def _number(text: str) -> int | None:
    return int(text) if text else None


def _count(posted: QueryDict, name: str) -> int:
    text = posted.get(f"{PREFIX}-{name}", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _pressed(posted: QueryDict, name: str, total: int) -> int | None:
    """Which row's button of this name was pressed."""
    text = posted.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    return number if 0 <= number < total else None


def comes_twice(local: str, zone: str) -> bool:
    """Whether clocks in ``zone`` show this wall time twice; no for one that cannot be read."""
    try:
        walltime.to_utc(datetime.fromisoformat(local), zone)
    except walltime.TwiceTime:
        return True
    except (ValueError, Invalid, Refused):
        return False
    return False
