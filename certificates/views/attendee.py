"""What a person has earned: on their registration's own page, and all of it together."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates.domain import transcripts
from certificates.models import Certificate
from events.domain import links, passport
from events.models import Registration
from events.views import attendee
from events.views.standing import standing
from kit.ids import group
from programmes.access import public
from programmes.models import Person

CREDIT_COLUMNS = [{"text": "Year"}, {"text": "Credit"}, {"text": "Amount", "is_number": True}]
CERTIFICATE_COLUMNS = [
    {"text": "Event"},
    {"text": "Minutes", "is_number": True},
    {"text": "Credit"},
    {"text": "Certificate"},
]


@attendee.held
@require_safe
def my_registration(request: HttpRequest, mine: Registration) -> HttpResponse:
    """My registration, with the certificates that came of it."""
    held = Certificate.objects.filter(registration=mine).select_related("file")
    certificates = [_certificate(one) for one in held.order_by("-issued_at", "-pk")]
    return attendee.page(request, mine, certificates=certificates)


@public
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Everything of mine, for who has signed in; others are told how their links reach them."""
    person = request.user
    if not isinstance(person, Person):
        return attendee.quiet(render(request, "certificates/attendee/signed_out.html"))
    at = timezone.now()
    mine = list(_registrations(person))
    coming = [one for one in mine if one.event.ends_at is None or one.event.ends_at > at]
    coming.reverse()  # the next one first
    transcript = transcripts.of(person)
    context = {
        "person": person,
        "coming": [_row(one, at) for one in coming],
        "past": [_row(one, at) for one in mine if one not in coming],
        "credits": transcript.credits,
        "credit_columns": CREDIT_COLUMNS,
        "certificate_columns": CERTIFICATE_COLUMNS,
        "certificates": [_earned(year, one) for year, one in transcript.certificates],
        "programmes": [_programme(entry) for entry in passport.of_person(person.pk, at=at)],
    }
    return attendee.quiet(render(request, "certificates/attendee/me.html", context))


def _registrations(person: Person) -> Iterable[Registration]:
    """The person's places, the latest event first."""
    mine = Registration.objects.filter(person=person).select_related("event", "person")
    return mine.order_by(F("event__starts_at").desc(nulls_first=True), "-pk")


def _row(mine: Registration, at: Any) -> dict[str, Any]:
    url = reverse("registration", args=[links.registration_token(mine)])
    return {"event": mine.event, "url": url, "standing": standing(mine, at)}


def _programme(entry: passport.Entry) -> dict[str, Any]:
    """A programme with the person's own page of it, or everybody's where they did not enrol."""
    url = reverse("program", args=[entry.programme.slug])
    if entry.enrolment is not None:
        url = reverse("my-program", args=[links.enrolment_token(entry.enrolment)])
    return {
        "programme": entry.programme,
        "enrolment": entry.enrolment,
        "progress": entry.progress,
        "missing": entry.progress.missing[:3],
        "url": url,
    }


def _certificate(one: Certificate) -> dict[str, Any]:
    """What the registration's page says of a certificate."""
    is_valid = one.revoked_at is None and one.superseded_at is None
    is_ready = hasattr(one, "file")
    if is_valid:
        word = "Your certificate is ready" if is_ready else "Your certificate is being made"
        kind = "ok" if is_ready else "waiting"
    else:
        word = "Revoked" if one.revoked_at else "Replaced by a corrected one"
        kind = "off"
    return {
        "code": one.code,
        "grouped": group(one.code),
        "word": word,
        "kind": kind,
        "is_ready": is_ready,
        "is_valid": is_valid,
    }


def _earned(year: int, one: Certificate) -> dict[str, Any]:
    credits = ", ".join(f"{c['amount']} {c['label']}" for c in one.facts["credits"])
    return {"year": year, "code": one.code, "facts": one.facts, "credits": credits}
