"""Alliances, their members and roles, and the shared list of topics."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.models.people import Person

_colour = RegexValidator(r"^#[0-9a-f]{6}$", _("Write a colour as #rrggbb in small letters."))


class AllianceQuerySet(models.QuerySet["Alliance"]):
    def active(self) -> "AllianceQuerySet":
        """Members of the partnership today, in the order they joined."""
        return self.filter(is_active=True)


class Alliance(models.Model):
    """One regional smart-city consortium. An eighth is a row, not code."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=40)
    code = models.SlugField(max_length=12, unique=True, help_text=_("Class name of its colour."))
    mark = models.CharField(max_length=2, help_text=_("Two letters shown beside the name."))
    region = models.CharField(max_length=120)
    city = models.CharField(max_length=120)
    states = models.JSONField(default=list, help_text=_("Two-letter codes."))
    zone = models.CharField(max_length=64, help_text=_("IANA name, such as America/Denver."))
    domain = models.CharField(max_length=120, blank=True)
    legal_name = models.CharField(
        max_length=200, blank=True, help_text=_("The entity that issues certificates.")
    )
    legal_form = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text=_("Order of joining."))
    dot_x = models.PositiveSmallIntegerField(default=33)
    dot_y = models.PositiveSmallIntegerField(default=20)
    colour_light = models.CharField(max_length=7, default="#0b5570", validators=[_colour])
    ink_light = models.CharField(max_length=7, default="#ffffff", validators=[_colour])
    colour_dark = models.CharField(max_length=7, default="#7cc4df", validators=[_colour])
    ink_dark = models.CharField(max_length=7, default="#0e181e", validators=[_colour])
    signatory_name = models.CharField(max_length=120, blank=True)
    signatory_title = models.CharField(max_length=120, blank=True)
    postal_address = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = AllianceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What a person may do for one alliance."""

    class Kind(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        ORGANISER = "organiser", _("Organizer")
        CHECK_IN = "check-in", _("Check-in staff")
        VIEWER = "viewer", _("Viewer")

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    alliance = models.ForeignKey(Alliance, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=10, choices=Kind)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_role_per_alliance", fields=["person", "alliance"])
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.alliance.short_name} · {self.get_kind_display()}"


class Organisation(models.Model):
    """A member body: local government, company or university."""

    class Kind(models.TextChoices):
        LOCAL_GOVERNMENT = "local_government", _("Local government")
        COMPANY = "company", _("Company")
        UNIVERSITY = "university", _("University")
        OTHER = "other", _("Other")

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, db_index=True, help_text=_("For comparing."))
    kind = models.CharField(max_length=20, choices=Kind)
    subkind = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=2, blank=True)
    domain = models.CharField(max_length=120, blank=True)
    alliances = models.ManyToManyField(Alliance, related_name="organisations")
    is_invented = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
