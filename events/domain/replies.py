"""What people answer to invitations: from their calendar program by mail, or by a link.

An answer is noted and shown to the organisers. It never takes a seat away: a calendar program
declines for its owner on a slip of the thumb, so a registrant who declines gets a mail with the
link that gives the seat back.
"""

import base64
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from events.domain import reply_mail
from events.domain.reply_mail import Heard
from events.domain.revisions import ROUND_STEP
from events.models import InvitationReply, Registration, Session, SpeakerInvitation
from kit import ids
from programmes import audit, outbox
from programmes.domain import letters
from programmes.models import FormerSpeaker, Speaker

log = logging.getLogger("lyceum.replies")

PURPOSE, ADDRESS = "answer", "reply-address"
Invited = Registration | Speaker
Answer, Kind, Source = InvitationReply.Answer, InvitationReply.Kind, InvitationReply.Source


@dataclass(frozen=True, kw_only=True)
class Said:
    """How an answer came. ``sequence`` None means the invitation as it is now; ``stamp`` likewise
    the moment it came in."""

    source: str = Source.LINK
    sequence: int | None = None
    stamp: datetime | None = None
    comment: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one answer: ``code`` for programs, ``sentence`` for people."""

    code: str
    sentence: str

    @property
    def is_known(self) -> bool:
        """It was an answer to an invitation of ours, whether or not it changed anything."""
        return self.code in {"recorded", "unchanged", "outdated", "not-an-answer"}


RECORDED = Outcome("recorded", "The answer is noted.")
UNCHANGED = Outcome("unchanged", "This answer was noted before.")
OUTDATED = Outcome("outdated", "A later answer of the same person is noted already.")
NO_ANSWER = Outcome("not-an-answer", "It proposes another time or says nothing we can note.")
UNKNOWN = Outcome("unknown", "It answers no invitation of ours.")
FORGED = Outcome("not-from-invited", "It does not come from the address that was invited.")


def take_in(raw: bytes, *, at: datetime) -> list[Outcome]:
    """Note the answers in one mail; an empty list where it holds none.

    The same mail twice is harmless, as is an older one after a newer. Raises
    ``reply_mail.NotAMail``.
    """
    digest = hashlib.sha256(raw).hexdigest()
    return [_take(one, digest, at) for one in reply_mail.heard(raw)]


def record(session: Session, who: Invited, answer: str, said: Said, *, at: datetime) -> Outcome:
    """Note ``answer`` (accepted, tentative, declined) of a registrant or speaker for one session.

    Of two answers the one with the higher SEQUENCE counts, then the later one (RFC 5546 §2.1.5).
    """
    if answer not in Answer.values:
        raise ValueError(f"“{answer}” is no answer")
    sequence = sequence_for(session, who) if said.sequence is None else said.sequence
    # A clock that runs ahead must not outlast every later answer.
    replied_at = min(said.stamp or at, at)
    values = {
        "answer": answer,
        "comment": said.comment[:500],
        "source": said.source,
        "sequence": sequence,
        "replied_at": replied_at,
        "received_at": at,
        "digest": said.digest,
    }
    with transaction.atomic():
        held = _held(session, who, values)
        if held is not None:
            if (held.sequence, held.replied_at) > (sequence, replied_at):
                return OUTDATED
            if held.answer == answer and held.comment == values["comment"]:
                return UNCHANGED
            if (held.sequence, held.replied_at) == (sequence, replied_at):
                return OUTDATED
            InvitationReply.objects.filter(pk=held.pk).update(**values)
        audit.record("invitation.answered", who, session=session.pk, answer=answer)
        if isinstance(who, Registration) and answer == Answer.DECLINED:
            _offer_to_leave(session, who, f"{sequence}:{int(replied_at.timestamp())}")
    return RECORDED


def sequence_for(session: Session, who: Invited) -> int:
    """The SEQUENCE of the invitation that somebody has now: an answer to a lower one is old."""
    if isinstance(who, Registration):
        return session.sequence + who.round * ROUND_STEP
    asked = SpeakerInvitation.objects.filter(session=session, speaker=who, withdrawn_at=None)
    told = asked.values_list("sequence", flat=True).first()
    return session.sequence if told is None else told


def answers_of(registrations: Iterable[Registration]) -> dict[int, str]:
    """Each registrant's answer to the dates as they are now, by id; one query.

    Missing where there is none. For an event of several dates: what was said of all of them, or
    "mixed".
    """
    rounds = {one.pk: one for one in registrations}
    rows = InvitationReply.objects.filter(registration__in=rounds).select_related("session")
    said: dict[int, set[str]] = {}
    for reply in rows:
        who = rounds[reply.registration_id or 0]
        if reply.sequence >= sequence_for(reply.session, who):
            said.setdefault(who.pk, set()).add(reply.answer)
    return {pk: words.pop() if len(words) == 1 else "mixed" for pk, words in said.items()}


def held_answer(session: Session, who: Invited) -> InvitationReply | None:
    """What somebody answered for one session, or None."""
    mine = {"registration" if isinstance(who, Registration) else "speaker": who}
    return InvitationReply.objects.filter(session=session, **mine).first()


# -- links and addresses, for mails


def answer_token(session: Session, who: Invited) -> str:
    """The token by which somebody answers for one session without an account."""
    value = f"{_name(who)}:{session.public_id.hex}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def answer_url(session: Session, who: Invited, answer: str = "") -> str:
    """The whole address of the page that asks for the answer, with one chosen beforehand."""
    query = f"?answer={answer}" if answer else ""
    return f"{settings.PUBLIC_BASE_URL}/rsvp/{answer_token(session, who)}/{query}"


def find(token: str) -> tuple[Session, Invited] | None:
    """Session and person of an answer's link, event and lead loaded; None for any other text."""
    value = ids.unsign(PURPOSE, token, keys=_keys())
    if value is None:
        return None
    name, _, public_id = value.rpartition(":")
    rows = Session.objects.select_related("event__lead").filter(public_id=UUID(public_id))
    session, who = rows.first(), _named(name)
    if session is None or who is None or not _is_invited(session, who):
        return None
    return session, who


