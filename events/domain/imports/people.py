"""Rows of a report gathered into people, and what somebody should look at before they count.

A person is a key (``names.key_of``): one address, or one name where there is no address. Nothing
here merges two keys; ``suggest_merges`` and ``shared_names`` only point.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations

from rapidfuzz.distance import OSA

from events.domain.imports import dating, names
from events.domain.imports.names import Kind
from events.domain.imports.report import Basis, Report, ReportRow
from events.domain.minutes import Span, clip, seconds, union

ROLES = ("host", "organizer", "panelist", "presenter", "attendee")  # the most telling first
NEAR_ADDRESS = 2  # letters changed, swapped, missing or too many
DEVICE_PREFIX = ("room.", "room-", "room_", "rooms.", "conf.", "device.", "mobile.", "phone.")
TOO_LONG = "total is longer than the meeting: overlapping devices were added up"


@dataclass(frozen=True, slots=True)
class ReportPerson:
    """One key of a report with all its rows.

    ``present_seconds`` is the union of the stays (``basis`` "intervals") or what the platform
    states. ``in_session_seconds`` is the part inside the session and outside its breaks, from
    which credit is measured; for "bounds" it is an upper bound (the smaller of the stated duration
    and first to last inside the session), for "totals" None: unknown. ``spans`` is the union in
    UTC; for "bounds" it runs from the first joining to the last leaving and so overstates.
    Open rows hold no time; ``open_since`` is when each of them began. ``kind`` and ``review`` say
    what the key seems to be and why somebody should look.
    """

    key: str
    name: str
    email: str
    role: str
    rows: list[int]
    present_seconds: int
    in_session_seconds: int | None
    open_rows: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    open_since: list[datetime] = field(default_factory=list)
    basis: Basis = "intervals"
    stated_seconds: int | None = None
    kind: Kind = "person"
    review: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two or more keys that look like one person, and the numbers if somebody merges them."""

    keys: tuple[str, ...]
    present_seconds_if_merged: int
    in_session_seconds_if_merged: int | None
    evidence: str


def gather(report: Report, session: Sequence[Span]) -> list[ReportPerson]:
    """The people of ``report`` in order of their first counted row.

    ``session`` is the scheduled time without its breaks (``minutes.windows``). It also settles the
    dates of a report that leaves them open.
    """
    if session:
        hull = Span(min(part.start for part in session), max(part.end for part in session))
        report = dating.for_session(report, hull)
    by_key: dict[str, list[ReportRow]] = defaultdict(list)
    for row in report.rows:
        if row.counted:
            by_key[row.key].append(row)
    return [_person(rows, report, session) for rows in by_key.values()]


def _person(rows: list[ReportRow], report: Report, session: Sequence[Span]) -> ReportPerson:
    first = rows[0]
    role = min((row.role for row in rows), key=ROLES.index)
    spans = union(Span(row.joined_at, row.left_at) for row in rows if row.joined_at and row.left_at)
    open_rows = [row for row in rows if row.left_at is None and report.basis == "intervals"]
    stated = sum(row.stated_seconds or 0 for row in rows)
    present, inside = _measured(report.basis, spans, stated, session)
    kind = names.kind_of(
        first.name, first.email, role=role, is_host=any(row.is_host for row in rows)
    )
    return ReportPerson(
        key=first.key,
        name=first.name,
        email=first.email,
        role=role,
        rows=[row.number for row in rows],
        present_seconds=present,
        in_session_seconds=inside,
        open_rows=[row.number for row in open_rows],
        spans=spans,
        open_since=[row.joined_at for row in open_rows if row.joined_at],
        basis=report.basis,
        stated_seconds=stated if any(row.stated_seconds is not None for row in rows) else None,
        kind=kind,
        review=_review(kind, present, report),
    )


def _measured(
    basis: Basis, spans: list[Span], stated: int, session: Sequence[Span]
) -> tuple[int, int | None]:
    """Seconds present and seconds in session, by what the rows are."""
    if basis == "totals":
        return stated, None
    inside = seconds(clip(spans, session))
    if basis == "bounds":
        return stated, min(stated, inside)
    return seconds(spans), inside


