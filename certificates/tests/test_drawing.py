"""The file a person gets, read with other people's programs."""

import hashlib
import io
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import page as validator
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weasyprint.pdf import fonts as pdf_fonts
from weasyprint.urls import FatalURLFetchingError, fetch

from certificates.domain import drawing, sheet
from certificates.domain.drawing import DrawingFailed, draw
from certificates.domain.fonts import CannotDraw
from certificates.tests import paper

GROUPED = "7Q4M-09TZ-K2XX-A8PW-N5VCV"
LONG_NAME = (
    "Alexandrina Featherstonehaugh-Wolfeschlegelsteinhausenbergerdorff van den Oudenrijn-Smythe"
)
LONG_TITLE = (
    "Regional broadband challenge results: what the state data office accepted, what it sent back,"
    " and how seven coalitions will prepare the next round together"
)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return draw(paper.facts())


def failures(pdf: bytes, profile: str) -> list[str]:
    report = validator.validate_pdf_bytes(pdf, profile=profile)
    assert report.rules.total > 50  # it did look
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


def assert_sound(pdf: bytes) -> None:
    assert failures(pdf, "3a") == []
    assert failures(pdf, "ua1") == []
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert file.check_pdf_syntax() == []


def test_a_certificate_is_archival_and_accessible(pdf):
    assert_sound(pdf)


def test_it_says_what_was_earned(pdf):
    text = paper.printed(pdf)

    for words in (
        "Certificate of Attendance",
        "This certifies that Ana Ruiz took part in Curb data that travels",
        "Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain Live online",
        "Instructional time 75 minutes",
        "Contact hours 1.25",
        "Issued January 14, 2027",
        "Dana Whitfield Executive Director Colorado Smart Cities Alliance, Inc.",
        GROUPED,
        paper.VERIFY_URL,
    ):
        assert words in text


def test_every_host_stands_on_it_with_mark_and_name():
    said = paper.spoken(draw(paper.facts(hosts=7)))

    for name, mark, *_ in paper.REGIONS:
        assert f"{mark} {name}" in said


def test_it_is_one_letter_page_with_title_and_language(pdf):
    said = paper.info(pdf)

    assert re.search(r"^Pages: +1$", said, re.M)
    assert re.search(r"^Page size: +792 x 612 pts \(letter\)$", said, re.M)
    assert re.search(r"^Title: +Certificate of Attendance: Ana Ruiz$", said, re.M)
    assert re.search(r"^Tagged: +yes$", said, re.M)
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert str(file.Root.Lang) == "en-US"
        assert bool(file.Root.ViewerPreferences.DisplayDocTitle)
        assert str(file.docinfo.CreationDate).startswith("D:20270114000000")


def test_on_a4_it_is_one_a4_page():
    drawn = draw(paper.facts(paper="a4", hosts=7, name=LONG_NAME, title=LONG_TITLE))

    assert re.search(r"^Page size: +841.89 x 595.276 pts \(A4\)$", paper.info(drawn), re.M)
    assert_sound(drawn)


def test_it_is_read_aloud_in_order(pdf):
    said = paper.spoken(pdf)
    tags = paper.info(pdf, "-struct-text")

    parts = ["Certificate of Attendance", "This certifies that Ana Ruiz", "took part in Curb data"]
    parts += [
        "Instructional time 75 minutes",
        "CO Colorado",
        "Dana Whitfield",
        f"at {paper.VERIFY_URL}",
    ]
    found = [said.find(part) for part in parts]
    assert -1 not in found
    assert found == sorted(found)
    assert re.search(r"^ +H1 ", tags, re.M)
    assert re.search(r"^ +H2 ", tags, re.M)


def test_all_fonts_are_embedded_and_ours(pdf, tmp_path):
    rows = paper.fonts_in(pdf, tmp_path)

    assert {row[0].split("+")[1] for row in rows} == {
        "Coalition-Serif-Semi-Bold",
        "Manrope",
        "Manrope-Bold",
    }
    assert {tuple(row[-5:-2]) for row in rows} == {("yes", "yes", "yes")}


def test_the_qr_code_is_read_from_a_coarse_picture(pdf, tmp_path):
    assert paper.read_qr(paper.picture(pdf, tmp_path, dpi=100)) == paper.VERIFY_URL


