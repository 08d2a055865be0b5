"""What waits for a person on the organisers' side: each app adds its kinds, the home lists them.

A source is registered by dotted path in ``AppConfig.ready`` and asked as ``source(actor, at=at)``.
It answers with its first few Needs, in a fixed number of queries, and with none for whom they do
not concern: the actor's rights are its own business.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from programmes.access import Actor

FIRST = 5
"""How many of one kind the home shows; the rest are behind the counts."""


@dataclass(frozen=True)
class Need:
    """One thing to do: a status kind and word, a sentence that is a link, what it is about."""

    kind: str
    word: str
    text: str
    url: str
    note: str = ""


_SOURCES: dict[str, int] = {}


def register(source: str, *, place: int) -> None:
    """Ask ``source`` for needs. Lower places stand further up: 10 what others wait for, 20 what
    failed, 30 what is due, 40 what one waits for oneself."""
    _SOURCES[source] = place


def of(actor: "Actor", *, at: datetime) -> list[Need]:
    """Everything that waits for the actor, in the order of the places."""
    in_order = sorted(_SOURCES, key=lambda path: (_SOURCES[path], path))
    return [need for path in in_order for need in import_string(path)(actor, at=at)]
