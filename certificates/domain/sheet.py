"""What stands on a certificate and how large, worked out from its frozen facts."""

import base64
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from certificates.domain import fonts, qr
from certificates.domain.fonts import Face
from kit import ids

Facts = dict[str, Any]

VERBS = {"attendance": "took part in", "completion": "completed", "speaking": "spoke at"}

# Where the seven regions lie, in units of a 66 × 40 map. Decoration: a fact names each host's own.
MAP = ((19, 13), (34, 29), (6, 23), (50, 8), (38, 15), (10, 33), (59, 33))

# (size in points, lines it may take there), the largest that fits is taken. Beyond the last, text
# is set in the smallest size and the check after drawing says whether it still fits the page.
NAME_STEPS = ((46, 1), (42, 1), (38, 1), (34, 1), (30, 2), (26, 2), (22, 2), (18, 3))
TITLE_STEPS = ((24, 1), (22, 2), (19, 2), (17, 3), (15, 3), (13, 4), (11, 4))
SMALL_STEPS = ((11, 1), (9, 2), (8, 2))
MEASURE = 684.0  # points: the width of the text on either paper
TITLE_MEASURE = 560.0
MOST_CREDITS = 4


def plain(text: str) -> str:
    """``text`` as it is set: composed (NFC), on one line, single blanks, nothing that hides.

    Control characters go, and so do the characters that force a direction on what follows them:
    a name must not be able to turn the words around it.
    """
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(s for s in composed if unicodedata.category(s) != "Cc" and s not in _FORCING)


def direction(text: str) -> str:
    """``rtl`` or ``ltr`` by the first letter with a direction of its own (as HTML's dir=auto)."""
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next(("ltr" if kind == "L" else "rtl" for kind in strong if kind in _STRONG), "ltr")


def contents(facts: Facts) -> dict[str, Any]:
    """Everything the template of the certificate prints, all of it plain text and numbers.

    Raises ValueError where the facts are of another schema or lack something, and CannotDraw.
    """
    if facts["schema"] != 1:
        raise ValueError(f"facts of schema {facts['schema']} are not for this layout")
    event, issuers = facts["event"], [_issuer(issuer) for issuer in facts["issuers"]]
    lead = next((i for i in issuers if i["role"] == "lead"), issuers[0])
    verify_url = _web_address(facts["verify_url"])
    sheet = {
        "language": facts["language"],
        "paper": facts.get("paper", "letter"),
        "heading": _text(facts["title"]),
        "name": _fitted(facts["name"], NAME_STEPS),
        "verb": VERBS.get(facts["kind"], VERBS["attendance"]),
        "title": _fitted(event["title"], TITLE_STEPS, measure=TITLE_MEASURE),
        "when": _fitted(event["when"], SMALL_STEPS, faces=(fonts.SANS_BOLD,)),
        "place": _fitted(event["place"], SMALL_STEPS, faces=(fonts.SANS,)),
        "amounts": _amounts(facts),
        "issuers": issuers,
        "company": "few" if len(issuers) <= 4 else "many" if len(issuers) <= 7 else "crowd",
        "lead": lead,
        "code": ids.group(facts["code"]),
        "verify_url": verify_url,
        "qr": qr.symbol(verify_url),
        "stamp": f"{date.fromisoformat(facts['issued_on'])}T00:00:00Z",
    }
    if missing := fonts.missing_glyphs("".join(_words(sheet))):
        raise fonts.CannotDraw.because_of(missing)
    return sheet


def colours(issuers: list[dict[str, Any]]) -> str:
    """The style sheet of these hosts: the ground and letters of each mark, and their figure.

    The same for every certificate of one event, so it is parsed once for all of them.
    """
    marks = [
        f".m{at}{{background:{_colour(issuer['colour'])};color:{_colour(issuer['ink'])}}}"
        for at, issuer in enumerate(issuers)
    ]
    figure = base64.b64encode(_figure(issuers).encode()).decode()
    return "".join(marks) + f".figure{{background-image:url(data:image/svg+xml;base64,{figure})}}"