def test_the_address_is_a_link(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as file:
        links = [str(note.A.URI) for note in file.pages[0].Annots]

    assert links == [paper.VERIFY_URL]


def test_the_file_is_small_and_holds_no_path_of_the_server(pdf, settings):
    with pikepdf.open(io.BytesIO(pdf)) as file:
        file.save(out := io.BytesIO(), stream_decode_level=pikepdf.StreamDecodeLevel.all)

    assert len(pdf) < 60_000
    assert b"file:" not in out.getvalue()
    assert str(settings.BASE_DIR).encode() not in out.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "<img src=file:///etc/passwd>",
        '<link rel=attachment href="file:///etc/passwd">',
        "{{ settings.SECRET_KEY }} {% load x %}",
        "Robert'); DROP TABLE “certificates”;-- he",
        "&lt;b&gt; &amp;amp; &#x41;",
        "</title><script>alert(1)</script>",
        "]]> <?xml ?> </rdf:RDF>",
    ],
)
def test_a_hostile_name_is_printed_as_it_is_written(name):
    drawn = draw(paper.facts(name=name, title=name))

    assert f"This certifies that {name} took part in {name}" in paper.printed(drawn)
    with pikepdf.open(io.BytesIO(drawn)) as file:
        assert str(file.docinfo.Title) == f"Certificate of Attendance: {name}"
        assert "/EmbeddedFiles" not in file.Root.get("/Names", {})
        assert not file.attachments
    assert_sound(drawn)


def test_line_breaks_and_control_characters_leave_one_line():
    drawn = draw(paper.facts(name="Ana\r\nBcc: all\x00\x1b[31m\tRuiz"))

    assert "This certifies that Ana Bcc: all[31m Ruiz took part in" in paper.printed(drawn)
    assert_sound(drawn)


def test_a_name_cannot_turn_the_words_around_it():
    assert sheet.plain("Ana \u202eziuR\u2066") == "Ana ziuR"


@pytest.mark.parametrize(
    "name",
    ["Đặng Thị Ánh Nguyệt", "Zoe\u0308 Łukasiewicz-Ñandú", "Ελένη Παπαδοπούλου", "Юлія Ґалаґан"],
)
def test_accents_and_other_alphabets_can_be_read_and_copied(name):
    drawn = draw(paper.facts(name=name))

    assert sheet.plain(name) in paper.printed(drawn)
    assert_sound(drawn)


@pytest.mark.parametrize(
    ("name", "first"), [("محمد بن عبد الله", "محمد"), ("שלום כהן Levi", "שלום")]
)
def test_a_name_from_right_to_left_keeps_its_order(name, first):
    drawn = draw(paper.facts(name=name))

    # Poppler marks where the direction turns; take the marks out to compare letters.
    text = re.sub("[\u202a-\u202c\u200e\u200f]", "", paper.printed(drawn))
    assert first in text
    assert_sound(drawn)


@pytest.mark.parametrize(
    ("text", "found"),
    [("Ana", "ltr"), ("محمد Smith", "rtl"), ("12 שלום", "rtl"), ("123", "ltr"), ("", "ltr")],
)
def test_the_first_letter_gives_the_direction(text, found):
    assert sheet.direction(text) == found


@pytest.mark.parametrize(
    ("name", "size"),
    [("Ana Ruiz", 46), ("Alexandrina Featherstonehaugh", 46), (LONG_NAME, 22), ("W" * 90, 18)],
)
def test_a_longer_name_is_set_smaller(name, size):
    assert sheet.contents(paper.facts(name=name))["name"]["size"] == size


@pytest.mark.parametrize("size", ["letter", "a4"])
@pytest.mark.parametrize(
    ("name", "title", "place"),
    [
        (LONG_NAME, LONG_TITLE, "Live online"),
        ("W" * 90, "W" * 200, "Room " + "W" * 120),
        ("王" * 90, "小明 " * 66, ""),
        ("i" * 90, "M " * 80, "A long way from here, " * 13),
    ],
)
def test_the_longest_texts_stay_in_their_places(name, title, place, size):
    drawn = draw(paper.facts(name=name, title=title, event={"place": place}, hosts=7, paper=size))

    squeezed = re.sub("[ \f]", "", paper.printed(drawn))
    assert name.replace(" ", "") in squeezed
    assert title.replace(" ", "") in squeezed


def test_every_size_the_sheet_can_ask_for_is_in_the_style_sheet(settings):
    css = (settings.BASE_DIR / "templates/certificates/pdf/certificate.css").read_text()
    steps = (*sheet.NAME_STEPS, *sheet.TITLE_STEPS, *sheet.SMALL_STEPS)

    assert [size for size, _ in steps if f".s{size} {{ font-size: {size}pt }}" not in css] == []


