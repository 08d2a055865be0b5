"""A batch: one request to issue the certificates of an event, and how far it has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from certificates.models.award import Award
from programmes.models import Person


class Batch(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")

    award = models.ForeignKey(Award, models.PROTECT, related_name="batches")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_running_batch_per_award",
                fields=["award"],
                condition=~models.Q(state="done"),
            )
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk} of {self.award}"
