"""More to hide in the world of the matrix: a program with people, a poll, calendars, feeds."""

from datetime import date, datetime, timedelta
from typing import Any

from config.tests.rights_table import BELONGS
from events.domain import approvals, feed_links, hosting, links, replies
from events.domain.polls import links as poll_links
from events.domain.speakers import inviting, materials
from events.domain.speakers import links as speaker_links
from events.models import (
    Enrolment,
    Event,
    EventSpeaker,
    FeedSubscription,
    PartnerCalendar,
    Poll,
    PollSlot,
    PollVoice,
    Season,
    SeasonItem,
)
from kit import ids
from programmes.models import (
    Address,
    AllianceDayOff,
    Licence,
    Person,
    Programme,
    ProgrammeRecord,
    Speaker,
)

SECRETS = ("saved", "personal", "speaker", "organiser")
"""The kinds of calendar addresses with a secret; the secret repeats the word."""


def furnish(world: Any, *, mark: Any, member: Any, at: datetime) -> None:
    """Fill ``world`` further; ``mark`` makes the words that not everybody may read."""
    _programme(world, mark=mark, member=member, at=at)
    _poll(world, mark=mark, at=at)
    _office(world, mark=mark, at=at)
    _feeds(world, at=at)
    _speaking(world, mark=mark, at=at)
    part = world.event.hosts.get(alliance=world.alliances["invited"])
    asked = world.people["organiser of invited"]
    world.slugs["approval link"] = approvals.token(part, asked, hosting.fingerprint(world.event))


def _programme(world: Any, *, mark: Any, member: Any, at: datetime) -> None:
    """Led by the lead, hosted along by the co-host, its data rule “own”; holds the event “own”."""
    programme = Programme.objects.create(
        slug="series", name="Series", kind="series", lead=world.alliances["lead"], sharing="own"
    )
    programme.hosts.set([world.alliances["lead"], world.alliances["accepted"]])
    Event.objects.filter(pk=world.event.pk).update(programme=programme)
    for belongs in BELONGS:
        email = f"{mark('enrolled', belongs, 'mail')}@people.example"
        person = Person.objects.create(
            email=email, name=f"Guest {mark('enrolled', belongs, 'name')}"
        )
        Address.objects.create(person=person, key=email, typed=email)
        chose = {"chosen": "accepted", "lead's": "lead"}.get(belongs)
        world.enrolments[belongs] = Enrolment.objects.create(
            programme=programme,
            person=person,
            name=person.name,
            email=email,
            access_needs=mark("enrolled", belongs, "needs"),
            alliance=world.alliances[chose] if chose else None,
            member_organisation=member if belongs == "member" else None,
            joined_at=at - timedelta(days=2),
            looked_at=at,
        )
    chosen = world.enrolments["chosen"]
    record = ProgrammeRecord.objects.create(
        programme=programme,
        person=chosen.person,
        kind="approval",
        alliance=world.alliances["accepted"],
        at=at,
    )
    world.numbers["record"] = record.pk
    world.slugs["programme"] = programme.slug
    world.slugs["enrolment"] = chosen.code
    world.slugs["enrolment link"] = links.enrolment_token(chosen)


def _poll(world: Any, *, mark: Any, at: datetime) -> None:
    """Asked by the lead, about the joint event."""
    poll = Poll.objects.create(
        alliance=world.alliances["lead"],
        event=world.event,
        title="When?",
        minutes=60,
        time_zone="UTC",
        has_open_link=True,
        created_at=at,
    )
    PollSlot.objects.create(poll=poll, starts_at=at + timedelta(days=9))
    email = f"{mark('voice', 'mail')}@people.example"
    voice = PollVoice.objects.create(
        poll=poll, name="Voice", email=email, email_key=email, asked_at=at
    )
    world.slugs["poll"] = str(poll.public_id)
    world.slugs["poll link"] = poll_links.token_of(voice)
    world.slugs["open poll link"] = poll_links.open_url(poll).rstrip("/").rpartition("/")[2]
    world.slugs["poll slot"] = f"{at + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"


def _office(world: Any, *, mark: Any, at: datetime) -> None:
    """What the lead keeps: a calendar elsewhere, a day off, a license."""
    lead = world.alliances["lead"]
    calendar = PartnerCalendar.objects.create(
        alliance=lead,
        name="Elsewhere",
        url=f"https://calendar.example/{mark('calendar')}.ics",
        asked_at=at,
        next_try_at=at + timedelta(days=1),
    )
    day = AllianceDayOff.objects.create(
        alliance=lead, name="Retreat", first_day=date(2027, 6, 1), last_day=date(2027, 6, 2)
    )
    season = Season.objects.create(
        alliance=lead,
        title="Spring",
        time_zone="UTC",
        first_day=date(2027, 3, 1),
        last_day=date(2027, 5, 31),
        created_at=at,
    )
    item = SeasonItem.objects.create(
        season=season,
        position=1,
        title="Curb data",
        first_day=season.first_day,
        last_day=season.last_day,
        first_lead=lead,
    )
    item.hosts.set([lead])
    world.slugs["season"], world.slugs["season item"] = str(season.public_id), str(item.public_id)
    world.slugs["rsvp link"] = replies.answer_token(world.event.sessions.get(), world.place)
    world.numbers["calendar"] = calendar.pk
    world.numbers["day off"] = day.pk
    world.numbers["licence"] = Licence.objects.create(alliance=lead, name="Zoom").pk


def _feeds(world: Any, *, at: datetime) -> None:
    """An address of each kind: of who chose the co-host, and of the co-host's viewer."""
    owners = {"personal": world.place.person, "organiser": world.people["viewer of accepted"]}
    speaker = Speaker.objects.create(slug="speaker", name="Speaker")
    for kind in SECRETS:
        secret = (kind * 9)[:43]
        made = FeedSubscription.objects.create(
            token_hash=ids.token_hash(secret),
            kind="selection" if kind == "saved" else kind,
            owner=owners.get(kind),
            speaker=speaker if kind == "speaker" else None,
            name=kind,
            selection={"scope": "all"} if kind == "saved" else {},
            made_at=at,
        )
        world.slugs[f"{kind} feed"] = secret
        world.slugs["managing link"] = feed_links.token_of(made)


def _speaking(world: Any, *, mark: Any, at: datetime) -> None:
    """Somebody who speaks at everything and has not agreed to be shown; slides that wait."""
    speaker = Speaker.objects.get(slug="speaker")
    speaker.email = f"{mark('speaker', 'mail')}@people.example"
    speaker.bio = mark("speaker", "bio")
    speaker.save()
    for event in world.events.values():
        EventSpeaker.objects.create(event=event, speaker=speaker)
    inviting.invite(world.events["draft"], by=None, at=at)
    handed = materials.Handed(kind="link", title=mark("material"), url="https://slides.example/1")
    material = materials.add(world.event, handed, by=None, speaker=speaker, at=at)
    world.slugs |= {
        "speaker": speaker.slug,
        "speaker link": speaker_links.token_of(speaker),
        "material": str(material.public_id),
    }
