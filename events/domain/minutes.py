"""Spans of time and what they add up to. Attendance is the union of a person's intervals.

Pure: no database, no clock, no Django. Every instant is aware UTC, every span half open: a span
from 10:00 to 11:00 holds 10:00:00 and not 11:00:00, so spans that touch never count a second twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from ``start`` up to, not including, ``end``. Equal ends make an empty span.

    Other zones are turned into UTC. Raises ValueError for a naive instant or an end before its
    start: both are mistakes of the caller, never something a person typed.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for field in ("start", "end"):
            instant = getattr(self, field)
            if instant.utcoffset() is None:
                raise ValueError(f"{field} of a span has no zone: {instant!r}")
            if instant.tzinfo is not UTC:
                object.__setattr__(self, field, instant.astimezone(UTC))
        if self.end < self.start:
            raise ValueError(f"a span cannot end before it starts: {self.start} to {self.end}")

    @property
    def length(self) -> timedelta:
        """How long the span is."""
        return self.end - self.start

    def widened(self, margin: timedelta) -> "Span":
        """The span with ``margin`` more on either side."""
        return Span(self.start - margin, self.end + margin)

    def meets(self, other: "Span") -> bool:
        """Whether the two have an instant in common; an empty span counts as its one instant."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as ``spans`` together, as spans in order that neither overlap nor touch.

    Empty spans hold no time and are left out. The union of a union is itself.
    """
    joined: list[Span] = []
    for span in sorted(spans):
        if span.start == span.end:
            continue
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def clip(spans: Iterable[Span], windows: Iterable[Span]) -> list[Span]:
    """The part of ``spans`` that lies inside ``windows``, as a union (see there)."""
    ours, theirs = union(spans), union(windows)
    inside: list[Span] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start = max(ours[i].start, theirs[j].start)
        end = min(ours[i].end, theirs[j].end)
        if start < end:
            inside.append(Span(start, end))
        if ours[i].end < theirs[j].end:
            i += 1
        else:
            j += 1
    return inside


def seconds(spans: Iterable[Span]) -> int:
    """How many whole seconds ``spans`` cover together; what overlaps counts once.

    A part of a second is dropped from the total, once, and never rounded up in anybody's favour.
    """
    return sum((span.length for span in union(spans)), timedelta()) // SECOND


def windows(session: Span, breaks: Iterable[Span]) -> list[Span]:
    """``session`` without its ``breaks``: the time that credit is measured in.

    Breaks may overlap, touch, or reach over the edge of the session.
    """
    left: list[Span] = []
    at = session.start
    for pause in clip(breaks, [session]):
        if at < pause.start:
            left.append(Span(at, pause.start))
        at = pause.end
    if at < session.end:
        left.append(Span(at, session.end))
    return left
