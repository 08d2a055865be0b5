"""Slides, links and recordings: handed in, looked at, published; served so that nothing runs."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from conftest import NOON
from events.domain.speakers import links, materials, uploads
from events.domain.speakers.materials import Handed
from events.models import EventMaterial
from events.tests.speaking import speaker, speaks
from kit.errors import Invalid
from programmes.domain import depot

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def event(make_event):
    return make_event()


@pytest.fixture
def host(client, event, make_organiser):
    """The client, signed in as an organizer of the lead."""
    client.force_login(make_organiser(event.lead))
    return client


def archive(*names: str, **contents: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name in names:
            packed.writestr(name, b"<x/>")
        for name, content in contents.items():
            packed.writestr(name, content)
    return written.getvalue()


def add(event, **fields) -> EventMaterial:
    values = {"kind": "slides", "title": "Slides", "url": "https://slides.example/1", **fields}
    who = {"speaker": values.pop("speaker", None)}
    return materials.add(event, Handed(**values), by=None, at=NOON, **who)


def page_of(client, event) -> str:
    return client.get(reverse("event", args=[event.slug])).content.decode()


# -- files


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (PDF, "Fiber & curbs (final).PDF"),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), "talk.pptx"),
        (archive("[Content_Types].xml", "word/document.xml"), "notes.docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "costs.xlsx"),
        (archive(mimetype=uploads.TYPES["odp"].encode()), "talk.odp"),
    ],
)
def test_what_is_what_it_says_is_taken(raw, name):
    read = uploads.read(raw, name)
    assert read.content == raw
    assert read.content_type == uploads.TYPES[name.rpartition(".")[2].lower()]


@pytest.mark.parametrize(
    ("raw", "name", "said"),
    [
        (b"<html><script>alert(1)</script></html>", "slides.pdf", "not a pdf file"),
        (b"<svg/>", "slides.svg", "of this kind"),
        (b"MZ\x90", "slides.exe", "of this kind"),
        (b"<html>", "slides.html", "of this kind"),
        (PDF, "slides", "of this kind"),
        (PDF, "slides.pptx", "not a pptx file"),
        (b"", "slides.pdf", "empty"),
        (b"%PDF-" + b"0" * uploads.MOST_BYTES, "slides.pdf", "at most 25"),
        (archive("ppt/presentation.xml", "ppt/vbaProject.bin"), "talk.pptx", "macros"),
        (archive("ppt/presentation.xml"), "talk.pptm", "macros"),
        (archive("evil.html"), "talk.pptx", "not a pptx file"),
        (b"PK\x03\x04 and nothing more", "talk.docx", "not a docx file"),
        (archive(mimetype=b"text/html"), "talk.odt", "not a odt file"),
    ],
)
def test_what_is_not_is_refused_with_a_sentence(raw, name, said):
    with pytest.raises(Invalid, match=said) as no:
        uploads.read(raw, name)
    assert no.value.errors[0]["loc"] == ["file"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\slides\\a.pdf", "a.pdf"),
        ('a"; filename=b.html;.pdf', "a__ filename_b.html_.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf"),
        ("f" * 300 + ".pdf", "f" * 110 + ".pdf"),
    ],
)
def test_names_of_files_are_made_safe(typed, kept):
    assert uploads.read(PDF, typed).filename == kept


# -- shown


def test_nothing_is_shown_before_it_is_published(client, event):
    made = add(event, title="Reading list")
    assert "Reading list" not in page_of(client, event)
    materials.publish(made, by=None, at=LATER)
    assert "Reading list" in page_of(client, event)
    materials.withdraw(made, by=None, at=LATER + timedelta(minutes=1))
    assert "Reading list" not in page_of(client, event)


def test_a_recording_waits_until_somebody_confirms_its_captions(client, event):
    made = add(event, kind="recording", title="The recording", url="https://video.example/1")
    with pytest.raises(materials.CaptionsMissing, match="captions"):
        materials.publish(made, by=None, at=LATER)
    assert "The recording" not in page_of(client, event)
    transcript = "https://video.example/1.txt"
    materials.confirm_captions(made, captions_url=transcript, by=None, at=LATER)
    materials.publish(made, by=None, at=LATER)
    page = page_of(client, event)
    assert "Recording with captions" in page
    assert transcript in page


def test_the_database_itself_refuses_a_recording_without_captions(event):
    made = add(event, kind="recording", url="https://video.example/1")
    with pytest.raises(IntegrityError), transaction.atomic():
        EventMaterial.objects.filter(pk=made.pk).update(published_at=NOON)


def test_speakers_cannot_confirm_captions_themselves(event):
    made = add(event, kind="recording", has_captions=True, speaker=speaker())
    assert made.captions_confirmed_at is None


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"title": " "}, "title"),
        ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "ftp://files.example/a"}, "url"),
        ({"url": "https://ana:secret@files.example/"}, "url"),
        ({"url": "https://slides.example/\nx"}, "url"),
        ({"kind": "virus"}, "kind"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_its_field(event, fields, place):
    with pytest.raises(Invalid) as no:
        add(event, **fields)
    assert no.value.errors[0]["loc"] == [place]


def test_a_file_is_a_download_that_runs_nowhere(client, event):
    made = add(event, url="", upload=uploads.read(PDF, "Añb.pdf"))
    here = reverse("event-material", args=[event.slug, made.public_id])
    assert client.get(here).status_code == 404
    materials.publish(made, by=None, at=LATER)
    response = client.get(here)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Type"] == "application/pdf"


def test_files_of_a_draft_are_for_its_hosts_alone(client, make_event, make_organiser):
    draft, other = make_event(published=False), make_event()
    made = add(draft, url="", upload=uploads.read(PDF, "a.pdf"))
    materials.publish(made, by=None, at=NOON)
    here = reverse("event-material", args=[draft.slug, made.public_id])
    elsewhere = reverse("event-material", args=[other.slug, made.public_id])
    assert [client.get(one).status_code for one in (here, elsewhere)] == [404, 404]
    client.force_login(make_organiser(other.lead))
    assert [client.get(one).status_code for one in (here, elsewhere)] == [404, 404]
    client.force_login(make_organiser(draft.lead))
    assert client.get(here).status_code == 200


def test_deleting_takes_the_file_along_unless_another_has_it(
    event, make_event, django_capture_on_commit_callbacks
):
    one, two = (
        add(which, url="", upload=uploads.read(PDF, "a.pdf")) for which in (event, make_event())
    )
    assert one.path == two.path
    with django_capture_on_commit_callbacks(execute=True):
        materials.remove(one, by=None, at=LATER)
    assert depot.whole(two.path).exists()
    with django_capture_on_commit_callbacks(execute=True):
        materials.remove(two, by=None, at=LATER)
    assert not depot.whole(two.path).exists()


# -- pages


def test_a_speaker_hands_in_slides_and_the_organizers_publish_them(client, event, host):
    mara = speaker()
    event.sessions.update(ends_at="2099-01-01T00:00Z")
    speaks(event, mara)
    here = reverse("speaker-own-material", args=[links.token_of(mara), event.slug])
    file = SimpleUploadedFile("talk.pdf", PDF, "text/html")
    typed = {"kind": "slides", "title": "My talk", "file": file, "url": ""}
    assert client.post(here, typed).status_code == 302
    made = EventMaterial.objects.get()
    assert (made.speaker, made.content_type) == (mara, "application/pdf")
    assert "My talk" not in page_of(client, event)
    work = host.get(reverse("organise-materials", args=[event.slug])).content.decode()
    assert "From Mara Lindqvist" in work
    publication = reverse("organise-material-publication", args=[event.slug, made.public_id])
    host.post(publication, {"act": "publish"})
    assert "My talk" in page_of(client, event)


def test_nobody_hands_in_for_an_event_they_do_not_speak_at(client, event):
    here = reverse("speaker-own-material", args=[links.token_of(speaker()), event.slug])
    assert client.get(here).status_code == 404


def test_a_wrong_file_keeps_what_was_typed(host, event):
    file = SimpleUploadedFile("talk.pdf", b"<html>", "application/pdf")
    typed = {"kind": "handout", "title": "My notes", "file": file, "url": ""}
    response = host.post(reverse("organise-materials", args=[event.slug]), typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "not a pdf file" in page
    assert 'value="My notes"' in page


def test_the_page_asks_for_captions_before_it_offers_to_publish(host, event):
    typed = {"kind": "recording", "title": "Recording", "url": "https://video.example/1"}
    here = reverse("organise-materials", args=[event.slug])
    assert host.post(here, typed).status_code == 302
    page = host.get(here).content.decode()
    assert "Waits for captions" in page
    assert 'value="publish"' not in page
    made = EventMaterial.objects.get()
    publication = reverse("organise-material-publication", args=[event.slug, made.public_id])
    assert host.post(publication, {"act": "publish"}).status_code == 409
    assert host.post(publication, {"act": "captions"}).status_code == 302
    page = host.get(here).content.decode()
    assert 'value="publish"' in page
    assert host.post(publication, {"act": "publish"}).status_code == 302


def test_one_speaker_cannot_fill_the_list(event):
    mara = speaker()
    for number in range(materials.MOST_WAITING):
        add(event, title=f"Part {number}", speaker=mara)
    with pytest.raises(materials.TooManyMaterials):
        add(event, title="One more", speaker=mara)
    add(event, title="An organizer may")
