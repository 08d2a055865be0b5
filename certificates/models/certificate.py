"""Certificates: facts frozen when issued, and the file drawn from them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certificates.models.award import Award
from certificates.models.batch import Batch
from events.models import Registration
from programmes.models import Person


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def standing(self) -> "CertificateQuerySet":
        """Neither revoked nor replaced."""
        return self.filter(revoked_at__isnull=True, superseded_at__isnull=True)


class Certificate(models.Model):
    """One award to one person. Never deleted: a revoked or replaced one says so for ever."""

    code = models.CharField(max_length=24, unique=True, help_text=_("100 bits and a check symbol."))
    award = models.ForeignKey(Award, models.PROTECT, related_name="certificates")
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="certificates")
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, blank=True, related_name="certificates"
    )
    facts = models.JSONField(help_text=_("All that the paper says, as it was when issued."))
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=500, blank=True)
    revoked_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_standing_certificate",
                fields=["award", "person"],
                condition=Q(revoked_at__isnull=True, superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                name="revoked_iff_reasoned",
                condition=(Q(revoked_at__isnull=True) & Q(revoke_reason=""))
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CertificateFile(models.Model):
    """The PDF of a certificate. It exists exactly when its bytes are in storage."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="file")
    path = models.CharField(max_length=200, help_text=_("In the media folder, by its hash."))
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.path
