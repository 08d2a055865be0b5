"""Slides, handouts, links and the recording of an event: handed in, looked at, then published.

What a speaker hands in waits for an organiser. A recording is shown only once somebody has said
that it has captions (WCAG 2.2, success criterion 1.2.2).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F

from events.domain.speakers.uploads import Upload
from events.models import Event, EventMaterial, Session
from kit import text
from kit.errors import Invalid, Refused
from programmes import audit
from programmes.domain import depot
from programmes.models import Person, Speaker

FOLDER = "materials"
MOST = 60
MOST_WAITING = 10
"""What one speaker may have waiting for one event."""
Kind = EventMaterial.Kind
_is_address = URLValidator(schemes=["https", "http"])


class CaptionsMissing(Refused):
    """Nobody has confirmed the captions of a recording."""

    code = "captions-missing"


class TooManyMaterials(Refused):
    """So much for one event is a mistake, or worse."""

    code = "too-many-materials"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What somebody hands in: a title, what kind it is, and either a file or an address."""

    kind: str
    title: str
    url: str = ""
    upload: Upload | None = None
    session: Session | None = None
    captions_url: str = ""
    has_captions: bool = False


def add(
    event: Event,
    handed: Handed,
    *,
    by: Person | None,
    speaker: Speaker | None = None,
    at: datetime,
) -> EventMaterial:
    """Keep what was handed in; not shown yet. ``speaker`` says who sent it, if it was one of them.

    Raises Invalid (places kind, title, url, file, session, captions_url) or TooManyMaterials.
    """
    values = _checked(event, handed)
    path = ""
    if handed.upload is not None:
        path = depot.keep(FOLDER, handed.upload.content, ending=handed.upload.ending)
    is_confirmed = handed.kind == Kind.RECORDING and handed.has_captions and speaker is None
    with transaction.atomic():
        Event.objects.select_for_update().only("pk").get(pk=event.pk)
        _ensure_room(event, speaker)
        made = EventMaterial.objects.create(
            event=event,
            path=path,
            speaker=speaker,
            added_by=by,
            added_at=at,
            captions_confirmed_at=at if is_confirmed else None,
            captions_confirmed_by=by if is_confirmed else None,
            **values,
        )
        facts: dict[str, Any] = {"material": made.pk, "kind": handed.kind}
        if speaker is not None:
            facts["speaker"] = speaker.pk
        audit.record("material.added", event, by=by, **facts)
    return made


def confirm_captions(
    material: EventMaterial, *, captions_url: str = "", by: Person | None, at: datetime
) -> EventMaterial:
    """Somebody looked: the recording has captions. ``captions_url`` is a transcript beside it."""
    address = _address(captions_url, loc="captions_url")
    with transaction.atomic():
        held = _locked(material)
        held.captions_confirmed_at, held.captions_confirmed_by = at, by
        held.captions_url = address or held.captions_url
        held.save(update_fields=["captions_confirmed_at", "captions_confirmed_by", "captions_url"])
        audit.record("material.captions-confirmed", held.event, by=by, material=held.pk)
        _touch(held, at=at)
    return held


def publish(material: EventMaterial, *, by: Person | None, at: datetime) -> EventMaterial:
    """Show it on the event's page, once that is announced. Twice is harmless.

    Raises CaptionsMissing for a recording whose captions nobody has confirmed.
    """
    with transaction.atomic():
        held = _locked(material)
        if held.kind == Kind.RECORDING and held.captions_confirmed_at is None:
            raise CaptionsMissing(
                "People who cannot hear it need captions. Watch the recording with its captions on,"
                " say that it has them, then publish it."
            )
        if held.published_at is None:
            held.published_at = at
            held.save(update_fields=["published_at"])
            audit.record("material.published", held.event, by=by, material=held.pk)
            _touch(held, at=at)
    return held


