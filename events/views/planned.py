"""An event's plan in words, and where two plans differ."""

from dataclasses import replace
from typing import Any

from events.domain.plans import EventPlan
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
    "format": "Format",
    "venue": "Venue",
    "join_url": "Join link",
    "capacity": "Seats",
    "has_waitlist": "Waitlist",
    "closes_minutes_before": "Registration closes",
    "visibility": "Who finds it",
    "sharing": "What co-hosts see",
    "credits": "Credit",
    "attendance_percent": "Needed for a certificate",
    "captions": "Captions",
    "is_recorded": "Recorded",
}
CHOICES: dict[str, dict[str, Any]] = {
    "kind": dict(Event.Kind.choices),
    "format": dict(Event.Format.choices),
    "visibility": dict(Event.Visibility.choices),
    "sharing": dict(Event.Sharing.choices),
}


def differences(saved: EventPlan, typed: dict[str, Any]) -> list[dict[str, str]]:
    """Each field in which what was typed differs from what is saved, both in words."""
    mine = replace(saved, **typed)
    rows = [
        {"word": word, "saved": said(saved, name), "typed": said(mine, name)}
        for name, word in WORDS.items()
    ]
    return [row for row in rows if row["saved"] != row["typed"]]


def said(plan: EventPlan, name: str) -> str:
    """One field of a plan as a line of text."""
    value = getattr(plan, name)
    lists = {"topics": _topics, "sessions": _dates, "credits": _credits}
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


def _dates(plan: EventPlan) -> str:
    live = [session for session in plan.sessions if not session.is_cancelled]
    lines = []
    for session in sorted(live, key=lambda one: one.starts_local):
        same_day = session.ends_local[:10] == session.starts_local[:10]
        end = session.ends_local[11:] if same_day else session.ends_local.replace("T", " ")
        pauses = "".join(f", break {a[11:]} to {b[11:]}" for a, b in session.breaks)
        title = f" {session.title}" if session.title else ""
        lines.append(f"{session.starts_local.replace('T', ' ')} to {end}{pauses}{title}")
    return "; ".join(lines) or "—"


def _credits(plan: EventPlan) -> str:
    amounts = (f"{credit.amount.normalize():f} {credit.scheme}" for credit in plan.credits)
    return ", ".join(amounts).replace("_", " ") or "—"
