"""The pages that find a time, and what an event's own pages say of clashes."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from events.domain import hosting, scheduling
from events.models import Event
from events.tests.organising import page
from programmes.domain import office
from programmes.models import Licence, Speaker, Topic

pytestmark = pytest.mark.django_db
MONDAY = "2097-01-14"


@pytest.fixture
def maya(db):
    return Speaker.objects.create(slug="maya", name="Maya Redfern")


def question(*alliances, **changes) -> str:
    values = {
        "alliances": [one.slug for one in alliances],
        "minutes": "60",
        "from": MONDAY,
        "to": "2097-01-18",
        "zone": "America/New_York",
        **changes,
    }
    return "?" + urlencode(values, doseq=True)


def draft(lead, **changes) -> Event:
    plan = scheduling.EventPlan(
        **{
            "title": "Fiber to every block",
            "time_zone": "America/Chicago",
            "sessions": (scheduling.SessionPlan("2097-01-20T10:00", "2097-01-20T11:00"),),
            **changes,
        }
    )
    return scheduling.draft(lead, plan, by=None, at=timezone.now())


def radios(html: str) -> list[str]:
    return re.findall(r'name="slot" value="([^"]+)"', html)


def test_the_first_visit_asks_and_shows_no_table(sign_in, plains):
    html = page(sign_in(plains), "time")

    assert radios(html) == []
    assert f'value="{plains.slug}"' in html
    first = timezone.localdate() + timedelta(days=1)
    assert f'name="from" value="{first:%Y-%m-%d}"' in html


def test_the_table_has_a_column_a_zone_and_says_in_words_who_is_out(sign_in, plains, coast):
    html = page(sign_in(plains), "time", query=question(plains, coast, day=MONDAY))

    assert re.findall(r'<th scope="col">(\w+)<br>', html) == ["Central", "Eastern"]
    assert "before hours" in html
    assert "after hours" in html
    assert "lunch" in html
    assert 'class="late"' in html
    assert 'class="lunch"' in html
    best = html.partition('id="times"')[0]
    assert len(radios(best)) == 3
    assert "Inside office hours for both alliances" in best
    assert best.count("checked") >= 1


def test_each_day_is_a_link_that_keeps_the_question(sign_in, plains):
    browser = sign_in(plains)
    html = page(browser, "time", query=question(plains, strict="on"))
    [link] = re.findall(r'href="\?([^"#]+day=2097-01-17[^"#]*)#times"', html)

    other = page(browser, "time", query="?" + link.replace("&amp;", "&"))

    assert "Thursday, January 17, 2097</h2>" in other
    assert "strict=on" in link


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"alliances": "nobody"}, "There is no alliance “nobody”."),
        ({"minutes": "2"}, "Write a length from 10 to 720 minutes."),
        ({"minutes": "x"}, "Write the minutes as a whole number."),
        ({"to": "2097-01-01"}, "The last day is before the first."),
        ({"to": "2098-01-01"}, "Choose at most 92 days at once"),
        ({"from": "tomorrow"}, "Write the day like 2027-01-13."),
        ({"from": "0001-01-01"}, "1 cannot be right."),
        ({"zone": "America/Gotham"}, "is not a time zone we know."),
        ({"earliest": "16:00", "latest": "16:30"}, "longer than the time between"),
    ],
)
def test_a_question_that_cannot_be_is_answered_with_422_and_keeps_what_was_typed(
    sign_in, plains, changes, sentence
):
    answer = sign_in(plains).get(reverse("organise-time") + question(plains, **changes))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "There is a problem" in html
    assert radios(html) == []
    typed = next(iter(changes.values()))
    assert changes.keys() & {"alliances", "zone"} or f'value="{typed}"' in html


def test_where_nothing_fits_the_page_says_what_to_do(sign_in, plains):
    html = page(
        sign_in(plains),
        "time",
        query=question(plains, **{"to": MONDAY, "strict": "on", "earliest": "20:00"}),
    )

    assert "No start time fits these conditions." in html


def test_a_found_time_fills_in_the_form_of_a_new_event(sign_in, plains, coast):
    topic = Topic.objects.create(slug="curb", name="Curb data")
    licence = office.add_licence(plains, "Webinar 500", by=None)
    asked = question(plains, coast, topic="curb", licence=licence.pk, venue="Civic Hall")
    browser = sign_in(plains)
    html = page(browser, "time", query=asked)
    form = html.partition('<form method="get" class="stack"')[2]
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    slot = radios(form)[0]

    new = page(browser, "new", query="?" + urlencode([*fields, ("slot", slot)]))

    assert slot == "2097-01-14T15:00:00Z"
    assert 'name="session-0-on" value="2097-01-14"' in new
    assert 'name="session-0-starts" value="10:00"' in new
    assert 'name="session-0-ends" value="11:00"' in new
    assert re.search(rf'name="co_hosts" value="{coast.slug}"[^>]*checked', new)
    assert re.search(rf'name="topics" value="{topic.pk}"[^>]*checked', new)
    assert re.search(rf'<option value="{licence.pk}" selected', new)
    assert 'value="America/New_York" selected' in new
    assert 'value="Civic Hall"' in new


@pytest.mark.parametrize(
    "query",
    ["?slot=soon", "?slot=2097-01-14T15:00:00Z&zone=Gotham", "?slot=", "?alliances=%00"],
)
def test_a_broken_address_is_an_empty_form(sign_in, plains, query):
    assert 'name="session-0-on"' in page(sign_in(plains), "new", query=query)


def test_an_event_s_own_page_knows_its_hosts_length_and_speakers(
    sign_in, plains, coast, maya, make_event
):
    make_event(
        lead=coast, starts="2097-01-16T11:00", time_zone="America/Chicago", title="Curbs"
    ).speaking.create(speaker=maya)
    event = draft(plains, speakers=(maya,))
    session = scheduling.SessionPlan("2097-01-20T10:00", "2097-01-20T11:30")
    scheduling.edit(event, {"sessions": (session,)}, by=None, at=timezone.now())
    query = question(plains, minutes="90", day="2097-01-16", zone="America/Chicago")

    html = page(sign_in(plains), "event-time", event.slug, query=query)

    assert 'name="minutes" value="90"' in page(sign_in(plains), "event-time", event.slug)
    assert "Maya Redfern speaks at “Curbs”" in html
    assert "Blocked" in html
    blocked = re.findall(r'value="([^"]+)" aria-label="[^"]*" disabled', html)
    assert "2097-01-16T17:00:00Z" in blocked
    assert "2097-01-16T15:30:00Z" not in blocked


def test_proposing_moves_the_event_with_its_breaks_and_end(sign_in, plains):
    session = scheduling.SessionPlan(
        "2097-01-20T10:00",
        "2097-01-20T12:00",
        breaks=(("2097-01-20T11:00", "2097-01-20T11:10"),),
    )
    event = draft(plains, sessions=(session,))

    answer = sign_in(plains).post(
        reverse("organise-time-proposal", args=[event.slug]),
        {"slot": "2097-07-15T18:00:00Z", "minutes": "120", "version": str(event.version)},
    )

    [row] = event.sessions.all()
    assert answer["Location"] == reverse("organise-event", args=[event.slug])
    assert (row.starts_local, row.ends_local) == ("2097-07-15T13:00", "2097-07-15T15:00")
    assert row.breaks.get().starts_local == "2097-07-15T14:00"


def test_all_sessions_of_a_day_move_as_one(sign_in, plains):
    day = (
        scheduling.SessionPlan("2097-01-20T09:00", "2097-01-20T10:00"),
        scheduling.SessionPlan("2097-01-20T10:30", "2097-01-20T12:00"),
    )
    event = draft(plains, sessions=day)
    browser = sign_in(plains)

    assert 'name="minutes" value="180"' in page(browser, "event-time", event.slug)
    browser.post(
        reverse("organise-time-proposal", args=[event.slug]),
        {"slot": "2097-01-21T16:00:00Z", "minutes": "180", "version": str(event.version)},
    )

    times = event.sessions.order_by("starts_at").values_list("starts_local", "ends_local")
    assert list(times) == [
        ("2097-01-21T10:00", "2097-01-21T11:00"),
        ("2097-01-21T11:30", "2097-01-21T13:00"),
    ]


def test_a_refused_proposal_shows_the_table_again_and_changes_nothing(
    sign_in, plains, coast, maya, make_event
):
    make_event(lead=coast, starts="2097-01-16T11:00", title="Curbs").speaking.create(speaker=maya)
    event = draft(plains, speakers=(maya,))
    browser = sign_in(plains)
    path = reverse("organise-time-proposal", args=[event.slug])
    sent = {"minutes": "60", "version": str(event.version), "asked": question(plains)[1:]}

    clash = browser.post(path, {**sent, "slot": "2097-01-16T18:00:00Z"})
    stale = browser.post(path, {**sent, "slot": "2097-01-17T18:00:00Z", "version": "0"})
    nothing = browser.post(path, sent)

    assert (clash.status_code, stale.status_code, nothing.status_code) == (409, 409, 422)
    assert "Maya Redfern speaks at “Curbs”" in clash.content.decode()
    assert "was changed since you opened it" in stale.content.decode()
    assert "Choose one of the times." in nothing.content.decode()
    assert all(radios(answer.content.decode()) for answer in (clash, stale, nothing))
    assert event.sessions.get().starts_local == "2097-01-20T10:00"


def test_of_an_announced_event_the_co_hosts_are_asked_first(sign_in, plains, coast):
    event = draft(plains)
    hosting.invite(event, coast, by=None, at=timezone.now())
    hosting.decide(event, coast, "accept", by=None, at=timezone.now())
    event = scheduling.publish(event, by=None, at=timezone.now())
    was = event.starts_at

    answer = sign_in(plains).post(
        reverse("organise-time-proposal", args=[event.slug]),
        {"slot": "2097-01-17T18:00:00Z", "minutes": "60", "version": str(event.version)},
        follow=True,
    )

    event.refresh_from_db()
    assert event.starts_at == was
    assert "stays until the co-hosts have answered" in answer.content.decode()


def test_a_recurring_event_is_not_moved_as_one(sign_in, plains):
    event = draft(plains, recurrence="FREQ=WEEKLY;COUNT=1")

    answer = sign_in(plains).post(
        reverse("organise-time-proposal", args=[event.slug]), {"slot": "2097-01-17T18:00:00Z"}
    )

    assert answer.status_code == 409
    assert "Move them one by one" in answer.content.decode()


def test_co_hosts_may_look_and_only_the_lead_may_propose(sign_in, plains, coast):
    event = draft(plains)
    hosting.invite(event, coast, by=None, at=timezone.now())
    browser = sign_in(coast)

    html = page(browser, "event-time", event.slug)
    refused = browser.post(reverse("organise-time-proposal", args=[event.slug]), {})

    assert "Propose this time" not in html
    assert refused.status_code == 403


# -- conflicts on the event's own pages


def test_the_overview_and_the_plan_show_what_the_event_clashes_with(
    sign_in, plains, coast, maya, make_event
):
    make_event(
        lead=coast, starts="2097-01-20T10:30", time_zone="America/Chicago", title="Curbs"
    ).speaking.create(speaker=maya)
    event = draft(plains, speakers=(maya,))
    browser = sign_in(plains)

    for name in ("event", "edit"):
        html = page(browser, name, event.slug)
        assert "Maya Redfern speaks at “Curbs”" in html
        assert "Blocked" in html
    refused = browser.post(reverse("organise-publication", args=[event.slug]))
    assert refused.status_code == 409
    assert "Maya Redfern" in refused.content.decode()
    event.refresh_from_db()
    assert event.published_at is None


def test_warnings_are_asked_about_before_publishing(sign_in, plains, make_event):
    make_event(lead=plains, starts="2097-01-20T10:30", time_zone="America/Chicago", title="Curbs")
    event = draft(plains)
    browser, path = sign_in(plains), reverse("organise-publication", args=[event.slug])

    asked = browser.post(path)
    event.refresh_from_db()
    before = event.published_at
    browser.post(path, {"despite": "1"})

    assert asked.status_code == 409
    assert "Publish despite the warnings below" in asked.content.decode()
    assert "Plains hosts “Curbs”" in asked.content.decode()
    assert before is None
    event.refresh_from_db()
    assert event.published_at is not None


def test_without_a_clash_nothing_is_asked(sign_in, plains):
    event = draft(plains)
    browser = sign_in(plains)

    assert "despite" not in page(browser, "event", event.slug)
    browser.post(reverse("organise-publication", args=[event.slug]))

    event.refresh_from_db()
    assert event.published_at is not None


def test_a_licence_of_the_hosts_is_chosen_on_the_plan(sign_in, plains, coast):
    mine = office.add_licence(plains, "Webinar 500", by=None)
    Licence.objects.create(alliance=coast, name="Not ours")
    event = draft(plains)
    html = page(sign_in(plains), "edit", event.slug)

    assert f'<option value="{mine.pk}">Webinar 500' in html
    assert "Not ours" not in html
