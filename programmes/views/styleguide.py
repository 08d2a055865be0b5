"""The style guide: every component in every state, from made-up plain values. Debug only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from programmes.access import public
from programmes.domain.brand import Mark

NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
TYPED = """Bring a **laptop** and [the agenda](https://example.org/).

### What to bring

- a badge
- a map

> Free of charge.
"""
LONG = (
    "Interoperability of curbside, parking and freight inventories across metropolitan planning"
    " organizations: a working session with Donaudampfschifffahrtsgesellschaftskapitän"
)

_REGIONS = [
    ("csca", "Colorado Smart Cities Alliance", "CO", "America/Denver", 19, 13),
    ("ntxia", "North Texas Innovation Alliance", "NT", "America/Chicago", 34, 29),
    ("conn", "The Connective", "PX", "America/Phoenix", 6, 23),
    ("iscra", "Illinois Smart City & Region Association", "IL", "America/Chicago", 50, 8),
    ("kcdd", "KC Digital Drive", "KC", "America/Chicago", 38, 15),
    ("rpc", "Southern Arizona Smart Region", "AZ", "America/Phoenix", 10, 33),
    ("snf", "Smart North Florida", "FL", "America/New_York", 59, 33),
]
NETWORK = [
    Mark(
        pk=number,
        slug=code,
        name=name,
        short_name=name,
        code=code,
        mark=mark,
        zone=zone,
        dot_x=x,
        dot_y=y,
    )
    for number, (code, name, mark, zone, x, y) in enumerate(_REGIONS, start=1)
]
BY_CODE = {alliance.code: alliance for alliance in NETWORK}


class SampleForm(forms.Form):
    """A field of each kind that pages use."""

    name = forms.CharField(label="Your name", help_text="As it should appear on your certificate.")
    email = forms.EmailField(label="Work email", help_text="We send your join link here.")
    alliance = forms.ChoiceField(
        label="Your alliance", required=False, choices=[("", "None of these"), ("csca", "Colorado")]
    )
    attend = forms.ChoiceField(
        label="How will you take part?",
        widget=forms.RadioSelect,
        choices=[("online", "Online"), ("room", "In the room")],
    )
    meals = forms.MultipleChoiceField(
        label="Meals",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("v", "Vegetarian"), ("g", "Gluten-free"), ("n", "No nuts")],
        help_text="The caterer sees this list without names.",
    )
    starts_on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}))
    report = forms.FileField(label="Attendance report", help_text="CSV, up to 10 MB.")
    needs = forms.CharField(label="Access needs", required=False, widget=forms.Textarea)
    recording = forms.BooleanField(
        label="I agree to be seen in the recording", help_text="You can keep your camera off."
    )


class LabelledForm(SampleForm):
    """The same fields under other ids, so that one page can show two states."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="other_%s", **kwargs)


def _event(title: str, codes: str, *, days: int = 0, **more: Any) -> dict[str, Any]:
    hosts = [BY_CODE[code] for code in codes.split()]
    starts = NOON + timedelta(days=days)
    return {
        "title": title,
        "url": "/events/curb-data-that-travels/",
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=75),
        "time_zone": hosts[0].zone,
        "hosts": hosts,
        "kind": "Webinar",
        "place": "Online",
        "credit": "1.25 credit hours",
        **more,
    }


def _events() -> list[dict[str, Any]]:
    every = " ".join(BY_CODE)
    return [
        _event(
            "Curb data that travels: one standard, three downtowns",
            "csca kcdd iscra",
            summary="Three cities publish curb inventories once and use them for permits.",
            seats={"kind": "many", "text": "86 seats"},
        ),
        _event(
            "Heat-ready streets: sensors, shade and the emergency room",
            "conn rpc",
            days=2,
            kind="Workshop",
            place="Civic hall, Scottsdale, AZ",
            seats={"kind": "few", "text": "2 seats left"},
        ),
        _event("Night shift", "snf", days=3, seats={"kind": "full", "text": "Waitlist open"}),
        _event(
            LONG,
            every,
            days=14,
            summary=LONG,
            flag={"kind": "problem", "text": "Canceled"},
            seats={"kind": "off", "text": "Registration closed"},
        ),
        _event(
            "Retreat over two days",
            "ntxia",
            days=20,
            ends_at=NOON + timedelta(days=21, hours=4),
            flag={"kind": "waiting", "text": "Time changed"},
        ),
    ]


FEED = {
    "url": "https://events.example.org/feeds/s/7H3K9QWX7H3K9QWX7H3K9QWX7H3K9QWX.ics",
    "ways": [
        {"key": "google", "text": "Google", "url": "https://calendar.google.com/"},
        {"key": "apple", "text": "Apple and others", "url": "webcal://events.example.org/"},
    ],
    "count": 4,
    "next_text": "Heat-ready streets, December 4, 2026",
}
ENTRIES = (
    {"url": "/events/x/", "title": "Curb data that travels"},
    {"url": "/events/x/", "title": LONG, "is_cancelled": True},
    {"url": "https://city.example/x", "title": "Open data night", "source": "City calendar"},
)


