"""The program of an event as rows of fields: sessions in their running order, with speakers.

What is typed is kept as text, row by row, so that a row can be moved, added or taken out without
losing anything, and is read as plans when the program is worked out or saved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from events.domain import timing
from events.domain.speaking import Directory
from events.domain.timing import SessionPlan
from events.forms_sessions import EDGES, FOLDS, comes_twice
from kit.errors import Invalid

PREFIX = "session"
MOST_ROWS = 200
MOST_SPEAKERS = 12
MOST_BREAKS = 30
LONGEST = 31 * 24 * 60
Typed = dict[str, str]


def _when(label: str, kind: str, missing: str = "") -> forms.CharField:
    """A date or time; with ``missing``, one that is needed, and what is said where it is not."""
    return forms.CharField(
        label=label,
        required=bool(missing),
        max_length=10,
        widget=forms.TextInput(attrs={"type": kind}),
        error_messages={"required": missing},
    )


class ProgramRow(forms.Form):
    """One session. The rules are the domain's; a row says what is missing or is no number."""

    uid = forms.CharField(required=False, widget=forms.HiddenInput)
    cancelled = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), required=False)
    on = _when(_("Date"), "date", "Choose the date.")
    starts = _when(_("Start"), "time", "Choose when it starts.")
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=LONGEST,
        error_messages={"required": _("Say how many minutes it takes.")},
    )
    follows = forms.BooleanField(label=_("Starts after the session before it"), required=False)
    gap = forms.IntegerField(
        label=_("Minutes between"), required=False, min_value=0, max_value=timing.LONGEST_GAP
    )
    room = forms.CharField(label=_("Room"), required=False)
    join_url = forms.CharField(
        label=_("Join link of this session"),
        required=False,
        help_text=_("Only where it differs from the event's. Never shown in public."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    starts_fold = forms.ChoiceField(
        label=_("Which start?"), choices=FOLDS, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, speakers: int = 0, breaks: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speaker_count, self.break_count = speakers, breaks
        if self["follows"].value():  # then its start is worked out
            self.fields["on"].required = self.fields["starts"].required = False
        for number in range(speakers):
            self.fields[f"speaker_{number}"] = forms.CharField(
                label=f"Speaker {number + 1}",
                required=False,
                widget=forms.TextInput(attrs={"list": "speakers", "autocomplete": "off"}),
            )
        for number in range(breaks):
            self.fields[f"break_starts_{number}"] = _when(f"Break {number + 1} from", "time")
            self.fields[f"break_ends_{number}"] = _when("to", "time")
            self.fields[f"break_day_{number}"] = forms.CharField(
                required=False, widget=forms.HiddenInput
            )

    @property
    def is_cancelled(self) -> bool:
        return self["cancelled"].value() == "1"

    @property
    def speaker_fields(self) -> list[forms.BoundField]:
        return [self[f"speaker_{number}"] for number in range(self.speaker_count)]

    @property
    def pauses(self) -> list[list[forms.BoundField]]:
        """The fields of each break: from, to, and on which day after the start."""
        numbers = range(self.break_count)
        return [[self[f"break_{part}_{n}"] for part in ("starts", "ends", "day")] for n in numbers]

    @property
    def has_more(self) -> bool:
        """Whether there is anything in the part that can be folded away."""
        return bool(self["room"].value() or self["join_url"].value() or self.break_count) or any(
            field.errors for field in (self["room"], self["join_url"])
        )

    def ask_which(self) -> None:
        """Let the person say which of two equal clock times is meant."""
        self.fields["starts_fold"].widget = forms.Select(choices=FOLDS)


@dataclass
class ProgramRows:
    """All rows of the form as they are shown, and what was typed into each."""

    typed: list[Typed]
    forms: list[ProgramRow]

    @property
    def total(self) -> int:
        return len(self.forms)

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])

    def add_fault(self, loc: Sequence[Any], message: str) -> bool:
        """Put a fault of the plan at ``["sessions", 0, "ends_local"]`` beside its field."""
        if len(loc) < 2 or loc[0] != "sessions" or loc[1] not in range(self.total):
            return False
        form = self.forms[loc[1]]
        where = str(loc[2]) if len(loc) > 2 else ""
        field = _PLACES.get(where, where if where in form.fields else "starts")
        number = loc[3] if len(loc) > 3 else 0
        if where == "breaks":
            field = f"break_starts_{number}" if number < form.break_count else "starts"
        if where == "speakers":
            field = f"speaker_{number}" if number < form.speaker_count else "title"
        if not (where == "ends_local" and form.has_error("starts", None)):
            form.add_error(field, message)
        return True


_PLACES = {"starts_local": "starts", "ends_local": "minutes", "gap_minutes": "gap"}


def rows_of(plans: Sequence[SessionPlan], zone: str, people: Directory) -> list[Typed]:
    """What the form of an event holds before anybody types."""
    return [_typed(plan, zone, people) for plan in plans]


def posted_rows(posted: QueryDict) -> list[Typed]:
    """What was typed, row by row."""
    total = min(_count(posted, "total"), MOST_ROWS)
    found: list[Typed] = [{} for _ in range(total)]
    for name in posted:
        prefix, _sep, rest = name.partition("-")
        number, sep, field = rest.partition("-")
        place = _number(number) if prefix == PREFIX and sep else None
        if place is not None and place < total:
            found[place][field] = posted.get(name, "")
    return found


def shown(rows: Sequence[Typed], zone: str, *, bound: bool = False) -> ProgramRows:
    """The rows as forms: only shown, or ``bound`` to be checked."""
    forms_ = []
    for number, row in enumerate(rows):
        prefix = f"{PREFIX}-{number}"
        size = {
            "speakers": _size(row, "speakers", MOST_SPEAKERS),
            "breaks": _size(row, "breaks", MOST_BREAKS),
        }
        if bound:
            data = {f"{prefix}-{name}": value for name, value in row.items()}
            form = ProgramRow(data, prefix=prefix, **size)
        else:
            form = ProgramRow(prefix=prefix, initial=dict(row), **size)
        if comes_twice(_start_of(row), zone):
            form.ask_which()
        forms_.append(form)
    return ProgramRows([*rows], forms_)


def plans_of(
    rows: Sequence[Typed], known: Mapping[str, SessionPlan], zone: str, people: Directory
) -> tuple[SessionPlan, ...]:
    """The rows as the domain takes them, as far as they can be read.

    ``known`` are the sessions there are, by UID: what has no field here stays as it is there. An
    unknown speaker stays what was typed; the plan's check refuses it.
    """
    found: list[SessionPlan] = []
    for row in rows:
        before = next((one for one in reversed(found) if not one.is_cancelled), None)
        found.append(_plan(row, known.get(row.get("uid", "")), before, zone, people))
    return tuple(found)


def unknown_speakers(rows: ProgramRows, people: Directory) -> None:
    """Say beside each name that is none of the speakers who may be meant."""
    for row, form in zip(rows.typed, rows.forms, strict=True):
        for number, name in _names(row):
            try:
                people.slug(name)
            except Invalid as no:
                form.add_error(f"speaker_{number}", str(no))


def blank_row(rows: Sequence[Typed], zone: str) -> Typed:
    """Another session: it follows the last one and is as long."""
    if not rows:
        return {"minutes": "60"}
    return {"minutes": rows[-1].get("minutes", "60"), "follows": "on", "gap": "0"}


def _typed(plan: SessionPlan, zone: str, people: Directory) -> Typed:
    row = {
        "uid": plan.uid,
        "cancelled": "1" if plan.is_cancelled else "",
        "title": plan.title,
        "on": plan.starts_local[:10],
        "starts": plan.starts_local[11:],
        "minutes": str(timing.minutes_of(plan, zone)),
        "room": plan.room,
        "join_url": plan.join_url,
        "gap": str(plan.gap_minutes) if plan.follows else "",
        "speakers": str(len(plan.speakers)),
        "breaks": str(len(plan.breaks)),
        "starts_fold": str(plan.starts_fold or 0),
    }
    if plan.follows:
        row["follows"] = "on"
    row |= {f"speaker_{n}": people.label(slug) for n, slug in enumerate(plan.speakers)}
    for number, (start, end) in enumerate(plan.breaks):
        days = (timing.wall(start).date() - timing.wall(plan.starts_local).date()).days
        row |= {
            f"break_starts_{number}": start[11:],
            f"break_ends_{number}": end[11:],
            f"break_day_{number}": str(days),
        }
    return row


def _plan(
    row: Typed, known: SessionPlan | None, before: SessionPlan | None, zone: str, people: Directory
) -> SessionPlan:
    follows = bool(row.get("follows"))
    starts_local = _start_of(row)
    if follows and before and len(starts_local) < 16:
        starts_local = before.ends_local
    fold = _number(row.get("starts_fold", ""))
    fold = fold if comes_twice(starts_local, zone) else None
    plan = known or SessionPlan("", "")
    slugs = (_slug(name, people) for _n, name in _names(row))
    plan = replace(
        plan,
        starts_local=starts_local,
        ends_local=starts_local,
        starts_fold=fold,
        ends_fold=None,
        title=row.get("title", ""),
        room=row.get("room", ""),
        join_url=row.get("join_url", ""),
        speakers=tuple(dict.fromkeys(slugs)),
        follows=follows,
        gap_minutes=(_number(row.get("gap", "")) or 0) if follows else 0,
        breaks=_breaks(row, starts_local),
        is_cancelled=row.get("cancelled") == "1",
        uid=row.get("uid", "") if known else "",
    )
    return timing.lasting(plan, _number(row.get("minutes", "")) or 0, zone)


def _read(local: str) -> datetime | None:
    try:
        return timing.wall(local)
    except Invalid:
        return None


def _breaks(row: Typed, starts_local: str) -> tuple[tuple[str, str], ...]:
    """A new break lies on the day of the start, or on the next where the clock has gone round."""
    found = []
    start = _read(starts_local)
    for number in range(_size(row, "breaks", MOST_BREAKS)):
        first, last = (row.get(f"break_{edge}_{number}", "").strip()[:5] for edge in EDGES)
        if first or last:
            days = _number(row.get(f"break_day_{number}", ""))
            if days is None:
                days = int(first < starts_local[11:])
            found.append((_on_day(start, days, first), _on_day(start, days + (last < first), last)))
    return tuple(found)


def _on_day(start: datetime | None, days: int, clock: str) -> str:
    day = f"{start + timedelta(days=min(days, 31)):%Y-%m-%d}" if start else ""
    return f"{day}T{clock}"


def _names(row: Typed) -> list[tuple[int, str]]:
    numbers = range(_size(row, "speakers", MOST_SPEAKERS))
    names = ((n, row.get(f"speaker_{n}", "").strip()) for n in numbers)
    return [(number, name) for number, name in names if name]


def _slug(name: str, people: Directory) -> str:
    try:
        return people.slug(name)
    except Invalid:
        return name


def _start_of(row: Typed) -> str:
    return f"{row.get('on', '').strip()}T{row.get('starts', '').strip()[:5]}"


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _size(row: Typed, name: str, most: int) -> int:
    return min(_number(row.get(name, "")) or 0, most)


def _count(posted: QueryDict, name: str) -> int:
    return _number(posted.get(f"{PREFIX}-{name}", "")) or 0
