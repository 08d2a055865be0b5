"""What the API's operations of all apps share: JSON out, lists by page, and refusals by status."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse
from pydantic_core import to_json

from kit.errors import Refused
from programmes.schemas import Page, Problem

Thing = TypeVar("Thing")


class NotFound(Refused):
    """There is no such thing, or none that this caller may know of."""

    code = "not-found"
    status = 404


class NotYours(Refused):
    """The caller may see it but not do this to it."""

    code = "not-your-alliance"
    status = 403


def answer(value: Any, *, status: int = 200) -> HttpResponse:
    """``value``, made of plain dicts, lists and text, as JSON.

    The operations write their answers as plain values and name the schema only for the OpenAPI
    document: putting 100 events through a schema again would take longer than reading them. That
    both agree is tested for every answer (config/tests/conftest.py).
    """
    content_type = "application/json; charset=utf-8"
    return HttpResponse(to_json(value), status=status, content_type=content_type)


def page_of(
    rows: QuerySet[Any], page: Page, write: Callable[[Sequence[Any]], list[dict[str, Any]]]
) -> HttpResponse:
    """One page of ``rows`` as ``{"items": […], "count": n}``; ``write`` makes all items at once."""
    found = list(rows[page.offset : page.offset + page.limit])
    return answer({"items": write(found), "count": rows.count()})


def stamp(at: datetime | None) -> str | None:
    """RFC 3339 in UTC to the second, ``2027-01-13T18:00:00Z``; None stays None."""
    if at is None:
        return None
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:19] + "Z"


def permit(allowed: bool, sentence: str) -> None:
    """Go on where ``allowed``; else raise NotYours with ``sentence``."""
    if not allowed:
        raise NotYours(sentence)


def found(thing: Thing | None, what: str) -> Thing:
    """``thing``; raises NotFound where it is None. ``what`` is such as “event”."""
    if thing is None:
        raise NotFound(f"There is no such {what}, or not for this key.")
    return thing


def responses(status: int, schema: Any, *refusals: int) -> dict[int, Any]:
    """What an operation documents: its answer, and a Problem for each status it may refuse with."""
    return {status: schema} | dict.fromkeys(refusals, Problem)
