"""Facts to draw in tests, and what other people's programs read in a PDF."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

REGIONS = (
    ("Colorado Smart Cities Alliance", "CO", (19, 13), "#1493e1", "#10212b"),
    ("North Texas Innovation Alliance", "NT", (34, 29), "#6d1a20", "#ffffff"),
    ("The Connective", "PX", (6, 23), "#815e0c", "#ffffff"),
    ("Illinois Smart City & Region Association", "IL", (50, 8), "#2d3081", "#ffffff"),
    ("KC Digital Drive", "KC", (38, 15), "#c63f91", "#ffffff"),
    ("Southern Arizona Smart Region", "AZ", (10, 33), "#86954a", "#10212b"),
    ("Smart North Florida", "FL", (59, 33), "#007960", "#ffffff"),
)
CODE = "7Q4M09TZK2XXA8PWN5VCV"
VERIFY_URL = f"https://learn.smartcoalitions.example/verify/{CODE}/"


def facts(*, hosts: int = 3, title: str = "Curb data that travels", **changed: Any) -> dict:
    """The facts of a certificate; ``changed`` replaces top-level ones, ``title`` is the event's."""
    event = {
        "title": title,
        "slug": "curb-data",
        "time_zone": "America/Denver",
        "starts_at": "2027-01-13T18:00:00Z",
        "ends_at": "2027-01-13T19:30:00Z",
        "when": "Wednesday, January 13, 2027, 11 a.m. to 12:30 p.m. Mountain",
        "place": "Live online",
    }
    return {
        "schema": 1,
        "code": CODE,
        "kind": "attendance",
        "title": "Certificate of Attendance",
        "name": "Ana Ruiz",
        "event": event | changed.pop("event", {}),
        "minutes": 75,
        "credits": [{"scheme": "contact_hour", "label": "Contact hours", "amount": "1.25"}],
        "issuers": [_issuer(at) for at in range(hosts)],
        "issued_on": "2027-01-14",
        "language": "en-US",
        "verify_url": VERIFY_URL,
        "paper": "letter",
        **changed,
    }


def _issuer(at: int) -> dict:
    name, mark, dot, colour, ink = REGIONS[at % len(REGIONS)]
    return {
        "slug": mark.lower(),
        "name": name,
        "legal_name": f"{name}, Inc.",
        "mark": mark,
        "dot": list(dot),
        "colour": colour,
        "ink": ink,
        "role": "co-host" if at else "lead",
        "signatory": "" if at else "Dana Whitfield",
        "signatory_title": "" if at else "Executive Director",
    }


def printed(pdf: bytes) -> str:
    """The text poppler reads, in the order of the file, line breaks as blanks."""
    return " ".join(_run(["pdftotext", "-raw", "-", "-"], pdf).decode().split())


def info(pdf: bytes, *options: str) -> str:
    """What pdfinfo says."""
    return _run(["pdfinfo", *options, "-"], pdf).decode()


def spoken(pdf: bytes) -> str:
    """The text in the order of the tags, as a screen reader goes through it."""
    pieces = re.findall(r'^ *"(.*)"$', info(pdf, "-struct-text"), re.M)
    return " ".join(" ".join(pieces).split())


def fonts_in(pdf: bytes, folder: Path) -> list[list[str]]:
    """The rows of pdffonts: name, type, …, embedded, subset, unicode, object, generation."""
    file = folder / "certificate.pdf"
    file.write_bytes(pdf)
    return [row.split() for row in _run(["pdffonts", str(file)]).decode().splitlines()[2:]]


def picture(pdf: bytes, folder: Path, *, dpi: int) -> Path:
    """A PNG of the page."""
    _run(["pdftoppm", "-r", str(dpi), "-png", "-singlefile", "-", str(folder / "page")], pdf)
    return folder / "page.png"


def read_qr(image: Path) -> str:
    """What a scanner reads in the picture."""
    return _run(["zbarimg", "--quiet", "--raw", str(image)]).decode().strip()


def _run(command: list[str], given: bytes | None = None) -> bytes:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (apt-get install poppler-utils zbar-tools)")
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    assert b"Syntax" not in done.stderr, done.stderr.decode()
    return done.stdout
