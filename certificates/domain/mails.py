"""The mails of this app."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from certificates.models import Certificate
from programmes.domain import letters
from programmes.models import OutboxEntry

if TYPE_CHECKING:
    from django.core.mail import EmailMultiAlternatives


def issued(entry: OutboxEntry) -> "EmailMultiAlternatives | None":
    """“Your certificate is ready”; None where it was revoked or replaced in the meantime."""
    certificate = (
        Certificate.objects.standing()
        .select_related("registration", "award__event__lead")
        .filter(pk=entry.subject.split(":")[1])
        .first()
    )
    if certificate is None:
        return None
    context = {
        "facts": certificate.facts,
        "pdf_url": settings.PUBLIC_BASE_URL + reverse("certificate-pdf", args=[certificate.code]),
        "verify_url": certificate.facts["verify_url"],
    }
    return letters.compose(
        "certificates/email/issued",
        context,
        to=[(certificate.facts["name"], certificate.registration.email)],
        sender=certificate.award.event.lead,
    )
