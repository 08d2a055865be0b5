"""Alliances, member organisations, topics and speakers, for anyone to read."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from programmes.answers import page_of, responses
from programmes.apikeys import anyone
from programmes.models import Alliance, Organisation, Speaker, Topic
from programmes.schemas import (
    AllianceOut,
    Listing,
    OrganisationOut,
    Page,
    SpeakerOut,
    TopicOut,
)

router = Router(tags=["Directory"])
READ = anyone("events:read")


@router.get(
    "/alliances",
    auth=READ,
    response=responses(200, Listing[AllianceOut], 401, 422),
    operation_id="list_alliances",
    summary="List the alliances",
)
def list_alliances(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """The member alliances of the partnership, in the order they joined."""
    return page_of(Alliance.objects.active(), wanted, _alliances)


@router.get(
    "/organisations",
    auth=READ,
    response=responses(200, Listing[OrganisationOut], 401, 422),
    operation_id="list_organisations",
    summary="List the member organisations",
)
def list_organisations(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """Local governments, companies and universities, by name, with the alliances they are in."""
    members = Organisation.objects.prefetch_related("alliances").order_by("name", "pk")
    return page_of(members, wanted, _organisations)


@router.get(
    "/topics",
    auth=READ,
    response=responses(200, Listing[TopicOut], 401, 422),
    operation_id="list_topics",
    summary="List the topics",
)
def list_topics(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """The words events are filed under, by name."""
    return page_of(Topic.objects.order_by("name", "pk"), wanted, _topics)


@router.get(
    "/speakers",
    auth=READ,
    response=responses(200, Listing[SpeakerOut], 401, 422),
    operation_id="list_speakers",
    summary="List the speakers",
)
def list_speakers(request: HttpRequest, wanted: Query[Page]) -> HttpResponse:
    """The people behind the slugs in an event's `speakers`: name, title and organisation."""
    speakers = Speaker.objects.select_related("organisation").order_by("name", "pk")
    return page_of(speakers, wanted, _speakers)


def _alliances(alliances: Sequence[Alliance]) -> list[dict[str, Any]]:
    return [
        {
            "slug": a.slug,
            "name": a.name,
            "short_name": a.short_name,
            "mark": a.mark,
            "region": a.region,
            "city": a.city,
            "states": a.states,
            "zone": a.zone,
            "domain": a.domain,
            "description": a.description,
            "url": f"{settings.PUBLIC_BASE_URL}/alliances/{a.slug}/",
            "feed_url": f"{settings.PUBLIC_BASE_URL}/feeds/alliances/{a.slug}.ics",
        }
        for a in alliances
    ]


def _organisations(organisations: Sequence[Organisation]) -> list[dict[str, Any]]:
    return [
        {
            "slug": o.slug,
            "name": o.name,
            "kind": o.kind,
            "subkind": o.subkind,
            "city": o.city,
            "state": o.state,
            "domain": o.domain,
            "alliances": [alliance.slug for alliance in o.alliances.all()],
        }
        for o in organisations
    ]


def _topics(topics: Sequence[Topic]) -> list[dict[str, Any]]:
    return [
        {
            "slug": t.slug,
            "name": t.name,
            "description": t.description,
            "feed_url": f"{settings.PUBLIC_BASE_URL}/feeds/topics/{t.slug}.ics",
        }
        for t in topics
    ]


def _speakers(speakers: Sequence[Speaker]) -> list[dict[str, Any]]:
    return [
        {
            "slug": s.slug,
            "name": s.name,
            "title": s.title,
            "organisation": s.organisation.slug if s.organisation else None,
        }
        for s in speakers
    ]
