"""The fonts cut at set-up: what is in them, what they are called, and that it happens once."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from fontTools.ttLib import TTFont

ALPHABET = "AZaz09 .,:;“”‘’–—…•→←−€ÁñöŁłŘřŞşȘșŐőŻż"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("built")
    with override_settings(BASE_DIR=folder, FONT_DIR=folder / "fonts"):
        call_command("build_fonts", stdout=StringIO())
        yield folder / "fonts"


@pytest.mark.parametrize("name", ["manrope.woff2", "serif.woff2"])
def test_a_web_font_has_the_latin_letters_and_is_small(built: Path, name: str) -> None:
    characters = TTFont(built / name).getBestCmap()
    assert [sign for sign in ALPHABET if ord(sign) not in characters] == []
    assert (built / name).stat().st_size < 30_000


def test_manrope_keeps_its_axis_of_weights(built: Path) -> None:
    axis = TTFont(built / "manrope.woff2")["fvar"].axes[0]
    assert (axis.axisTag, axis.minValue, axis.maxValue) == ("wght", 200, 800)


@pytest.mark.parametrize("name", ["serif.woff2", "CoalitionSerif-Semibold.ttf"])
def test_the_reserved_font_name_stands_in_the_copyright_line_alone(built: Path, name: str) -> None:
    names = TTFont(built / name)["name"]
    assert names.getDebugName(16) == "Coalition Serif"
    assert {record.nameID for record in names.names if "Source" in record.toUnicode()} == {0}


@pytest.mark.parametrize("name", ["OFL-Manrope.txt", "OFL-CoalitionSerif.txt"])
def test_the_licence_stands_beside_the_fonts(built: Path, name: str) -> None:
    assert "SIL OPEN FONT LICENSE" in (built / name).read_text()


def test_faces_for_paper_keep_every_character(built: Path) -> None:
    assert len(TTFont(built / "CoalitionSerif-Semibold.ttf").getBestCmap()) > 900
    assert len(TTFont(built / "Manrope-Regular.ttf").getBestCmap()) > 600
    assert TTFont(built / "Manrope-Bold.ttf")["OS/2"].usWeightClass == 700


def test_a_second_run_leaves_the_files_alone_and_a_lost_file_comes_back(built: Path) -> None:
    before = (built / "manrope.woff2").stat().st_mtime_ns
    call_command("build_fonts", stdout=StringIO())
    assert (built / "manrope.woff2").stat().st_mtime_ns == before

    (built / "serif.woff2").unlink()
    call_command("build_fonts", stdout=StringIO())
    assert (built / "serif.woff2").is_file()
