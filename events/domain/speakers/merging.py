"""Two rows that are one person become one: everything said and sent of the one is the other's."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from events.domain import calendars
from events.domain.speakers import profiles
from events.models import (
    Event,
    EventMaterial,
    EventSpeaker,
    FeedSubscription,
    InvitationReply,
    Proposal,
    SeasonItem,
    SessionSpeaker,
    SpeakerInvitation,
)
from kit.errors import Refused
from programmes import audit
from programmes.domain import pictures
from programmes.models import FormerSpeaker, Person, Speaker

FILLED = ("title", "organisation", "email", "zone", "bio", "claimed_at")
ONCE: tuple[tuple[type[Model], str], ...] = (
    (EventSpeaker, "event_id"),
    (SessionSpeaker, "session_id"),
    (SpeakerInvitation, "public_id"),
    (SeasonItem.speakers.through, "seasonitem_id"),
)
"""Tables with one row at most for a speaker and something else."""
PLAIN: tuple[type[Model], ...] = (EventMaterial, FeedSubscription, FormerSpeaker)


class SameSpeaker(Refused):
    """There are not two to merge."""

    code = "same-speaker"


def merge(kept: Speaker, gone: Speaker, *, by: Person | None, at: datetime) -> Speaker:
    """Make ``gone`` part of ``kept`` and delete its row; returns ``kept`` as it is then.

    Where both have a field, that of ``kept`` stays; what it lacks is filled in. Links that were
    sent to ``gone`` lead to ``kept``. Cannot be undone. Raises SameSpeaker.
    """
    if kept.pk == gone.pk:
        raise SameSpeaker("Choose another entry: this one cannot be merged with itself.")
    with transaction.atomic():
        rows = Speaker.objects.select_for_update(of=("self",)).in_bulk([kept.pk, gone.pk])
        if len(rows) < 2:
            raise SameSpeaker("One of the two is gone: they were merged already.")
        held, other = rows[kept.pk], rows[gone.pk]
        events = _events_of(other)
        _move(held, other)
        _fill(held, other)
        _rename(other.slug, held.slug)
        FormerSpeaker.objects.create(
            number=other.pk,
            slug=other.slug,
            link_version=other.link_version,
            speaker=held,
            merged_at=at,
        )
        facts: dict[str, Any] = {"gone": other.pk, "slug": other.slug, "name": other.name}
        photo = other.photo
        other.delete()
        pictures.drop_unused(photo)
        audit.record("speaker.merged", held, by=by, **facts)
        profiles.touch(Speaker.objects.filter(pk=held.pk), at=at)
        for event in Event.objects.filter(pk__in=events):
            calendars.touch(event, at=at)
    return held


def _events_of(speaker: Speaker) -> list[int]:
    whole = EventSpeaker.objects.filter(speaker=speaker).values_list("event", flat=True)
    parts = SessionSpeaker.objects.filter(speaker=speaker).values_list("session__event", flat=True)
    return sorted({*whole, *parts})


def _move(kept: Speaker, gone: Speaker) -> None:
    """Every row that names ``gone`` names ``kept``; of two answers the later stays."""
    for table, other in ONCE:
        theirs: QuerySet[Any] = table._base_manager.filter(speaker=gone)
        own = table._base_manager.filter(speaker=kept).values_list(other, flat=True)
        theirs.filter(**{f"{other}__in": list(own)}).delete()
        theirs.update(speaker=kept)
    for table in PLAIN:
        table._base_manager.filter(speaker=gone).update(speaker=kept)
    for reply in InvitationReply.objects.filter(speaker=gone):
        held = InvitationReply.objects.filter(speaker=kept, session=reply.session_id).first()
        mark = (reply.sequence, reply.replied_at)
        if held is not None and (held.sequence, held.replied_at) >= mark:
            continue
        if held is not None:
            held.delete()
        InvitationReply.objects.filter(pk=reply.pk).update(speaker=kept)


def _fill(kept: Speaker, gone: Speaker) -> None:
    """What ``kept`` lacks. Consent stands for what was agreed to: it is not carried over."""
    filled = [name for name in FILLED if not getattr(kept, name) and getattr(gone, name)]
    if not kept.photo and gone.photo:
        filled += ["photo", "photo_alt"]
    for name in filled:
        setattr(kept, name, getattr(gone, name))
    kept.save(update_fields=filled)


def _rename(was: str, now: str) -> None:
    """Changes that wait for co-hosts name speakers by their slugs."""
    for proposal in Proposal.objects.filter(state=Proposal.State.OPEN):
        changes = _renamed(proposal.changes, was, now)
        if changes != proposal.changes:
            Proposal.objects.filter(pk=proposal.pk).update(changes=changes)


def _renamed(value: Any, was: str, now: str, *, in_names: bool = False) -> Any:
    """``changes`` with the slug replaced wherever a list called ``speakers`` holds it."""
    if isinstance(value, dict):
        return {
            key: _renamed(held, was, now, in_names=key == "speakers") for key, held in value.items()
        }
    if isinstance(value, list):
        named = [_renamed(held, was, now, in_names=in_names) for held in value]
        return list(dict.fromkeys(named)) if in_names else named
    return now if in_names and value == was else value
