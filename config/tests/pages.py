"""A small site with something on every page, and the list of its pages, for the gates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from certificates.domain import facts, issuing
from certificates.models import Certificate, CertificateFile
from events.domain import enrolment, feed_links, links, replies, subscriptions
from events.domain.registration import Place
from events.domain.selections import Selection
from events.models import Enrolment, Event, FeedSubscription, Registration
from kit.ids import readable_code
from programmes.models import Alliance, Person, Programme

State = Registration.State
FILE = b"%PDF-1.7 made for tests"


@dataclass(frozen=True)
class Page:
    """One page as somebody opens it. ``status`` is what it must answer."""

    name: str
    path: str
    status: int = 200
    data: dict[str, str] | None = None
    """Where set, the page is the answer to this form."""


@dataclass
class Site:
    lead: Alliance
    organiser: Person
    coming: Event
    """Hybrid, hosted by two, with seats, a waitlist and topics; joins in ten minutes."""
    past: Event
    """Settled, with one certificate of each state."""
    mine: Registration
    waiting: Registration
    gone: Registration
    attended: Registration
    certificates: dict[str, Certificate]
    calendar: FeedSubscription
    """A saved choice of events, with the ``secret`` of its address."""
    secret: str
    enrolled: Enrolment

    def own_program(self, rest: str = "") -> str:
        """A path behind the signed link of who is enrolled."""
        return f"/programs/mine/{links.enrolment_token(self.enrolled)}/{rest}"

    def own(self, mine: Registration, rest: str = "") -> str:
        """A path behind the signed link of ``mine``."""
        return f"/r/{links.registration_token(mine)}/{rest}"

    def invited(self) -> str:
        """The page that asks who is invited whether they come."""
        return f"/rsvp/{replies.answer_token(self.coming.sessions.get(), self.mine)}/"

    def managed(self, rest: str = "") -> str:
        """A path behind the managing link of ``calendar``."""
        return f"/feeds/manage/{feed_links.token_of(self.calendar)}/{rest}"

    def elsewhere(self, rest: str = "") -> str:
        """A path below the page of the calendar that the lead keeps elsewhere."""
        return f"/organize/calendars/{self.lead.partner_calendars.get().pk}/{rest}"

    @property
    def public(self) -> list[Page]:
        """Pages anyone may open."""
        event = f"/events/{self.coming.slug}/"
        month = f"/events/calendar/{self.coming.starts_at:%Y-%m}/"
        place = {"name": "Ben Okafor", "email": "ben@city.example", "organisation": "Aurora"}
        valid, revoked, replaced = (self.certificates[s].code for s in STATES)
        return [
            Page("list", "/events/"),
            Page("list, filtered", "/events/?q=curb&format=hybrid"),
            Page("list, empty", "/events/?q=nothing"),
            Page("month", month),
            Page("month, empty", f"{month}?q=nothing"),
            Page("event", event),
            Page("event, over", f"/events/{self.past.slug}/"),
            Page("event, errors", f"{event}registrations/", 422, {"email": "ben"}),
            Page("registered", f"{event}registrations/", 302, place),
            Page("feeds", "/feeds/"),
            Page("feeds, unknown", "/feeds/?alliance=nobody", 400),
            Page("verify", "/verify/"),
            Page("verify, slip", "/verify/?code=7Q4M", 422),
            Page("verify, unknown", "/verify/not-a-code/", 404),
            Page("certificate, valid", f"/verify/{valid}/"),
            Page("certificate, revoked", f"/verify/{revoked}/"),
            Page("certificate, replaced", f"/verify/{replaced}/"),
            Page("alliances", "/alliances/"),
            Page("alliance", f"/alliances/{self.lead.slug}/"),
            Page("programs", "/programs/"),
            Page("program", "/programs/track/"),
            Page("program, errors", "/programs/track/enrollments/", 422, {"email": "ben"}),
            Page("program, enrolled", "/programs/track/enrolled/"),
            Page("wrong program link", "/programs/mine/wrong/", 404),
            Page("time zone", "/time-zone/"),
            Page("accessibility", "/accessibility/"),
            Page("privacy", "/privacy/"),
            Page("help", "/help/"),
            Page("no such page", "/nowhere/", 404),
            Page("sign in", "/accounts/login/"),
        ]

    @property
    def attendee(self) -> list[Page]:
        """Pages of people who registered; no account is needed."""
        wrong = {"name": "", "organisation": "", "access_needs": ""}
        personal = feed_links.personal_token(self.mine.person, at=timezone.now())
        return [
            Page("my registration", self.own(self.mine)),
            Page("my registration, saved", self.own(self.mine, "?done=details")),
            Page("my registration, errors", self.own(self.mine, "details/"), 422, wrong),
            Page("my registration, waiting", self.own(self.waiting)),
            Page("my registration, canceled", self.own(self.gone)),
            Page("my registration, over", self.own(self.attended)),
            Page("cancellation", self.own(self.mine, "cancellation/")),
            Page("join", self.own(self.mine, "join/")),
            Page("join, over", self.own(self.attended, "join/")),
            Page("ticket", self.own(self.mine, "ticket/")),
            Page("wrong link", "/r/wrong/", 404),
            Page("answer", self.invited()),
            Page("answer, slip", self.invited(), 422, {"answer": "perhaps"}),
            Page("send link", "/r/"),
            Page("send link, sent", "/r/?sent=1"),
            Page("send link, errors", "/r/", 422, {"email": "ana"}),
            Page("mine, signed out", "/me/"),
            Page("my program", self.own_program()),
            Page("my program, problem", self.own_program("dates/nowhere/"), 422, {"do": "skip"}),
            Page("leave my program", self.own_program("departure/")),
            Page("my registrations as a calendar", self.own(self.mine, "calendar/")),
            Page("calendar addresses, by link", f"/feeds/personal/{personal}/"),
            Page("calendar address", self.managed(f"address/{self.secret}/")),
            Page("calendar address, managed", self.managed()),
            Page("calendar address, errors", self.managed(), 422, {"topic": "x", "alarm": "7"}),
            Page("calendar address, renewal", self.managed("renewal/")),
            Page("calendar address, removal", self.managed("removal/")),
            Page("calendar address, wrong link", "/feeds/manage/wrong/", 404),
        ]

    @property
    def organiser_s(self) -> list[Page]:
        """Pages for who plans events of the lead."""
        coming, past = (f"/organize/events/{e.slug}/" for e in (self.coming, self.past))
        return [
            Page("mine", "/me/"),
            Page("organizer home", "/organize/"),
            Page("organizer events", "/organize/events/"),
            Page("month of the network", f"/organize/calendar/{self.coming.starts_at:%Y-%m}/"),
            Page("team", f"/organize/team/{self.lead.slug}/"),
            Page("check-in", f"{coming}check-in/"),
            Page("plan", "/organize/events/new/"),
            Page("overview", coming),
            Page("edit", f"{coming}edit/"),
            Page("program builder", f"{coming}program/"),
            Page("program builder, slip", f"{coming}program/", 422, self.empty_row()),
            Page("dates", f"{coming}dates/"),
            Page("date", f"{coming}dates/{self.coming.sessions.get().public_id}/"),
            Page("repeat", f"{coming}dates/repeat/"),
            Page("repeat, slip", f"{coming}dates/repeat/", 422, {"frequency": "weekly"}),
            Page("zone", f"{coming}dates/zone/?zone=America/Denver&keep=wall"),
            Page("duplicate", f"{coming}duplicate"),
            Page("hosts", f"{coming}hosts/"),
            Page("find a time", "/organize/time/"),
            Page("find a time, found", f"/organize/time/{self.question()}"),
            Page("find a time, slip", f"/organize/time/{self.question('2')}", 422),
            Page("event's time", f"{coming}time/"),
            Page("scheduling", "/organize/scheduling/"),
            Page("office", f"/organize/scheduling/{self.lead.slug}/"),
            Page(
                "office, slip", f"/organize/scheduling/{self.lead.slug}/days-off", 422, {"name": ""}
            ),
            Page("registrations", f"{coming}registrations/"),
            Page("registration", f"{coming}registrations/{self.mine.code}/"),
            Page("attendance", f"{past}attendance/"),
            Page("certificates", f"{past}certificates/"),
            Page("calendar addresses", "/feeds/mine/"),
            Page("calendars elsewhere", "/organize/calendars/"),
            Page("calendar elsewhere", self.elsewhere()),
            Page("calendar elsewhere, errors", self.elsewhere(), 422, {"name": ""}),
            Page("calendar elsewhere, removal", self.elsewhere("removal")),
            Page("calendar elsewhere, new", "/organize/calendars/new/"),
            Page("calendar elsewhere, slip", "/organize/calendars/new/", 422, {"url": "here"}),
            Page("on your own site", f"/organize/embedding/{self.lead.slug}/"),
            Page("organizer programs", "/organize/programs/"),
            Page("new program", "/organize/programs/new/"),
            Page("new program, errors", "/organize/programs/new/", 422, {"name": ""}),
            Page("organizer program", PROGRAM),
            Page("program details", f"{PROGRAM}edit/"),
            Page("program rules", f"{PROGRAM}rules/"),
            Page("program rules, errors", f"{PROGRAM}rules/", 422, {"count": "9", "version": "1"}),
            Page("program people", f"{PROGRAM}people/"),
            Page("program person", f"{PROGRAM}people/{self.enrolled.code}/"),
            Page("style guide", "/styleguide/"),
        ]

    def question(self, minutes: str = "60") -> str:
        """What is asked where a time is looked for; the answer is a table."""
        return (
            f"?alliances={self.lead.slug}&minutes={minutes}&from=2097-01-14&to=2097-01-18"
            "&zone=America/New_York"
        )

    def empty_row(self) -> dict[str, str]:
        """A program of one session without a time."""
        return {"session-total": "1", "session-0-title": "Opening", "version": "1"}

    def signed_in(self) -> Client:
        """A client of the lead's organiser."""
        client = Client()
        client.force_login(self.organiser)
        return client


