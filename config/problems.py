"""Errors of the API as application/problem+json (RFC 9457): one shape for whatever went wrong."""

import json
import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from kit.errors import Invalid, Refused

TYPE = "application/problem+json"
WAIT_SECONDS = 5
"""What Retry-After says where nobody knows better."""

log = logging.getLogger("lyceum.api")

_SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Write text.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "int_parsing_size": "This number is too large.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "list_type": "Write a list.",
    "dict_type": "Write an object.",
    "model_type": "Write an object.",
    "model_attributes_type": "Write an object.",
    "decimal_type": "Write a number.",
    "decimal_parsing": "Write a number.",
    "finite_number": "Write a number.",
    "greater_than": "Write a number above {gt}.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than": "Write a number below {lt}.",
    "less_than_equal": "Write {le} or less.",
    "decimal_max_digits": "Write at most {max_digits} digits.",
    "decimal_max_places": "Write at most {decimal_places} decimal places.",
    "decimal_whole_digits": "Write at most {whole_digits} digits before the point.",
    "string_too_long": "Write at most {max_length} characters.",
    "string_too_short": "Write at least {min_length} characters.",
    "too_long": "Give at most {max_length}.",
    "too_short": "Give at least {min_length}.",
    "literal_error": "Choose one of {expected}.",
    "enum": "Choose one of {expected}.",
}
_PATTERNS = {
    "date": "Write a date and time as 2027-01-13T11:00, without a zone.",
    "slug": "Write letters, digits and dashes only.",
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    facts: dict[str, Any] | None = None,
) -> HttpResponse:
    """A problem document. ``facts`` stand beside the fields of the RFC and never replace them."""
    document = (facts or {}) | {
        "type": f"{settings.PUBLIC_BASE_URL}/api/v1/docs#{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors is not None:
        document["errors"] = errors
    response = HttpResponse(
        json.dumps(document, ensure_ascii=False, default=str), status=status, content_type=TYPE
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="Lyceum API"'
    may_wait = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    if status in may_wait or "retry_after" in document:
        response["Retry-After"] = str(document.get("retry_after", WAIT_SECONDS))
    return response


def refused(request: HttpRequest, no: Refused) -> HttpResponse:
    """A house rule said no."""
    errors = no.errors if isinstance(no, Invalid) else None
    return problem(no.status, no.code, str(no), errors=errors, facts=no.facts)


def invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """Input of the wrong shape, each fault with the way to its field and a plain sentence."""
    errors = [{"loc": _way(e["loc"]), "msg": _sentence(e)} for e in fault.errors]
    detail = errors[0]["msg"] if len(errors) == 1 else f"{len(errors)} things are wrong with this."
    if errors and errors[0]["loc"]:
        detail = f"{errors[0]['loc'][-1]}: {detail}" if len(errors) == 1 else detail
    return problem(422, "invalid", detail, errors=errors)


def http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    """What the framework itself refuses: a body that is no JSON, and nothing else we know of."""
    if fault.status_code == HTTPStatus.BAD_REQUEST:
        sentence = "The body is not JSON that can be read."
        return problem(422, "not-json", sentence, errors=[{"loc": [], "msg": sentence}])
    return problem(fault.status_code, _code_of(fault.status_code), fault.message)


def not_found(request: HttpRequest, fault: Exception | None = None) -> HttpResponse:
    return problem(404, "not-found", "There is nothing at this address.")


def not_allowed(allowed: str) -> HttpResponse:
    """``allowed`` are the methods that this address knows, with commas."""
    response = problem(405, "method-not-allowed", f"This address answers to {allowed}.")
    response["Allow"] = allowed
    return response


def unexpected(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Whatever nobody foresaw: logged with its trace, answered without it."""
    if isinstance(fault, PermissionDenied):
        return problem(403, "not-your-alliance", "This key may not do that.")
    if isinstance(fault, RequestDataTooBig):
        return problem(422, "too-large", "The body is too large: 12 MB are the most we read.")
    if isinstance(fault, MultiPartParserError | UnreadablePostError | SuspiciousOperation):
        return problem(422, "unreadable", "The body could not be read.")
    facts = {"request": getattr(request, "id", "")}
    log.error("unexpected error, request %s", facts["request"], exc_info=fault)
    if is_busy(fault):
        return problem(503, "busy", "The database is busy. Try again in a moment.", facts=facts)
    got_request_exception.send(sender=None, request=request)
    sentence = "Something went wrong here. Nothing was changed; it has been noted."
    return problem(500, "unexpected", sentence, facts=facts)


def is_busy(fault: Exception) -> bool:
    """Did the database not let us in, for a lock or a lost connection? Then trying again helps.

    A missing table is the same exception on SQLite, and no amount of waiting makes it.
    """
    return isinstance(fault, OperationalError) and "no such" not in str(fault)


HANDLERS: dict[type[Exception], Any] = {
    Refused: refused,
    ValidationError: invalid,
    HttpError: http_error,
    Http404: not_found,
    Exception: unexpected,
}


def of(request: HttpRequest, fault: Exception) -> HttpResponse:
    """The problem document of any exception, by the nearest of its classes that has an answer."""
    kind = next(kind for kind in type(fault).__mro__ if kind in HANDLERS)
    answer: HttpResponse = HANDLERS[kind](request, fault)
    return answer


def _way(loc: tuple[str | int, ...]) -> list[str | int]:
    """The way as the caller knows it: without where it was sent and how our code names it.

    The framework writes (“body”, “plan”, “sessions”, 0, …), (“query”, “limit”) and (“query”,
    “wanted”, “format”, 0), after the parameter of ours that holds all filters.
    """
    where, *way = loc
    if where in {"body", "form"} and way:
        way = way[1:]
    return [step for step in way if step != "wanted"]


def _sentence(error: dict[str, Any]) -> str:
    """What pydantic found, in the words of this house."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if kind == "string_pattern_mismatch":
        return _PATTERNS["date" if "T" in context["pattern"] else "slug"]
    template = _SENTENCES.get(kind)
    return template.format(**context) if template else error["msg"].rstrip(".") + "."


def _code_of(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")
