"""Polls: which of a few times suits whom.

Who is asked answers by a signed link, as often as they like until the poll is closed; the last
answer counts. A poll with an open link takes answers from anybody who has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from events.domain.polls.plans import MOST_ASKED, Asked, PollPlan, Read, checked, read_asked
from events.models import Event, EventHost, Poll, PollAnswer, PollSlot, PollVoice
from kit import text
from kit.errors import Invalid, Refused
from kit.faults import Faults
from programmes import audit, outbox
from programmes.domain import people
from programmes.models import Alliance, Person, Role

Choice = PollAnswer.Choice


class PollClosed(Refused):
    """The poll takes no answers any more."""

    code = "poll-closed"


class NotInPoll(Invalid):
    """The time is none of those that were asked about."""


@dataclass(frozen=True)
class Tally:
    """One time with who can come: names in the order they were asked."""

    slot: PollSlot
    yes: tuple[str, ...]
    maybe: tuple[str, ...]
    no: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, datetime]:
        """Sorts the best first: fewest who cannot, then most who gladly can, then the earliest."""
        return (len(self.no), -len(self.yes), self.slot.starts_at)


def start(alliance: Alliance, plan: PollPlan, *, by: Person | None, at: datetime) -> Poll:
    """Open a poll of ``alliance`` and mail everybody asked their own link.

    Raises Invalid with every fault at its place (title, minutes, time_zone, starts, asked, note,
    closes_at); then nothing was written.
    """
    clean, starts, asked = checked(plan, at)
    with transaction.atomic():
        poll = Poll.objects.create(
            alliance=alliance,
            event=plan.event,
            minutes=plan.minutes,
            closes_at=plan.closes_at,
            has_open_link=plan.has_open_link,
            created_by=by,
            created_at=at,
            **clean,
        )
        PollSlot.objects.bulk_create(PollSlot(poll=poll, starts_at=start) for start in starts)
        audit.record("poll.started", poll, by=by.pk if by else None, alliance=alliance.pk)
        _ask(poll, asked, at=at)
    return poll


def ask(poll: Poll, more: Iterable[Asked], *, by: Person | None, at: datetime) -> int:
    """Ask more people; returns how many of them are new to the poll. Raises Invalid, PollClosed."""
    faults = Faults()
    asked = read_asked(tuple(more), faults)
    faults.settle()
    with transaction.atomic():
        held = _locked(poll, at)
        before = set(held.voices.values_list("email_key", flat=True))
        fresh = [(one, address) for one, address in asked if address.key not in before]
        if len(before) + len(fresh) > MOST_ASKED:
            raise Invalid.at("asked", msg=f"A poll asks at most {MOST_ASKED} people.")
        _ask(held, fresh, at=at)
        if fresh:
            audit.record("poll.asked", held, by=by.pk if by else None, count=len(fresh))
    return len(fresh)


def remind(poll: Poll, *, by: Person | None, at: datetime) -> int:
    """Mail those who have not answered their link again, once a day at most; returns how many."""
    with transaction.atomic():
        held = _locked(poll, at)
        silent = list(held.voices.filter(answered_at=None))
        outbox.put_all(
            outbox.entry("events/poll-asked", voice, key=f"{voice.pk}:{at:%Y%m%d}", again=True)
            for voice in silent
        )
        audit.record("poll.reminded", held, by=by.pk if by else None, count=len(silent))
    return len(silent)


def answer(
    voice: PollVoice, choices: Mapping[int, str], *, comment: str = "", at: datetime
) -> bool:
    """Keep what one person says of every time, in place of what they said before.

    ``choices`` maps the pk of each slot to yes, if-needed or no. Returns whether they had answered
    before. Raises Invalid for a time without an answer or an answer there is not, PollClosed.
    """
    remark = text.one_line(comment, loc="comment", what="The comment", at_most=500)
    with transaction.atomic():
        held = _locked(voice.poll, at)
        _write(held, voice, choices, remark, at=at)
    return voice.answered_at is not None


def join(
    poll: Poll, asked: Asked, choices: Mapping[int, str], *, comment: str = "", at: datetime
) -> PollVoice | None:
    """Take the answer of somebody who came by the open link, and mail them a link of their own.

    An address that is known already changes nothing here: it is mailed its link, so that nobody
    answers in another's name; then None is returned. Raises Invalid, PollClosed.
    """
    faults = Faults()
    read = read_asked((asked,), faults)
    faults.settle()
    remark = text.one_line(comment, loc="comment", what="The comment", at_most=500)
    with transaction.atomic():
        held = _locked(poll, at)
        if not held.has_open_link:
            raise PollClosed("This poll takes answers only from those it was sent to.")
        if held.voices.count() >= MOST_ASKED:
            raise PollClosed("This poll has as many answers as it can hold.")
        _checked_choices(held, choices)
        [(one, address)] = read
        voice = _insert_voice(held, one, address, at=at)
        if voice is None:
            known = held.voices.get(email_key=address.key)
            outbox.put("events/poll-asked", known, key=f"{known.pk}:{at:%Y%m%d%H}", again=True)
            return None
        _write(held, voice, choices, remark, at=at)
        outbox.put("events/poll-asked", voice, key=f"{voice.pk}:own", answered=True)
    return voice


def close(poll: Poll, *, by: Person | None, at: datetime) -> Poll:
    """Take no answers any more. Twice is harmless."""
    with transaction.atomic():
        held = Poll.objects.select_for_update().get(pk=poll.pk)
        if held.closed_at is None:
            held.closed_at = at
            held.save(update_fields=["closed_at"])
            audit.record("poll.closed", held, by=by.pk if by else None)
    return held


def choose(poll: Poll, starts_at: datetime, *, by: Person | None, at: datetime) -> Poll:
    """Settle on one of the times: the poll is closed, and who was asked hears of it by mail.

    The same time again is harmless, another one replaces it. Raises NotInPoll.
    """
    with transaction.atomic():
        held = Poll.objects.select_for_update().get(pk=poll.pk)
        if not held.slots.filter(starts_at=starts_at).exists():
            raise NotInPoll.at("starts_at", msg="Choose one of the times that were asked about.")
        if held.chosen_at == starts_at:
            return held
        held.chosen_at, held.closed_at = starts_at, held.closed_at or at
        held.save(update_fields=["chosen_at", "closed_at"])
        audit.record("poll.chosen", held, by=by.pk if by else None, starts_at=starts_at.isoformat())
        outbox.put_all(
            outbox.entry("events/poll-chosen", voice, key=f"{voice.pk}:{starts_at.isoformat()}")
            for voice in held.voices.all()
        )
    return held


def is_open(poll: Poll, at: datetime) -> bool:
    """It takes answers: nobody closed it, and its last moment has not passed."""
    return poll.closed_at is None and (poll.closes_at is None or at < poll.closes_at)


def tallies(poll: Poll) -> list[Tally]:
    """Each time with who can come, the best first. Two queries."""
    return tallies_of([poll])[poll.pk]


def tallies_of(polls: Sequence[Poll]) -> dict[int, list[Tally]]:
    """The same for several polls, by their pk. Two queries for any number."""
    said: dict[int, dict[str, list[str]]] = {}
    rows = PollAnswer.objects.filter(slot__poll__in=polls).order_by("voice_id")
    for pk, choice, name in rows.values_list("slot_id", "choice", "voice__name"):
        said.setdefault(pk, {}).setdefault(choice, []).append(name)
    found: dict[int, list[Tally]] = {poll.pk: [] for poll in polls}
    for slot in PollSlot.objects.filter(poll__in=polls):
        names = (tuple(said.get(slot.pk, {}).get(choice, ())) for choice in Choice.values)
        found[slot.poll_id].append(Tally(slot, *names))
    return {pk: sorted(rows, key=lambda tally: tally.rank) for pk, rows in found.items()}


def results_of(event_id: int) -> dict[datetime, tuple[int, int, int]]:
    """What all polls about an event say: start to numbers of yes, if needed and no. One query."""
    counts: dict[datetime, list[int]] = {}
    rows = PollAnswer.objects.filter(slot__poll__event=event_id)
    for starts_at, choice in rows.values_list("slot__starts_at", "choice"):
        counts.setdefault(starts_at, [0, 0, 0])[Choice.values.index(choice)] += 1
    return {starts_at: (yes, maybe, no) for starts_at, (yes, maybe, no) in counts.items()}


def co_hosts(event: Event) -> list[Asked]:
    """The organisers of every alliance that hosts the event or was asked to, one an address."""
    asked = EventHost.STANDS | Q(state=EventHost.State.INVITED)
    return organisers_of(event.hosts.filter(asked).values_list("alliance_id", flat=True))


def organisers_of(alliance_ids: Iterable[int]) -> list[Asked]:
    """The organisers and administrators of these alliances, as people to ask."""
    roles = Role.objects.filter(
        alliance__in=list(alliance_ids),
        kind__in=[Role.Kind.ADMIN, Role.Kind.ORGANISER],
        person__is_active=True,
    )
    found = roles.select_related("person", "alliance").order_by("alliance__position", "pk")
    return [Asked(role.person.name, role.person.email, role.alliance) for role in found]


def _locked(poll: Poll, at: datetime) -> Poll:
    held = Poll.objects.select_for_update().get(pk=poll.pk)
    if not is_open(held, at):
        raise PollClosed(f"“{held.title}” is closed and takes no answers any more.")
    return held


def _ask(poll: Poll, asked: Read, *, at: datetime) -> None:
    for one, address in asked:
        voice = _insert_voice(poll, one, address, at=at)
        if voice is not None:
            outbox.put("events/poll-asked", voice, key=str(voice.pk))


def _insert_voice(
    poll: Poll, one: Asked, address: people.Typed, *, at: datetime
) -> PollVoice | None:
    """The new voice; None where somebody with this address was added at the same moment."""
    try:
        with transaction.atomic():
            return PollVoice.objects.create(
                poll=poll,
                alliance=one.alliance,
                name=one.name,
                email=one.email,
                email_key=address.key,
                asked_at=at,
            )
    except IntegrityError:
        return None


def _write(
    poll: Poll, voice: PollVoice, choices: Mapping[int, str], remark: str, *, at: datetime
) -> None:
    wanted = _checked_choices(poll, choices)
    PollAnswer.objects.filter(voice=voice).delete()
    PollAnswer.objects.bulk_create(
        PollAnswer(voice=voice, slot_id=slot, choice=choice) for slot, choice in wanted.items()
    )
    PollVoice.objects.filter(pk=voice.pk).update(answered_at=at, comment=remark)


def _checked_choices(poll: Poll, choices: Mapping[int, str]) -> dict[int, str]:
    faults, wanted = Faults(), {}
    for slot in poll.slots.values_list("pk", flat=True):
        choice = choices.get(slot, "")
        if choice not in Choice.values:
            faults.add("slots", slot, msg="Say yes, if needed or no to this time.")
        wanted[slot] = choice
    faults.settle()
    return wanted
