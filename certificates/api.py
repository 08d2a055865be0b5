"""Certificates: who gets one, issuing, checking, revoking, and a person's transcript."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from certificates.domain import batches, facts, issuing, revoking, transcripts, verifying
from certificates.domain.batches import Failure
from certificates.domain.issuing import Verdict
from certificates.domain.verifying import Finding
from certificates.models import Batch, Certificate
from certificates.schemas import (
    BatchOut,
    CertificateOut,
    PreviewOut,
    ReissueIn,
    RevocationIn,
    TranscriptOut,
)
from events import rules
from events.api.events import event_of, led_event
from events.api.writing import amount_text
from events.models import Event, Registration
from kit import ids, ratelimit
from programmes.answers import answer, found, permit, responses, stamp
from programmes.apikeys import anyone, needs_key, person_of

router = Router(tags=["Certificates"])
READ = needs_key("certificates:read")
WRITE = needs_key("certificates:write")
HOSTS_ONLY = "Only the hosts of this event may see its certificates."
LEAD_ONLY = "Only organisers of the alliance that led the event may do that."


@router.get(
    "/events/{slug:slug}/certificates/preview",
    auth=READ,
    response=responses(200, PreviewOut, 401, 404),
    operation_id="preview_certificates",
    summary="See who gets a certificate",
)
def preview_certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who held a seat, with the reason. Co-hosts see whom the data rule shows them."""
    event = event_of(request, slug)
    permit(rules.may_look_behind(request.actor, event), HOSTS_ONLY)  # type: ignore[attr-defined]
    shown = _visible_codes(request, event)
    verdicts = [v for v in issuing.preview(event) if v.registration.code in shown]
    earned = sum(verdict.earned for verdict in verdicts)
    items = [_verdict(verdict) for verdict in verdicts]
    return answer({"items": items, "count": len(items), "earned": earned})


@router.post(
    "/events/{slug:slug}/certificates",
    auth=WRITE,
    response=responses(202, BatchOut, 401, 404, 409),
    operation_id="issue_certificates",
    summary="Issue the certificates",
)
def issue_certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """Answers 202 with a batch that runs in the background; asking again while it does gives it.

    409 `not-settled` before attendance is settled, `nothing-to-issue` where nobody new earned one.
    """
    event = led_event(request, slug)
    batch = batches.request(event, by=person_of(request), at=timezone.now())
    return answer(_batch(request, batch, event), status=202)


@router.get(
    "/batches/{int:number}",
    auth=READ,
    response=responses(200, BatchOut, 401, 404),
    operation_id="get_batch",
    summary="Watch a batch",
)
def get_batch(request: HttpRequest, number: int) -> HttpResponse:
    """How far it has come, for the hosts of its event; 404 for everybody else."""
    visible = Event.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    batches_seen = Batch.objects.select_related("award").filter(award__event__in=visible)
    batch = found(batches_seen.filter(pk=number).first(), "batch")
    event = Event.objects.prefetch_related("hosts").get(pk=batch.award.event_id)
    is_host = rules.may_look_behind(request.actor, event)  # type: ignore[attr-defined]
    found(batch if is_host else None, "batch")
    return answer(_batch(request, batch, event))


@router.get(
    "/certificates/{code}",
    auth=anyone("certificates:read"),
    response=responses(200, CertificateOut, 401, 404),
    operation_id="get_certificate",
    summary="Check a certificate",
)
def get_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What the paper says and whether it still counts. Small letters and dashes do not matter."""
    ratelimit.hit(request, "verify", limit=30, seconds=60)
    return answer(_certificate(found(verifying.look_up(code), "certificate")))


@router.post(
    "/certificates/{code}/revocation",
    auth=WRITE,
    response=responses(200, CertificateOut, 401, 404, 409, 422),
    operation_id="revoke_certificate",
    summary="Revoke a certificate",
)
def revoke_certificate(request: HttpRequest, code: str, revocation: RevocationIn) -> HttpResponse:
    """From now on it says that it was revoked, and why. 409 `not-standing` where it did before.

    422 `reason-missing` where the reason is blank.
    """
    certificate = _led(request, code)
    by, at = person_of(request), timezone.now()
    revoked = revoking.revoke(certificate, reason=revocation.reason, by=by, at=at)
    return answer(_certificate(_finding(revoked, "revoked")))


@router.post(
    "/certificates/{code}/reissue",
    auth=WRITE,
    response=responses(201, CertificateOut, 401, 404, 409, 422),
    operation_id="reissue_certificate",
    summary="Replace a certificate",
)
def reissue_certificate(request: HttpRequest, code: str, reissue: ReissueIn) -> HttpResponse:
    """Answers 201 with the new one, under a new code; the old one points to it.

    It can be checked once it is drawn, seconds later. 409 `not-standing` where the old one was
    revoked or replaced before.
    """
    certificate = _led(request, code)
    by, at = person_of(request), timezone.now()
    new = revoking.reissue(certificate, name=reissue.name, by=by, at=at)
    return answer(_certificate(_finding(new, "valid")), status=201)


@router.get(
    "/people/me/transcript",
    auth=needs_key("me:read"),
    response=responses(200, TranscriptOut, 401),
    operation_id="get_my_transcript",
    summary="Get my transcript",
)
def get_my_transcript(request: HttpRequest) -> HttpResponse:
    """The credit of the key's person by scheme and year, from certificates that are valid today."""
    person = person_of(request)
    transcript = transcripts.of(person)
    credits = [
        {"scheme": c.scheme, "label": c.label, "year": c.year, "amount": amount_text(c.amount)}
        for c in transcript.credits
    ]
    held = [_held(year, certificate) for year, certificate in transcript.certificates]
    return answer({"name": person.name, "credits": credits, "certificates": held})


