"""What people type about events: shape and wording. The rules stay in the domain."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.registration import Place
from events.models import Event
from programmes.models import Alliance


def _name() -> forms.CharField:
    return forms.CharField(
        label=_("Your name"),
        max_length=300,
        help_text=_("As it should appear on your certificate."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": _("Type your name as it should appear on your certificate."),
            "max_length": _(
                "This name has %(show_value)d characters; 300 is the most we can print."
            ),
        },
    )


def _organisation() -> forms.CharField:
    return forms.CharField(
        label=_("Organization"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Type the city, company or university you work for.")},
    )


def _access_needs() -> forms.CharField:
    return forms.CharField(
        label=_("Access needs"),
        required=False,
        max_length=2000,
        help_text=_("Captioning, interpreting, large print, step-free entry: tell us early."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _email(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Work email"),
        max_length=320,
        help_text=help_text,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Type your email, in the form name@example.gov.")},
    )


class RegistrationForm(forms.Form):
    """Three fields are asked for; the rest is optional. Names of fields: contract, §2."""

    name = _name()
    email = _email(_("We send your join link here."))
    organisation = _organisation()
    alliance = forms.ModelChoiceField(
        Alliance.objects.none(),
        label=_("Your alliance"),
        required=False,
        to_field_name="slug",
        empty_label=_("None, or I do not know"),
    )
    access_needs = _access_needs()

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        self.fields["alliance"].queryset = Alliance.objects.active()  # type: ignore[attr-defined]

    def place(self) -> Place:
        """What was typed, as the domain takes it."""
        data = self.cleaned_data
        return Place(
            name=data["name"],
            email=data["email"],
            organisation=data["organisation"],
            alliance=data["alliance"],
            access_needs=data["access_needs"],
            source="page",
        )


class DetailsForm(forms.Form):
    """What a registrant may still change; without ``name`` once the event has begun."""

    name = _name()
    organisation = _organisation()
    access_needs = _access_needs()

    def __init__(self, *args: Any, is_named: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_named:
            del self.fields["name"]


class AddressForm(forms.Form):
    """The address to send links to."""

    email = _email(_("The one you registered with."))


def add_refusal(form: forms.Form, no: Any) -> None:
    """Put a refusal's sentences beside the fields they are about, or above the form."""
    for fault in getattr(no, "errors", []):
        field = str(fault["loc"][0]) if fault["loc"] else None
        form.add_error(field if field in form.fields else None, fault["msg"])
    if not getattr(no, "errors", []):
        form.add_error(None, str(no))
