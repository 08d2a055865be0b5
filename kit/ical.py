"""The guard rails around the ``icalendar`` library: text, addresses and lines it would get wrong.

It writes a literal ``\\N`` as a line break, lets control characters through, folds inside escapes
and takes CR and LF to be the caller's concern. Here text is cleaned and escaped without loss,
addresses are ASCII or refused, and lines are folded by octets (RFC 5545 §3.1, §3.3.11, §3.3.13).
"""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from icalendar import Component, vCalAddress, vText, vUri

from kit.errors import Invalid

LINE = 75  # octets, without the line end (RFC 5545 §3.1)

# C0 without tab and line feed, DEL, C1, byte order mark, halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LONG_BLANK = re.compile("[ \t]{41,}")
_NOT_IN_URIS = re.compile(r'[\s<>"\\^`{|}]')
_ADDRESS = re.compile(r'[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:"]+')

# A quotation mark cannot stand in a parameter; few readers know the ^ escapes of RFC 6868, and some
# take a backslash for one.
_IN_PARAMETERS = str.maketrans({'"': "'", "^": None, "\\": "/"})


class NotAnAddress(Invalid):
    """A web or mail address, or the name beside it, that cannot stand in a calendar."""

    code = "not-an-address"


class Text(vText):
    """TEXT whose escaping loses nothing: the library's own takes "C:\\New" for a line break."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        text = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return text.replace("\n", "\\n").encode()


def clean(text: str) -> str:
    """``text`` as calendars can carry it.

    Every kind of line end becomes a line feed; control characters and lone surrogates go, blanks at
    the ends go, and more than 40 blanks in a row become 40: a folded line of nothing but blanks is
    dropped by some readers.
    """
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    return _LONG_BLANK.sub(" " * 40, text).strip()


def one_line(text: str) -> str:
    """The same for titles and places: every run of blanks and line ends is one space."""
    return " ".join(clean(text).split())


def uri(value: str) -> vUri:
    """A web address (or ``tel:``) in ASCII, as URI values must be (RFC 5545 §3.3.13).

    Raises NotAnAddress for anything else.
    """
    try:
        parts = urlsplit(value)
        host = parts.netloc.encode("ascii" if parts.netloc.isascii() else "idna").decode()
    except ValueError:  # UnicodeError is one
        raise _not_a_web_address(value) from None
    is_web = parts.scheme in {"http", "https"} and parts.hostname
    if _CONTROL.search(value) or _NOT_IN_URIS.search(value):
        raise _not_a_web_address(value)
    if not is_web and parts.scheme != "tel":
        raise _not_a_web_address(value)
    if value.isascii():
        return vUri(value)
    rest = (quote(part, safe="%/:=&?~+!$,;'@()*-._") for part in parts[2:])
    return vUri(urlunsplit((parts.scheme, host, *rest)))


def _not_a_web_address(value: str) -> NotAnAddress:
    return NotAnAddress(f"“{one_line(value)[:80]}” is not a web address a calendar can carry.")


def person(name: str, email: str) -> vCalAddress:
    """A ``mailto:`` with the name beside it. Raises NotAnAddress."""
    if re.search(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", name + email):
        raise NotAnAddress("A name or an address contains a line break. Type it on one line.")
    if not _ADDRESS.fullmatch(email) or _CONTROL.search(email):
        raise NotAnAddress(f"“{one_line(email)[:80]}” is not an email address.")
    called = one_line(name).translate(_IN_PARAMETERS)
    # RFC 6068: what could end the address or start a header in a mailto: is percent-encoded.
    address = quote(email, safe="@!$'*+-/=_~.")
    return vCalAddress(f"mailto:{address}", params={"CN": called} if called else None)


def component_bytes(component: Component) -> bytes:
    """What ``component.to_ical()`` gives, folded by ``fold``."""
    return b"".join(fold(line.encode()) for line in component.content_lines() if line)


def fold(line: bytes) -> bytes:
    """``line`` with its CRLF, folded into lines of at most 75 octets (RFC 5545 §3.1).

    Never inside a character, and never inside a backslash escape, which some readers undo before
    they unfold. (The library keeps to the first rule only, and takes most of its time for it.)
    """
    if len(line) <= LINE:
        return line + b"\r\n"
    pieces, start, room = [], 0, LINE
    while len(line) - start > room:
        end = start + room
        while line[end] & 0xC0 == 0x80:  # UTF-8: not the first octet of a character
            end -= 1
        # Every piece starts outside an escape, so an odd run of backslashes at its end is half one.
        run = end - start - len(line[start:end].rstrip(b"\\"))
        end -= run % 2
        pieces.append(line[start:end])
        start, room = end, LINE - 1
    pieces.append(line[start:])
    return b"\r\n ".join(pieces) + b"\r\n"