PROGRAM = "/organize/programs/track/"
STATES = ("valid", "revoked", "replaced")


def visit(client: Client, page: Page) -> Any:
    """The page's answer; a redirect is followed after its status was looked at."""
    answer = client.get(page.path) if page.data is None else client.post(page.path, page.data)
    assert answer.status_code == page.status, f"{page.name}: {answer.status_code}"
    return client.get(answer["Location"]) if answer.status_code == 302 else answer


def furnish(make: dict[str, Callable[..., Any]], *, media: Any) -> Site:
    """Make the site. ``make`` holds the factories of conftest.py by what they make."""
    lead, partner = make["alliance"]("Plains", zone="America/Chicago"), make["alliance"]("Coastal")
    now = timezone.now()
    coming = make["event"](
        lead=lead,
        co_hosts=(partner,),
        title="Curb data that travels",
        summary="One inventory, three downtowns.",
        description="Bring **one** inventory.",
        format="hybrid",
        venue="Civic Hall, Denver",
        join_url="https://meet.example/room",
        captions="live",
        time_zone="UTC",
        starts=f"{now + timedelta(minutes=10):%Y-%m-%dT%H:%M}",
        capacity=2,
    )
    past = make["event"](
        lead=lead, title="Fiber to every block", starts="2026-01-14T11:00", settled_at=now
    )
    for event in (coming, past):
        event.credits.create(scheme="contact_hour", amount=Decimal("1.50"), minutes_per_unit=60)
    register = make["registration"]
    mine = register(coming, name="Ana Ruiz", organisation="City of Aurora")
    waiting = register(coming, state=State.WAITLISTED)
    gone = register(coming, state=State.CANCELLED, cancelled_at=now)
    held = {state: _certify(past, register, state, at=now, media=media) for state in STATES}
    organiser = make["organiser"](lead)
    register(coming, organiser)
    calendar, secret = subscriptions.save_selection(Selection("all"), name="Curbs", at=now)
    _keep_elsewhere(lead, at=now)
    return Site(
        lead=lead,
        organiser=organiser,
        coming=coming,
        past=past,
        mine=mine,
        waiting=waiting,
        gone=gone,
        attended=held["valid"].registration,
        certificates=held,
        calendar=calendar,
        secret=secret,
        enrolled=_enrol(coming, mine.person),
    )


