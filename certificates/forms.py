"""What people type about certificates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kit.ids import clean


class CodeForm(forms.Form):
    """The code printed on a certificate, however it was typed."""

    code = forms.CharField(
        label=_("Certificate code"),
        max_length=80,
        help_text=_("On the paper beside the square code. Dashes and capitals do not matter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code that is printed on the certificate.")},
    )

    def clean_code(self) -> str:
        code = clean(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("That is not a certificate code. Check it for a slip: it has 21 signs.")
            )
        return code


class RevocationForm(forms.Form):
    """Why a certificate no longer counts."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Everybody who checks this certificate reads it."),
        error_messages={"required": _("Say why: it is shown to everybody who checks it.")},
    )


class ReissueForm(forms.Form):
    """The name as it should have been."""

    name = forms.CharField(
        label=_("Name on the certificate"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Give the name as it should be printed.")},
    )
