"""A certificate to look at before any is issued: real facts, a code that stands for nothing."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import datetime

from django.utils.module_loading import import_string

from certificates.domain import facts
from certificates.models import Award
from events.domain import scheduled
from events.models import Event, Registration
from kit.errors import Refused

CODE = "0" * 21
"""Reads like a code and fits its check symbol, so the paper looks real; nobody can hold it."""
LONG_NAME = "Maria-Magdalena Featherstonehaugh-Cholmondeley y Echeverría de la Concepción"
SECONDS = 15
DRAW = "certificates.domain.drawing.draw"

_drawer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sample")


class SampleLate(Refused):
    """Drawing takes longer than somebody should wait."""

    code = "sample-late"
    status = 409


def of(event: Event, registration: Registration | None, *, at: datetime) -> bytes:
    """The PDF as ``registration`` would get it, or one with a very long name. Writes nothing.

    Raises SampleLate where it is not drawn in 15 seconds, CannotDraw for letters no font has.
    """
    award = Award.objects.select_related("event").filter(event=event).first() or Award(event=event)
    shared = facts.of_event(award)
    person = registration or Registration(name=LONG_NAME)
    attended = person.attended_seconds or scheduled.seconds_of(event)
    said = facts.of_person(shared, person, code=CODE, minutes=attended // 60, at=at)
    return _drawn(_drawer.submit(_draw, said))


def longest_name(event: Event) -> Registration | None:
    """Of the first 5,000 with a seat, the one whose name is hardest to fit on the paper."""
    seated = Registration.objects.seated().filter(event=event).order_by("pk")
    return max(seated[:5000], key=lambda one: len(one.name), default=None)


def _draw(said: dict) -> bytes:
    """Loads what draws only now: it takes 60 MB, which most web processes never need."""
    drawn: bytes = import_string(DRAW)(said)
    return drawn


def _drawn(future: "Future[bytes]") -> bytes:
    try:
        return future.result(timeout=SECONDS)
    except TookTooLong as late:
        future.cancel()
        raise SampleLate("Drawing the sample takes too long right now. Try again later.") from late
