"""Speakers: their profiles, asking them, what they said, and the materials of an event."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from events import rules
from events.api.events import event_of, led_event
from events.domain.speakers import appearances, inviting, profiles
from events.models import Event, EventMaterial
from events.schemas_speakers import (
    InvitationsIn,
    MaterialOut,
    PartsOut,
    SpeakerEdit,
    SpeakerProfile,
)
from kit.errors import Invalid
from programmes import rules as network_rules
from programmes.answers import answer, found, page_of, permit, responses, stamp
from programmes.apikeys import anyone, needs_key, person_of
from programmes.models import Organisation, Speaker
from programmes.schemas import Listing, Page

router = Router(tags=["Speakers"])
READ = anyone("events:read")
READ_BEHIND = needs_key("events:read")
WRITE = needs_key("events:write")


@router.get(
    "/speakers/{slug:slug}",
    auth=READ,
    response=responses(200, SpeakerProfile, 401, 404),
    operation_id="get_speaker",
    summary="Get one speaker",
)
def get_speaker(request: HttpRequest, slug: str) -> HttpResponse:
    """Organisers also read the address and what else is not public."""
    return answer(_profile(request, _speaker(slug)))


@router.patch(
    "/speakers/{slug:slug}",
    auth=WRITE,
    response=responses(200, SpeakerProfile, 401, 403, 404, 422),
    operation_id="edit_speaker",
    summary="Change a speaker's profile",
)
def edit_speaker(request: HttpRequest, slug: str, changes: SpeakerEdit) -> HttpResponse:
    """`is_shown` says that the person agreed to biography, photo and a page of their own.

    Another `email` makes links that were sent to the old one open nothing."""
    speaker = _speaker(slug)
    actor = request.actor  # type: ignore[attr-defined]
    permit(network_rules.may_edit_speaker(actor, speaker), "Only organisers change speakers.")
    fields = changes.model_dump(exclude_unset=True)
    if "organisation" in fields:
        fields["organisation"] = _organisation(fields["organisation"])
    fields = {
        name: now for name, now in fields.items() if now is not None or name == "organisation"
    }
    held = profiles.edit(speaker, fields, by=person_of(request), at=timezone.now())
    return answer(_profile(request, held))


@router.get(
    "/events/{slug:slug}/speakers",
    auth=READ_BEHIND,
    response=responses(200, PartsOut, 401, 403, 404),
    operation_id="list_event_speakers",
    summary="List who speaks at an event and what they said",
)
def list_event_speakers(request: HttpRequest, slug: str) -> HttpResponse:
    """For those who may look into a host's matters. An answer to an earlier time does not count."""
    event = event_of(request, slug)
    actor = request.actor  # type: ignore[attr-defined]
    permit(rules.may_look_behind(actor, event), "Only hosts of the event see what speakers said.")
    return answer(_parts(event))


@router.post(
    "/events/{slug:slug}/speakers/invitations",
    auth=WRITE,
    response=responses(200, PartsOut, 401, 403, 404, 409, 422),
    operation_id="invite_speakers",
    summary="Ask speakers by mail, or remind them",
)
def invite_speakers(request: HttpRequest, slug: str, asked: InvitationsIn) -> HttpResponse:
    """Each gets an invitation for their calendar and links to answer. 409 `nobody-to-ask` where all
    were asked, or no address is known. Who is reminded was last written to a day ago or more."""
    event = led_event(request, slug)
    speakers = None if asked.speakers is None else _speakers(asked.speakers)
    send = inviting.remind if asked.remind else inviting.invite
    count = send(event, speakers=speakers, by=person_of(request), at=timezone.now())
    return answer(_parts(event, mailed=count))


@router.get(
    "/events/{slug:slug}/materials",
    auth=READ,
    response=responses(200, Listing[MaterialOut], 401, 404, 422),
    operation_id="list_materials",
    summary="List slides, links and recordings of an event",
)
def list_materials(request: HttpRequest, slug: str, wanted: Query[Page]) -> HttpResponse:
    """What is published; organisers of its hosts also see what waits."""
    event = event_of(request, slug)
    rows = event.materials.select_related("session").order_by("added_at", "pk")
    if not rules.may_run(request.actor, event):  # type: ignore[attr-defined]
        rows = rows.filter(published_at__isnull=False) if event.is_public else rows.none()
    return page_of(rows, wanted, lambda several: [_material(event, one) for one in several])


def _speaker(slug: str) -> Speaker:
    rows = Speaker.objects.select_related("organisation")
    return found(rows.filter(slug=slug).first(), "speaker")


def _speakers(slugs: Sequence[str]) -> list[Speaker]:
    known = {one.slug: one for one in Speaker.objects.filter(slug__in=slugs)}
    for place, slug in enumerate(slugs):
        if slug not in known:
            raise Invalid.at("speakers", place, msg=f"There is no “{slug}” among the speakers.")
    return list(known.values())


def _organisation(slug: str | None) -> Organisation | None:
    if slug is None:
        return None
    known = Organisation.objects.filter(slug=slug).first()
    if known is None:
        raise Invalid.at("organisation", msg=f"There is no organisation “{slug}”.")
    return known


def _profile(request: HttpRequest, speaker: Speaker) -> dict[str, Any]:
    base, is_shown = settings.PUBLIC_BASE_URL, speaker.is_shown
    sees_all = network_rules.may_organise(request.actor)  # type: ignore[attr-defined]
    is_open = is_shown or sees_all
    photo = reverse("speaker-photo", args=[speaker.photo]) if speaker.photo and is_open else ""
    return {
        "slug": speaker.slug,
        "name": speaker.name,
        "title": speaker.title,
        "organisation": speaker.organisation.slug if speaker.organisation else None,
        "bio": speaker.bio if is_open else "",
        "photo_url": f"{base}{photo}" if photo else None,
        "photo_alt": speaker.photo_alt if is_open else "",
        "url": f"{base}{reverse('speaker', args=[speaker.slug])}" if is_shown else None,
        "email": speaker.email if sees_all else None,
        "zone": speaker.zone if sees_all else None,
        "is_shown": is_shown if sees_all else None,
        "is_claimed": speaker.claimed_at is not None if sees_all else None,
    }


def _parts(event: Event, *, mailed: int = 0) -> dict[str, Any]:
    items = [
        {
            "speaker": part.speaker.slug,
            "name": part.speaker.name,
            "session": str(part.session.public_id),
            "starts_at": stamp(part.session.starts_at),
            "ends_at": stamp(part.session.ends_at),
            "state": part.state,
            "asked_at": stamp(part.invitation.asked_at) if part.invitation else None,
            "reminded_at": stamp(part.invitation.reminded_at) if part.invitation else None,
            "answered_at": stamp(part.reply.received_at) if part.reply else None,
            "comment": part.reply.comment if part.reply else "",
        }
        for part in appearances.parts(event)
    ]
    return {"items": items, "count": len(items), "mailed": mailed}


def _material(event: Event, one: EventMaterial) -> dict[str, Any]:
    here = reverse("event-material", args=[event.slug, one.public_id])
    return {
        "id": str(one.public_id),
        "kind": one.kind,
        "title": one.title,
        "session": str(one.session.public_id) if one.session else None,
        "url": one.url or f"{settings.PUBLIC_BASE_URL}{here}",
        "filename": one.filename,
        "content_type": one.content_type,
        "size": one.size,
        "captions_confirmed": one.captions_confirmed_at is not None,
        "captions_url": one.captions_url or None,
        "state": "published" if one.published_at else "waiting",
        "published_at": stamp(one.published_at),
    }
