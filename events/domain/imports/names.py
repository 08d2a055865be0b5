"""Who a row speaks of: the name made safe to show, the address, the key, and what it seems to be.

Names in a file are written by whoever joined. They stay plain text, whatever they look like: a
formula or markup keeps its letters, and pages and exports are the ones to escape it.
"""

import re
import unicodedata
from typing import Literal

LONGEST_NAME = 300
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets

Kind = Literal["person", "host", "panelist", "caller", "bot", "room", "unknown"]

# Signs that turn or hide the text after them; plain right-to-left letters need none of them.
HIDDEN = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x200B, 0x2028, 0x2029, 0xFFFE]
)
MARKERS = re.compile(r"\((?:external|unverified|guest)\)", re.IGNORECASE)
ADDRESS = re.compile(
    r"[^@\s<>(),;:\"\[\]\\]+@[^@\s<>(),;:\"\[\]\\.]+(?:\.[^@\s<>(),;:\"\[\]\\.]+)+"
)

PHONE = re.compile(r"\+?[\d*#xX ().-]{5,}")
CALLER = re.compile(
    r"call-?in user|phone user|(?:telephone|phone) caller|anonymous caller|dial-?in", re.IGNORECASE
)
BOT = re.compile(
    r"note-?\s?taker|\botter(?:\.ai|pilot)|fireflies\.ai|\bread\.ai|\bread ai\b"
    r"|\bfathom\b.*\bnotes?\b|\btl;?dv\b|\bmeetgeek\b|\bsembly\b|\bavoma\b|\bfellow\.app\b"
    r"|\bmeeting recorder\b|\bai (?:assistant|companion|notes?)\b|\bcopilot notes?\b",
    re.IGNORECASE,
)
ROOM = re.compile(
    r"\b(?:(?:conference|meeting|board|class|training|huddle) ?room|council chambers?|auditorium"
    r"|zoom room|teams room|room \d+\w?|room [a-z]\d*|sala \d+\w?)\b|^(?:conf|sala|room)[ .]",
    re.IGNORECASE,
)
NOBODY = re.compile(
    r"anonymous(?: attendee| user)?|guest(?: \d+)?|attendee|participant|user|unknown(?: user)?|host"
    r"|iphone|ipad|galaxy \w+|android|zoom user|unnamed, row \d+|\(no name\)",
    re.IGNORECASE,
)
HOST_MARK = re.compile(r"\((?:host|co-host|organizer|organiser)\)\s*$", re.IGNORECASE)

REVIEW = {
    "caller": "telephone caller, identity unknown",
    "bot": "looks like a note-taking bot",
    "room": "a room that several people may share",
    "unknown": "no name and no e-mail address that tell who it is",
}


def clean(text: str) -> str:
    """``text`` as one line of plain text in NFC.

    Control characters and the signs that turn or hide text are dropped, every run of white space
    becomes one blank. Letters of every script, joiners and emoji stay.
    """
    spaced = " ".join(text.split())
    shown = "".join(
        sign for sign in spaced.translate(HIDDEN) if unicodedata.category(sign) not in {"Cc", "Cs"}
    )
    return " ".join(unicodedata.normalize("NFC", shown).split())


def shortened(name: str) -> str:
    """A cleaned name, cut to 300 characters."""
    return (
        name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )


def address(text: str) -> str:
    """The e-mail address in ``text`` as keys compare it (small letters), or "" where none is."""
    plain = clean(text).lower()
    plain = plain.removeprefix("mailto:")
    if len(plain) > LONGEST_ADDRESS or not ADDRESS.fullmatch(plain):
        return ""
    return plain


def folded_name(name: str) -> str:
    """A name as keys compare it: NFC, case folded, single blanks, without (External),
    (Unverified) and (Guest).
    """
    bare = MARKERS.sub(" ", unicodedata.normalize("NFC", name))
    return " ".join(unicodedata.normalize("NFC", bare.casefold()).split())


def key_of(name: str, email: str, *, number: int) -> str:
    """The key a row's person goes by: ``email:…``, else ``name:…``.

    Two addresses are two keys, also under one name. A row with neither belongs to nobody else: its
    ``number`` sets it apart, so that two strangers without a name are never added up.
    """
    if email:
        return f"email:{email}"
    return f"name:{folded_name(name) or f'unnamed, row {number}'}"


def kind_of(name: str, email: str, *, role: str, is_host: bool = False) -> Kind:
    """What a key seems to be. Only ``person``, ``host`` and ``panelist`` may get credit unasked."""
    if BOT.search(name):
        return "bot"
    if is_host or role in {"host", "organizer"} or HOST_MARK.search(name):
        return "host"
    if role in {"panelist", "presenter"}:
        return "panelist"
    bare = MARKERS.sub(" ", name).strip()
    if ROOM.search(bare):
        return "room"
    return "person" if email else _kind_without_address(bare)


def _kind_without_address(name: str) -> Kind:
    if CALLER.match(name) or (PHONE.fullmatch(name) and sum(map(str.isdigit, name)) >= 4):
        return "caller"
    return "unknown" if not name or NOBODY.fullmatch(name) else "person"
