"""What the matrix fills the words of an address in with: real things of its world, by prefix."""

import re
from collections.abc import Callable

from config.tests.rights_world import World

Value = Callable[[World], object]
_WORD = re.compile(r"<(?:\w+:)?(\w+)>")


def _number(name: str) -> Value:
    return lambda world: world.numbers[name]


def _slug(name: str) -> Value:
    return lambda world: world.slugs[name]


def _lead(world: World) -> str:
    return world.alliances["lead"].slug


def _co_host(world: World) -> str:
    return world.alliances["accepted"].slug


def _event(world: World) -> str:
    return world.event.slug


def _place(world: World) -> str:
    return world.place.code


def _certificate(world: World) -> str:
    return world.certificates["own", "chosen"].code


def _date(world: World) -> str:
    return str(world.event.sessions.get().public_id)


def _month(world: World) -> str:
    return f"{world.event.starts_at:%Y-%m}"


# The longest beginning that fits counts. A new kind of thing in an address is one row here, and
# where no other page shows it, one in rights_world.py.
WORDS: dict[tuple[str, str], Value] = {
    ("", "month"): _month,
    ("events/", "slug"): _event,
    ("events/", "note"): lambda world: "x",
    ("alliances/", "slug"): _lead,
    ("programs/", "slug"): _slug("programme"),
    ("feeds/<slug:scope>/", "scope"): lambda world: "alliances",
    ("feeds/<slug:scope>/", "slug"): _lead,
    ("feeds/busy/", "slug"): _lead,
    ("feeds/s/", "token"): _slug("saved feed"),
    ("feeds/me/", "token"): _slug("personal feed"),
    ("feeds/speaker/", "token"): _slug("speaker feed"),
    ("feeds/organizer/", "token"): _slug("organiser feed"),
    ("feeds/manage/", "token"): _slug("managing link"),
    ("feeds/manage/", "secret"): lambda world: "x",
    ("feeds/personal/", "token"): lambda world: "x",
    ("programs/mine/", "token"): _slug("enrolment link"),
    ("programs/mine/<str:token>/dates/", "slug"): _event,
    ("rsvp/", "token"): _slug("rsvp link"),
    ("approvals/", "token"): _slug("approval link"),
    ("organize/seasons/", "public_id"): _slug("season"),
    ("organize/seasons/", "item"): _slug("season item"),
    ("polls/", "token"): _slug("poll link"),
    ("polls/open/", "token"): _slug("open poll link"),
    ("verify/", "code"): _certificate,
    ("certificates/", "code"): _certificate,
    ("r/", "token"): _slug("registration link"),
    ("r/", "sealed"): lambda world: "x",
    ("accounts/invitations/", "token"): _slug("invitation link"),
    ("speakers/", "slug"): _slug("speaker"),
    ("speakers/photos/", "name"): lambda world: "0" * 64,
    ("speakers/mine/", "token"): _slug("speaker link"),
    ("speakers/mine/", "code"): _date,
    ("speakers/mine/<str:token>/materials/", "slug"): _event,
    ("events/", "public_id"): _slug("material"),
    ("organize/speakers/", "slug"): _slug("speaker"),
    ("organize/events/<slug:slug>/materials/", "public_id"): _slug("material"),
    ("organize/events/", "slug"): _event,
    ("organize/events/", "alliance"): _co_host,
    ("organize/events/<slug:slug>/proposal", "slug"): lambda world: "proposed",
    ("organize/events/<slug:slug>/registrations/", "code"): _place,
    ("organize/events/<slug:slug>/attendance/", "number"): _number("report"),
    ("organize/certificates/", "code"): _certificate,
    ("organize/events/<slug:slug>/dates/", "code"): _date,
    ("organize/embedding/", "slug"): _lead,
    ("organize/scheduling/", "slug"): _lead,
    ("organize/scheduling/<slug:slug>/days-off/", "number"): _number("day off"),
    ("organize/scheduling/<slug:slug>/licenses/", "number"): _number("licence"),
    ("organize/calendars/", "number"): _number("calendar"),
    ("organize/polls/", "public_id"): _slug("poll"),
    ("organize/programs/", "slug"): _slug("programme"),
    ("organize/programs/", "event"): _event,
    ("organize/programs/<slug:slug>/people/", "code"): _slug("enrolment"),
    ("organize/programs/<slug:slug>/people/<str:code>/records/", "number"): _number("record"),
    ("organize/team/", "slug"): _lead,
    ("organize/team/<slug:slug>/people/", "number"): _number("role"),
    ("organize/team/<slug:slug>/invitations/", "number"): _number("invitation"),
    ("network/alliances/", "slug"): _lead,
    ("network/queue/", "number"): _number("entry"),
    ("network/operators/", "number"): _number("operator"),
    # The API writes its words as {slug:slug}; see rights_api.
    ("api/programmes/", "slug"): _slug("programme"),
    ("api/events/", "slug"): _event,
    ("api/events/", "alliance"): _co_host,
    ("api/events/", "uid"): _date,
    ("api/speakers/", "slug"): _slug("speaker"),
    ("api/seasons/", "season"): _slug("season"),
    ("api/seasons/", "item"): _slug("season item"),
    ("api/events/<slug:slug>/proposal", "slug"): lambda world: "proposed",
    ("api/registrations/", "code"): _place,
    ("api/attendance/imports/", "number"): _number("report"),
    ("api/batches/", "number"): _number("batch"),
    ("api/certificates/", "code"): _certificate,
    ("api/alliances/", "slug"): _lead,
    ("api/polls/", "poll"): _slug("poll"),
    ("api/partner-calendars/", "number"): _number("calendar"),
    ("api/programmes/", "event"): _event,
    ("api/programmes/<slug:slug>/people/", "code"): _slug("enrolment"),
    ("api/programmes/<slug:slug>/people/<code>/records/", "number"): _number("record"),
    ("api/people/me/programmes/", "slug"): _slug("programme"),
    ("api/people/me/programmes/", "event"): _event,
    ("api/alliances/<slug:slug>/team/", "number"): _number("role"),
    ("api/alliances/<slug:slug>/invitations/", "number"): _number("invitation"),
}


def value_of(route: str, word: str) -> Value | None:
    """How ``word`` of this route is filled in, or None where nobody has said so."""
    fitting = [prefix for prefix, name in WORDS if name == word and route.startswith(prefix)]
    return WORDS[max(fitting, key=len), word] if fitting else None


def missing(route: str) -> list[str]:
    """The words of a route that nobody has said how to fill in."""
    return [word for word in _WORD.findall(route) if value_of(route, word) is None]


def path_of(route: str, world: World, **instead: object) -> str:
    """The route with its words filled in; ``instead`` goes before the table."""

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        value = value_of(route, word)
        return str(instead.get(word) or (value(world) if value else "1"))

    return "/" + _WORD.sub(fill, route)