_STRONG = {"L", "R", "AL"}
_FORCING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = re.compile(r"(?<=[ -])")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _text(text: str) -> dict[str, str]:
    shown = plain(text)
    return {"text": shown, "dir": direction(shown)}


def _fitted(
    text: str,
    steps: tuple[tuple[int, int], ...],
    *,
    measure: float = MEASURE,
    faces: tuple[Face, ...] = (fonts.SERIF, fonts.SANS_BOLD),
) -> dict[str, Any]:
    """The text with the largest of ``steps`` at which it fits, in the first face that covers it.

    One face for all of it where one has every letter: a word in two faces looks broken.
    """
    shown = plain(text)
    face = next((face for face in faces if fonts.covers(face, shown)), faces[0])
    size = next(
        (size for size, most in steps if _lines(shown, face, size=size, measure=measure) <= most),
        steps[-1][0],
    )
    voice = "serif" if face is fonts.SERIF else "sans"
    return {"text": shown, "dir": direction(shown), "size": size, "voice": voice}


def _lines(text: str, face: Face, *, size: float, measure: float) -> int:
    """How many lines ``text`` takes where lines may break after blanks and hyphens.

    A piece longer than a line is broken where the line ends.
    """
    lines, filled = 1, 0.0
    for piece in _BREAKS.split(text):
        if filled and filled + fonts.width(piece.rstrip(), face, size) > measure:
            lines, filled = lines + 1, 0.0
        filled += fonts.width(piece, face, size)
        while filled > measure and piece.strip():
            lines, filled = lines + 1, filled - measure
    return lines


def _amounts(facts: Facts) -> list[dict[str, str]]:
    minutes = facts["minutes"]
    if len(facts["credits"]) > MOST_CREDITS:
        raise ValueError(f"{len(facts['credits'])} kinds of credit do not fit beside one another")
    issued = date.fromisoformat(facts["issued_on"])
    return [
        {"label": "Instructional time", "value": f"{minutes} minute{'' if minutes == 1 else 's'}"},
        *({"label": plain(c["label"]), "value": plain(c["amount"])} for c in facts["credits"]),
        {"label": "Issued", "value": f"{issued:%B} {issued.day}, {issued.year}"},
    ]


def _issuer(issuer: Facts) -> dict[str, Any]:
    names = ("name", "legal_name", "mark", "signatory", "signatory_title")
    return {**issuer, **{name: plain(issuer.get(name) or "") for name in names}}


def _web_address(address: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", address):
        raise ValueError(f"not a web address to print: {address!r}")
    return address


def _colour(colour: str) -> str:
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"not a colour: {colour!r}")
    return colour


def _figure(issuers: list[dict[str, Any]]) -> str:
    """The seven points as SVG: hosts filled and joined from west to east, the others hollow."""
    hosts = sorted((tuple(i["dot"]), _colour(i["colour"])) for i in issuers if i.get("dot"))
    line = " ".join(f"{x:g},{y:g}" for (x, y), _ in hosts)
    hollow = "".join(
        f'<circle cx="{x}" cy="{y}" r="1.5" fill="#fff" stroke="#76838a" stroke-width=".42"/>'
        for x, y in MAP
        if (x, y) not in {place for place, _ in hosts}
    )
    filled = "".join(
        f'<circle cx="{x:g}" cy="{y:g}" r="2.6" fill="{colour}" stroke="#fff" stroke-width=".7"/>'
        for (x, y), colour in hosts
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 66 40">'
        f'<polyline points="{line}" fill="none" stroke="#4d5d66" stroke-width=".6"/>'
        f"{hollow}{filled}</svg>"
    )


def _words(value: Any) -> Iterator[str]:
    """Every text in the sheet, to be looked up in the fonts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
