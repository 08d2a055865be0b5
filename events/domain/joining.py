"""Getting into the room: when the join page opens, and what is kept of somebody who went in.

Programs that check mail open every link they find. So the way in is a second link, on the page
behind the first, and it is good for a few minutes only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from events.models import Registration, Session
from kit import ids
from programmes import audit

PURPOSE = "join"
OPENS_BEFORE = timedelta(minutes=15)
PASS_IS_GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Door:
    """The next session somebody can join, and how it stands: early, open or over.

    ``session`` is None where no date is left.
    """

    state: str
    session: Session | None = None

    @property
    def opens_at(self) -> datetime | None:
        """When the way in appears."""
        return self.session.starts_at - OPENS_BEFORE if self.session else None


def door(registration: Registration, at: datetime) -> Door:
    """The door of the session that runs or comes next. One query. Needs the event loaded."""
    event = registration.event
    dates = Session.objects.filter(event=event, is_cancelled=False, ends_at__gt=at)
    session = None if event.cancelled_at else dates.first()
    if session is None:
        return Door("over")
    session.event = event
    return Door("open" if at >= session.starts_at - OPENS_BEFORE else "early", session)


def pass_for(registration: Registration, session: Session, *, at: datetime) -> str:
    """What the link into the room carries: it lets this registrant into this session, for now."""
    value = f"{registration.code}:{session.pk}:{int(at.timestamp())}"
    return ids.sign(PURPOSE, value, key=settings.SECRET_KEY.encode())


def enter(registration: Registration, token: str, *, at: datetime) -> str:
    """The address of the room, for who holds a seat and a good pass; "" for anybody else.

    That they went in is kept: the first time for each session, as evidence beside the platform's
    own report.
    """
    found = door(registration, at)
    session = found.session
    if found.state != "open" or session is None or not _may_enter(registration, session):
        return ""
    if not _is_good(registration, session, token, at):
        return ""
    _keep(registration, session, at)
    return address_of(session)


def address_of(session: Session) -> str:
    """Where the call of this session is: its own address, else that of the whole event."""
    return session.join_url or session.event.join_url


def _may_enter(registration: Registration, session: Session) -> bool:
    return registration.state == Registration.State.CONFIRMED and bool(address_of(session))


def _is_good(registration: Registration, session: Session, token: str, at: datetime) -> bool:
    keys = [key.encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    value = ids.unsign(PURPOSE, token, keys=keys)
    if value is None:
        return False
    code, number, made = value.split(":")
    age = at.timestamp() - int(made)
    is_theirs = (code, number) == (registration.code, str(session.pk))
    return is_theirs and -1 <= age <= PASS_IS_GOOD_FOR.total_seconds()


def _keep(registration: Registration, session: Session, at: datetime) -> None:
    """Note the first click since this session's door opened; later ones change nothing."""
    before = Q(join_clicked_at=None) | Q(join_clicked_at__lt=session.starts_at - OPENS_BEFORE)
    mine = Registration.objects.filter(before, pk=registration.pk)
    if mine.update(join_clicked_at=at):
        audit.record(
            "registration.joined", registration, event=registration.event_id, session=session.pk
        )
