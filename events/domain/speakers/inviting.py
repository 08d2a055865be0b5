"""Asks speakers for each of their dates by iTIP, and keeps their calendars true afterwards.

Who speaks is asked when an organiser says so, which may be long before the event is announced, and
at the latest with the announcement. From the first ask on, every change of time or place, every
date that is added, taken out or called off is told to them. A mail is put in the transaction of the
change and composed when it is sent, from what is true then.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from events.domain import calendars, speaking, waitlist
from events.models import Event, InvitationReply, Session, SpeakerInvitation
from kit.errors import Refused
from programmes import audit, outbox
from programmes.models import Person, Speaker

PROMISE = ("starts_at", "ends_at", "time_zone", "place")
"""What a new SEQUENCE tells of and a new answer is wanted for (``events.domain.revisions``)."""
REMIND_AFTER = timedelta(days=1)
Pair = tuple[Session, Speaker]


class NobodyToAsk(Refused):
    """Nobody speaks, all were asked, or no address is known."""

    code = "nobody-to-ask"


def refresh(event: Event, *, by: Person | None = None, at: datetime) -> None:
    """Tell speakers what changed for them. Called in the transaction of each change of an event.

    Of an event that is not announced only those hear who were asked already.
    """
    held = _held(event)
    announced = event.published_at is not None
    if not held and not announced:
        return
    wanted = _wanted(event, at=at)
    mails = _withdraw(event, held, wanted, at=at)
    for key, (session, speaker) in wanted.items():
        known = held.get(key)
        if known is None or known.withdrawn_at is not None:
            if announced and speaker.email:
                mails.append(("asked", _ask(event, session, speaker, known, at=at)))
        elif (what := _tell(event, session, known, at=at)) is not None:
            mails.append((what, known))
    _put(event, mails, by=by)


def invite(
    event: Event, *, speakers: Iterable[Speaker] | None = None, by: Person | None, at: datetime
) -> int:
    """Ask those who speak and were not asked yet; returns how many people.

    ``speakers`` restricts it. Raises NobodyToAsk, with the reason.
    """
    with transaction.atomic():
        held_event = waitlist.locked(event.pk)
        held, wanted = _held(held_event), _wanted(held_event, at=at)
        chosen = None if speakers is None else {one.pk for one in speakers}
        mails = []
        for key, (session, speaker) in wanted.items():
            known = held.get(key)
            is_new = known is None or known.withdrawn_at is not None
            if is_new and speaker.email and (chosen is None or speaker.pk in chosen):
                mails.append(("asked", _ask(held_event, session, speaker, known, at=at)))
        if not mails:
            raise NobodyToAsk(_why_nobody(held_event, wanted, chosen))
        _put(held_event, mails, by=by)
    return len({invitation.speaker_id for _, invitation in mails})


def remind(
    event: Event, *, speakers: Iterable[Speaker] | None = None, by: Person | None, at: datetime
) -> int:
    """Mail those who were asked and have not answered once more, once a day; returns how many.

    Raises NobodyToAsk where all have answered or were asked within the day.
    """
    with transaction.atomic():
        held_event = waitlist.locked(event.pk)
        wanted, said = _wanted(held_event, at=at), answers(held_event)
        chosen = None if speakers is None else {one.pk for one in speakers}
        late = [
            one
            for key, one in _held(held_event).items()
            if key in wanted
            and one.withdrawn_at is None
            and key not in said
            and (chosen is None or one.speaker_id in chosen)
            and max(one.told_at, one.reminded_at or one.told_at) <= at - REMIND_AFTER
        ]
        if not late:
            raise NobodyToAsk("Everybody has answered, or was written to within the last day.")
        rows = SpeakerInvitation.objects.filter(pk__in=[one.pk for one in late])
        rows.update(reminded_at=at)
        _put(held_event, [("reminder", one) for one in late], by=by, mark=f"{at:%Y%m%d%H%M}")
    return len({one.speaker_id for one in late})


def answers(event: Event) -> dict[tuple[int, int], InvitationReply]:
    """What speakers answered to the dates as they are now, by session and speaker. Two queries."""
    asked = {
        (one.session_id, one.speaker_id): one.sequence
        for one in SpeakerInvitation.objects.filter(event=event, withdrawn_at=None)
    }
    rows = InvitationReply.objects.filter(kind=InvitationReply.Kind.SPEAKER, session__event=event)
    found = {}
    for reply in rows.select_related("session"):
        key = reply.session_id, reply.speaker_id or 0
        if reply.sequence >= asked.get(key, reply.session.sequence):
            found[key] = reply
    return found


def promise_of(event: Event, session: Session) -> dict[str, str]:
    """What an invitation says of a date, as plain values."""
    entry = calendars.entry_of(session)
    return {
        "title": entry.title,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "time_zone": session.time_zone,
        "place": entry.location,
        "status": "TENTATIVE" if event.published_at is None else "CONFIRMED",
    }


# -- what is to be


def _held(event: Event) -> dict[tuple[int, int], SpeakerInvitation]:
    """What was said so far, by session and speaker; dates that are gone have a number below 0."""
    rows = SpeakerInvitation.objects.select_for_update(of=("self",)).filter(event=event)
    return {
        (one.session_id if one.session_id is not None else -one.pk, one.speaker_id): one
        for one in rows.select_related("speaker")
    }


def _wanted(event: Event, *, at: datetime) -> dict[tuple[int, int], Pair]:
    """Who speaks when, in order of time; nothing of what is over or called off."""
    if event.cancelled_at is not None:
        return {}
    live = Session.objects.filter(event=event, is_cancelled=False, ends_at__gt=at)
    sessions = {one.pk: one for one in calendars.with_event(live)}
    pairs = [pair for pair in speaking.pairs([event.pk]) if pair[0] in sessions]
    speakers = Speaker.objects.in_bulk({speaker for _, speaker in pairs})
    pairs.sort(key=lambda pair: (sessions[pair[0]].starts_at, pair))
    return {pair: (sessions[pair[0]], speakers[pair[1]]) for pair in pairs}


def _why_nobody(event: Event, wanted: dict[Any, Pair], chosen: set[int] | None) -> str:
    people = [one for _, one in wanted.values() if chosen is None or one.pk in chosen]
    if not people:
        return "Nobody speaks at a date that is still to come. Name the speakers first."
    if missing := [one.name for one in people if not one.email]:
        return f"{missing[0]} has no email address yet. Add it on their page, then ask."
    return "They were asked already. Send a reminder to those who have not answered."


# -- what is written


def _ask(
    event: Event,
    session: Session,
    speaker: Speaker,
    known: SpeakerInvitation | None,
    *,
    at: datetime,
) -> SpeakerInvitation:
    """A first ask, or one more after it was taken back: then above all that was sent before."""
    values = {
        "sequence": max(known.sequence + 1, session.sequence) if known else session.sequence,
        "told": promise_of(event, session),
        "asked_at": at,
        "told_at": at,
        "reminded_at": None,
        "withdrawn_at": None,
    }
    if known is None:
        return SpeakerInvitation.objects.create(
            event=event, session=session, speaker=speaker, public_id=session.public_id, **values
        )
    return _write(known, values)


def _tell(event: Event, session: Session, known: SpeakerInvitation, *, at: datetime) -> str | None:
    """Note the date as it is now; what kind of news that is, or None where it is none."""
    now = promise_of(event, session)
    if any(now[name] != known.told.get(name) for name in PROMISE):
        sequence, what = max(known.sequence + 1, session.sequence), "changed"
    elif now["status"] != known.told.get("status"):
        sequence, what = known.sequence, "announced"
    else:
        return None
    _write(known, {"sequence": sequence, "told": now, "told_at": at})
    return what


def _withdraw(
    event: Event,
    held: dict[tuple[int, int], SpeakerInvitation],
    wanted: dict[tuple[int, int], Pair],
    *,
    at: datetime,
) -> list[tuple[str, SpeakerInvitation]]:
    """Take back what is no longer wanted. Who has said no hears nothing: it is gone for them."""
    gone = [
        (key, one)
        for key, one in held.items()
        if key not in wanted
        and one.withdrawn_at is None
        and datetime.fromisoformat(one.told["ends_at"]) > at
    ]
    if not gone:
        return []
    said = answers(event)
    mails = []
    for key, one in gone:
        _write(one, {"sequence": one.sequence + 1, "told_at": at, "withdrawn_at": at})
        reply = said.get(key)
        if reply is None or reply.answer != InvitationReply.Answer.DECLINED:
            mails.append(("withdrawn", one))
    return mails


def _write(invitation: SpeakerInvitation, values: dict[str, Any]) -> SpeakerInvitation:
    for name, value in values.items():
        setattr(invitation, name, value)
    invitation.save(update_fields=list(values))
    return invitation


def _put(
    event: Event,
    mails: Sequence[tuple[str, SpeakerInvitation]],
    *,
    by: Person | None,
    mark: str = "",
) -> None:
    """One mail for each person and kind of news, named by what is in it: never sent twice."""
    grouped: dict[tuple[str, int], list[SpeakerInvitation]] = defaultdict(list)
    for what, one in mails:
        grouped[what, one.speaker_id].append(one)
    entries = []
    for (what, _), several in grouped.items():
        told = ",".join(f"{one.pk}:{one.sequence}:{one.told['status']}" for one in several)
        digest = hashlib.sha256(f"{what}:{told}:{mark}".encode()).hexdigest()[:32]
        kind = "events/speaker-withdrawn" if what == "withdrawn" else "events/speaker-invited"
        sequences = {str(one.pk): one.sequence for one in several}
        speaker = several[0].speaker_id
        entries.append(
            outbox.entry(kind, event, key=digest, speaker=speaker, what=what, dates=sequences)
        )
        who = by.pk if by else None
        audit.record(f"speaker.{what}", event, by=who, speaker=speaker, dates=len(several))
    if entries:
        outbox.put_all(entries)
