"""What readers set for themselves: the clock times are shown on."""

from collections import defaultdict
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from kit import walltime
from kit.errors import Invalid

SPOKEN = (
    ("America/New_York", _("Eastern (New York, Jacksonville)")),
    ("America/Chicago", _("Central (Chicago, Dallas, Kansas City)")),
    ("America/Denver", _("Mountain (Denver)")),
    ("America/Phoenix", _("Arizona (Phoenix, Tucson), no summer time")),
    ("America/Los_Angeles", _("Pacific (Los Angeles)")),
    ("America/Anchorage", _("Alaska (Anchorage)")),
    ("Pacific/Honolulu", _("Hawaii (Honolulu)")),
)
"""What people call the clocks of the United States, east to west; every other zone by its city."""
DEVICE = "device"
CONTINENTS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_choices() -> list[tuple[object, object]]:
    """Choices for a select: the device's own, the spoken ones, then all others by continent."""
    spoken = {zone for zone, _words in SPOKEN}
    others: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(available_timezones() - spoken):
        continent, slash, city = zone.partition("/")
        if slash and continent in CONTINENTS and walltime.canonical_zone(zone) == zone:
            others[continent].append((zone, city.replace("_", " ").replace("/", ", ")))
    return [
        (DEVICE, _("Same as my device")),
        (_("United States"), list(SPOKEN)),
        *sorted(others.items()),
    ]


class TimeZoneForm(forms.Form):
    """The reader's zone, or whatever the device says (then ``zone`` is cleaned to nothing)."""

    zone = forms.ChoiceField(
        label=_("Show times in"),
        choices=zone_choices,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose a time zone from the list.")
        ),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_zone(self) -> str:
        """The one name under which the zone is kept."""
        zone = str(self.cleaned_data["zone"])
        try:
            return "" if zone == DEVICE else walltime.canonical_zone(zone)
        except Invalid as no:
            raise forms.ValidationError(str(no)) from no
