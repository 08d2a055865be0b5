"""What calendar feeds remember between two fetches (docs/calendar.md)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.session import Session
from programmes.models import Person, Speaker


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


class FeedSubscription(models.Model):
    """A calendar address of one subscriber's own. Only the hash of its secret part is kept."""

    class Kind(models.TextChoices):
        SELECTION = "selection", _("Chosen events")
        PERSONAL = "personal", _("My registrations")
        SPEAKER = "speaker", _("Sessions I speak at")
        ORGANISER = "organiser", _("Events I organize")

    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="feed_subscriptions"
    )
    speaker = models.ForeignKey(
        Speaker, models.CASCADE, null=True, blank=True, related_name="feed_subscriptions"
    )
    name = models.CharField(max_length=120)
    selection = models.JSONField(default=dict, blank=True, help_text=_("Scope and filters."))
    alarm_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("How long before the start to remind; empty: never.")
    )
    language = models.CharField(max_length=8, default="en")
    made_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="own_feed_has_an_owner",
                condition=Q(kind="selection")
                | (Q(kind="speaker") & Q(speaker__isnull=False))
                | (Q(kind__in=["personal", "organiser"]) & Q(owner__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return self.name


class FeedFetch(models.Model):
    """That a kind of program fetched a subscription, and when last. No address, no version."""

    subscription = models.ForeignKey(FeedSubscription, models.CASCADE, related_name="fetches")
    client = models.CharField(max_length=20)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_fetch_per_client", fields=["subscription", "client"])
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.last_at}"


class FeedShowing(models.Model):
    """By which filters a session was found in public feeds, from when until when.

    What feeds no longer hold they mark as gone for a while, for the programs that merge instead of
    replacing; filters combine freely, so what is kept is the session's side of them.
    """

    session = models.ForeignKey(
        Session, models.SET_NULL, null=True, blank=True, related_name="showings"
    )
    event_slug = models.CharField(max_length=120)
    alliances = models.TextField(help_text=_("Slugs of the hosts between blanks, sorted."))
    topics = models.TextField(help_text=_("Slugs between blanks, sorted."))
    format = models.CharField(max_length=10)
    programme = models.CharField(max_length=80, blank=True)
    is_listed = models.BooleanField(help_text=_("In lists too, not at its own address only."))
    shown_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True, db_index=True)
    title = models.CharField(max_length=300, blank=True, help_text=_("Of the event, at the end."))
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    sequence = models.PositiveIntegerField(default=0, help_text=_("Of the mark that it is gone."))
    ics = models.BinaryField(null=True, help_text=_("The mark as calendar text."))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_showing_at_a_time", fields=["session"], condition=Q(left_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_slug} {self.shown_at} – {self.left_at}"


class SessionText(models.Model):
    """A session's calendar text in another language than the house's own (``Session.ics``)."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8)
    ics = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_text_per_language", fields=["session", "language"])
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.language}"


class Redrawing(models.Model):
    """How far the calendar texts of all sessions are written anew, in one edition of the writer."""

    edition = models.CharField(
        max_length=60, unique=True, help_text=_("Our format and that of the time zone database.")
    )
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    last_session = models.PositiveBigIntegerField(default=0, help_text=_("Where to go on."))
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.edition}: {self.done} of {self.total}"