def test_ten_hosts_and_four_kinds_of_credit_still_fit():
    credits = [{"scheme": "x", "label": f"Hours {n}", "amount": f"{n}.5"} for n in range(4)]

    drawn = draw(paper.facts(hosts=10, credits=credits))

    assert "Hours 3 3.5" in paper.printed(drawn)
    assert_sound(drawn)


def test_text_that_would_run_into_another_part_is_not_handed_out():
    facts = paper.facts(title="W" * 600)

    with pytest.raises(DrawingFailed, match="“what” runs into “amounts"):
        draw(facts)


def test_a_character_without_a_glyph_is_refused_by_name():
    with pytest.raises(CannotDraw, match=re.escape("“\U00012000” (U+12000)")):
        draw(paper.facts(name="Ana \U00012000"))


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": 2},
        {"verify_url": "javascript:alert(1)"},
        {"issued_on": "soon"},
        {"credits": [{"label": "x", "amount": "1"}] * 5},
        {"issuers": [{"role": "lead", "colour": "red}", "ink": "#fff", "dot": None}]},
    ],
)
def test_facts_that_make_no_sense_are_a_mistake(changed):
    with pytest.raises(ValueError):
        draw(paper.facts(**changed))


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "https://example.com/x.png", "ftp://x/y"]
)
def test_nothing_is_fetched_from_disk_or_network(address):
    with pytest.raises(FatalURLFetchingError), fetch(drawing.ClosedFetcher(), address):
        pass


def test_the_same_facts_give_the_same_bytes_in_every_process_and_nothing_stays(pdf, tmp_path):
    program = (
        "import django, hashlib; django.setup();"
        "from certificates.domain.drawing import draw; from certificates.tests import paper;"
        "draw(paper.facts(name='Somebody Before'));"
        "print(hashlib.sha256(draw(paper.facts())).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "7", "TMPDIR": str(tmp_path)},
        cwd=Path(drawing.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert other.stdout.strip() == hashlib.sha256(pdf).hexdigest()
    assert list(tmp_path.iterdir()) == []


def test_a_renewed_renderer_draws_the_same(pdf, monkeypatch):
    monkeypatch.setattr(drawing, "RENEW_AFTER", 1)

    before = drawing._renderer()
    assert draw(paper.facts()) == pdf
    assert drawing._renderer() is not before


def test_without_harfbuzz_subset_the_page_looks_the_same(pdf, monkeypatch, tmp_path):
    monkeypatch.setattr(pdf_fonts, "harfbuzz_subset", None)
    monkeypatch.setattr(pdf_fonts.Font, "_fonttools_subset", None)
    monkeypatch.setattr(drawing, "_warm", [])

    drawn = draw(paper.facts())

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with_it = paper.picture(pdf, tmp_path / "a", dpi=80).read_bytes()
    assert paper.picture(drawn, tmp_path / "b", dpi=80).read_bytes() == with_it
    assert len(drawn) < 1.1 * len(pdf)
    assert_sound(drawn)


def test_without_our_faces_it_is_drawn_in_the_system_s(settings, tmp_path):
    settings.FONT_DIR = tmp_path

    drawn = draw(paper.facts())

    assert "This certifies that Ana Ruiz took part in" in paper.printed(drawn)
    assert_sound(drawn)


@given(content=st.binary(max_size=40))
def test_no_packed_stream_ends_in_a_line_break(content):
    padded, packed = drawing.pack(content)

    assert packed[-1:] not in {b"\r", b"\n"}
    assert zlib.decompress(packed) == padded
    assert padded in {content, content + b"\n"}


@pytest.mark.parametrize("ending", [b"\r", b"\n"])
def test_a_stream_that_would_end_in_a_line_break_is_padded(ending):
    content = next(c for n in range(256) if zlib.compress(c := bytes([n]))[-1:] == ending)

    assert drawing.pack(content)[0] == content + b"\n"


def test_only_the_drawing_loads_weasyprint():
    root = Path(drawing.__file__).parents[2]
    loads = re.compile(r"^\s*(import|from) weasyprint\b", re.M)
    apps = ("config", "certificates", "events", "programmes", "kit")
    sources = [path for app in apps for path in (root / app).rglob("*.py")]

    assert [
        path.relative_to(root).as_posix()
        for path in sources
        if loads.search(path.read_text()) and "tests" not in path.parts
    ] == ["certificates/domain/drawing.py"]
