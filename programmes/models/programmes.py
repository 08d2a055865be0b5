"""Programmes: series and tracks of events with a purpose and perhaps completion rules."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programmes.models.alliances import Alliance, Topic
from programmes.models.people import Person

if TYPE_CHECKING:
    from programmes.access import Actor


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def hosted_by(self, actor: "Actor") -> "ProgrammeQuerySet":
        """Those an alliance of the actor leads or hosts along; all for operators."""
        if actor.is_operator:
            return self
        theirs = Q(lead__in=actor.alliances) | Q(hosts__in=actor.alliances)
        return self.filter(pk__in=Programme.objects.filter(theirs).values("pk"))


class Programme(models.Model):
    class Kind(models.TextChoices):
        SERIES = "series", _("Series")
        CERTIFICATE_TRACK = "certificate_track", _("Certificate track")
        LEARNING_PATH = "learning_path", _("Learning path")

    class Sharing(models.TextChoices):
        TOTALS = "totals", _("Totals only")
        OWN = "own", _("Own members and those who chose them")
        ALL = "all", _("Everyone")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    lead = models.ForeignKey(Alliance, models.PROTECT, related_name="led_programmes")
    hosts = models.ManyToManyField(Alliance, related_name="programmes")
    topics = models.ManyToManyField(Topic, related_name="programmes")
    description = models.TextField(blank=True)
    completion = models.JSONField(default=dict, blank=True, help_text=_("Completion rules."))
    award = models.JSONField(default=dict, blank=True, help_text=_("What completing it earns."))
    sets = models.JSONField(default=dict, blank=True, help_text=_("Named sets of event slugs."))
    sharing = models.CharField(
        max_length=10,
        choices=Sharing,
        default=Sharing.OWN,
        help_text=_("What co-hosts may see of who is enrolled."),
    )
    takes_enrolments = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, help_text=_("Raised by each edit."))
    changed_at = models.DateTimeField(auto_now=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProgrammeRecord(models.Model):
    """What an organiser notes of a person's way through a programme, beside attendance.

    ``name`` says of what: the assignment's name, or the slug of an event. One that was made in
    error is withdrawn and stays.
    """

    class Kind(models.TextChoices):
        ASSIGNMENT = "assignment", _("Assignment accepted")
        EVALUATION = "evaluation", _("Evaluation handed in")
        APPROVAL = "approval", _("Approval")
        SUBSTITUTION = "substitution", _("Attended something else instead")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="records")
    person = models.ForeignKey(Person, models.PROTECT, related_name="programme_records")
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=120, blank=True)
    minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Of what was attended instead.")
    )
    note = models.CharField(max_length=500, blank=True)
    alliance = models.ForeignKey(
        Alliance, models.PROTECT, related_name="+", help_text=_("In whose name it was noted.")
    )
    by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_standing_record_of_a_kind",
                fields=["programme", "person", "kind", "name"],
                condition=Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} · {self.get_kind_display()} {self.name}"