def _weeks() -> list[list[dict[str, Any]]]:
    first = date(2026, 11, 29)
    busy = {date(2026, 12, 2): "csca", date(2026, 12, 4): "conn", date(2026, 12, 16): "snf"}
    days = [first + timedelta(days=number) for number in range(35)]
    cells = [
        {
            "day": day,
            "in_month": day.month == 12,
            "is_today": day == date(2026, 12, 9),
            "events": [
                {"words": "11 a.m.", "goes_on": day.day == 16, "entry": entry | {"code": busy[day]}}
                for entry in ENTRIES
            ]
            if day in busy
            else [],
        }
        for day in days
    ]
    return [cells[week : week + 7] for week in range(0, 35, 7)]


def _tables() -> dict[str, Any]:
    people = [
        ("Alicia Romero", "City of Aurora", "csca", 75, "ok", "Issued"),
        ("Dana Petrov", "Denver DOTI", "kcdd", 22, "problem", "Below 60 minutes"),
        (LONG, LONG, "snf", 75, "waiting", "Queued"),
    ]
    return {
        "columns": [
            {"text": "Select", "is_hidden": True},
            {"text": "Name", "url": "?sort=-name", "sorted": "ascending"},
            {"text": "Alliance", "url": "?sort=alliance"},
            {"text": "Minutes", "is_number": True},
            {"text": "Certificate"},
        ],
        "people": [
            {"name": n, "body": b, "alliance": BY_CODE[c], "minutes": m, "kind": k, "word": w}
            for n, b, c, m, k, w in people
        ],
        "page_of_many": Paginator(range(10_000), 50).page(7),
        "page_of_one": Paginator(range(3), 50).page(1),
        "bars": [
            {"label": a.name, "value": v, "code": a.code, "mark": a.mark}
            for a, v in zip(NETWORK, (92, 61, 41, 12, 8, 3, 0), strict=True)
        ],
        "long_bars": [{"label": LONG, "value": 7}, {"label": "Newsletter", "value": 3}],
    }


def _work() -> dict[str, Any]:
    return {
        "steps": [
            {"text": "What", "state": "done", "url": "/organize/"},
            {"text": "Who", "state": "done", "url": "/organize/"},
            {"text": "When", "state": "current"},
            {"text": "Registration", "state": "to-do"},
            {"text": "Review", "state": "to-do"},
        ],
        "tabs": [
            {"url": "/organize/", "text": "Overview"},
            {"url": "/organize/", "text": "Registrations", "count": 214},
            {"url": "/organize/", "text": "Certificates", "current": True},
        ],
        "stats": [
            {"word": "Registered", "value": "214", "url": "/organize/"},
            {"word": "Attended", "value": "191"},
            {"word": "Met the 60 minute rule", "value": "186"},
            {"word": "Need attention", "value": "3"},
        ],
        "history": [
            {"at": NOON, "text": "proposed the event.", "who": "North Texas", "kind": "info"},
            {"at": NOON, "text": "accepted.", "who": "Smart North Florida", "kind": "ok"},
            {
                "at": NOON,
                "text": "declined.",
                "who": "KC Digital Drive",
                "kind": "problem",
                "note": LONG,
            },
        ],
        "program": [
            {"starts_at": NOON, "ends_at": NOON, "title": "Welcome", "speakers": "Mara Lindqvist"},
            {"starts_at": NOON, "ends_at": NOON, "title": "Break", "is_break": True},
            {"starts_at": NOON, "ends_at": NOON, "title": LONG, "speakers": LONG},
        ],
        "filter_fields": [
            {
                "kind": "select",
                "name": "alliance",
                "label": "Alliance",
                "value": "csca",
                "options": [("", "All"), ("csca", "Colorado Smart Cities Alliance")],
            },
            {"kind": "search", "name": "q", "label": "Words", "value": "curb"},
            {"kind": "month", "name": "month", "label": "Month", "value": "2026-12"},
            {"kind": "tick", "name": "credits", "label": "With credit hours", "checked": True},
        ],
        "bulk_actions": [
            {"value": "confirm", "text": "Confirm"},
            {"value": "cancel", "text": "Cancel", "look": "ghost danger"},
        ],
    }


def samples() -> dict[str, Any]:
    """The values the page shows; the same at every call."""
    wrong = LabelledForm({"email": "ana", "attend": ""}, {})
    wrong.add_error(None, "Registration for this event has closed.")
    return {
        "network": NETWORK,
        "events": _events(),
        "event": _events()[0],
        "ends_later": NOON + timedelta(hours=15),
        "blank_form": SampleForm(),
        "wrong_form": wrong,
        "month": date(2026, 12, 1),
        "weeks": _weeks(),
        "crumbs": [{"url": "/events/", "text": "Events"}],
        "states": [
            ("ok", "Confirmed"),
            ("waiting", "On the waitlist"),
            ("problem", "Bad email"),
            ("off", "Canceled"),
            ("info", "Draft"),
        ],
        "long": LONG,
        "typed": TYPED,
        "feed": FEED,
        "fresh": [("Google Calendar", "every 8 to 24 hours."), (LONG, "as often as you set.")],
        **_tables(),
        **_work(),
    }


@public
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; the browser tests run over it."""
    return render(request, "styleguide.html", samples())
