"""What an organiser plans, before it is rows: shapes, and the rules a plan must keep."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from events.domain import timing
from events.domain.timing import SessionPlan, Timed
from events.models import Event
from kit import text, walltime
from kit.errors import Invalid
from kit.faults import Faults
from programmes.models import Licence, Programme, Speaker, Topic

MOST_SESSIONS = 200
MOST_CREDIT = Decimal(1000)
FEWEST_DAYS, MOST_DAYS = 2, 60
LONGEST_NOTICE = 60 * 24 * 90
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_web_address = URLValidator(schemes=["https", "http"])


@dataclass(frozen=True)
class CreditPlan:
    """What attending the whole event earns in one scheme."""

    scheme: str
    amount: Decimal
    minutes_per_unit: int | None = None


@dataclass(frozen=True)
class EventPlan:
    """An event as an organiser describes it. A blank slug is made from the title."""

    title: str
    time_zone: str
    sessions: tuple[SessionPlan, ...]
    slug: str = ""
    summary: str = ""
    description: str = ""
    kind: str = "webinar"
    format: str = "online"
    visibility: str = "public"
    programme: Programme | None = None
    topics: tuple[Topic, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    venue: str = ""
    platform: str = ""
    licence: Licence | None = None
    join_url: str = ""
    capacity: int | None = None
    has_waitlist: bool = True
    closes_minutes_before: int = 0
    captions: str = "live"
    is_recorded: bool = False
    credits: tuple[CreditPlan, ...] = ()
    sharing: str = "own"
    attendance_percent: int = 80
    recurrence: str = ""
    silence: str = "wait"
    answer_days: int = 7


@dataclass(frozen=True)
class Checked:
    """A plan that keeps every rule: its text clean, its zone canonical, its sessions timed."""

    plan: EventPlan
    sessions: tuple[Timed, ...]


def checked(plan: EventPlan) -> Checked:
    """The plan made clean, or every fault of it at once.

    Raises Invalid, with places such as ``["sessions", 0, "ends_local"]``; its code is that of the
    first fault: invalid, no-such-time, time-happens-twice, unknown-zone, ends-before-start or
    date-out-of-range.
    """
    faults = Faults()
    clean = _clean_text(plan, faults)
    with faults.noted("time_zone"):
        clean["time_zone"] = walltime.canonical_zone(plan.time_zone)
    _check_choices(plan, faults)
    _check_numbers(plan, faults)
    timed = _timed_sessions(plan, clean.get("time_zone"), faults)
    credits = _clean_credits(plan, faults)
    faults.settle()
    timed = timing.in_order(timed, [one.plan.follows for one in timed])
    whole = replace(
        plan,
        **clean,
        sessions=tuple(one.plan for one in timed),
        credits=credits,
        topics=tuple(sorted(set(plan.topics), key=lambda topic: topic.pk)),
        speakers=tuple(dict.fromkeys(plan.speakers)),
    )
    return Checked(whole, tuple(timed))


def check_capacity(capacity: int | None) -> None:
    """Raises Invalid, at ``capacity``, unless it is None or a number of seats an event can have."""
    if capacity is not None and not 0 < capacity <= 1_000_000:
        sentence = "Write a number of seats from 1 to 1,000,000, or leave it blank for no limit."
        raise Invalid.at("capacity", msg=sentence)


_LINES: dict[str, tuple[str, int]] = {
    "title": ("The title", 200),
    "summary": ("The summary", 500),
    "venue": ("The venue", 300),
    "platform": ("The platform", 40),
    "join_url": ("The address of the call", 500),
    "captions": ("Captions", 20),
    "recurrence": ("The recurrence rule", 1000),
    "slug": ("The page address", 120),
}


def _clean_text(plan: EventPlan, faults: Faults) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, (what, at_most) in _LINES.items():
        with faults.noted():
            clean[name] = text.one_line(getattr(plan, name), loc=name, what=what, at_most=at_most)
    with faults.noted():
        clean["description"] = text.lines(
            plan.description, loc="description", what="The description", at_most=20_000
        )
    if clean.get("title") == "":
        faults.add("title", msg="Give the event a title.")
    if clean.get("slug") and not _SLUG.fullmatch(clean["slug"]):
        faults.add("slug", msg="A page address has small letters, digits and single dashes only.")
    with faults.noted():
        _check_address(clean.get("join_url", ""))
    return clean


def _check_address(join_url: str) -> None:
    if join_url:
        try:
            _web_address(join_url)
        except ValidationError:
            raise Invalid.at(
                "join_url", msg="Write the whole address of the call, with https://."
            ) from None


def _check_choices(plan: EventPlan, faults: Faults) -> None:
    for name, choices in (
        ("kind", Event.Kind),
        ("format", Event.Format),
        ("visibility", Event.Visibility),
        ("sharing", Event.Sharing),
        ("silence", Event.Silence),
    ):
        if getattr(plan, name) not in choices.values:
            allowed = text.listed(choices.values, last="or")
            faults.add(name, msg=f"“{getattr(plan, name)}” is not one of {allowed}.")


def _check_numbers(plan: EventPlan, faults: Faults) -> None:
    with faults.noted():
        check_capacity(plan.capacity)
    if not 0 <= plan.closes_minutes_before <= LONGEST_NOTICE:
        faults.add("closes_minutes_before", msg="Registration closes 0 minutes to 90 days before.")
    if not 0 <= plan.attendance_percent <= 100:
        faults.add("attendance_percent", msg="Write a share from 0 to 100 percent.")
    if not FEWEST_DAYS <= plan.answer_days <= MOST_DAYS:
        faults.add("answer_days", msg=f"Give co-hosts {FEWEST_DAYS} to {MOST_DAYS} days to answer.")


def _clean_credits(plan: EventPlan, faults: Faults) -> tuple[CreditPlan, ...]:
    seen: set[str] = set()
    for number, credit in enumerate(plan.credits):
        if not re.fullmatch(r"[\w-]{1,40}", credit.scheme, re.ASCII):
            faults.add("credits", number, "scheme", msg="Choose a credit scheme.")
        if credit.scheme in seen:
            faults.add("credits", number, "scheme", msg="Each scheme of credit is given once.")
        if credit.minutes_per_unit is not None and not 0 < credit.minutes_per_unit <= 10_000:
            faults.add("credits", number, "minutes_per_unit", msg="Write minutes, from 1 up.")
        seen.add(credit.scheme)
        if not _is_amount(credit.amount):
            faults.add("credits", number, "amount", msg="Write an amount above 0, such as 1.25.")
    return tuple(sorted(plan.credits, key=lambda credit: credit.scheme))


def _is_amount(amount: Decimal) -> bool:
    """Above nothing, at most 1,000, and no finer than hundredths."""
    try:
        return 0 < amount <= MOST_CREDIT and amount == amount.quantize(Decimal("0.01"))
    except InvalidOperation:  # NaN, infinity
        return False


def _timed_sessions(plan: EventPlan, zone: str | None, faults: Faults) -> list[Timed]:
    if not plan.sessions:
        faults.add("sessions", msg="Give the event at least one date.")
    if len(plan.sessions) > MOST_SESSIONS:
        faults.add("sessions", msg=f"An event has at most {MOST_SESSIONS} sessions.")
        return []
    if plan.sessions and all(session.is_cancelled for session in plan.sessions):
        faults.add("sessions", msg="Every date is canceled. Cancel the whole event instead.")
    return _timed_in_turn(plan.sessions, zone, faults) if zone else []


def _timed_in_turn(sessions: tuple[SessionPlan, ...], zone: str, faults: Faults) -> list[Timed]:
    """Each session in its turn, so that those that follow another start when it is over."""
    known = _known_speakers(sessions)
    before: Timed | None = None
    found: list[Timed] = []
    for number, session in enumerate(sessions):
        with faults.noted("sessions", number):
            one = timing.timed(timing.flowing(session, before, zone), zone)
            _check_address(one.plan.join_url)
            for place, slug in enumerate(one.plan.speakers):
                if slug not in known:
                    faults.add(
                        *("sessions", number, "speakers", place),
                        msg=f"There is no “{slug[:80]}” among the speakers.",
                    )
            found.append(one)
            before = before if one.plan.is_cancelled else one
    return found


def _known_speakers(sessions: tuple[SessionPlan, ...]) -> set[str]:
    asked = {slug for session in sessions for slug in session.speakers}
    if not asked:
        return set()
    return set(Speaker.objects.filter(slug__in=asked).values_list("slug", flat=True))
