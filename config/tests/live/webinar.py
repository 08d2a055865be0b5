"""The joint webinar that is planned on the walk: two dates of North Texas and North Florida."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.tests.live.site import CO_HOST, WEBINAR_LEAD

CHICAGO = ZoneInfo("America/Chicago")
TITLE = "Curb data, shared: two regions; one inventory"
SEATS = 3


def a_tuesday() -> date:
    """Some six weeks ahead: the server's clock is the real one."""
    day = datetime.now(UTC).date() + timedelta(days=42)
    return day + timedelta(days=(1 - day.weekday()) % 7)


DAYS = [a_tuesday(), a_tuesday() + timedelta(days=7)]
PLAN = {
    "lead": WEBINAR_LEAD,
    "hosts": [CO_HOST],
    "title": TITLE,
    "summary": "How two regions publish one inventory of their curbs.",
    "time_zone": "America/Chicago",
    "sessions": [
        {
            "title": "What is at the curb",
            "starts_local": f"{DAYS[0]}T11:00",
            "ends_local": f"{DAYS[0]}T12:30",
            "breaks": [{"starts_local": f"{DAYS[0]}T11:40", "ends_local": f"{DAYS[0]}T11:50"}],
        },
        {
            "title": "Who may stop there",
            "starts_local": f"{DAYS[1]}T11:00",
            "ends_local": f"{DAYS[1]}T12:00",
        },
    ],
    "capacity": SEATS,
    "topics": ["mobility"],
    "credits": [{"scheme": "contact_hour", "amount": "2.25"}],
    "join_url": "https://calls.example/curb-data-shared",
}
INSTANTS = [
    tuple(
        datetime.fromisoformat(session[end]).replace(tzinfo=CHICAGO).astimezone(UTC)
        for end in ("starts_local", "ends_local")
    )
    for session in PLAN["sessions"]
]
