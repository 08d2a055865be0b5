"""A subscriber's own addresses: changed under the same address, renewed, deleted, mailed, found."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from events.domain import feed_links, links, subscriptions
from events.domain.selections import Selection
from events.models import FeedSubscription
from kit.logs import mask
from programmes import effects
from programmes.models import OutboxEntry, Topic

pytestmark = pytest.mark.django_db


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def address(response) -> str:
    (field,) = read(response).xpath("//input[@id='feed-address']/@value")
    return field


@pytest.fixture
def saved(noon):
    """``saved(owner=ana)``: a saved selection of hybrid events and its secret."""

    def make(**fields) -> tuple[FeedSubscription, str]:
        choice = Selection("all", format=("hybrid",))
        return subscriptions.save_selection(choice, name="Curbs", **fields, at=noon)

    return make


def url(found: FeedSubscription, rest: str = "") -> str:
    return f"/feeds/manage/{feed_links.token_of(found)}/{rest}"


def get_feed(client, secret: str, folder: str = "s"):
    return client.get(f"/feeds/{folder}/{secret}.ics")


# -- the link


def test_a_managing_link_opens_its_own_page_and_no_other(client, saved):
    found, other = saved()[0], saved()[0]

    assert feed_links.find(feed_links.token_of(found)) == found
    assert feed_links.token_of(found) != feed_links.token_of(other)
    assert words(read(client.get(url(found))).xpath("//h1")[0]) == "Curbs"


@pytest.mark.parametrize("rest", ["", "renewal/", "removal/", "address/x/"])
@pytest.mark.parametrize("token", ["x", "A" * 60, "%00"])
def test_a_forged_link_opens_nothing(client, saved, token, rest):
    saved()

    for method in ("get", "post"):
        if method == "post" and rest == "address/x/":
            continue
        answer = getattr(client, method)(f"/feeds/manage/{token}/{rest}")
        assert answer.status_code == 404
        assert "This link opens nothing" in answer.content.decode()


def test_the_link_of_a_deleted_address_opens_nothing(client, saved, noon):
    found, _ = saved()
    subscriptions.revoke(found, at=noon)

    assert client.get(url(found)).status_code == 404


def test_a_link_does_not_pass_to_a_row_with_the_same_number(saved, noon):
    found, _ = saved()
    token = feed_links.token_of(found)
    FeedSubscription.objects.filter(pk=found.pk).update(made_at=noon + timedelta(days=1))

    assert feed_links.find(token) is None


def test_neither_secret_reaches_the_logs(saved):
    found, secret = saved()
    path = url(found, f"address/{secret}/")

    assert feed_links.token_of(found) not in mask(f"GET {path}")
    assert secret not in mask(f"GET {path}")


def test_pages_behind_it_are_told_to_nobody(client, saved):
    found, secret = saved()
    for rest in ("", "renewal/", "removal/", f"address/{secret}/"):
        page = client.get(url(found, rest))
        assert page.status_code == 200
        assert not page.cookies
        assert page["Cache-Control"] == "private, no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["X-Robots-Tag"] == "noindex"


def test_another_site_cannot_post_to_it(client, saved):
    found, _ = saved()
    for rest in ("", "renewal/", "removal/", "mailing/"):
        answer = client.post(url(found, rest), headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


# -- changing


def test_a_saved_choice_keeps_its_address_when_it_is_changed(client, saved, make_event):
    hybrid = make_event(title="Hybrid", format="hybrid", starts="2031-01-09T11:00")
    online = make_event(title="Online", format="online", starts="2031-01-09T11:00")
    found, secret = saved()
    assert hybrid.title in get_feed(client, secret).content.decode()

    answer = client.post(
        url(found), {"format": "online", "name": "Webinars", "lang": "es", "alarm": "60"}
    )

    page = read(client.get(answer["Location"]))
    assert "Saved." in words(page)
    assert words(page.xpath("//h1")[0]) == "Webinars"
    feed = get_feed(client, secret).content.decode()
    assert online.title in feed
    assert "TRIGGER" in feed
    found.refresh_from_db()
    assert (found.name, found.language, found.alarm_minutes) == ("Webinars", "es", 60)


def test_the_page_shows_what_is_kept(client, saved, make_event):
    make_event(title="Hybrid", format="hybrid", starts="2031-01-09T11:00")
    found, _ = saved(alarm_minutes=60)

    page = read(client.get(url(found)))

    assert page.xpath("//input[@checked]/@value") == ["hybrid"]
    assert page.xpath("//select[@name='alarm']/option[@selected]/@value") == ["60"]
    said = words(page.xpath("//*[@role='status']")[0])
    assert said == "1 event matches now. Next: Hybrid, January 9, 2031."


@pytest.mark.parametrize(
    "typed", [{"topic": "nobody"}, {"alarm": "7"}, {"name": "a\nb"}, {"lang": "xx"}]
)
def test_a_wrong_change_is_told_and_changes_nothing(client, saved, typed):
    Topic.objects.create(slug="water", name="Water")
    found, _ = saved()

    page = client.post(url(found), {"format": "online", "lang": "en", "name": "New", **typed})

    assert page.status_code == 422
    assert "online" in read(page).xpath("//input[@checked]/@value")
    found.refresh_from_db()
    assert found.name == "Curbs"


# -- a new address, no address


def test_a_leaked_address_is_replaced(client, saved, make_event):
    make_event(format="hybrid", starts="2031-01-09T11:00")
    found, old = saved()
    asked = client.get(url(found, "renewal/"))
    assert get_feed(client, old).status_code == 200
    assert "The old one stops working at once" in words(read(asked))

    page = client.post(url(found, "renewal/"), follow=True)

    new = address(page).rpartition("/")[2].removesuffix(".ics")
    assert new != old
    assert get_feed(client, old).status_code == 404
    assert get_feed(client, new).status_code == 200
    assert client.get(url(found)).status_code == 200


def test_an_old_address_is_not_shown_again(client, saved):
    found, old = saved()
    _, secret = saved()
    client.post(url(found, "renewal/"))

    for wrong in (old, secret, "x" * 43):
        assert client.get(url(found, f"address/{wrong}/"))["Location"] == url(found)


def test_a_deleted_address_is_dead_and_looking_deletes_nothing(client, saved):
    found, secret = saved()
    assert client.get(url(found, "removal/")).status_code == 200
    assert get_feed(client, secret).status_code == 200

    page = client.post(url(found, "removal/"), follow=True)

    assert "The calendar address is deleted." in words(read(page))
    assert get_feed(client, secret).status_code == 404


# -- who fetched it


def test_it_shows_which_programs_fetched_it_and_nothing_finer(client, saved):
    found, secret = saved()
    assert "No program has fetched it yet." in words(read(client.get(url(found))))
    agent = "Google-Calendar-Importer/7.3 (198.51.100.7)"

    client.get(f"/feeds/s/{secret}.ics", headers={"User-Agent": agent})

    page = words(read(client.get(url(found))))
    assert f"Google, {timezone.now():%B}" in page
    assert "198.51.100.7" not in page
    assert "Importer" not in page


# -- by mail


def composed(kind: str):
    (entry,) = OutboxEntry.objects.filter(kind=kind)
    path, _, name = effects.KINDS[kind].compose.rpartition(".")
    return getattr(__import__(path, fromlist=[name]), name)(entry)


def test_the_link_goes_where_somebody_typed_and_says_nothing_else(client, saved, make_alliance):
    make_alliance()
    found, secret = saved()

    page = client.post(url(found, "mailing/"), {"email": " Ana <Ana@City.example> "}, follow=True)

    assert "The link is on its way" in words(read(page))
    mail = composed("events/feed-link")
    assert mail.to == ["ana@city.example"]
    text = mail.body + str(mail.alternatives)
    assert feed_links.url_of(found) in mail.body
    assert secret not in text
    assert "Curbs" not in text
    stored = str(OutboxEntry.objects.values_list().get())
    assert feed_links.token_of(found) not in stored


def test_the_same_link_is_mailed_once_an_hour(client, saved):
    found, _ = saved()
    for _ in range(2):
        client.post(url(found, "mailing/"), {"email": "ana@city.example"})

    assert OutboxEntry.objects.filter(kind="events/feed-link").count() == 1


def test_nobody_is_mailed_without_end(client, saved, settings):
    settings.RATE_LIMITS = True
    found, _ = saved()

    answers = [
        client.post(url(found, "mailing/"), {"email": f"ana{n}@city.example"}).status_code
        for n in range(6)
    ]

    assert answers == [302] * 5 + [429]


@pytest.mark.parametrize("typed", ["", "ana", "ana@", "a@b.example\nBcc: x@y.example"])
def test_a_wrong_address_is_told_beside_the_field(client, saved, typed):
    found, _ = saved()

    page = client.post(url(found, "mailing/"), {"email": typed})

    assert page.status_code == 422
    assert read(page).xpath("//input[@name='email' and @aria-invalid='true']")
    assert not OutboxEntry.objects.exists()


def test_a_mail_about_a_deleted_address_is_not_sent(client, saved, noon, make_alliance):
    make_alliance()
    found, _ = saved()
    client.post(url(found, "mailing/"), {"email": "ana@city.example"})
    subscriptions.revoke(found, at=noon)

    assert composed("events/feed-link") is None


# -- one's own


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get("/feeds/mine/")["Location"].startswith("/accounts/login/")


def test_somebody_without_addresses_is_told_what_one_is_good_for(client, make_person):
    client.force_login(make_person())

    assert "None yet. Make one here" in words(read(client.get("/feeds/mine/")))


def test_who_signed_in_makes_an_address_of_what_they_registered_for(
    client, make_person, make_event, make_registration
):
    ana = make_person()
    mine = make_event(title="Mine", starts="2031-01-09T11:00")
    make_registration(mine, ana)
    make_event(title="Another", starts="2031-01-09T11:00")
    client.force_login(ana)

    page = client.post(
        "/feeds/mine/", {"kind": "personal", "alarm": "30", "lang": "en", "name": ""}, follow=True
    )

    secret = address(page).rpartition("/")[2].removesuffix(".ics")
    feed = get_feed(Client(), secret, "me").content.decode()
    assert "Mine" in feed
    assert "Another" not in feed
    assert "Mail me this link" not in page.content.decode()  # it would open more than a choice


def test_only_organizers_are_offered_what_their_alliances_plan(
    client, make_person, make_alliance, make_organiser
):
    client.force_login(make_person())
    typed = {"kind": "organiser", "lang": "en"}
    assert client.post("/feeds/mine/", typed).status_code == 422
    assert not FeedSubscription.objects.exists()

    client.force_login(make_organiser(make_alliance()))
    page = client.post("/feeds/mine/", typed, follow=True)

    assert "/feeds/organizer/" in address(page)


def test_a_list_shows_one_s_own_and_only_those(client, saved, make_person, noon):
    ana, ben = make_person(), make_person()
    saved(owner=ana)
    subscriptions.personal(ben, name="Ben's", at=noon)
    client.force_login(ana)

    page = read(client.get("/feeds/mine/"))

    assert len(page.xpath("//ul[@class='tasks']/li")) == 1
    (link,) = page.xpath("//ul[@class='tasks']//a/@href")
    assert client.get(link).status_code == 200


def test_the_list_costs_the_same_with_one_and_five(
    client, saved, make_person, django_assert_max_num_queries
):
    ana = make_person()
    client.force_login(ana)
    for _ in range(5):
        saved(owner=ana)

    with django_assert_max_num_queries(12):
        client.get("/feeds/mine/")


def test_making_one_for_who_signed_in_needs_the_token(make_person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_person())

    assert browser.post("/feeds/mine/", {"kind": "personal", "lang": "en"}).status_code == 403


# -- from a registration


@pytest.fixture
def mine(make_event, make_registration):
    event = make_event(title="Mine", starts="2031-01-09T11:00")
    return make_registration(event, name="Ana Ruiz")


def test_a_registration_s_link_alone_does_not_open_the_rest(client, mine):
    """Links are passed on; what else somebody registered for is not told to whoever got it."""
    path = f"/r/{links.registration_token(mine)}/calendar/"

    page = client.post(path, follow=True)

    assert "The link is on its way" in words(read(page))
    assert "/feeds/" not in page.content.decode().partition("<main")[2].partition("</main")[0]
    assert not FeedSubscription.objects.exists()
    mail = composed("events/feed-personal")
    assert mine.person.email in mail.to[0]


def test_the_mailed_link_makes_an_address_and_finds_it_again(client, mine, noon):
    at = timezone.now()
    path = f"/feeds/personal/{feed_links.personal_token(mine.person, at=at)}/"
    assert "None yet" in words(read(client.get(path)))

    page = client.post(path, {"kind": "personal", "lang": "en", "name": "My week"}, follow=True)

    secret = address(page).rpartition("/")[2].removesuffix(".ics")
    assert "Mine" in get_feed(client, secret, "me").content.decode()
    assert "My week" in words(read(client.get(path)))
    assert client.post(path, {"kind": "organiser", "lang": "en"}).status_code == 422


def test_the_mailed_link_runs_out(client, mine):
    token = feed_links.personal_token(mine.person, at=timezone.now() - timedelta(hours=25))

    assert client.get(f"/feeds/personal/{token}/").status_code == 404
    assert client.get("/feeds/personal/x/").status_code == 404


def test_looking_at_the_page_of_a_registration_sends_nothing(client, mine):
    client.get(f"/r/{links.registration_token(mine)}/calendar/")

    assert not OutboxEntry.objects.exists()


def test_the_way_there_stands_on_one_s_own_pages(client, mine):
    token = links.registration_token(mine)
    client.force_login(mine.person)

    assert f"/r/{token}/calendar/" in client.get(f"/r/{token}/").content.decode()
    assert "/feeds/mine/" in client.get("/me/").content.decode()
