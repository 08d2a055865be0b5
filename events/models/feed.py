"""What calendar feeds remember between two fetches (docs/calendar.md)."""

from django.db import models


class Revision(models.Model):
    """A counter raised by each change that any feed of the scope could show."""

    scope = models.CharField(max_length=80, unique=True)
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} {self.number}"


class FeedState(models.Model):
    """The validators of one feed: they live here so that a cache flush does not change them."""

    key = models.CharField(max_length=64, unique=True, help_text="Hash of the canonical filters.")
    digest = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
