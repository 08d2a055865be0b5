"""Which registration a person of a report belongs to: surely, perhaps with the evidence, or none.

An address decides; a name only proposes. Nothing here merges: two people may be proposed for one
registration, and a name that two registrations share is proposed for neither.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from events.domain.imports.names import MARKERS
from events.domain.imports.people import ReportPerson

NEAR_ADDRESS = 2  # letters changed, swapped, missing or too many
SHORTEST_ADDRESS = 8  # below, two letters make another address altogether
NEAR_NAME = 88  # rapidfuzz ratio of two names, 0 to 100
NOT_PEOPLE = frozenset({"caller", "bot", "room", "unknown"})

PARENTHESES = re.compile(r"\(([^()]*)\)")
COMPANY = re.compile(r"^\[[^\]]*\]\s*")
PRONOUNS = re.compile(r"\b(?:she|he|they|ze)/\w+(?:/\w+)?\b", re.IGNORECASE)
AFFIX = re.compile(r"\s+[-\N{EN DASH}\N{EM DASH}|/]\s+")
WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")

Standing = Literal["exact", "proposed", "none"]


@dataclass(frozen=True, slots=True)
class Registrant:
    """One registration as matching sees it. Addresses in small letters, without "email:"."""

    code: str
    name: str
    email_key: str
    other_email_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Where one key of a report belongs.

    ``match`` is "exact" (by address), "proposed" (by a name or a nearly equal address: somebody
    must say yes) or "none". ``evidence`` is one sentence to show beside a proposal, or why there is
    none. ``candidates`` are the codes of all registrations that come into question, where there
    are several; ``rivals`` the other keys of the report that belong or are proposed to the same
    registration.
    """

    key: str
    registration: str | None
    match: Standing
    evidence: str = ""
    candidates: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The registrations of an event, indexed for looking people up."""

    registrants: dict[str, Registrant]
    by_address: dict[str, list[str]]
    by_name: dict[str, list[str]]
    addresses: list[str]
    forms: list[str]

    def words(self, code: str) -> set[str]:
        """The words of a registrant's name, folded."""
        return _words(self.registrants[code].name)


def match(people: Sequence[ReportPerson], registrations: Iterable[Registrant]) -> list[Match]:
    """A match for every one of ``people``, in their order.

    Callers, bots, rooms and nameless rows are only matched by address, never proposed.
    """
    directory = _directory(registrations)
    return _with_rivals([_match(person, directory) for person in people])


def name_forms(name: str) -> list[str]:
    """The ways a display name can be the name of a person, for comparing; the likeliest first.

    Case, accents, markers, pronouns, "[Company]" and the order of the words do not matter, so that
    "Osei, Kofi (External)", "OSEI Kofi" and "Kofi Osei" have a form in common. Of Zoom's "Now
    (Original)" both are forms, of "Ana Ruiz - City of Mesa" the first part is.
    """
    bare = PRONOUNS.sub(" ", COMPANY.sub("", MARKERS.sub(" ", name)))
    inside = PARENTHESES.findall(bare)
    outside = PARENTHESES.sub(" ", bare)
    parts = [*inside, outside, AFFIX.split(outside)[0]]
    forms = (_sorted_words(part) for part in parts)
    return [form for form in dict.fromkeys(forms) if " " in form or (form and not inside)]


def _sorted_words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    bare = bare.replace("\N{LATIN SMALL LETTER L WITH STROKE}", "l").replace("ø", "o")
    bare = bare.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace(
        "\N{LATIN SMALL LETTER DOTLESS I}", "i"
    )
    return " ".join(sorted(WORD.findall(bare)))


def _words(name: str) -> set[str]:
    return {word for form in name_forms(name) for word in form.split()}


def _directory(registrations: Iterable[Registrant]) -> Directory:
    registrants: dict[str, Registrant] = {}
    by_address: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for registrant in registrations:
        registrants[registrant.code] = registrant
        for address in dict.fromkeys([registrant.email_key, *registrant.other_email_keys]):
            if plain := address.strip().lower():
                by_address[plain].append(registrant.code)
        for form in name_forms(registrant.name):
            by_name[form].append(registrant.code)
    return Directory(registrants, dict(by_address), dict(by_name), list(by_address), list(by_name))


def _match(person: ReportPerson, directory: Directory) -> Match:
    owners = directory.by_address.get(person.email, []) if person.email else []
    if len(owners) == 1:
        return Match(person.key, owners[0], "exact", "Same address.")
    if owners:
        said = "This address belongs to several registrations; choose one."
        return Match(person.key, None, "none", said, tuple(owners))
    if person.kind in NOT_PEOPLE:
        return Match(person.key, None, "none", f"{person.review.capitalize()}.")
    return (
        _by_near_address(person, directory)
        or _by_name(person, directory)
        or _by_near_name(person, directory)
        or Match(person.key, None, "none", "No registration has this address or name.")
    )


def _by_near_address(person: ReportPerson, directory: Directory) -> Match | None:
    """An address that is a slip of the pen away, of somebody whose name has a word in common."""
    if len(person.email) < SHORTEST_ADDRESS:
        return None
    near = process.extract(
        person.email,
        directory.addresses,
        scorer=OSA.distance,
        processor=None,
        score_cutoff=NEAR_ADDRESS,
        limit=None,
    )
    mine = _words(person.name)
    found: dict[str, str] = {}
    for address, letters, _ in near:
        for code in directory.by_address[address]:
            if mine & directory.words(code):
                count = "one letter" if letters == 1 else "two letters"
                found.setdefault(code, f"Address differs by {count} from {address}.")
    return _proposed(person, found)


def _by_name(person: ReportPerson, directory: Directory) -> Match | None:
    for form in name_forms(person.name):
        if codes := directory.by_name.get(form):
            return _proposed(person, {code: _evidence(person, directory, code) for code in codes})
    return None


def _by_near_name(person: ReportPerson, directory: Directory) -> Match | None:
    """A name that nearly equals one: a letter off, or one spelled out and one shortened."""
    found: dict[str, str] = {}
    for form in name_forms(person.name):
        near = process.extract(
            form, directory.forms, scorer=fuzz.ratio, score_cutoff=NEAR_NAME, limit=5
        )
        for other, _, _ in near:
            for code in directory.by_name[other]:
                name = directory.registrants[code].name
                found.setdefault(code, f"Name nearly equal to {name}; {_address_said(person)}.")
    return _proposed(person, found)


def _evidence(person: ReportPerson, directory: Directory, code: str) -> str:
    registered = directory.registrants[code]
    if person.email:
        return f"Same name, another address: {person.email}, registered as {registered.email_key}."
    return "Same name, no address in the report."


def _address_said(person: ReportPerson) -> str:
    return f"another address, {person.email}" if person.email else "no address in the report"


def _proposed(person: ReportPerson, found: dict[str, str]) -> Match | None:
    """A proposal where one registration comes into question; a choice where several do."""
    codes = tuple(found)
    if not codes:
        return None
    if len(codes) == 1:
        return Match(person.key, codes[0], "proposed", found[codes[0]])
    said = f"{len(codes)} registrations come into question; choose one."
    return Match(person.key, None, "none", said, codes)


def _with_rivals(matches: list[Match]) -> list[Match]:
    """Each match with the other keys that go to the same registration."""
    keys: dict[str, list[str]] = defaultdict(list)
    for found in matches:
        if found.registration is not None:
            keys[found.registration].append(found.key)
    return [
        replace(found, rivals=tuple(key for key in keys[found.registration] if key != found.key))
        if found.registration is not None
        else found
        for found in matches
    ]