def reply_address(who: Invited) -> str:
    """Our mailbox with a token before the @, so that an answer proves whom it comes from.

    For invitations whose sender and ORGANIZER may both be this address. Small letters and digits
    only, because mail servers do not keep capitals.
    """
    local, _, domain = letters.mailbox().partition("@")
    sealed = ids.sign(ADDRESS, _name(who), key=settings.SECRET_KEY.encode()).encode()
    token = base64.b32encode(base64.urlsafe_b64decode(sealed + b"=" * (-len(sealed) % 4)))
    return f"{local}+{token.decode().rstrip('=').lower()}@{domain}"


# -- matching


def _take(one: Heard, digest: str, at: datetime) -> Outcome:
    session = _session(one.uid)
    if session is None:
        return UNKNOWN
    sealed = _by_token(one.recipients)
    if sealed is not None and _is_invited(session, sealed):
        invited = [sealed]
    else:
        invited = _by_address(session, one.attendee)
        if invited and one.sender != one.attendee:
            log.warning("an answer for session %s came from another address", session.pk)
            return FORGED
    if not invited:
        return UNKNOWN
    if not one.answer:
        return NO_ANSWER
    said = Said(
        source=Source.MAIL,
        sequence=one.sequence,
        stamp=one.stamp,
        comment=one.comment,
        digest=digest,
    )
    outcomes = [record(session, who, one.answer, said, at=at) for who in invited]
    return RECORDED if RECORDED in outcomes else outcomes[0]


def _session(uid: str) -> Session | None:
    name, _, domain = uid.partition("@")
    if domain.lower() != settings.IDENTITY_DOMAIN.lower():
        return None
    try:
        public_id = UUID(name)
    except ValueError:
        return None
    return Session.objects.select_related("event").filter(public_id=public_id).first()


def _by_address(session: Session, address: str) -> list[Invited]:
    """The live registration with this address, and the speaker: one answer is for both."""
    registrations = Registration.objects.live().filter(event=session.event_id)
    mine = Q(email__iexact=address) | Q(person__addresses__key=address)
    speakers = Speaker.objects.filter(email__iexact=address).exclude(email="")
    found = (
        registrations.filter(mine).select_related("event__lead").order_by("pk").first(),
        speakers.filter(_speaking(session)).order_by("pk").first(),
    )
    return [who for who in found if who is not None]


def _by_token(recipients: Iterable[str]) -> Invited | None:
    local, _, domain = letters.mailbox().lower().partition("@")
    for address in recipients:
        before, _, behind = address.rpartition("@")
        token = before.removeprefix(f"{local}+")
        if behind != domain or token == before:
            continue
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            continue
        sealed = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        if (name := ids.unsign(ADDRESS, sealed, keys=_keys())) is not None:
            return _named(name)
    return None


def _is_invited(session: Session, who: Invited) -> bool:
    if isinstance(who, Registration):
        return who.event_id == session.event_id
    return Speaker.objects.filter(_speaking(session), pk=who.pk).exists()


def _speaking(session: Session) -> Q:
    return Q(speaking__event=session.event_id) | Q(session_parts__session=session)


def _name(who: Invited) -> str:
    if isinstance(who, Registration):
        return f"r{who.code}.{who.link_version}"
    return f"s{who.pk}.{who.link_version}"


def _named(name: str) -> Invited | None:
    code, _, version = name[1:].partition(".")
    if name.startswith("s"):
        return speaker_by_number(int(code), version=int(version))
    found = Registration.objects.select_related("event__lead", "person")
    return found.filter(code=code, link_version=int(version)).first()


def speaker_by_number(number: int, *, version: int | None = None) -> Speaker | None:
    """The speaker with this id, or into whom that row was merged; None where there is neither.

    ``version`` is that of the link it came with: None where it came with none.
    """
    theirs = {} if version is None else {"link_version": version}
    own = Speaker.objects.filter(pk=number, **theirs).first()
    former = FormerSpeaker.objects.filter(number=number, **theirs)
    return own or Speaker.objects.filter(formers__in=former).first()


def _keys() -> list[bytes]:
    return [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


# -- rows


def _held(session: Session, who: Invited, values: dict[str, object]) -> InvitationReply | None:
    """The answer there was, locked; None where ``values`` is now the first."""
    is_registration = isinstance(who, Registration)
    mine = {"registration" if is_registration else "speaker": who}
    rows = InvitationReply.objects.select_for_update(of=("self",)).filter(session=session, **mine)
    if (held := rows.first()) is not None:
        return held
    kind = Kind.REGISTRATION if is_registration else Kind.SPEAKER
    try:
        with transaction.atomic():
            InvitationReply.objects.create(session=session, kind=kind, **mine, **values)
    except IntegrityError:  # another mail of the same person came in at the same moment
        return rows.get()
    return None


def _offer_to_leave(session: Session, registration: Registration, mark: str) -> None:
    """A mail with the link that gives the seat back, for whoever still holds one."""
    if registration.state == Registration.State.CONFIRMED and not session.is_cancelled:
        outbox.put(
            "events/invitation-declined",
            registration,
            key=f"{registration.pk}:{session.pk}:{mark}",
            session=session.pk,
        )
