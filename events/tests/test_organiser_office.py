"""The settings page: hours, days off, licences, levels; whose they are."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.tests.organising import page
from programmes.domain import office
from programmes.models import AllianceHours, ConflictLevel, Role

pytestmark = pytest.mark.django_db
DAYS = range(7)


def hours(**changes) -> dict[str, str]:
    return {
        **{f"opens_{day}": "09:00" if day < 5 else "" for day in DAYS},
        **{f"closes_{day}": "17:00" if day < 5 else "" for day in DAYS},
        "lunch_starts": "12:00",
        "lunch_ends": "13:00",
        **changes,
    }


def post(client: Client, address: str, /, *args, **data):
    return client.post(reverse(f"organise-{address}", args=args), data)


def test_an_organiser_sees_their_own_alliance_and_the_usual_hours(sign_in, plains, coast):
    browser = sign_in(plains)

    index = page(browser, "scheduling")
    html = page(browser, "office", plains.slug)

    assert plains.name in index
    assert coast.name not in index
    assert "These are the usual hours" in html
    assert html.count('value="09:00"') == 5
    assert "None of your own yet" in html


def test_hours_are_saved_shown_again_and_given_back(sign_in, plains):
    browser = sign_in(plains)

    post(
        browser,
        "office-hours",
        plains.slug,
        **hours(opens_4="", closes_4="", opens_5="10:00", closes_5="00:00"),
    )
    html = page(browser, "office", plains.slug)

    rows = dict(AllianceHours.objects.values_list("weekday", "closes"))
    assert rows == {0: 1020, 1: 1020, 2: 1020, 3: 1020, 5: 1440}
    assert 'name="opens_5" value="10:00"' in html
    assert "Use the usual hours" in html
    post(browser, "office-hours", plains.slug, usual="1")
    assert not AllianceHours.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"closes_2": ""}, "Give both times, or neither."),
        ({"closes_2": "08:00"}, "The office closes after it opens"),
        ({"opens_2": "late"}, "Write the time like 09:00."),
        ({"lunch_ends": "11:00"}, "Lunch ends after it starts"),
        (
            {f"{edge}_{day}": "" for day in DAYS for edge in ("opens", "closes")},
            "Give hours for at least one day",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused_and_kept_as_typed(sign_in, plains, changes, sentence):
    answer = post(sign_in(plains), "office-hours", plains.slug, **hours(**changes))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "There is a problem" in html
    assert not AllianceHours.objects.exists()


def test_a_day_off_is_added_and_removed(sign_in, plains):
    browser = sign_in(plains)
    day = timezone.localdate() + timedelta(days=30)

    post(browser, "days-off", plains.slug, name="Founders' Day", first_day=f"{day:%Y-%m-%d}")

    [row] = plains.days_off.all()
    assert (row.first_day, row.last_day, row.is_worked) == (day, day, False)
    assert "Founders&#x27; Day" in page(browser, "office", plains.slug)
    post(browser, "day-off-removal", plains.slug, row.pk)
    assert not plains.days_off.exists()


def test_public_holidays_are_listed_and_can_be_worked_on(sign_in, plains):
    plains.states = ["TX"]
    plains.save()
    browser = sign_in(plains)
    html = page(browser, "office", plains.slug)
    christmas = date(timezone.localdate().year, 12, 25)

    assert "Memorial Day" in html
    post(browser, "days-off", plains.slug, name="Christmas", first_day=christmas, is_worked="1")
    assert plains.days_off.get().is_worked


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "first_day": "2027-05-04"},
        {"name": "Day", "first_day": "soon"},
        {"name": "Day", "first_day": "2027-05-04", "last_day": "2027-05-01"},
        {"name": "x" * 500, "first_day": "2027-05-04"},
    ],
)
def test_a_day_off_that_cannot_be_is_refused(sign_in, plains, data):
    answer = post(sign_in(plains), "days-off", plains.slug, **data)

    assert answer.status_code == 422
    assert not plains.days_off.exists()


def test_a_licence_is_added_and_removed(sign_in, plains):
    browser = sign_in(plains)

    post(browser, "licences", plains.slug, name="Webinar 500", calls_at_once="2")
    assert "2 calls at once" in page(browser, "office", plains.slug)
    wrong = post(browser, "licences", plains.slug, name="", calls_at_once="0")

    assert wrong.status_code == 422
    post(browser, "licence-removal", plains.slug, plains.licences.get().pk)
    assert not plains.licences.filter(is_active=True).exists()


def test_levels_of_an_alliance_and_of_the_network(sign_in, plains, make_person):
    usual = dict.fromkeys(ConflictLevel.Kind.values, "usual")
    post(sign_in(plains), "office-levels", plains.slug, **{**usual, "room": "ignore"})
    operator = Client()
    operator.force_login(make_person(is_operator=True))
    post(operator, "network-levels", **{**usual, "host": "block"})

    found = set(ConflictLevel.objects.values_list("alliance", "kind", "level"))
    assert found == {(plains.pk, "room", "ignore"), (None, "host", "block")}
    assert "Usual: block" in page(sign_in(plains), "office", plains.slug)
    wrong = post(operator, "network-levels", **{**usual, "host": "maybe"})
    assert wrong.status_code == 422


ADDRESSES = ["office", "office-hours", "office-levels", "days-off", "licences"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("who", ["stranger", "viewer", "check-in"])
def test_nobody_else_may_look_or_change(sign_in, plains, coast, name, who):
    kinds = {
        "stranger": Role.Kind.ADMIN,
        "viewer": Role.Kind.VIEWER,
        "check-in": Role.Kind.CHECK_IN,
    }
    browser = sign_in(coast if who == "stranger" else plains, kind=kinds[who])
    path = reverse(f"organise-{name}", args=[plains.slug])

    answer = browser.get(path) if name == "office" else browser.post(path, {})

    assert answer.status_code == 403


def test_one_alliance_cannot_remove_what_is_another_s(sign_in, plains, coast):
    day = office.add_day_off(coast, "Day", date(2027, 5, 4), by=None)
    licence = office.add_licence(coast, "Webinar", by=None)
    browser = sign_in(plains)

    for name, pk in (("day-off-removal", day.pk), ("licence-removal", licence.pk)):
        assert post(browser, name, plains.slug, pk).status_code == 404
        assert post(browser, name, coast.slug, pk).status_code == 403
    assert coast.days_off.exists()


def test_the_network_s_levels_are_the_operators(sign_in, plains):
    browser = sign_in(plains)

    assert post(browser, "network-levels").status_code == 403
    assert "for the whole network" not in page(browser, "scheduling")
