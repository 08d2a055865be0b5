"""What is recorded of a person's way through a programme, and which of it counts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from programmes.domain.completion_rules import Threshold

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Occasion:
    """An event of the programme. ``windows`` are its sessions without breaks, aware UTC."""

    slug: str
    title: str
    windows: tuple[Span, ...]
    is_over: bool = True
    is_settled: bool = True
    is_cancelled: bool = False

    @property
    def seconds(self) -> int:
        """How long it is scheduled for, breaks left out."""
        return sum(int((end - start).total_seconds()) for start, end in self.windows)

    @property
    def starts_at(self) -> datetime | None:
        """Its first minute; None without a date."""
        return min((start for start, _ in self.windows), default=None)


@dataclass(frozen=True)
class Evidence:
    """What is recorded of one person. Events are named by slug, works by their name.

    ``attended`` are settled seconds in session; ``met`` the events settled as attended;
    ``instead`` the minutes of what an organiser accepted in place of an event.
    """

    attended: Mapping[str, int] = field(default_factory=dict)
    met: frozenset[str] = frozenset()
    evaluated: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    approved: frozenset[str] = frozenset()
    instead: Mapping[str, int] = field(default_factory=dict)


def counts(occasion: Occasion, asked: Threshold | None, evidence: Evidence) -> bool:
    """Whether enough of the event was attended; without a threshold its own settling says so."""
    if occasion.slug in evidence.instead:
        return True
    if asked is None:
        return occasion.slug in evidence.met
    seconds = evidence.attended.get(occasion.slug, 0)
    return bool(seconds) and bool(occasion.seconds) and seconds >= needed(occasion, asked)


def needed(occasion: Occasion, asked: Threshold) -> float:
    """Seconds that must be attended; a hundredth is never rounded."""
    if asked.minutes is not None:
        return asked.minutes * 60
    return occasion.seconds * (asked.percent or 0) / 100


def windows_of(
    counted: Iterable[Occasion], months: int | None
) -> list[tuple[datetime | None, datetime | None]]:
    """First and last moment of each stretch of so many months that could be the one."""
    starts = sorted({o.starts_at for o in counted if o.starts_at is not None})
    if months is None or not starts:
        return [(None, None)]
    return [(start, start + relativedelta(months=months)) for start in starts]


def is_within(occasion: Occasion, first: datetime | None, until: datetime | None) -> bool:
    """Whether the event starts in that stretch, its last moment included."""
    if first is None or until is None:
        return True
    return occasion.starts_at is not None and first <= occasion.starts_at <= until


def seconds(counted: Iterable[Occasion], evidence: Evidence) -> int:
    """Seconds over all these events; of those that overlap no more than the time there was."""
    total = 0
    attended = []
    for occasion in counted:
        if occasion.slug in evidence.instead:
            total += evidence.instead[occasion.slug] * 60
        else:
            attended.append(occasion)
    spans = sorted(
        (start, end, occasion.slug) for occasion in attended for start, end in occasion.windows
    )
    for cluster in _clusters(spans):
        slugs = {slug for _, _, slug in cluster}
        added = sum(evidence.attended.get(slug, 0) for slug in slugs)
        total += min(added, _length((start, end) for start, end, _ in cluster))
    return total


def _clusters(spans: list[tuple[datetime, datetime, str]]) -> list[list[Any]]:
    """Spans grouped so that groups share neither a moment nor an event."""
    groups: list[list[Any]] = []
    for span in spans:
        touching = [
            group
            for group in groups
            if any(span[2] == other[2] or span[0] < other[1] for other in group)
        ]
        merged = [one for group in touching for one in group] + [span]
        groups = [group for group in groups if group not in touching] + [merged]
    return groups


def _length(spans: Iterable[Span]) -> int:
    """Seconds covered by spans that come in order of their start."""
    total, covered = 0.0, None
    for start, end in sorted(spans):
        begin = start if covered is None else max(start, covered)
        if end > begin:
            total += (end - begin).total_seconds()
            covered = end
    return int(total)
