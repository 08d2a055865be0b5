"""Who gets a certificate, as the organisers' table and chart show it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from certificates.domain.issuing import Verdict
from events.models import Event

SHOW = (
    ("", "Everybody with a seat"),
    ("earned", "Who gets one"),
    ("without", "Who does not"),
    ("look", "Need attention"),
)
Failed = dict[str, str]


def needs_look(verdict: Verdict, failed: Failed) -> bool:
    """Its drawing failed, or it says other than today's attendance would."""
    held = verdict.certificate
    return held is not None and (verdict.is_stale or held.code in failed)


def only(show: str, verdicts: list[Verdict], failed: Failed) -> list[Verdict]:
    """The verdicts of one choice of ``SHOW``."""
    if show == "earned":
        return [v for v in verdicts if v.earned or v.certificate]
    if show == "without":
        return [v for v in verdicts if not v.earned and v.certificate is None]
    if show == "look":
        return [v for v in verdicts if needs_look(v, failed)]
    return verdicts


def fields(show: str) -> list[dict[str, Any]]:
    """The filter, for components/filters.html."""
    return [{"kind": "select", "name": "show", "label": "Show", "options": SHOW, "value": show}]


def stats(event: Event, verdicts: list[Verdict], failed: Failed) -> list[dict[str, Any]]:
    """The row of numbers, each leading to its list."""
    here = reverse("organise-certificates", args=[event.slug])
    attended = sum(bool(v.registration.attended_seconds) for v in verdicts)
    looks = sum(needs_look(v, failed) for v in verdicts)
    rows = (
        ("Registered", len(verdicts), ""),
        ("Attended", attended, ""),
        ("Met the rule", sum(v.earned for v in verdicts), "earned"),
        ("Hold a certificate", sum(v.certificate is not None for v in verdicts), ""),
        ("Need attention", looks, "look"),
    )
    return [
        {"word": word, "value": f"{n:,}", "url": f"{here}?show={show}" if show and n else ""}
        for word, n, show in rows
    ]


def rows(event: Event, verdicts: list[Verdict], failed: Failed) -> list[dict[str, Any]]:
    """One page of the table; no query."""
    return [
        {
            "verdict": verdict,
            "registration": verdict.registration,
            "certificate": verdict.certificate,
            "state": _state(verdict, failed),
            "error": failed.get(verdict.certificate.code, "") if verdict.certificate else "",
            "revoked": verdict.revoked,
            "is_drawn": hasattr(verdict.certificate, "file"),
            "event": event,
        }
        for verdict in verdicts
    ]


def _state(verdict: Verdict, failed: Failed) -> tuple[str, str]:
    held = verdict.certificate
    if verdict.revoked is not None:
        return ("off", "Revoked")
    if held is None:
        return ("waiting", "Not issued yet") if verdict.earned else ("off", "Gets none")
    if held.code in failed:
        return ("problem", "Failed")
    if verdict.is_stale:
        return ("problem", "Says other minutes")
    return ("ok", "Issued") if hasattr(held, "file") else ("waiting", "Queued")


def by_alliance(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """How many of each alliance were there, the most first."""
    there = [v.registration.alliance for v in verdicts if v.registration.attended_seconds]
    counts = Counter(alliance.pk if alliance else None for alliance in there)
    known = {alliance.pk: alliance for alliance in there if alliance}
    bars = [
        {"label": a.name, "value": counts[a.pk], "code": a.code, "mark": a.mark}
        for a in known.values()
    ]
    if counts[None]:
        bars.append({"label": "No alliance", "value": counts[None], "code": "", "mark": "–"})
    return sorted(bars, key=lambda bar: (-bar["value"], bar["label"]))
