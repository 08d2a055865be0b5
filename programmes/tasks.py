"""What workers are rung for and what the clock does. Each is safe to run twice."""

from django.utils import timezone

from programmes.domain import delivery, tidying
from programmes.outbox import ring


def drain() -> str:
    """Carry out due outbox entries for some seconds, and ring again where more are waiting."""
    done = delivery.drain()
    if delivery.is_waiting():
        ring()
    return f"{done} done"


def sweep() -> str:
    """Twice a minute: the same, so that a lost ring costs seconds."""
    return drain()


def beat() -> str:
    """The canary: a worker that can run this is alive."""
    delivery.beat()
    return "alive"


def tidy() -> str:
    """Once a day: clear away what is of no more use."""
    return ", ".join(f"{n} {what}" for what, n in tidying.tidy(at=timezone.now()).items())
