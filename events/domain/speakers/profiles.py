"""Speakers' profiles: added and kept by organisers, claimed and written by the speakers themselves.

There is one list for the whole network, so that whoever is busy with one alliance is seen to be
busy by all. ``by`` is the organiser, or None where the speaker did it by their own link.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify

from events.domain import calendars
from events.models import Event
from kit import text, walltime
from kit.errors import Invalid
from programmes import audit
from programmes.domain import people, pictures
from programmes.models import FormerSpeaker, Organisation, Person, Speaker

TEXTS = {"name": ("The name", 200), "title": ("The title", 200), "photo_alt": ("The words", 200)}
LONGEST_BIO = 3000
FIELDS = (*TEXTS, "bio", "email", "zone", "organisation", "is_shown")
OWN_FIELDS = ("title", "bio", "photo_alt", "zone", "is_shown")
"""What speakers change themselves. The name stands on certificates and programs: ask for it."""
RESERVED = {"mine", "link", "photos", "new"}
TRIES = 4


def add(fields: Mapping[str, Any], *, by: Person | None, at: datetime) -> Speaker:
    """A new speaker. Raises Invalid, also where the address belongs to another row."""
    values = _checked(Speaker(), fields, at=at)
    if not values.get("name"):
        raise Invalid.at("name", msg="Write the name.")
    for last in (*[False] * (TRIES - 1), True):
        try:
            with transaction.atomic():
                made = Speaker.objects.create(slug=_slug(values["name"]), **values)
                audit.record("speaker.added", made, by=by)
                return made
        except IntegrityError:  # the same name at the same moment: take the next address
            if last:
                raise
    raise AssertionError("not reached")


def edit(
    speaker: Speaker, fields: Mapping[str, Any], *, by: Person | None, at: datetime
) -> Speaker:
    """Change a profile; what stays as it was writes nothing. Raises Invalid.

    Another address makes links that were sent to the old one open nothing.
    """
    if by is None and (foreign := fields.keys() - set(OWN_FIELDS)):
        raise ValueError(f"speakers do not change their {text.listed(sorted(foreign))}")
    with transaction.atomic():
        held = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        values = _checked(held, fields, at=at)
        changed = {name: now for name, now in values.items() if now != getattr(held, name)}
        if held.email and "email" in changed:
            changed["link_version"] = held.link_version + 1
            held.formers.update(link_version=0)
        if by is None and held.claimed_at is None:
            changed["claimed_at"] = at
        if changed:
            _write(held, changed, by=by, at=at)
    return held


def set_photo(speaker: Speaker, raw: bytes, *, by: Person | None, at: datetime) -> Speaker:
    """Put another photo on the profile; the old one is deleted. Raises Invalid (place ``photo``).

    Decoded and written anew before anything is locked.
    """
    content = pictures.square(raw)
    return _put_photo(speaker, pictures.keep(content), by=by, at=at)


def remove_photo(speaker: Speaker, *, by: Person | None, at: datetime) -> Speaker:
    """Take the photo off the profile and delete it. Twice is harmless."""
    return _put_photo(speaker, "", by=by, at=at)


def touch(speakers: QuerySet[Speaker], *, at: datetime) -> None:
    """Pages of the events these people speak at show something else now."""
    theirs = Q(speaking__speaker__in=speakers) | Q(sessions__speaking__speaker__in=speakers)
    shown = Event.objects.published().filter(theirs).values("pk")
    if Event.objects.filter(pk__in=list(shown.values_list("pk", flat=True))).update(changed_at=at):
        calendars.raise_revision()


def _put_photo(speaker: Speaker, name: str, *, by: Person | None, at: datetime) -> Speaker:
    with transaction.atomic():
        held = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        was = held.photo
        if was != name:
            changed: dict[str, Any] = {"photo": name}
            if by is None and held.claimed_at is None:
                changed["claimed_at"] = at
            _write(held, changed, by=by, at=at)
            pictures.drop_unused(was)
    return held


def _write(held: Speaker, changed: Mapping[str, Any], *, by: Person | None, at: datetime) -> None:
    for name, now in changed.items():
        setattr(held, name, now)
    held.save(update_fields=list(changed))
    source = "organizer" if by is not None else "speaker"
    audit.record("speaker.edited", held, by=by, changed=sorted(changed), source=source)
    touch(Speaker.objects.filter(pk=held.pk), at=at)


def _checked(held: Speaker, fields: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """The columns to write, cleaned. Raises Invalid at the field it is about."""
    if unknown := fields.keys() - set(FIELDS):
        raise ValueError(f"a speaker has no {text.listed(sorted(unknown))}")
    values = {
        name: text.one_line(fields[name], loc=name, what=what, at_most=most)
        for name, (what, most) in TEXTS.items()
        if name in fields
    }
    if "name" in values and not values["name"]:
        raise Invalid.at("name", msg="Write the name.")
    return values | {
        column: read(held, fields[name], at)
        for name, (column, read) in _READ.items()
        if name in fields
    }


def _bio(held: Speaker, typed: str, at: datetime) -> str:
    return text.lines(typed, loc="bio", what="The biography", at_most=LONGEST_BIO)


def _organisation(held: Speaker, chosen: Organisation | None, at: datetime) -> Organisation | None:
    return chosen


def _consent(held: Speaker, is_shown: bool, at: datetime) -> datetime | None:
    return (held.consented_at or at) if is_shown else None


def _address(held: Speaker, typed: str, at: datetime) -> str:
    if not typed.strip():
        return ""
    read = people.read(typed)
    same = Speaker.objects.filter(email__iexact=read.typed).exclude(pk=held.pk).first()
    if same is not None:
        msg = f"{same.name} has this address already. Edit that entry, or merge the two."
        raise Invalid.at("email", msg=msg)
    return read.typed


def _zone(held: Speaker, typed: str, at: datetime) -> str:
    if typed and not walltime.is_zone(typed):
        raise Invalid.at("zone", msg=f"“{typed[:60]}” is no time zone, such as America/Denver.")
    return typed


_READ: dict[str, tuple[str, Callable[[Speaker, Any, datetime], Any]]] = {
    "bio": ("bio", _bio),
    "email": ("email", _address),
    "zone": ("zone", _zone),
    "organisation": ("organisation", _organisation),
    "is_shown": ("consented_at", _consent),
}


def _slug(name: str) -> str:
    """An address from the name, with a number where it is taken; former ones stay taken."""
    base = slugify(name)[:70].strip("-_") or "speaker"
    rows = Speaker.objects.filter(slug__startswith=base)
    taken = set(rows.values_list("slug", flat=True)) | RESERVED
    taken |= set(FormerSpeaker.objects.values_list("slug", flat=True))
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
