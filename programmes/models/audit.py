"""The audit log: who did what to which thing. Rows are written once and never changed."""

from django.db import models

from programmes.models.alliances import Alliance
from programmes.models.people import Person


class AuditEntry(models.Model):
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    action = models.CharField(max_length=60, help_text="Such as registration.made.")
    subject = models.CharField(max_length=80, db_index=True, help_text="Such as events.event:41.")
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    alliance = models.ForeignKey(Alliance, models.SET_NULL, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
