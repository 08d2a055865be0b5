"""Polls as pages: answering without an account, and what the organisers do."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import NOON
from events.domain.polls import links, votes
from events.domain.polls.plans import Asked, PollPlan
from events.models import Poll, PollAnswer
from events.tests.planning import drafted

ANA = Asked("Ana Ruiz", "ana@town.example")


@pytest.fixture
def lead(make_alliance):
    return make_alliance("Lead")


@pytest.fixture
def poll(lead) -> Poll:
    now = timezone.now()
    plan = PollPlan(
        title="Fiber workshop",
        minutes=60,
        time_zone="America/Denver",
        starts=(now + timedelta(days=3), now + timedelta(days=4)),
        asked=(ANA,),
        has_open_link=True,
    )
    return votes.start(lead, plan, by=None, at=now)


@pytest.fixture
def own(poll) -> str:
    return f"/polls/{links.token_of(poll.voices.get())}/"


@pytest.fixture
def opened(poll) -> str:
    return "/polls/open/" + links.open_url(poll).rpartition("/open/")[2]


@pytest.fixture
def organiser(client, lead, make_organiser):
    client.force_login(make_organiser(lead))
    return client


def choices(poll, *said: str) -> dict[str, str]:
    slots = poll.slots.values_list("pk", flat=True)
    return {f"slot_{pk}": choice for pk, choice in zip(slots, said, strict=True)}


def answers(poll) -> list[str]:
    return list(
        PollAnswer.objects.filter(slot__poll=poll)
        .order_by("slot__starts_at")
        .values_list("choice", flat=True)
    )


def test_who_was_asked_answers_on_one_page_and_sees_it_again(client, poll, own):
    sent = client.post(own, choices(poll, "yes", "no"))
    page = client.get(own).content.decode()

    assert (sent.status_code, sent["Location"]) == (302, f"{own}?done=saved")
    assert answers(poll) == ["yes", "no"]
    assert len(re.findall(r"<input[^>]* checked", page)) == 2


def test_looking_at_the_page_changes_nothing(client, poll, own):
    client.get(own)

    assert answers(poll) == []
    assert poll.voices.get().answered_at is None


def test_a_time_left_out_is_said_and_the_rest_stays_chosen(client, poll, own):
    first = f"slot_{poll.slots.first().pk}"

    response = client.post(own, {first: "yes", "comment": "Only mornings"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Say yes, if needed or no." in page
    assert "Only mornings" in page
    assert len(re.findall(r"<input[^>]* checked", page)) == 1


def test_the_second_answer_says_that_it_replaced_the_first(client, poll, own):
    client.post(own, choices(poll, "yes", "no"))

    sent = client.post(own, choices(poll, "no", "yes"), follow=True)

    assert "taken the place of the one before" in sent.content.decode()
    assert answers(poll) == ["no", "yes"]


def test_a_closed_poll_shows_what_was_said_and_takes_nothing(client, poll, own):
    client.post(own, choices(poll, "yes", "if-needed"))
    votes.close(poll, by=None, at=timezone.now())

    late, page = client.post(own, choices(poll, "no", "no")), client.get(own).content.decode()

    assert late.status_code == 409
    assert answers(poll) == ["yes", "if-needed"]
    assert '<form method="post"' not in page.split("<main")[1].split("</main")[0]
    assert "<strong>If needed</strong>" in page


def test_the_open_page_says_the_same_to_new_and_known_addresses(client, poll, opened):
    said = choices(poll, "yes", "yes")
    new = client.post(opened, {**said, "name": "Cy", "email": "cy@firm.example"}, follow=True)
    known = client.post(opened, {**said, "name": "Eve", "email": "ana@town.example"}, follow=True)

    assert new.content == known.content
    assert (
        poll.voices.filter(answered_at__isnull=False).values_list("name", flat=True).get() == "Cy"
    )


def test_another_site_cannot_answer_for_somebody(client, poll, own):
    sent = client.post(own, choices(poll, "no", "no"), headers={"sec-fetch-site": "cross-site"})

    assert sent.status_code == 403
    assert answers(poll) == []


@pytest.mark.parametrize("address", ["/polls/nonsense/", "/polls/open/nonsense/"])
def test_a_link_that_opens_nothing_says_so(client, db, address):
    response = client.get(address)

    assert response.status_code == 404
    assert "does not open a poll" in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"


def typed(**changes) -> dict[str, str]:
    day = timezone.now().date() + timedelta(days=30)
    return {
        "title": "Fiber workshop",
        "minutes": "60",
        "time_zone": "America/Chicago",
        "time_0": f"{day}T10:00",
        "time_1": f"{day}T11:00",
        "others": "Ana Ruiz <ana@town.example>\nben@city.example",
        "count": "6",
        **changes,
    }


def test_an_organiser_asks_colleagues_and_outsiders(organiser, lead, make_alliance, make_organiser):
    partner = make_alliance("Partner")
    colleague = make_organiser(partner)

    sent = organiser.post(reverse("organise-poll-new"), typed(alliances=[partner.slug]))

    poll = Poll.objects.get()
    assert sent["Location"] == reverse("organise-poll", args=[poll.public_id])
    assert {voice.email for voice in poll.voices.all()} == {
        "ana@town.example",
        "ben@city.example",
        colleague.email,
    }
    assert [slot.starts_at.astimezone().minute for slot in poll.slots.all()] == [0, 0]
    assert organiser.get(sent["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"time_1": ""}, "2 to 40 different times"),
        ({"time_0": "2027-03-14T02:30"}, "2:30 a.m."),
        ({"others": "Ana Ruiz"}, "is no address"),
        ({"others": ""}, "Ask at least one person"),
        ({"closes_on": "2020-01-01"}, "lies in the past"),
    ],
)
def test_a_poll_that_cannot_be_is_said_beside_its_field(organiser, change, sentence):
    response = organiser.post(reverse("organise-poll-new"), typed(**change))

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "Fiber workshop" in page
    assert not Poll.objects.exists()


def test_more_times_keeps_what_was_typed(organiser):
    page = organiser.post(reverse("organise-poll-new"), typed(more="1")).content.decode()

    assert 'name="time_11"' in page
    assert "Fiber workshop" in page
    assert not Poll.objects.exists()


def test_found_times_come_along_in_the_alliance_s_own_clock(organiser):
    query = "?slot=2027-02-01T17:00:00Z&slot=2027-02-02T17:00:00Z&minutes=90"
    page = organiser.get(reverse("organise-poll-new") + query).content.decode()

    assert 'value="2027-02-01T10:00"' in page
    assert 'value="90"' in page


def test_settling_on_a_time_is_told_and_closes_the_poll(organiser, poll):
    starts_at = poll.slots.last().starts_at

    organiser.post(
        reverse("organise-poll-choice", args=[poll.public_id]), {"starts_at": starts_at.isoformat()}
    )

    poll.refresh_from_db()
    assert poll.chosen_at == starts_at
    assert poll.closed_at is not None


@pytest.mark.parametrize("sent", ["", "yesterday", "2027-02-01T17:00:00", "2027-02-01T17:00:00Z"])
def test_a_time_that_was_not_asked_about_is_refused(organiser, poll, sent):
    response = organiser.post(
        reverse("organise-poll-choice", args=[poll.public_id]), {"starts_at": sent}
    )

    assert response.status_code == 422
    assert "Choose one of the times" in response.content.decode()


def test_another_alliance_s_poll_is_not_there(client, poll, make_alliance, make_organiser):
    client.force_login(make_organiser(make_alliance("Stranger")))
    pages = (
        ["organise-poll"],
        ["organise-poll-closure", "organise-poll-choice", "organise-poll-reminder"],
    )

    seen = [client.get(reverse(name, args=[poll.public_id])).status_code for name in pages[0]]
    done = [client.post(reverse(name, args=[poll.public_id])).status_code for name in pages[1]]

    assert seen + done == [404] * 4
    assert "Fiber workshop" not in client.get(reverse("organise-polls")).content.decode()


def test_lists_of_polls_cost_the_same_however_many(
    organiser, poll, lead, django_assert_max_num_queries
):
    for _ in range(3):
        now = timezone.now()
        plan = PollPlan(
            title="Another",
            minutes=30,
            time_zone="UTC",
            asked=(ANA,),
            starts=(now + timedelta(days=1), now + timedelta(days=2)),
        )
        votes.start(lead, plan, by=None, at=now)

    with django_assert_max_num_queries(7):
        assert organiser.get(reverse("organise-polls")).content.count(b"Another") == 3


def test_the_chosen_time_becomes_the_event_s_with_one_press(organiser, lead, make_person):
    event = drafted(lead)
    now = timezone.now()
    starts = (NOON + timedelta(days=30), NOON + timedelta(days=31))
    plan = PollPlan(
        title="When?", minutes=60, time_zone="UTC", starts=starts, asked=(ANA,), event=event
    )
    poll = votes.choose(votes.start(lead, plan, by=None, at=now), starts[1], by=None, at=now)

    page = organiser.get(reverse("organise-poll", args=[poll.public_id])).content.decode()
    form = dict(
        re.findall(r'<input type="hidden" name="(slot|minutes|version)" value="([^"]*)"', page)
    )
    organiser.post(reverse("organise-time-proposal", args=[event.slug]), form)

    event.refresh_from_db()
    assert (event.starts_at, event.ends_at) == (starts[1], starts[1] + timedelta(hours=1))


def test_without_an_event_the_chosen_time_opens_a_new_plan(organiser, poll):
    starts_at = poll.slots.first().starts_at
    votes.choose(poll, starts_at, by=None, at=timezone.now())

    page = organiser.get(reverse("organise-poll", args=[poll.public_id])).content.decode()

    assert "Plan the event at this time" in page
    assert f'name="slot" value="{starts_at:%Y-%m-%dT%H:%M:%SZ}"' in page
