"""What people type about whole programmes: enrolling; and what organisers note of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.records import Noted
from events.forms import RegistrationForm
from programmes.models import Alliance


class EnrolmentForm(RegistrationForm):
    """The same fields as for a single event."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, event=None, **kwargs)
        self.fields["email"].help_text = _("We send your dates and your link here.")


class RecordForm(forms.Form):
    """What an organiser notes of one person: what is asked for, in whose name, a remark."""

    what = forms.ChoiceField(label=_("What"))
    alliance = forms.ModelChoiceField(
        Alliance.objects.none(), label=_("In the name of"), to_field_name="slug", empty_label=None
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        help_text=_("What was attended instead, who reviewed it. The person can read it."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes of what was attended instead"), required=False, min_value=0
    )

    def __init__(self, *args: Any, choices: Any, alliances: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["what"].choices = [(f"{kind}:{name}", words) for kind, name, words in choices]
        fields["alliance"].queryset = alliances

    def noted(self) -> Noted:
        """What was typed, as the domain takes it."""
        data = self.cleaned_data
        kind, _colon, name = data["what"].partition(":")
        return Noted(kind, name, data["note"], data["minutes"])
