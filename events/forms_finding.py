"""What organisers ask for when they look for a time. The rules stay in the domain."""

from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.domain.finding.asking import STEPS, Question
from events.domain.finding.slots import EVERY_DAY
from events.forms_organiser import zone_choices
from events.models import Event
from programmes.models import Alliance, Licence, Speaker, Topic

WEEKS_AHEAD = 4
WEEKDAYS = [
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
]
PLACES = {"alliances": "alliances", "weekdays": "weekday"}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose a day."),
            "invalid": _("Write the day like 2027-01-13."),
        },
    )


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write the time like 09:00.")},
    )


class TimeForm(forms.Form):
    """Who is to meet, how long, and between which days. All of it is in the page's address."""

    alliances = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Who takes part"),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one alliance."),
            "invalid_choice": _("There is no alliance “%(value)s”."),
        },
    )
    minutes = forms.IntegerField(
        label=_("Length in minutes"),
        error_messages={
            "required": _("Write how long it lasts."),
            "invalid": _("Write the minutes as a whole number."),
        },
    )
    to = _day(_("Last day"))
    zone = forms.CharField(label=_("Time zone"), required=False, widget=forms.Select)
    step = forms.TypedChoiceField(
        label=_("Start times"),
        coerce=int,
        choices=[(step, _("Every %d minutes") % step) for step in STEPS],
        required=False,
        empty_value=30,
    )
    weekday = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every day."),
    )
    earliest = _clock(_("Not before"))
    latest = _clock(_("Over by"))
    strict = forms.BooleanField(
        label=_("Only times inside everybody's office hours"), required=False
    )
    topic = forms.ModelMultipleChoiceField(
        Topic.objects.all(),
        label=_("Topics"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The same topic in the same week, for the same people, counts against a time."),
    )
    speaker = forms.ModelMultipleChoiceField(
        Speaker.objects.all(),
        label=_("Speakers who must be free"),
        required=False,
        to_field_name="slug",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    licence = forms.ModelChoiceField(
        Licence.objects.none(), label=_("Webinar license"), required=False, empty_label=_("None")
    )
    venue = forms.CharField(label=_("Venue"), required=False, max_length=300)

    def __init__(
        self, *args: Any, event: Event | None = None, licences: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["from"] = _day(_("First day"))
        fields["alliances"].queryset = Alliance.objects.active()
        known = [event.time_zone] if event else []
        typed = str(self["zone"].value() or "")
        first = [] if event else [("", _("That of the first alliance"))]
        fields["zone"].widget.choices = [*first, *zone_choices(*known, typed)]
        if event is not None:  # known of the event, and told beside the form
            for name in ("topic", "speaker", "licence", "venue"):
                del fields[name]
        elif licences is not None:
            fields["licence"].queryset = licences

    @property
    def main(self) -> list[list[forms.BoundField]]:
        """The fields everybody needs, row by row."""
        return [[self["alliances"]], [self["minutes"], self["from"], self["to"], self["zone"]]]

    @property
    def more(self) -> list[list[forms.BoundField]]:
        """The rest, row by row."""
        rows = (
            ("step", "earliest", "latest"),
            ("weekday",),
            ("strict",),
            ("licence", "venue"),
            ("speaker",),
            ("topic",),
        )
        return [
            found for row in rows if (found := [self[name] for name in row if name in self.fields])
        ]

    @property
    def has_more(self) -> bool:
        """Whether one of the further fields says something, so that they are shown open."""
        names = [name for row in self.more for name in (field.name for field in row)]
        return any(self[name].value() for name in names if name != "step") or any(
            name in self.errors for name in names
        )

    def question(self, *, lead: int | None, event: Event | None = None) -> Question:
        """What was asked. The event's own needs come from the event."""
        typed = self.cleaned_data
        topics = event.topics.all() if event else typed["topic"]
        speakers = _speakers_of(event) if event else typed["speaker"]
        return Question(
            alliances=tuple(typed["alliances"]),
            minutes=typed["minutes"],
            first=typed["from"],
            last=typed["to"],
            zone=typed["zone"] or (event.time_zone if event else ""),
            step=typed["step"] or 30,
            weekdays=frozenset(typed["weekday"]) or EVERY_DAY,
            earliest=_minutes(typed["earliest"]),
            latest=_minutes(typed["latest"]),
            strict=typed["strict"],
            topics=tuple(topics),
            speakers=tuple(speakers),
            licence=event.licence if event else typed["licence"],
            venue=event.venue if event else typed["venue"],
            room=_room_of(event) if event else "",
            lead=event.lead_id if event else lead,
            without=event.pk if event else None,
        )


def _speakers_of(event: Event) -> Any:
    """Everybody who speaks at the event, in all of it or in one session."""
    in_session = Q(session_parts__session__event=event, session_parts__session__is_cancelled=False)
    return Speaker.objects.filter(Q(speaking__event=event) | in_session).distinct()


def _room_of(event: Event) -> str:
    """The room of its sessions where all are in the same one."""
    live = event.sessions.filter(is_cancelled=False).order_by()
    rooms = list(live.values_list("room", flat=True).distinct()[:2])
    return rooms[0] if len(rooms) == 1 else ""


def coming_weeks(today: date) -> dict[str, date]:
    """Four weeks from tomorrow."""
    first = today + timedelta(days=1)
    return {"from": first, "to": first + timedelta(weeks=WEEKS_AHEAD, days=-1)}


def _minutes(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute
