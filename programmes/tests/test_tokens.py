"""The colours in static/css/app.css keep their contrast, and the stylesheet its rules."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

STYLESHEET = Path(settings.BASE_DIR) / "static" / "css" / "app.css"
CSS = STYLESHEET.read_text()
GROUNDS = ("paper", "surface", "sunk", "tint")


def tokens(selector: str) -> dict[str, str]:
    """The colours that the first rule for ``selector`` gives names to."""
    block = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", CSS)
    assert block is not None, f"no rule for {selector}"
    found = re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b", block[1])
    return {
        name: code if len(code) == 7 else "#" + "".join(c * 2 for c in code[1:])
        for name, code in found
    }


LIGHT = tokens("  :root")
DARK = tokens(':root[data-theme="dark"]')
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour, 0 to 1 (WCAG 2.2, "relative luminance")."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_twenty_one_to_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@THEMES
@pytest.mark.parametrize(
    "ink", ["ink", "muted", "brand", "brand-strong", "danger", "success", "warn"]
)
def test_text_is_readable_on_every_ground(theme, ink):
    assert {g: contrast(theme[ink], theme[g]) >= 4.5 for g in GROUNDS} == dict.fromkeys(
        GROUNDS, True
    )


@THEMES
def test_muted_text_keeps_the_contrast_the_design_gives_it(theme):
    assert round(contrast(theme["muted"], theme["paper"]), 1) >= 6.5


@THEMES
def test_words_on_buttons_are_readable(theme):
    assert contrast(theme["on-brand"], theme["brand"]) >= 4.5
    assert contrast(theme["on-brand"], theme["brand-strong"]) >= 4.5
    assert contrast(theme["paper"], theme["danger"]) >= 4.5
    assert contrast(theme["paper"], theme["ink"]) >= 4.5


@THEMES
@pytest.mark.parametrize("edge", ["line-strong", "focus", "brand", "danger"])
def test_edges_of_controls_and_the_focus_ring_can_be_seen(theme, edge):
    assert contrast(theme[edge], theme["paper"]) >= 3
    assert contrast(theme[edge], theme["surface"]) >= 3


def test_the_dark_colours_are_the_same_by_the_system_and_by_choice():
    assert tokens(':root:not([data-theme="light"])') == DARK
    assert set(DARK) == set(LIGHT)


def test_rules_name_tokens_and_not_colours():
    """Outside the tokens, the print sheet and the QR code's white no colour is written out."""
    rules = CSS.split("@layer base {")[1].split("@media print")[0]

    assert re.findall(r"#[0-9a-f]{3,6}\b", rules) == ["#fff"]


def test_no_alliance_is_known_to_the_stylesheet():
    assert re.findall(r"\b(csca|ntxia|conn|iscra|kcdd|rpc|snf)\b", CSS) == []


def test_no_text_is_smaller_than_fourteen_pixels_except_the_marks():
    sizes = re.findall(r"font(?:-size)?:[^;]*?(?<!\d)(0?\.\d+)rem", CSS)

    assert [size for size in sizes if float(size) < 0.875] == ["0.6875"]


def test_the_stylesheet_stays_light():
    assert len(brotli.compress(STYLESHEET.read_bytes())) < 8_000
