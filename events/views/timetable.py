"""The table of start times: one row a start, one cell a zone, everything in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from events.domain.finding import hours, wording
from events.domain.finding.asking import Answer
from events.domain.finding.clashes import Kind
from events.domain.finding.hours import Standing
from events.domain.finding.slots import Slot
from events.domain.finding.wording import Said
from kit import walltime
from kit.text import listed

LEVELS = {"block": ("problem", "Blocked"), "warn": ("waiting", "Warning")}
_WORSE = list(Standing)


@dataclass(frozen=True)
class Column:
    """A zone and those who live by its clock."""

    zone: str
    label: str
    alliances: list[Any]


def columns(found: Answer) -> list[Column]:
    """One for each zone, west to east."""
    at = hours.instant(found.slots[0].start) if found.slots else None
    by_zone: dict[str, list[Any]] = {zone: [] for zone in found.zones}
    for alliance in found.question.alliances:
        by_zone[alliance.zone].append(alliance)
    return [
        Column(zone, walltime.zone_label(zone, at) if at else walltime.city(zone), alliances)
        for zone, alliances in by_zone.items()
    ]


def rows(found: Answer, slots: Sequence[Slot], best: Sequence[Slot]) -> list[dict[str, Any]]:
    """The starts of one day in order of time."""
    starts = {slot.start for slot in best}
    return [
        {
            "value": value_of(slot),
            "label": said(slot, found.question.told_in),
            "cells": [_cell(found, slot, zone) for zone in found.zones],
            "score": slot.score,
            "is_blocked": slot.is_blocked,
            "is_best": slot.start in starts,
            "clashes": clashes(found, slot),
        }
        for slot in sorted(slots, key=lambda slot: slot.start)
    ]


def best_rows(found: Answer, best: Sequence[Slot]) -> list[dict[str, Any]]:
    """The best times, each with all its clocks and every reason."""
    return [
        {
            "value": value_of(slot),
            "label": said(slot, found.question.told_in),
            "clocks": [_clock(slot, zone) for zone in found.zones],
            "reasons": found.reasons(slot),
            "score": slot.score,
        }
        for slot in best
    ]


def days(found: Answer) -> list[tuple[date, Slot]]:
    """Each day with its best time, in order of the days."""
    firsts: dict[date, Slot] = {}
    for slot in found.slots:  # the best first
        firsts.setdefault(day_of(found, slot), slot)
    return sorted(firsts.items())


def day_of(found: Answer, slot: Slot) -> date:
    """The day of a slot on the clock the question was asked in."""
    return hours.local(slot.start, found.question.told_in).date()


def value_of(slot: Slot) -> str:
    """“2027-01-13T16:00:00Z”."""
    return f"{hours.instant(slot.start):%Y-%m-%dT%H:%M:%SZ}"


def said(slot: Slot, zone: str) -> str:
    """“Wednesday, January 13, 2027, 11 a.m. to 12 p.m. Eastern”."""
    start, end = hours.instant(slot.start), hours.instant(slot.end)
    day = walltime.long_date(start.astimezone(hours.local(slot.start, zone).tzinfo))
    return f"{day}, {walltime.time_range(start, end, zone)}"


def clashes(found: Answer, slot: Slot) -> list[Mapping[str, Any]]:
    """What the slot clashes with, and how serious that is. Days off are told with the day."""
    return [_level(one) for one in found.conflicts(slot) if one.kind != Kind.HOLIDAY]


def days_off(found: Answer, slots: Sequence[Slot]) -> list[Mapping[str, Any]]:
    """The holidays and days off that the slots of a day meet, each once."""
    met = (one for slot in slots for one in found.conflicts(slot) if one.kind == Kind.HOLIDAY)
    return [_level(one) for one in dict.fromkeys(met)]


def _level(said: Said) -> Mapping[str, Any]:
    return {"level": LEVELS[said.level], "sentence": said.sentence}


def _clock(slot: Slot, zone: str) -> str:
    at = hours.local(slot.start, zone)
    return f"{walltime.clock(at)} {walltime.zone_label(zone, at)}"


def _cell(found: Answer, slot: Slot, zone: str) -> dict[str, Any]:
    """The clock of one zone, and in words how it suits those who live by it."""
    parties = [
        (party, fit)
        for party, fit in zip(found.parties, slot.fits, strict=True)
        if party.zone == zone
    ]
    notes = []
    for standing in _WORSE[1:]:
        who = [(party, fit) for party, fit in parties if fit.standing is standing]
        if who:
            some = len(who) < len(parties)
            names = f" ({listed(party.short_name for party, _ in who)})" if some else ""
            notes.append(wording.standing_word(who[0][1]) + names)
    off = {
        pk
        for one in slot.clashes
        if one.kind is Kind.HOLIDAY and not one.is_weak
        for pk in one.alliances
    }
    away = [party.short_name for party, _ in parties if party.id in off]
    if away:
        notes.append("day off" + (f" ({listed(away)})" if len(away) < len(parties) else ""))
    worst = max((_WORSE.index(fit.standing) for _, fit in parties), default=0)
    is_out = bool(away) or _WORSE[worst] not in {Standing.OFFICE, Standing.LUNCH}
    look = "late" if is_out else "lunch" if notes else ""
    return {"clock": walltime.clock(hours.local(slot.start, zone)), "notes": notes, "look": look}
