"""What hosts agree on as it changes: every wording, a change that waits for answers, their talk."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event, EventHost
from programmes.models import Alliance, Person


class EventTerms(models.Model):
    """What hosts were to agree on from one version of the event on. Appended, never edited."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="terms")
    version = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    said = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="terms_of_event", fields=["event", "fingerprint"])]

    def __str__(self) -> str:
        return f"{self.event_id} from version {self.version}"


class Proposal(models.Model):
    """A change of a published event that waits for the co-hosts. The public version stays."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for answers")
        AGREED = "agreed", _("Agreed and published")
        WITHDRAWN = "withdrawn", _("Taken back")
        SUPERSEDED = "superseded", _("Replaced by another change")

    event = models.ForeignKey(Event, models.CASCADE, related_name="proposals")
    base_version = models.PositiveIntegerField(help_text=_("The version it was made on."))
    changes = models.JSONField(help_text=_("Fields of the plan, encoded."))
    was = models.JSONField(help_text=_("The terms that are public while it waits."))
    becomes = models.JSONField(help_text=_("The terms it proposes."))
    fingerprint = models.CharField(max_length=64, help_text=_("Of the terms it proposes."))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    problem = models.CharField(
        max_length=500, blank=True, help_text=_("Why it could not be published once agreed.")
    )
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_proposal_per_event", fields=["event"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="proposal_closed_iff_dated",
                condition=(Q(state="open") & Q(closed_at__isnull=True))
                | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.state}"


class ProposalAnswer(models.Model):
    """One co-host's answer to one proposed change."""

    class State(models.TextChoices):
        ASKED = "asked", _("Has not answered")
        AGREED = "agreed", _("Agreed")
        DECLINED = "declined", _("Declined")
        LEFT = "left", _("Left the event")

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="answers")
    host = models.ForeignKey(EventHost, models.CASCADE, related_name="answers")
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["host__position", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_answer_per_host", fields=["proposal", "host"])
        ]

    def __str__(self) -> str:
        return f"{self.host_id} {self.state}"


class HostComment(models.Model):
    """What the hosts of an event say to each other about it."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        CHANGE = "change", _("Asks for a change")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="comments")
    alliance = models.ForeignKey(
        Alliance,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("In whose name; empty for an operator of the network."),
    )
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.COMMENT)
    text = models.TextField(max_length=2000)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "pk"]
        indexes = [models.Index(name="comment_of_event", fields=["event", "made_at"])]

    def __str__(self) -> str:
        return self.text[:60]
