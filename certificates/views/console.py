"""The network console's first page: how each alliance does, and whether the machinery runs."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from certificates.domain import standing
from certificates.domain.standing import Standing
from programmes import rules
from programmes.access import organiser
from programmes.domain import queue
from programmes.views import network

SINCE = (
    ("12", "The last 12 months and what is planned"),
    ("3", "The last 3 months and what is planned"),
    ("all", "All time"),
)
MONTH = timedelta(days=30.44)
COLUMNS = (
    ("Events led", "led"),
    ("Hosted", "hosted"),
    ("Joint", "joint"),
    ("Seats taken", "seats"),
    ("People who chose it", "chosen"),
    ("Certificates", "certificates"),
)


@organiser(rules.may_operate)
@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """Counts of every alliance, the share of joint events, and the outbox."""
    at = timezone.now()
    chosen = request.GET.get("since", "")
    chosen = chosen if chosen in dict(SINCE) else SINCE[0][0]
    since = None if chosen == "all" else at - int(chosen) * MONTH
    health = queue.health(at=at)
    joint, total = standing.joint_share(since=since)
    context = {
        "fields": [
            {
                "kind": "select",
                "name": "since",
                "label": "Events of",
                "options": SINCE,
                "value": chosen,
            }
        ],
        "columns": [
            {"text": "Alliance"},
            *({"text": text, "is_number": True} for text, _ in COLUMNS),
        ],
        "rows": [_row(one) for one in standing.of_network(since=since)],
        "joint": _joint(joint, total),
        "stats": network.queue_stats(health),
        "health": health,
        "oldest": _age(health.oldest, at),
        "beat": _age(health.beat, at),
        "zone": str(request.reader_zone) or network.DEFAULT_ZONE,  # type: ignore[attr-defined]
    }
    return render(request, "certificates/network/console.html", context)


def _row(one: Standing) -> dict[str, Any]:
    cells = [f"{getattr(one, name):,}" for _, name in COLUMNS]
    if one.joint_percent is not None:
        cells[2] = f"{one.joint:,} ({one.joint_percent}%)"
    return {
        "alliance": one.alliance,
        "url": reverse("organise-team", args=[one.alliance.slug]),
        "cells": cells,
    }


def _joint(joint: int, total: int) -> str:
    if not total:
        return "No event has been announced in this time."
    return f"{joint:,} of {total:,} events have several hosts, {joint * 100 // total}%."


def _age(then: datetime | None, at: datetime) -> str:
    """“4 minutes”, rounded down; “” where there is nothing to tell."""
    if then is None:
        return ""
    minutes = max(int((at - then).total_seconds()) // 60, 0)
    if minutes < 1:
        return "less than a minute"
    for size, word in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    raise AssertionError("not reached")
