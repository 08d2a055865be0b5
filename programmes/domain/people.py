"""People by their e-mail address: compared without regard to capitals and blanks, kept as typed."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.encoding import punycode

from kit import text
from kit.errors import Invalid
from programmes.models import Address, Person

LONGEST = 254  # RFC 5321 §4.5.3.1.3 leaves this much of a path to the address
_WITH_NAME = re.compile(r"[^<>]*<([^<>]*)>")


class BadAddress(Invalid):
    """What was typed is no e-mail address."""


@dataclass(frozen=True)
class Typed:
    """An address as it was typed (trimmed, without a name around it) and its key for comparing."""

    typed: str
    key: str

    @property
    def domain(self) -> str:
        """The part after the @, in small letters."""
        return self.key.rpartition("@")[2]


def read(address: str) -> Typed:
    """Read what a person typed: “ Ana <Ana@City.gov> ” has the key “ana@city.gov”.

    Raises BadAddress.
    """
    try:
        line = text.one_line(address, loc="email", what="The email address", at_most=600)
    except Invalid as no:
        raise BadAddress(str(no), errors=no.errors) from no
    named = _WITH_NAME.fullmatch(line)
    typed = (named[1] if named else line).strip()
    if not typed:
        raise _bad("Write your email address.")
    local, _, domain = typed.rpartition("@")
    if not local.isascii():
        raise _bad(
            f"“{typed[:80]}” is not an email address we can write to. Check the part before @."
        )
    try:
        key = f"{local}@{punycode(domain)}".lower()
        validate_email(key)
    except (ValidationError, UnicodeError) as fault:
        raise _bad(
            f"“{typed[:80]}” is not an email address. It looks like name@city.gov."
        ) from fault
    if len(key) > LONGEST or len(typed) > LONGEST:
        raise _bad(f"The email address is too long: at most {LONGEST} characters.")
    return Typed(typed=typed, key=key)


def key_of(address: str) -> str:
    """By which addresses are compared: trimmed, small letters, without the name around it.

    Raises BadAddress where it is no address.
    """
    return read(address).key


def find(address: str) -> Person | None:
    """The person who has this address, or None. Raises BadAddress."""
    return by_key(key_of(address))


def by_key(key: str) -> Person | None:
    """The person whose address has this key (see ``key_of``), or None. One query."""
    return next(iter(Person.objects.filter(addresses__key=key)[:1]), None)


def find_or_make(address: str, *, name: str) -> Person:
    """The person with this address; a new one cannot sign in until they are given a password.

    The name of somebody we know already stays as it is. Raises BadAddress.
    """
    typed = read(address)
    for last in (False, True):
        known = by_key(typed.key)
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return make(typed, name=name)
        except IntegrityError:  # somebody else made the same person just now: find them
            if last:
                raise
    raise AssertionError("not reached")


def make(address: Typed, *, name: str) -> Person:
    """A new person with this address. Raises IntegrityError where it is taken.

    For callers that hold a transaction of their own and start over after a clash.
    """
    person = Person(email=address.key, name=name)
    person.set_unusable_password()
    person.save(force_insert=True)
    Address.objects.create(person=person, key=address.key, typed=address.typed)
    return person


def _bad(sentence: str) -> BadAddress:
    return BadAddress(sentence, errors=[{"loc": ["email"], "msg": sentence}])
