"""What people type about teams: whom to invite, which role, a first password."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from programmes.models import Role

MEANING = {
    Role.Kind.ADMIN: _("Everything an organizer does, and looks after this team."),
    Role.Kind.ORGANISER: _("Plans and publishes events, answers invitations, runs the day."),
    Role.Kind.CHECK_IN: _("Sees the list at the door of events of these days, nothing else."),
    Role.Kind.VIEWER: _("Sees what the alliance may see, and changes nothing."),
}
"""What each role may do, in one sentence."""


def _address() -> forms.CharField:
    return forms.CharField(
        label=_("Email"),
        max_length=600,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the email address, in the form name@example.gov.")},
    )


def _role() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Role"),
        choices=[(kind.value, f"{kind.label}: {MEANING[kind]}") for kind in Role.Kind],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose one of the four roles.")
        ),
    )


class InviteForm(forms.Form):
    email = _address()
    role = _role()


class RoleForm(forms.Form):
    role = _role()


class OperatorForm(forms.Form):
    email = _address()


class JoinForm(forms.Form):
    """A first password, and the name where we do not know it yet."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name, as your colleagues know you.")},
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        max_length=500,
        help_text=_("At least 8 characters. A few words are easier to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a password of at least 8 characters.")},
    )

    def __init__(self, *args: Any, knows_name: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_name:
            del self.fields["name"]

    def clean_password(self) -> str:
        """Held against the rules of the settings."""
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password)
        return password
