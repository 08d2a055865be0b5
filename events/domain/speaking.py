"""Who speaks when: people named for one session, else those of the whole event."""

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches

from events.models import Event, EventSpeaker, Session, SessionSpeaker
from kit import text
from kit.errors import Invalid
from programmes.models import Speaker


def of_sessions(sessions: Iterable[Session]) -> dict[int, list[Speaker]]:
    """The speakers named for each session, in order, by its id. One query."""
    ids = [session.pk for session in sessions]
    found: dict[int, list[Speaker]] = {pk: [] for pk in ids}
    parts = SessionSpeaker.objects.filter(session__in=ids)
    for part in parts.select_related("speaker__organisation").order_by("position", "pk"):
        found[part.session_id].append(part.speaker)
    return found


def of_event(event: Event, named: dict[int, list[Speaker]]) -> list[Speaker]:
    """Everybody who speaks at the event, each once: its own speakers, then those of its sessions.

    ``named`` is what ``of_sessions`` gave. One query.
    """
    parts = event.speaking.select_related("speaker__organisation").order_by("position", "pk")
    own = [part.speaker for part in parts]
    return list(dict.fromkeys([*own, *(one for several in named.values() for one in several)]))


def pairs(event_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Session and speaker ids of these events: who has to be where. Two queries.

    Where no session of an event names anybody, its speakers speak in each; else a session without
    names has none.
    """
    ids = list(event_ids)
    named = list(
        SessionSpeaker.objects.filter(session__event__in=ids).values_list(
            "session__event", "session", "speaker"
        )
    )
    split = {event for event, _, _ in named}
    whole = EventSpeaker.objects.filter(event__in=set(ids) - split)
    spread = whole.values_list("event__sessions", "speaker")
    found = [(session, speaker) for _, session, speaker in named]
    return found + [(session, speaker) for session, speaker in spread if session is not None]


class Directory:
    """Speakers by what people call them: the name, with the organisation where two share it."""

    def __init__(self, speakers: Iterable[Speaker]) -> None:
        people = list(speakers)
        count = Counter(text.fold(one.name) for one in people)
        self.labels: dict[str, str] = {}
        for one in people:
            label = one.name if count[text.fold(one.name)] == 1 else _longer(one)
            self.labels[one.slug] = label if label not in self.labels.values() else one.slug
        self._slugs = {text.fold(label): slug for slug, label in self.labels.items()}

    def label(self, slug: str) -> str:
        """What to show; the slug itself for one that is unknown."""
        return self.labels.get(slug, slug)

    def slug(self, typed: str) -> str:
        """The speaker somebody typed. Raises Invalid with who may be meant."""
        key = text.fold(typed)
        if typed in self.labels:
            return typed
        if key in self._slugs:
            return self._slugs[key]
        alike = [one for one in self._slugs if one.startswith(f"{key} ")] if key else []
        likely = alike[:3] or get_close_matches(key, self._slugs, n=2, cutoff=0.7)
        meant = [self.labels[self._slugs[one]] for one in likely]
        ask = f" Did you mean {text.listed(meant, last='or')}?" if meant else ""
        raise Invalid(f"“{typed[:80]}” is not among the speakers.{ask} Choose a name of the list.")


def directory() -> Directory:
    """All speakers of the network. One query."""
    return Directory(Speaker.objects.select_related("organisation").order_by("name", "pk"))


def _longer(speaker: Speaker) -> str:
    place = speaker.organisation.name if speaker.organisation else speaker.slug
    return f"{speaker.name} ({place})"