def _review(kind: Kind, present: int, report: Report) -> str:
    meeting = report.meeting_seconds
    if report.basis == "totals" and meeting is not None and present > meeting:
        return TOO_LONG
    return names.REVIEW.get(kind, "")


def closed(person: ReportPerson, at: datetime, session: Sequence[Span]) -> ReportPerson:
    """``person`` as if every open stay had ended ``at``; stays that began later hold no time."""
    spans = union([*person.spans, *(Span(since, max(since, at)) for since in person.open_since)])
    return replace(
        person,
        spans=spans,
        present_seconds=seconds(spans),
        in_session_seconds=seconds(clip(spans, session)),
        open_rows=[],
        open_since=[],
    )


def suggest_merges(people: Iterable[ReportPerson], session: Sequence[Span]) -> list[Merge]:
    """Keys that are probably one person: one name under two nearly equal addresses.

    Nearly equal: at the same domain and at most two letters apart (a swap counts once), or one is
    the other with the prefix of a room or device. Equal names alone are never enough.
    """
    merges = []
    for group in _by_name(people):
        for one, other in combinations(group, 2):
            if evidence := near_address(one.email, other.email):
                merges.append(_merged(one, other, session, evidence))
    return merges


def shared_names(people: Iterable[ReportPerson]) -> list[tuple[str, ...]]:
    """Keys that share a name but hardly a person: different addresses that are not nearly equal."""
    people = list(people)
    shared = []
    for group in _by_name(people):
        apart = {
            person.key
            for one, other in combinations(group, 2)
            if not near_address(one.email, other.email)
            for person in (one, other)
        }
        if apart:
            shared.append(tuple(sorted(apart)))
    return shared


def doubled_names(report: Report) -> list[str]:
    """Keys whose stays overlap, in a report of names alone: probably two people of one name.

    Where a report has addresses, a name without one that overlaps is as a rule a second device.
    """
    if any(row.email for row in report.rows):
        return []
    stays: dict[str, list[Span]] = defaultdict(list)
    for row in report.rows:
        if row.counted and row.joined_at and row.left_at:
            stays[row.key].append(Span(row.joined_at, row.left_at))
    return [
        key
        for key, spans in stays.items()
        if sum(span.length.total_seconds() for span in spans) > seconds(spans)
    ]


def near_address(one: str, other: str) -> str:
    """The evidence that two addresses are nearly equal, as a sentence; "" where they are not."""
    local, _, domain = one.partition("@")
    other_local, _, other_domain = other.partition("@")
    if not domain or domain != other_domain or local == other_local:
        return ""
    for long, short in ((local, other_local), (other_local, local)):
        if any(long == prefix + short for prefix in DEVICE_PREFIX):
            return "Same name; one address is the other with the prefix of a room or device."
    letters = OSA.distance(local, other_local, score_cutoff=NEAR_ADDRESS)
    if letters > NEAR_ADDRESS:
        return ""
    return f"Same name; the addresses differ by {'one letter' if letters == 1 else 'two letters'}."


def _by_name(people: Iterable[ReportPerson]) -> list[list[ReportPerson]]:
    """People with an address, grouped by equal name; groups of two and more."""
    groups: dict[str, list[ReportPerson]] = defaultdict(list)
    for person in people:
        if person.email:
            groups[names.folded_name(person.name)].append(person)
    return [group for group in groups.values() if len(group) > 1]


def _merged(one: ReportPerson, other: ReportPerson, session: Sequence[Span], said: str) -> Merge:
    spans = union([*one.spans, *other.spans])
    known = one.basis == other.basis == "intervals"
    stated = one.present_seconds + other.present_seconds
    return Merge(
        keys=tuple(sorted((one.key, other.key))),
        present_seconds_if_merged=seconds(spans) if known else stated,
        in_session_seconds_if_merged=seconds(clip(spans, session)) if known else None,
        evidence=said,
    )
