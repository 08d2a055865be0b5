"""Idempotency-Key: a POST that is sent twice with the same key happens once.

The caller claims the key in a transaction of its own; work and answer are then committed together,
so that a worker killed in between leaves neither. Only answers of success are kept: a refusal has
changed nothing and is worked out anew.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kit.errors import Invalid, Refused
from kit.ids import token_hash
from programmes.apikeys import key_of
from programmes.models import IdempotentAnswer

Answer = Callable[[HttpRequest], HttpResponse]

LONGEST = 128
KEPT_FOR = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(minutes=2)
"""A claim this old without an answer is of a worker that died: longer than any request may run."""


class Mismatch(Refused):
    code = "idempotency-mismatch"
    status = 422


class InProgress(Refused):
    code = "idempotency-in-progress"
    status = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, retry_after=1)


class ClaimLost(Exception):
    """Somebody took the key over because we seemed dead. Our work is rolled back."""


@dataclass(frozen=True)
class Asked:
    """One request with its key: who asks, under which key, and for what."""

    caller: str
    key: str
    request_hash: str


def answered_once(request: HttpRequest, answer: Answer) -> HttpResponse:
    """``answer(request)``, or what it gave before for the same Idempotency-Key and body.

    Raises Invalid for a key that is too long, Mismatch where it was used for something else, and
    InProgress while the first request with it runs. Whoever sends a wrong API key is told so by
    ``answer`` itself.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or ("Authorization" in request.headers and key_of(request) is None):
        return answer(request)
    if not 1 <= len(key) <= LONGEST:
        raise Invalid.at("Idempotency-Key", msg=f"Write 1 to {LONGEST} characters.")
    asked = Asked(caller=_caller(request), key=key, request_hash=_request_hash(request))
    at = timezone.now()
    kept = _claim(asked, at=at)
    if kept is not None:
        return _again(kept)
    return _work(request, answer, claim=_claimed(asked, at))


def _claim(asked: Asked, *, at: datetime) -> IdempotentAnswer | None:
    """None where this request may go to work now, else the answer that was given before."""
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(
                caller=asked.caller, key=asked.key, request_hash=asked.request_hash
            )
            _rows(asked).update(made_at=at)
            return None
    except IntegrityError:
        pass  # the key is in use: by an answer, by a request at work, or by one that died
    dead = Q(status__isnull=True, made_at__lt=at - GIVEN_UP_AFTER)
    over = dead | Q(made_at__lt=at - KEPT_FOR)
    fresh = {"made_at": at, "request_hash": asked.request_hash, "status": None, "body": b""}
    if _rows(asked).filter(over).update(**fresh):
        return None
    row = _rows(asked).first()
    if row is None or (row.status is None and row.request_hash == asked.request_hash):
        raise InProgress("The first request with this Idempotency-Key is still running.")
    if row.request_hash != asked.request_hash:
        raise Mismatch("This Idempotency-Key was used for another request. Take a new one.")
    return row


def _work(request: HttpRequest, answer: Answer, *, claim: Q) -> HttpResponse:
    """Do the work and keep its answer, both or neither."""
    response = None
    try:
        with transaction.atomic():
            response = answer(request)
            if response.status_code >= 300:
                transaction.set_rollback(True)
            else:
                _keep(response, claim)
    except ClaimLost:
        raise InProgress("Another request with this Idempotency-Key took over.") from None
    finally:
        if response is None or response.status_code >= 300:
            IdempotentAnswer.objects.filter(claim).delete()
    return response


def _keep(response: HttpResponse, claim: Q) -> None:
    kept = IdempotentAnswer.objects.filter(claim).update(
        status=response.status_code,
        body=response.content,
        content_type=response.get("Content-Type", ""),
    )
    if not kept:
        raise ClaimLost


def _again(row: IdempotentAnswer) -> HttpResponse:
    response = HttpResponse(bytes(row.body), status=row.status, content_type=row.content_type)
    response["Idempotency-Replayed"] = "true"
    return response


def _rows(asked: Asked) -> QuerySet[IdempotentAnswer]:
    return IdempotentAnswer.objects.filter(caller=asked.caller, key=asked.key)


def _claimed(asked: Asked, at: datetime) -> Q:
    """Our claim and no later one: the moment it was made is its fencing token."""
    return Q(caller=asked.caller, key=asked.key, status__isnull=True, made_at=at)


def _caller(request: HttpRequest) -> str:
    key = key_of(request)
    return key.token_hash if key else "anyone"


def _request_hash(request: HttpRequest) -> str:
    """What was asked. Forms are hashed by their parts: each sending draws a new boundary."""
    digest = hashlib.sha256()
    digest.update(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(token_hash(f"{name}={values}").encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(token_hash(f"{name}={file.name}").encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