def withdraw(material: EventMaterial, *, by: Person | None, at: datetime) -> EventMaterial:
    """Show it no longer; it is kept and can be published again."""
    with transaction.atomic():
        held = _locked(material)
        if held.published_at is not None:
            held.published_at = None
            held.save(update_fields=["published_at"])
            audit.record("material.withdrawn", held.event, by=by, material=held.pk)
            _touch(held, at=at)
    return held


def remove(material: EventMaterial, *, by: Person | None, at: datetime) -> None:
    """Delete it, and its file unless the same was handed in elsewhere too. Cannot be undone."""
    with transaction.atomic():
        held = _locked(material)
        path, event = held.path, held.event
        facts: dict[str, Any] = {"material": held.pk, "title": held.title, "kind": held.kind}
        if held.published_at is not None:
            _touch(held, at=at)
        held.delete()
        audit.record("material.removed", event, by=by, **facts)
        if path and not EventMaterial.objects.filter(path=path).exists():
            transaction.on_commit(lambda: depot.drop(path))


def shown(event: Event) -> list[EventMaterial]:
    """What everybody may have of an event, in the order of its sessions. One query."""
    if not event.is_public:
        return []
    rows = event.materials.filter(published_at__isnull=False).select_related("session")
    return list(rows.order_by(F("session__starts_at").asc(nulls_first=True), "added_at", "pk"))


def _ensure_room(event: Event, speaker: Speaker | None) -> None:
    if event.materials.count() >= MOST:
        raise TooManyMaterials(f"There are {MOST} materials already. Remove some first.")
    if speaker is None:
        return
    waiting = event.materials.filter(speaker=speaker, published_at=None).count()
    if waiting >= MOST_WAITING:
        raise TooManyMaterials(
            f"{MOST_WAITING} of your files wait for the organizers already. Ask them to look first."
        )


def _checked(event: Event, handed: Handed) -> dict[str, Any]:
    if handed.kind not in Kind.values:
        raise Invalid.at("kind", msg=f"Choose {text.listed(Kind.values, last='or')}.")
    title = text.one_line(handed.title, loc="title", what="The title", at_most=200)
    if not title:
        raise Invalid.at("title", msg="Say what it is: that is what people read and click.")
    if handed.session is not None and handed.session.event_id != event.pk:
        raise Invalid.at("session", msg="This session belongs to another event.")
    values: dict[str, Any] = {
        "kind": handed.kind,
        "title": title,
        "session": handed.session,
        **_source(handed),
    }
    if handed.kind == Kind.RECORDING:
        values["captions_url"] = _address(handed.captions_url, loc="captions_url")
    return values


def _source(handed: Handed) -> dict[str, Any]:
    """Where it is: an address of somebody else's, or a file of ours."""
    upload, url = handed.upload, _address(handed.url, loc="url")
    if upload is None:
        if not url:
            raise Invalid.at("url", msg="Choose a file or write the address.")
        return {"url": url}
    if url:
        raise Invalid.at("url", msg="Send a file or an address, not both.")
    if handed.kind == Kind.RECORDING:
        msg = "Recordings are not kept here: put in the address where it can be watched."
        raise Invalid.at("file", msg=msg)
    return {
        "filename": upload.filename,
        "content_type": upload.content_type,
        "size": len(upload.content),
    }


def _address(typed: str, *, loc: str) -> str:
    """A web address, or "". Raises Invalid."""
    url = text.one_line(typed, loc=loc, what="The address", at_most=500)
    if not url:
        return ""
    try:
        _is_address(url)
        parts = urlsplit(url)
    except (ValidationError, ValueError) as fault:
        raise Invalid.at(loc, msg=f"“{url[:80]}” is no web address, such as https://…") from fault
    if parts.username or parts.password:
        raise Invalid.at(loc, msg="Leave user name and password out of the address.")
    return url


def _locked(material: EventMaterial) -> EventMaterial:
    rows = EventMaterial.objects.select_for_update(of=("self",)).select_related("event")
    return rows.get(pk=material.pk)


def _touch(held: EventMaterial, *, at: datetime) -> None:
    """The event's page shows something else now."""
    Event.objects.filter(pk=held.event_id, published_at__isnull=False).update(changed_at=at)
