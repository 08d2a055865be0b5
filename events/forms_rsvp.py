"""The answer to an invitation."""

from django import forms
from django.utils.translation import gettext_lazy as _

ANSWERS = (
    ("accepted", _("Yes, I am coming")),
    ("tentative", _("Maybe")),
    ("declined", _("No, I cannot come")),
)


class RsvpForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=ANSWERS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes, maybe or no.")},
    )
    comment = forms.CharField(
        label=_("A word to the organizers"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
