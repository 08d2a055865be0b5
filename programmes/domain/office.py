"""What an alliance says of its work: hours, days off, licences, how serious clashes are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from kit import text
from kit.errors import Refused
from kit.faults import Faults
from programmes import audit
from programmes.models import (
    Alliance,
    AllianceDayOff,
    AllianceHours,
    ConflictLevel,
    Licence,
    Person,
)

DAY = 24 * 60
MOST_DAYS_OFF = 200
MOST_LICENCES = 50
LONGEST_OFF = timedelta(days=366)
MOST_CALLS = 100


class TooMany(Refused):
    """A list that nobody could look through any more."""

    code = "too-many"


@dataclass(frozen=True)
class DayHours:
    """One weekday in minutes after midnight; no lunch where ``lunch`` is None."""

    opens: int
    closes: int
    lunch: tuple[int, int] | None = None


def set_hours(alliance: Alliance, days: Mapping[int, DayHours], *, by: Person | None) -> None:
    """Office hours by weekday (0 is Monday); the office is closed on days not named.

    Lunch counts on the days whose hours hold it. Raises Invalid at ``["days", weekday]``.
    """
    faults = Faults()
    if not days:
        faults.add("days", msg="Give hours for at least one day of the week.")
    for weekday, day in days.items():
        if not 0 <= day.opens < day.closes <= DAY:
            faults.add("days", weekday, msg="The office closes after it opens, on the same day.")
        if day.lunch and not 0 <= day.lunch[0] < day.lunch[1] <= DAY:
            faults.add("lunch", msg="Lunch ends after it starts, on the same day.")
    faults.settle()
    with transaction.atomic():
        AllianceHours.objects.filter(alliance=alliance).delete()
        AllianceHours.objects.bulk_create(
            _row(alliance, weekday, day) for weekday, day in sorted(days.items())
        )
        audit.record("office.hours-set", alliance, by=by, alliance=alliance.pk)


def keep_usual_hours(alliance: Alliance, *, by: Person | None) -> None:
    """Monday to Friday, 9 to 5, as everybody who says nothing."""
    with transaction.atomic():
        AllianceHours.objects.filter(alliance=alliance).delete()
        audit.record("office.hours-usual", alliance, by=by, alliance=alliance.pk)


def add_day_off(  # noqa: PLR0913  (what a day off consists of)
    alliance: Alliance,
    name: str,
    first: date,
    last: date | None = None,
    *,
    is_worked: bool = False,
    by: Person | None,
) -> AllianceDayOff:
    """Days on which the alliance meets nobody, or a holiday on which it works (``is_worked``).

    The same days under the same name again are the ones there. Raises Invalid, TooMany.
    """
    faults = Faults()
    last = last or first
    with faults.noted():
        name = text.one_line(name, loc="name", what="The name", at_most=120)
    if not name:
        faults.add("name", msg="Say what the day is, such as Founders' Day.")
    if last < first:
        faults.add("last_day", msg="The last day is before the first. Turn them around.")
    elif last - first > LONGEST_OFF:
        faults.add("last_day", msg="Name at most a year at once.")
    if not 2000 <= first.year < 2100:
        faults.add("first_day", msg="Choose a year from 2000 to 2099.")
    faults.settle()
    with transaction.atomic():
        if alliance.days_off.count() >= MOST_DAYS_OFF:
            raise TooMany(f"An alliance keeps at most {MOST_DAYS_OFF} entries. Remove old ones.")
        row, is_new = AllianceDayOff.objects.get_or_create(
            alliance=alliance, name=name, first_day=first, last_day=last, is_worked=is_worked
        )
        if is_new:
            audit.record(
                "office.day-off-added", alliance, by=by, alliance=alliance.pk, day=first.isoformat()
            )
    return row


def remove_day_off(row: AllianceDayOff, *, by: Person | None) -> None:
    """The days count as any others again."""
    with transaction.atomic():
        audit.record(
            "office.day-off-removed", row.alliance, by=by, alliance=row.alliance_id, name=row.name
        )
        row.delete()


def add_licence(
    alliance: Alliance, name: str, *, calls_at_once: int = 1, by: Person | None
) -> Licence:
    """An account for calls. One of that name that was given up is taken up again.

    Raises Invalid, TooMany.
    """
    faults = Faults()
    with faults.noted():
        name = text.one_line(name, loc="name", what="The name", at_most=120)
    if not name:
        faults.add("name", msg="Name the license, such as Webinar 500.")
    if not 1 <= calls_at_once <= MOST_CALLS:
        faults.add("calls_at_once", msg=f"Write a number from 1 to {MOST_CALLS}.")
    faults.settle()
    with transaction.atomic():
        if alliance.licences.filter(is_active=True).count() >= MOST_LICENCES:
            raise TooMany(f"An alliance has at most {MOST_LICENCES} licenses.")
        licence, _ = Licence.objects.update_or_create(
            alliance=alliance,
            name=name,
            defaults={"calls_at_once": calls_at_once, "is_active": True},
        )
        audit.record("office.licence-set", alliance, by=by, alliance=alliance.pk, name=name)
    return licence


def retire_licence(licence: Licence, *, by: Person | None) -> None:
    """Offer it to no further event. Events that run with it keep it. Twice is harmless."""
    with transaction.atomic():
        if Licence.objects.filter(pk=licence.pk, is_active=True).update(is_active=False):
            alliance = licence.alliance
            name = licence.name
            audit.record("office.licence-retired", alliance, by=by, alliance=alliance.pk, name=name)


def set_levels(alliance: Alliance | None, levels: Mapping[str, str], *, by: Person | None) -> None:
    """How serious each kind of clash is for the events ``alliance`` leads, or for the network.

    "" takes the word back: the network's counts, or the usual one. Raises Invalid at
    ``["levels", kind]``.
    """
    _check_levels(levels)
    with transaction.atomic():
        for kind, level in levels.items():
            rows = ConflictLevel.objects.filter(alliance=alliance, kind=kind)
            if not level:
                rows.delete()
            elif not rows.update(level=level):
                ConflictLevel.objects.create(alliance=alliance, kind=kind, level=level)
        subject = alliance or ConflictLevel.objects.filter(alliance=None).first()
        if subject is not None:
            audit.record("office.levels-set", subject, by=by, levels=dict(levels))


def _check_levels(levels: Mapping[str, str]) -> None:
    faults = Faults()
    for kind, level in levels.items():
        if kind not in ConflictLevel.Kind.values:
            faults.add("levels", kind, msg=f"There is no kind of conflict “{kind[:40]}”.")
        elif level and level not in ConflictLevel.Level.values:
            faults.add("levels", kind, msg="Choose block, warn or ignore.")
    faults.settle()


def _row(alliance: Alliance, weekday: int, day: DayHours) -> AllianceHours:
    lunch = day.lunch
    if lunch and not (day.opens <= lunch[0] and lunch[1] <= day.closes):
        lunch = None
    return AllianceHours(
        alliance=alliance,
        weekday=weekday,
        opens=day.opens,
        closes=day.closes,
        lunch_starts=lunch[0] if lunch else None,
        lunch_ends=lunch[1] if lunch else None,
    )
