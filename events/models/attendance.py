"""The attendance ledger: what was measured, where it came from, and the minutes it adds up to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from events.models.registration import Registration
from events.models.session import Session
from programmes.models import Person


class AttendanceImport(models.Model):
    """One report of a meeting platform: the file as it came and what was read from it."""

    class State(models.TextChoices):
        READ = "read", _("Ready for review")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    event = models.ForeignKey(Event, models.PROTECT, related_name="attendance_imports")
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendance_imports")
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    raw = models.BinaryField()
    zone = models.CharField(max_length=64, help_text=_("In which its stamps were read."))
    layout = models.CharField(max_length=80)
    row_count = models.PositiveIntegerField()
    people = models.JSONField(default=list, help_text=_("Per person: spans, seconds, match."))
    problems = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.READ)
    uploaded_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="same_report_once",
                fields=["session", "sha256", "zone"],
                condition=~models.Q(state="undone"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"


class AttendanceSpan(models.Model):
    """One piece of evidence: somebody was there from … to …. Appended, never edited."""

    class Source(models.TextChoices):
        REPORT = "report", _("Platform report")
        CHECK_IN = "check-in", _("Check-in")
        JOIN = "join", _("Join link")
        HAND = "hand", _("By hand")

    session = models.ForeignKey(Session, models.PROTECT, related_name="spans")
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="spans"
    )
    source = models.CharField(max_length=10, choices=Source)
    batch = models.ForeignKey(
        AttendanceImport, models.CASCADE, null=True, blank=True, related_name="spans"
    )
    key = models.CharField(max_length=320, help_text=_("email:… or name:… as in the report."))
    name = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True)
    role = models.CharField(max_length=12, default="attendee")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: still open."))
    stated_seconds = models.PositiveIntegerField(null=True, blank=True)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="span_of_person", fields=["session", "registration"])]

    def __str__(self) -> str:
        return f"{self.key} {self.starts_at} – {self.ends_at}"


class Attendance(models.Model):
    """What the evidence adds up to for one registration in one session. Derived; can be redone."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="attendances")
    present_seconds = models.PositiveIntegerField()
    in_session_seconds = models.PositiveIntegerField(
        null=True, help_text=_("Inside the session, breaks out; empty: the source cannot say.")
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_attendance_per_session", fields=["session", "registration"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.in_session_seconds} s"
