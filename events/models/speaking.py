"""What speakers were sent about their sessions, and what they leave for who came."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from events.models.session import Session
from programmes.models import Person, Speaker


class SpeakerInvitation(models.Model):
    """What one speaker was last told of one date: its SEQUENCE and, in ``told``, when and where.

    It outlives its session, so that a date taken out of a draft can leave the speaker's calendar
    too.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="speaker_invitations")
    session = models.ForeignKey(
        Session, models.SET_NULL, null=True, blank=True, related_name="speaker_invitations"
    )
    speaker = models.ForeignKey(Speaker, models.CASCADE, related_name="invitations")
    public_id = models.UUIDField(help_text=_("The session's."))
    sequence = models.PositiveIntegerField(default=0, help_text=_("Of the last message."))
    told = models.JSONField(help_text=_("Title, start, end, zone and place of the last message."))
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(help_text=_("DTSTAMP of the last message."))
    reminded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_invitation_per_speaker", fields=["public_id", "speaker"]
            )
        ]
        indexes = [models.Index(name="invitation_of_speaker", fields=["speaker", "event"])]

    def __str__(self) -> str:
        return f"{self.speaker} asked for {self.public_id}"


class EventMaterial(models.Model):
    """Slides, a handout, a link or the recording of an event: a file of ours or an address.

    A recording is published only once somebody has confirmed its captions (WCAG 2.2, 1.2.2).
    """

    class Kind(models.TextChoices):
        SLIDES = "slides", _("Slides")
        HANDOUT = "handout", _("Handout")
        LINK = "link", _("Link")
        RECORDING = "recording", _("Recording")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="materials")
    session = models.ForeignKey(
        Session, models.SET_NULL, null=True, blank=True, related_name="materials"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    path = models.CharField(max_length=200, blank=True, help_text=_("Below MEDIA_ROOT."))
    filename = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text=_("Bytes."))
    captions_url = models.URLField(max_length=500, blank=True, help_text=_("A transcript."))
    captions_confirmed_at = models.DateTimeField(null=True, blank=True)
    captions_confirmed_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    speaker = models.ForeignKey(
        Speaker,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="materials",
        help_text=_("Who sent it in."),
    )
    added_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="material_is_file_or_address",
                condition=(Q(url="") & ~Q(path="")) | (~Q(url="") & Q(path="")),
            ),
            models.CheckConstraint(
                name="recording_has_captions",
                condition=~Q(kind="recording", published_at__isnull=False)
                | Q(captions_confirmed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="material_of_event", fields=["event", "published_at"])]

    def __str__(self) -> str:
        return self.title
