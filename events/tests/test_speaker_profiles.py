"""Profiles of speakers: pictures of all sorts, claimed by mail, merged, shown once they agreed."""

import hashlib
import struct
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from conftest import NOON
from events.domain import replies, subscriptions
from events.domain.polls import links as poll_links
from events.domain.speakers import inviting, links, merging, profiles
from events.models import EventSpeaker, InvitationReply, SessionSpeaker, SpeakerInvitation
from events.tests.speaking import picture, queued, sent, speaker, speaks
from kit import ids
from kit.errors import Invalid
from programmes.domain import pictures
from programmes.models import AuditEntry, FormerSpeaker, OutboxEntry, Speaker

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def mara():
    return speaker(zone="America/Denver")


# -- pictures


@pytest.mark.parametrize(
    "raw",
    [
        picture(),
        picture(3000, 200),
        picture(kind="PNG", mode="RGBA"),
        picture(kind="PNG", mode="P"),
        picture(kind="PNG", mode="I;16"),
        picture(kind="WEBP"),
        picture(mode="CMYK"),
        picture(mode="L"),
    ],
)
def test_a_picture_becomes_a_square_jpeg(raw):
    with Image.open(BytesIO(pictures.square(raw))) as made:
        assert (made.format, made.size, made.mode) == ("JPEG", (400, 400), "RGB")


def test_nothing_but_the_picture_is_kept():
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x8825] = {1: "N", 2: (39.0, 44.0, 21.0)}
    raw = picture(exif=exif, comment=b"hidden words")
    assert b"SecretCamera" in raw
    assert b"hidden words" in raw
    made = pictures.square(raw)
    assert b"SecretCamera" not in made
    assert b"hidden words" not in made
    with Image.open(BytesIO(made)) as image:
        assert not image.getexif()


