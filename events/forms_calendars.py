"""What organisers say of a calendar their alliance keeps elsewhere."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from events.models import PartnerCalendar
from programmes.models import Alliance


class CalendarForm(forms.Form):
    """Name, purpose and what others see of a calendar. The rules are the domain's."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("What you call it, such as “Our own events”."),
    )
    purpose = forms.ChoiceField(
        label=_("What it is for"),
        choices=PartnerCalendar.Purpose.choices,
        widget=forms.RadioSelect,
        help_text=_("Either way its time counts when somebody looks for a time that suits you."),
    )
    shows_titles = forms.BooleanField(
        label=_("Organizers of other alliances may see the titles, not just that we are busy"),
        required=False,
        help_text=_("Titles of a listed calendar are public anyway. Private events never show."),
    )


class NewCalendarForm(CalendarForm):
    """The same with the address, and the alliance where there is a choice."""

    alliance = forms.ChoiceField(label=_("Alliance"))
    url = forms.CharField(
        label=_("ICS address"),
        max_length=2000,
        help_text=_(
            "From the program the calendar is kept in: in Google “Secret address in iCal format”, "
            "in Outlook “Publish calendar” and the ICS link. It may begin with webcal://."
        ),
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
    )
    field_order = ("alliance", "url", "name", "purpose", "shows_titles")

    def __init__(self, *args: object, alliances: Iterable[Alliance], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(alliance.slug, alliance.name) for alliance in alliances]
        self.fields["alliance"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["alliance"].widget = forms.HiddenInput()
            self.initial["alliance"] = choices[0][0]
