"""An event's plan in words, and where two plans differ."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from events.domain import proposals, series
from events.domain.plans import EventPlan
from events.domain.recurrence import BadRecurrence
from events.domain.timing import SessionPlan
from events.models import Event

WORDS = {
    "title": "Title",
    "summary": "Summary",
    "description": "Description",
    "kind": "Kind",
    "programme": "Program",
    "topics": "Topics",
    "time_zone": "Time zone",
    "sessions": "Dates",
    "recurrence": "Repeats",
    "format": "Format",
    "venue": "Venue",
    "platform": "Platform",
    "join_url": "Join link",
    "licence": "Webinar license",
    "speakers": "Speakers",
    "capacity": "Seats",
    "has_waitlist": "Waitlist",
    "closes_minutes_before": "Registration closes",
    "visibility": "Who finds it",
    "sharing": "What co-hosts see",
    "credits": "Credit",
    "attendance_percent": "Needed for a certificate",
    "captions": "Captions",
    "is_recorded": "Recorded",
    "silence": "If a co-host does not answer",
    "answer_days": "Days to answer",
}
CHOICES: dict[str, dict[str, Any]] = {
    "kind": dict(Event.Kind.choices),
    "format": dict(Event.Format.choices),
    "visibility": dict(Event.Visibility.choices),
    "sharing": dict(Event.Sharing.choices),
    "silence": dict(Event.Silence.choices),
}


def differences(saved: EventPlan, typed: dict[str, Any]) -> list[dict[str, str]]:
    """Each field in which what was typed differs from what is saved, both in words."""
    mine = replace(saved, **typed)
    rows = [
        {"name": name, "word": word, "saved": said(saved, name), "typed": said(mine, name)}
        for name, word in WORDS.items()
    ]
    return [row for row in rows if row["saved"] != row["typed"]]


def marks(plan: EventPlan) -> str:
    """A short hash of each field, to be sent along with a form: what it was drawn from."""
    return json.dumps({name: _mark(plan, name) for name in WORDS}, separators=(",", ":"))


@dataclass(frozen=True)
class Merge:
    """Two people's edits made one: what each changed is kept, and where both did, mine."""

    plan: EventPlan
    rows: list[dict[str, str]]


def merged(saved: EventPlan, typed: dict[str, Any], *, base: str) -> Merge:
    """What was typed into a form drawn from ``base`` (its ``marks``), put onto what is saved now.

    ``rows`` name each field that differs, with what becomes of it. Where ``base`` cannot be read
    every field counts as typed.
    """
    before, mine = _read(base), replace(saved, **typed)
    kept: dict[str, Any] = {}
    rows = []
    for row in differences(saved, typed):
        name = row["name"]
        was = before.get(name)
        if was is not None and was == _mark(mine, name):
            kept[name] = getattr(saved, name)
            rows.append({**row, "outcome": "Theirs is kept: you did not change it"})
        elif was is not None and was == _mark(saved, name):
            rows.append({**row, "outcome": "Yours: they did not change it"})
        else:
            rows.append({**row, "outcome": "Both changed it: yours is in the form"})
    if "time_zone" in kept or "sessions" in kept:  # times mean something in their zone alone
        both = ("time_zone", "sessions", "recurrence")
        if not all(name in kept or name not in {r["name"] for r in rows} for name in both):
            kept = {name: value for name, value in kept.items() if name not in both}
    return Merge(replace(mine, **kept), rows)


def _mark(plan: EventPlan, name: str) -> str:
    return hashlib.sha256(said(plan, name).encode()).hexdigest()[:8]


def _read(base: str) -> dict[str, str]:
    try:
        found = json.loads(base)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def said(plan: EventPlan, name: str) -> str:
    """One field of a plan as a line of text."""
    value = getattr(plan, name)
    lists = {
        "topics": _topics,
        "speakers": _speakers,
        "sessions": _dates,
        "recurrence": _repeats,
        "credits": _credits,
    }
    if name in lists:
        return lists[name](plan)
    if name in CHOICES:
        return str(CHOICES[name].get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "capacity":
        return "No limit" if value is None else f"{value:,}"
    return "—" if value in (None, "") else str(value).replace("\r\n", "\n")


def _topics(plan: EventPlan) -> str:
    return ", ".join(topic.name for topic in plan.topics) or "—"


def _speakers(plan: EventPlan) -> str:
    return ", ".join(speaker.name for speaker in plan.speakers) or "—"


def _repeats(plan: EventPlan) -> str:
    first = min((one.recurrence_local for one in plan.sessions if one.recurrence_local), default="")
    try:
        starts = datetime.fromisoformat(first) if first else None
        return "; ".join(series.said(one) for one in series.read(plan.recurrence, first=starts))
    except BadRecurrence:
        return plan.recurrence


def _dates(plan: EventPlan) -> str:
    live = [session for session in plan.sessions if not session.is_cancelled]
    return "; ".join(_date(one) for one in sorted(live, key=lambda one: one.starts_local)) or "—"


def _date(session: SessionPlan) -> str:
    """One session with all that is planned of it, but for its link, which is a secret."""
    same_day = session.ends_local[:10] == session.starts_local[:10]
    end = session.ends_local[11:] if same_day else session.ends_local.replace("T", " ")
    pauses = "".join(f", break {a[11:]} to {b[11:]}" for a, b in session.breaks)
    gap = f" {session.gap_minutes} minutes" if session.gap_minutes else ""
    parts = [
        f"{session.starts_local.replace('T', ' ')} to {end}{pauses}",
        session.title,
        f"in {session.room}" if session.room else "",
        f"with {', '.join(session.speakers)}" if session.speakers else "",
        "own join link" if session.join_url else "",
        f"starts{gap} after the one before" if session.follows else "",
    ]
    return " · ".join(part for part in parts if part)


def _credits(plan: EventPlan) -> str:
    amounts = (f"{credit.amount.normalize():f} {credit.scheme}" for credit in plan.credits)
    return ", ".join(amounts).replace("_", " ") or "—"


def saved_line(saved: Event, version: int | None) -> str:
    """What to say on the next page; ``version`` is the one the person changed."""
    if saved.version == version:
        return "Nothing was changed."
    if proposals.open_of(saved) is not None:
        return (
            "Saved. What the hosts agreed on waits for the co-hosts: until they say yes, everybody "
            "sees the event as it was."
        )
    return "Saved."