def _keep_elsewhere(alliance: Alliance, *, at: datetime) -> None:
    """A listed calendar with an entry of an hour and one of whole days, its last reading failed."""
    kept = alliance.partner_calendars.create(
        name="Our own events",
        url="https://plains.example/a.ics",
        purpose="listed",
        asked_at=at,
        tried_at=at,
        read_at=at,
        next_try_at=at,
        entry_count=2,
        error="There is nothing at this address (404).",
        notes=["One event has no start that can be read; it was left out."],
    )
    day = {"starts_on": at.date(), "ends_on": at.date() + timedelta(days=2)}
    for title, more in (("Picnic", {"url": "https://plains.example/picnic"}), ("Open days", day)):
        kept.entries.create(
            uid=title,
            title=title,
            starts_at=at,
            ends_at=at + timedelta(days=1),
            time_zone="America/Chicago",
            location="Town park",
            digest="x",
            changed_at=at,
            **more,
        )


def _enrol(event: Event, person: Person) -> Enrolment:
    """A program of ``event`` with rules, and somebody in it."""
    programme = Programme.objects.create(
        slug="track",
        name="Curb Track",
        kind="certificate_track",
        lead=event.lead,
        completion={
            "attendance": {"min_percent": 80},
            "all_of": [
                {"rule": "required_events", "events": [event.slug]},
                {"rule": "assignment_accepted", "name": "brief"},
            ],
            "window_months": 12,
        },
        award={"title": "Curb Laureate"},
    )
    programme.hosts.set([host.alliance for host in event.hosts.all()])
    Event.objects.filter(pk=event.pk).update(programme=programme)
    place = Place(name=person.name, email=person.email)
    return enrolment.enrol(programme, place, at=timezone.now()).enrolment


def _certify(event: Event, register: Any, state: str, *, at: datetime, media: Any) -> Certificate:
    registration = register(event, presence="met", attended_seconds=5400, organisation="Aurora")
    award, code = issuing.award_of(event), readable_code()
    said = facts.of_person(facts.of_event(award), registration, code=code, minutes=90, at=at)
    certificate = Certificate.objects.create(
        code=code,
        award=award,
        person=registration.person,
        registration=registration,
        facts=said,
        issued_at=at,
        revoked_at=at if state == "revoked" else None,
        revoke_reason="Wrong person." if state == "revoked" else "",
        superseded_at=at if state == "replaced" else None,
    )
    (media / f"{code}.pdf").write_bytes(FILE)
    CertificateFile.objects.create(
        certificate=certificate, path=f"{code}.pdf", sha256=code.ljust(64, "0"), size=9, drawn_at=at
    )
    return certificate