def _led(request: HttpRequest, code: str) -> Certificate:
    """The certificate, for the lead of its event. Raises NotFound or NotYours."""
    certificates = Certificate.objects.select_related("award__event")
    certificate = found(certificates.filter(code=ids.clean(code) or "").first(), "certificate")
    may = rules.may_edit(request.actor, certificate.award.event)  # type: ignore[attr-defined]
    permit(may, LEAD_ONLY)
    return certificate


def _visible_codes(request: HttpRequest, event: Event) -> set[str]:
    visible = Registration.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    return set(visible.filter(event=event).values_list("code", flat=True))


def _verdict(verdict: Verdict) -> dict[str, Any]:
    registration, certificate = verdict.registration, verdict.certificate
    return {
        "registration": registration.code,
        "name": registration.name,
        "email": registration.email,
        "alliance": registration.alliance.slug if registration.alliance else None,
        "earned": verdict.earned,
        "minutes": verdict.minutes,
        "reason": verdict.reason,
        "certificate": certificate.code if certificate else None,
    }


def _batch(request: HttpRequest, batch: Batch, event: Event) -> dict[str, Any]:
    progress = batches.progress(batch)
    return {
        "id": batch.pk,
        "state": progress.state,
        "total": progress.total,
        "done": progress.done,
        "failed": progress.failed,
        "seconds_left": progress.seconds_left,
        "failures": _failures(request, event, progress.failures),
    }


def _failures(
    request: HttpRequest, event: Event, failures: Sequence[Failure]
) -> list[dict[str, Any]]:
    """Those whose names the event's data rule lets the caller see."""
    if not failures:
        return []
    shown = set(
        Certificate.objects.filter(
            code__in=[failure.code for failure in failures],
            registration__code__in=_visible_codes(request, event),
        ).values_list("code", flat=True)
    )
    return [vars(failure) for failure in failures if failure.code in shown]


def _finding(certificate: Certificate, state: str) -> Finding:
    """What ``verifying`` would find, also while the file is still being drawn."""
    file = getattr(certificate, "file", None)
    return Finding(
        state=state,
        code=certificate.code,
        facts=certificate.facts,
        issued_at=certificate.issued_at,
        revoked_at=certificate.revoked_at,
        reason=certificate.revoke_reason,
        superseded_by="",
        superseded_at=certificate.superseded_at,
        sha256=file.sha256 if file else "",
    )


def _certificate(finding: Finding) -> dict[str, Any]:
    said = finding.facts
    row = {
        "code": finding.code,
        "state": finding.state,
        "name": said["name"],
        "title": said["title"],
        "event": _about(said),
        "issuers": [
            {name: issuer[name] for name in ("slug", "name", "legal_name", "role")}
            for issuer in said["issuers"]
        ],
        "issued_at": stamp(finding.issued_at),
        "minutes": said["minutes"],
        "credits": said["credits"],
        "sha256": finding.sha256 or None,
        "url": facts.verify_url(finding.code),
    }
    if finding.reason:
        row["reason"] = finding.reason
    if finding.superseded_by:
        row["superseded_by"] = finding.superseded_by
    return row


def _held(year: int, certificate: Certificate) -> dict[str, Any]:
    said = certificate.facts
    return {
        "code": certificate.code,
        "title": said["title"],
        "event": _about(said),
        "issued_at": stamp(certificate.issued_at),
        "year": year,
        "minutes": said["minutes"],
        "credits": said["credits"],
    }


def _about(said: dict[str, Any]) -> dict[str, Any]:
    event = said["event"]
    return {name: event[name] for name in ("slug", "title", "time_zone", "starts_at", "ends_at")}
