"""What attending an event can earn, and by which rule."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event


class Award(models.Model):
    """The certificate one event gives. The rule is data and is frozen into what it produced."""

    class Kind(models.TextChoices):
        ATTENDANCE = "attendance", _("Certificate of Attendance")

    event = models.OneToOneField(Event, models.PROTECT, related_name="award")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ATTENDANCE)
    paper = models.CharField(max_length=6, default="letter")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.event.title}"
