"""The outbox: every effect outside the database, as a row that a worker carries out once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    def open(self) -> "OutboxQuerySet":
        """Still to be carried out, now or later."""
        return self.filter(state__in=OutboxEntry.OPEN_STATES)

    def in_batch(self, group: str) -> "OutboxQuerySet":
        """All entries of one batch, by its name such as “certificates.batch:7”."""
        return self.filter(group=group)


class OutboxEntry(models.Model):
    """One mail to send, one PDF to draw. ``key`` makes a second put of the same effect harmless.

    READY waits until ``due_at``; LEASED is in a worker's hands until its lease runs out; SENDING
    was committed just before an effect that cannot be rolled back (mail), so one found there after
    a crash is UNSURE: nobody knows whether it happened.
    """

    class State(models.TextChoices):
        READY = "ready", _("Waiting")
        LEASED = "leased", _("In work")
        SENDING = "sending", _("Sending")
        DONE = "done", _("Done")
        DEAD = "dead", _("Failed")
        UNSURE = "unsure", _("Unsure")
        CANCELLED = "cancelled", _("Canceled")
        PAUSED = "paused", _("Paused")

    OPEN_STATES = (State.READY, State.LEASED, State.SENDING)

    kind = models.CharField(max_length=60, help_text="Such as events/registration-confirmed.")
    key = models.CharField(max_length=160, unique=True)
    subject = models.CharField(max_length=80, help_text="What it is about: events.registration:7.")
    group = models.CharField(max_length=80, blank=True, help_text="certificates.batch:3, or blank.")
    facts = models.JSONField(default=dict, blank=True, help_text="Ids and plain values only.")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True, help_text="Fencing token of the worker.")
    error = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox entries"
        indexes = [
            models.Index(
                name="outbox_due",
                fields=["due_at", "id"],
                condition=Q(state__in=["ready", "leased", "sending"]),
            ),
            models.Index(name="outbox_group", fields=["group", "state"], condition=~Q(group="")),
            models.Index(name="outbox_subject", fields=["subject"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_done_iff_dated",
                condition=(Q(state="done") & Q(done_at__isnull=False))
                | (~Q(state="done") & Q(done_at__isnull=True)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"


class Heartbeat(models.Model):
    """When the workers last showed that they are alive. A row a name."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
