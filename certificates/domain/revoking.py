"""The end of a certificate: revoked with a reason or replaced, never deleted."""

from datetime import datetime

from django.db import transaction

from certificates.domain import facts, issuing
from certificates.domain.refusals import NotStanding, ReasonMissing
from certificates.models import Certificate
from kit.errors import Invalid
from kit.ids import readable_code
from kit.text import one_line
from programmes import audit, outbox
from programmes.models import Person


def revoke(
    certificate: Certificate, *, reason: str, by: Person | None, at: datetime
) -> Certificate:
    """Declare a certificate invalid, for a reason that everyone who checks it will read.

    Raises ReasonMissing, or NotStanding where it was revoked or replaced before.
    """
    if not reason.strip():
        raise ReasonMissing.at(
            "reason", msg="Say why: the reason is shown to everyone who checks this certificate."
        )
    why = one_line(reason, loc="reason", what="The reason", at_most=500)
    with transaction.atomic():
        standing = Certificate.objects.standing().filter(pk=certificate.pk)
        if not standing.update(revoked_at=at, revoke_reason=why, revoked_by=by):
            raise NotStanding("This certificate was already revoked or replaced.")
        audit.record("certificate.revoked", certificate, by=by, reason=why)
    certificate.refresh_from_db()
    return certificate


def reissue(certificate: Certificate, *, name: str, by: Person | None, at: datetime) -> Certificate:
    """Replace a certificate by one with another name; the old one then points to the new.

    All other facts stay as they were frozen. One that was revoked stays revoked, and the new one
    stands beside it: that is how a revocation by mistake is made good. Raises Invalid for an empty
    or over-long name, NotStanding where the certificate was replaced before.
    """
    if not name.strip():
        raise Invalid.at("name", msg="Give the name as it should be printed.")
    new_name = one_line(name, loc="name", what="The name", at_most=300)
    code = readable_code()
    with transaction.atomic():
        current = Certificate.objects.filter(pk=certificate.pk, superseded_at__isnull=True)
        if not current.update(superseded_at=at):
            raise NotStanding("This certificate was already replaced.")
        new = Certificate.objects.create(
            code=code,
            award_id=certificate.award_id,
            person_id=certificate.person_id,
            registration_id=certificate.registration_id,
            facts=certificate.facts
            | {"name": new_name, "code": code, "verify_url": facts.verify_url(code)},
            issued_at=at,
            supersedes=certificate,
        )
        outbox.put_all([issuing.draw_entry(new, None)])
        audit.record("certificate.reissued", new, by=by, replaces=certificate.code)
    certificate.refresh_from_db()
    return new
