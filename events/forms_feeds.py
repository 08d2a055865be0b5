"""What subscribers type: the name of a calendar of their own, its reminder and its language."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.phrases import LANGUAGES
from events.models import FeedSubscription

REMINDERS = (
    ("", _("No reminder")),
    ("10", _("10 minutes before")),
    ("30", _("30 minutes before")),
    ("60", _("1 hour before")),
    ("120", _("2 hours before")),
    ("1440", _("1 day before")),
    ("10080", _("1 week before")),
)


class SubscriptionForm(forms.Form):
    """Every field belongs to the form named ``form_id``, wherever it stands on the page."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=500,
        help_text=_("What your calendar program calls it."),
    )
    alarm = forms.TypedChoiceField(
        label=_("Reminder"), required=False, choices=REMINDERS, coerce=int, empty_value=None
    )
    lang = forms.ChoiceField(
        label=_("Language of our own words"),
        choices=list(LANGUAGES.items()),
        help_text=_("Titles and descriptions stay as their hosts wrote them."),
    )

    def __init__(self, *args: Any, form_id: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values() if form_id else ():
            field.widget.attrs["form"] = form_id

    def chosen(self) -> dict[str, Any]:
        """What was typed, as events.domain.subscriptions takes it."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "alarm_minutes": data["alarm"],
            "language": data["lang"],
        }

    @classmethod
    def of(cls, found: FeedSubscription) -> "SubscriptionForm":
        """With what is kept."""
        return cls(
            initial={
                "name": found.name,
                "alarm": "" if found.alarm_minutes is None else str(found.alarm_minutes),
                "lang": found.language,
            }
        )


class MailForm(forms.Form):
    email = forms.CharField(
        label=_("Your email"),
        max_length=600,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
