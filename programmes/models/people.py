"""People. A guest who registers is a person without a password; an organiser has one."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["Person"]):
    def create_user(
        self, email: str, password: str | None = None, *, name: str = "", **fields: Any
    ) -> "Person":
        """A person who can sign in. ``email`` is stored trimmed and in small letters."""
        person = self.model(email=email.strip().lower(), name=name, **fields)
        person.set_password(password)
        person.save(using=self._db)
        Address.objects.create(person=person, key=person.email, typed=email.strip())
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, is_operator=True, **fields
        )


class Person(AbstractBaseUser, PermissionsMixin):
    """One human being, whatever addresses they use."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=300)
    email = models.CharField(
        max_length=254, unique=True, help_text=_("The address mail goes to, in small letters.")
    )
    time_zone = models.CharField(max_length=64, blank=True)
    is_operator = models.BooleanField(
        default=False, help_text=_("Runs the network: sees and may do everything.")
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name or self.email


class Address(models.Model):
    """One e-mail address of a person. ``key`` is compared, ``typed`` is shown."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="addresses")
    key = models.CharField(max_length=254, unique=True)
    typed = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return self.typed
