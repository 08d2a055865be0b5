"""Invitations to a role: a link by mail that one person may take up within some days."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programmes.models.alliances import Alliance, Role
from programmes.models.people import Person


class RoleInvitationQuerySet(models.QuerySet["RoleInvitation"]):
    def open(self) -> "RoleInvitationQuerySet":
        """Neither taken up nor withdrawn; the link may have expired."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


class RoleInvitation(models.Model):
    """One address asked to take a role in an alliance. The link is signed, not kept."""

    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="role_invitations")
    kind = models.CharField(max_length=10, choices=Role.Kind)
    email_key = models.CharField(max_length=254, help_text=_("For comparing."))
    email = models.CharField(max_length=254, help_text=_("As typed, trimmed."))
    link_version = models.PositiveSmallIntegerField(default=0, help_text=_("Raised to revoke."))
    invited_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = RoleInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_role_invitation",
                fields=["alliance", "email_key"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.alliance.short_name} · {self.get_kind_display()}"

    def is_open(self, *, at: datetime) -> bool:
        """The link still works: not taken up, not withdrawn, not expired."""
        return self.accepted_at is None and self.withdrawn_at is None and at < self.expires_at
