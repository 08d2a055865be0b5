"""What people answered to an invitation, from their calendar program or by a link."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.registration import Registration
from events.models.session import Session
from programmes.models import Speaker


class InvitationReply(models.Model):
    """The latest answer of one person for one date. Older messages never replace it.

    ``sequence`` and ``replied_at`` are what the message said of itself (RFC 5546 §2.1.5: the higher
    SEQUENCE wins, then the later DTSTAMP).
    """

    class Kind(models.TextChoices):
        REGISTRATION = "registration", _("Registrant")
        SPEAKER = "speaker", _("Speaker")

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        TENTATIVE = "tentative", _("Maybe")
        DECLINED = "declined", _("Declined")

    class Source(models.TextChoices):
        MAIL = "mail", _("Calendar reply")
        LINK = "link", _("Link in the mail")

    kind = models.CharField(max_length=12, choices=Kind)
    session = models.ForeignKey(Session, models.CASCADE, related_name="replies")
    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, blank=True, related_name="replies"
    )
    speaker = models.ForeignKey(
        Speaker, models.CASCADE, null=True, blank=True, related_name="replies"
    )
    answer = models.CharField(max_length=10, choices=Answer)
    comment = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=4, choices=Source)
    sequence = models.PositiveIntegerField(default=0)
    replied_at = models.DateTimeField(help_text=_("DTSTAMP of the message."))
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64, blank=True, help_text=_("Of the raw message."))

    class Meta:
        verbose_name_plural = "invitation replies"
        constraints = [
            models.CheckConstraint(
                name="reply_is_of_one_person",
                condition=Q(kind="registration", registration__isnull=False, speaker__isnull=True)
                | Q(kind="speaker", speaker__isnull=False, registration__isnull=True),
            ),
            models.UniqueConstraint(
                name="one_reply_per_registration",
                fields=["session", "registration"],
                condition=Q(registration__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_reply_per_speaker",
                fields=["session", "speaker"],
                condition=Q(speaker__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.answer}"