def test_a_photo_taken_sideways_is_turned_upright():
    source = Image.new("RGB", (400, 400), "red")
    source.paste("blue", (0, 0, 400, 200))  # blue above
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    written = BytesIO()
    source.save(written, "JPEG", exif=exif)
    with Image.open(BytesIO(pictures.square(written.getvalue()))) as made:
        red, _, blue = made.getpixel((200, 390))
        assert blue > red


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it has this many pixels, all of them there."""
    row = zlib.compress(b"\0" * ((width // 8 + 1) * height), 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "cannot be"),
        (b"<?xml version='1.0'?><svg/>", "cannot be"),
        (b"GIF89a" + b"\0" * 200, "cannot be"),
        (b"\xff\xd8\xff\xe0 nothing that follows", "cannot be"),
        (picture()[:400], "cannot be"),
        (b"", "cannot be"),
        (b"<html>photo.jpg</html>", "cannot be"),
        (png_of(8000, 6250), "25 megapixels"),
        (png_of(60000, 60000)[:4000], "25 megapixels"),
        (picture(60, 60), "at least 100"),
        (b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024 + 1), "at most 10"),
    ],
    ids=[
        "svg",
        "xml",
        "gif",
        "jpeg-cut",
        "half",
        "empty",
        "html",
        "50mp",
        "bomb",
        "small",
        "large",
    ],
)
def test_what_is_no_such_picture_is_refused_with_a_sentence(raw, said):
    with pytest.raises(Invalid, match=said) as no:
        pictures.square(raw)
    assert no.value.errors[0]["loc"] == ["photo"]


def test_the_old_photo_is_deleted_unless_somebody_else_has_it(
    mara, django_capture_on_commit_callbacks
):
    ben = speaker("Ben Ode", email="")
    with django_capture_on_commit_callbacks(execute=True):
        first = profiles.set_photo(mara, picture(), by=None, at=NOON).photo
        profiles.set_photo(ben, picture(), by=None, at=NOON)
        profiles.set_photo(mara, picture(500, 500, kind="PNG", mode="L"), by=None, at=NOON)
    assert pictures.path_of(first).exists()
    with django_capture_on_commit_callbacks(execute=True):
        profiles.remove_photo(ben, by=None, at=NOON)
    assert not pictures.path_of(first).exists()


# -- whose it is


def test_the_link_opens_the_page_and_opening_claims_nothing(client, mara):
    page = client.get(reverse("speaker-own", args=[links.token_of(mara)]))
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    mara.refresh_from_db()
    assert mara.claimed_at is None


def test_saving_the_profile_claims_it(client, mara):
    token = links.token_of(mara)
    typed = {"title": "City planner", "bio": "Plans **fiber**.", "zone": "", "is_shown": "on"}
    response = client.post(reverse("speaker-own-profile", args=[token]), typed)
    assert response.status_code == 302
    mara.refresh_from_db()
    assert mara.claimed_at is not None
    assert (mara.title, mara.bio, mara.is_shown) == ("City planner", "Plans **fiber**.", True)
    assert AuditEntry.objects.filter(action="speaker.edited").get().facts["source"] == "speaker"


def test_neither_name_nor_address_can_be_changed_by_the_link(client, mara):
    typed = {"title": "", "name": "Somebody Else", "email": "else@city.gov"}
    client.post(reverse("speaker-own-profile", args=[links.token_of(mara)]), typed)
    mara.refresh_from_db()
    assert (mara.name, mara.email) == ("Mara Lindqvist", "mara@city.gov")


@pytest.mark.parametrize("kind", ["forged", "other purpose", "old", "other key"])
def test_no_other_token_opens_it(client, mara, settings, kind):
    value = f"{mara.pk}.{mara.link_version}"
    key = settings.SECRET_KEY.encode()
    token = {
        "forged": links.token_of(mara)[:-2] + "xx",
        "other purpose": ids.sign(poll_links.PURPOSE, value, key=key),
        "old": ids.sign(links.PURPOSE, f"{mara.pk}.0", key=key),
        "other key": ids.sign(links.PURPOSE, value, key=b"another"),
    }[kind]
    for name in ("speaker-own", "speaker-own-profile", "speaker-own-photo", "speaker-own-picture"):
        assert client.get(reverse(name, args=[token])).status_code == 404, name
    assert client.post(reverse("speaker-own-profile", args=[token]), {}).status_code == 404


def test_another_sites_form_is_refused(mara):
    address = reverse("speaker-own-profile", args=[links.token_of(mara)])
    assert Client().post(address, {}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_asking_for_the_link_says_the_same_to_everybody(client, mara, make_alliance):
    make_alliance()
    address = reverse("speaker-link")
    known = client.post(address, {"email": " Mara@City.gov "})
    unknown = client.post(address, {"email": "nobody@city.gov"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    (entry,) = queued("link")
    message = sent(entry)
    assert message["To"].addresses[0].addr_spec == "mara@city.gov"
    assert links.own_url(mara) in message.get_body(("plain",)).get_content()
    client.post(address, {"email": "mara@city.gov"})
    assert len(queued("link")) == 1  # once an hour


def test_another_address_shuts_the_links_sent_to_the_old_one(mara, make_person):
    old = links.token_of(mara)
    profiles.edit(mara, {"email": "new@city.gov"}, by=make_person("Olga"), at=NOON)
    assert links.speaker_of(old) is None


def test_two_people_cannot_have_one_address(mara, make_person):
    with pytest.raises(Invalid, match="Mara Lindqvist has this address"):
        profiles.add({"name": "Ben", "email": "MARA@city.gov"}, by=make_person(), at=NOON)


def test_names_that_are_alike_get_addresses_of_their_own(make_person):
    by = make_person()
    slugs = [profiles.add({"name": "Ana Ruiz"}, by=by, at=NOON).slug for _ in range(3)]
    assert slugs == ["ana-ruiz", "ana-ruiz-2", "ana-ruiz-3"]
    assert profiles.add({"name": "Mine"}, by=by, at=NOON).slug == "mine-2"
    assert profiles.add({"name": "明"}, by=by, at=NOON).slug == "speaker"


# -- shown


def test_the_event_page_shows_biography_and_photo_once_agreed(client, make_event, mara):
    event = make_event()
    speaks(event, mara)
    by = None
    profiles.edit(mara, {"bio": "Plans **fiber**.", "photo_alt": "Mara at a desk"}, by=by, at=NOON)
    held = profiles.set_photo(mara, picture(), by=by, at=NOON)
    page = client.get(reverse("event", args=[event.slug])).content.decode()
    assert "Mara Lindqvist" in page
    assert "Plans" not in page
    assert held.photo not in page
    assert client.get(reverse("speaker", args=[mara.slug])).status_code == 404
    assert client.get(reverse("speaker-photo", args=[held.photo])).status_code == 404

    profiles.edit(mara, {"is_shown": True}, by=by, at=LATER)
    page = client.get(reverse("event", args=[event.slug])).content.decode()
    assert "<strong>fiber</strong>" in page
    assert 'alt="Mara at a desk"' in page
    photo = client.get(reverse("speaker-photo", args=[held.photo]))
    assert (photo.status_code, photo["Content-Type"]) == (200, "image/jpeg")
    assert photo["X-Content-Type-Options"] == "nosniff"
    own = client.get(reverse("speaker", args=[mara.slug])).content.decode()
    assert event.title in own
    assert "mara@city.gov" not in own + page

    profiles.edit(mara, {"is_shown": False}, by=by, at=LATER + timedelta(minutes=1))
    assert "fiber</strong>" not in client.get(reverse("event", args=[event.slug])).content.decode()


def test_the_public_page_tells_of_no_draft_and_nothing_unlisted(client, make_event, mara):
    profiles.edit(mara, {"is_shown": True}, by=None, at=NOON)
    titles = {
        "Public one": make_event(title="Public one"),
        "Draft one": make_event(title="Draft one", published=False),
        "Unlisted one": make_event(title="Unlisted one", visibility="unlisted"),
    }
    for event in titles.values():
        speaks(event, mara)
    page = client.get(reverse("speaker", args=[mara.slug])).content.decode()
    assert [title for title in titles if title in page] == ["Public one"]


def test_a_biography_cannot_carry_a_script(client, mara):
    bio = "<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://spy.example/p.png)"
    profiles.edit(mara, {"bio": bio, "is_shown": True}, by=None, at=NOON)
    page = client.get(reverse("speaker", args=[mara.slug])).content.decode()
    assert "<script>alert" not in page
    assert "javascript:alert" not in page.replace("[x](javascript:alert(1))", "")
    assert '<img src="https://spy' not in page


# -- one's own page


def test_a_draft_is_on_the_page_of_who_was_asked_and_of_nobody_else(client, make_event, mara):
    ben = speaker("Ben Ode", email="ben@city.gov")
    event = make_event(title="Secret plans", published=False, starts="2099-01-13T11:00")
    speaks(event, mara, ben)
    inviting.invite(event, speakers=[mara], by=None, at=NOON)
    own = client.get(reverse("speaker-own", args=[links.token_of(mara)])).content.decode()
    other = client.get(reverse("speaker-own", args=[links.token_of(ben)])).content.decode()
    assert "Secret plans" in own
    assert "Not announced yet" in own
    assert "Secret plans" not in other


def test_the_page_names_the_answer_and_leads_to_another(client, make_event, mara):
    event = make_event(starts="2099-01-13T11:00", time_zone="America/Chicago")
    speaks(event, mara)
    session = event.sessions.get()
    replies.record(session, mara, "tentative", replies.Said(), at=NOON)
    page = client.get(reverse("speaker-own", args=[links.token_of(mara)])).content.decode()
    assert "You said maybe" in page
    assert replies.answer_url(session, mara).partition("/rsvp")[2] in page
    assert "Central" in page
    assert "Mountain" in page


def test_the_call_is_reached_once_announced(client, make_event, mara):
    event = make_event(starts="2099-01-13T11:00", join_url="https://meet.example/1")
    token = links.token_of(mara)
    here = reverse("speaker-own-join", args=[token, event.sessions.get().public_id])
    assert client.get(here).status_code == 404
    speaks(event, mara)
    assert client.get(here)["Location"] == "https://meet.example/1"


def test_a_calendar_of_ones_own(client, make_event, mara):
    event = make_event(starts="2099-01-13T11:00")
    speaks(event, mara)
    response = client.post(reverse("speaker-own-calendar", args=[links.token_of(mara)]))
    page = client.get(response["Location"]).content.decode()
    secret = response["Location"].rstrip("/").rpartition("/")[2]
    made = subscriptions.by_token(secret)
    assert made is not None
    assert made.speaker == mara
    assert f"/feeds/speaker/{secret}.ics" in page
    assert event.title.encode() in client.get(f"/feeds/speaker/{secret}.ics").content


def test_the_photo_form_takes_a_picture_and_refuses_a_page(client, mara):
    here = reverse("speaker-own-photo", args=[links.token_of(mara)])
    bad = SimpleUploadedFile("me.jpg", b"<html></html>", "image/jpeg")
    response = client.post(here, {"photo": bad})
    assert response.status_code == 422
    assert "cannot be read as a picture" in response.content.decode()
    good = SimpleUploadedFile("me.svg", picture(), "image/svg+xml")
    assert client.post(here, {"photo": good}).status_code == 302
    mara.refresh_from_db()
    raw = pictures.path_of(mara.photo).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == mara.photo
    own = client.get(reverse("speaker-own-picture", args=[links.token_of(mara)]))
    assert b"".join(own.streaming_content) == raw


# -- two that are one


def test_every_table_that_names_a_speaker_is_moved():
    moved = {table for table, _ in merging.ONCE} | set(merging.PLAIN) | {InvitationReply}
    there = {
        relation.related_model
        for relation in Speaker._meta.get_fields(include_hidden=True)
        if (relation.one_to_many or relation.one_to_one) and relation.auto_created
    }
    assert there - moved == set()


def test_merging_keeps_what_both_had(make_event, mara, make_person):
    gone = speaker("M. Lindqvist", email="m.l@city.gov", title="Planner", bio="Of the other.")
    both, other = make_event(), make_event()
    speaks(both, mara, gone)
    speaks(other, gone)
    session = other.sessions.get()
    inviting.invite(other, by=None, at=NOON)
    replies.record(session, gone, "accepted", replies.Said(), at=NOON)
    rsvp, own = replies.answer_token(session, gone), links.token_of(gone)
    (mail,) = queued()

    held = merging.merge(mara, gone, by=make_person("Olga"), at=LATER)

    assert list(Speaker.objects.all()) == [mara]
    assert (held.title, held.bio, held.email) == ("Planner", "Of the other.", "mara@city.gov")
    assert sorted(EventSpeaker.objects.values_list("event", "speaker")) == [
        (both.pk, mara.pk),
        (other.pk, mara.pk),
    ]
    assert SpeakerInvitation.objects.get().speaker == mara
    assert inviting.answers(other)[session.pk, mara.pk].answer == "accepted"
    assert replies.find(rsvp) == (session, mara)
    assert links.speaker_of(own) == mara
    assert sent(mail)["To"].addresses[0].addr_spec == "mara@city.gov"
    entry = AuditEntry.objects.get(action="speaker.merged")
    assert entry.facts["slug"] == gone.slug


def test_of_two_answers_the_later_stays(make_event, mara):
    gone = speaker("M. Lindqvist", email="", slug="ml")
    event = make_event()
    speaks(event, mara, gone)
    session = event.sessions.get()
    replies.record(session, mara, "accepted", replies.Said(), at=NOON)
    replies.record(session, gone, "declined", replies.Said(), at=LATER)
    merging.merge(mara, gone, by=None, at=LATER)
    assert InvitationReply.objects.get().answer == "declined"


def test_sessions_of_both_are_of_one(make_event, mara):
    gone = speaker("M. Lindqvist", email="", slug="ml")
    session = make_event().sessions.get()
    for one in (mara, gone):
        SessionSpeaker.objects.create(session=session, speaker=one)
    merging.merge(mara, gone, by=None, at=NOON)
    assert list(SessionSpeaker.objects.values_list("speaker", flat=True)) == [mara.pk]


def test_a_row_is_not_merged_with_itself_nor_twice(mara):
    gone = speaker("M. Lindqvist", email="", slug="ml")
    again = Speaker.objects.get(pk=gone.pk)
    with pytest.raises(merging.SameSpeaker):
        merging.merge(mara, mara, by=None, at=NOON)
    merging.merge(mara, gone, by=None, at=NOON)
    with pytest.raises(merging.SameSpeaker, match="merged already"):
        merging.merge(mara, again, by=None, at=NOON)


def test_the_former_page_leads_to_the_one_that_stayed(client, mara):
    profiles.edit(mara, {"is_shown": True}, by=None, at=NOON)
    merging.merge(mara, speaker("M. Lindqvist", email="", slug="ml"), by=None, at=NOON)
    response = client.get(reverse("speaker", args=["ml"]))
    assert (response.status_code, response["Location"]) == (301, "/speakers/mara-lindqvist/")
    assert FormerSpeaker.objects.get().speaker == mara


def test_a_renewed_link_shuts_those_of_merged_rows_too(mara):
    gone = speaker("M. Lindqvist", email="m@city.gov", slug="ml")
    old = [links.token_of(mara), links.token_of(gone)]
    merging.merge(mara, gone, by=None, at=NOON)
    mara.refresh_from_db()
    links.renew(mara, by=None)
    assert [links.speaker_of(token) for token in old] == [None, None]
    assert links.speaker_of(links.token_of(mara)) == mara
    assert OutboxEntry.objects.count() == 0
