"""Keys for programs, and the answers kept so that a repeated POST gets the same one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.models.people import Person


class ApiKey(models.Model):
    """Lets a program act as a person. Only the hash of the key is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, blank=True, help_text=_("Empty: all of the person's."))
    made_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.person})"


class IdempotentAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered, kept for a day."""

    caller = models.CharField(max_length=80, help_text="Hash of the key, or “anyone”.")
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while it is at work.")
    body = models.BinaryField(default=b"")
    content_type = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_answer_per_key", fields=["caller", "key"])]

    def __str__(self) -> str:
        return f"{self.key} → {self.status}"
