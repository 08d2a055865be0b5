"""The dates of an event: change some, make it repeat, move it to another time zone, copy it."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from events.api.events import WRITE, led_event, shown
from events.api.plans import bare
from events.api.writing import rules
from events.domain import dates, moves, plans, redating, repeats, timing
from events.domain.dates import Change, Series
from events.domain.plans import EventPlan
from events.domain.repeats import Repeated, Wish
from events.schemas import EventOut
from events.schemas_dates import (
    CopyIn,
    DateChangeIn,
    LeftOutIn,
    RecurrenceIn,
    RepeatedOut,
    ZoneIn,
    ZoneMoveOut,
)
from kit.errors import Invalid
from programmes.answers import answer, responses, stamp
from programmes.apikeys import person_of
from programmes.domain import brand

router = Router(tags=["Dates of an event"])
NAMES = ("minutes", "title", "room", "join_url", "is_cancelled", "fold")


@router.patch(
    "/events/{slug:slug}/sessions/{str:uid}",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="change_dates",
    summary="Change one date, those that follow, or all",
)
def change_dates(request: HttpRequest, slug: str, uid: str, sent: DateChangeIn) -> HttpResponse:
    """Dates changed by hand keep that unless `overwrite`; dates that are over stay.

    Only one date at a time goes to another day. 422 `no-such-time` or `time-happens-twice` (send
    `fold`) at the date it concerns; 404 where the event has no such date.
    """
    event = led_event(request, slug)
    plan, whole = redating.wanted(event)
    new = dates.changed(
        whole,
        bare(uid),
        _change(sent),
        scope=sent.scope,  # type: ignore[arg-type]  # the domain says which there are
        overwrite=sent.overwrite,
        at=timezone.now(),
    )
    return _kept(request, event, new, plan, version=sent.version)


@router.post(
    "/events/{slug:slug}/recurrence",
    auth=WRITE,
    response={**responses(200, EventOut | RepeatedOut, 401, 404, 409, 422)},
    operation_id="repeat_event",
    summary="Make an event repeat, or give a series another rule",
)
def repeat_event(request: HttpRequest, slug: str, sent: RecurrenceIn) -> HttpResponse:
    """From one session, or in a series from the date `from` on (else from the next one).

    Sessions keep their UIDs as far as there are dates for them; earlier dates stay. Rules that
    never end, repeat within a day or give more than 200 dates are 422 `bad-recurrence`.
    """
    event = led_event(request, slug)
    plan, whole = redating.wanted(event)
    made = _repeated(whole, sent)
    if sent.preview:
        return answer(_repeated_out(made, plan))
    return _kept(request, event, made.series, plan, version=sent.version)


@router.post(
    "/events/{slug:slug}/recurrence/dates",
    auth=WRITE,
    response=responses(200, EventOut, 401, 404, 409, 422),
    operation_id="add_left_out_date",
    summary="Bring a date of the rule back that was left out",
)
def add_left_out_date(request: HttpRequest, slug: str, sent: LeftOutIn) -> HttpResponse:
    """The date is like the one before it."""
    event = led_event(request, slug)
    plan, whole = redating.wanted(event)
    new = repeats.with_date(whole, sent.starts_local, fold=sent.fold)
    return _kept(request, event, new, plan, version=sent.version)


@router.post(
    "/events/{slug:slug}/time-zone",
    auth=WRITE,
    response={**responses(200, EventOut | ZoneMoveOut, 401, 404, 409, 422)},
    operation_id="move_to_zone",
    summary="Move an event into another time zone",
)
def move_to_zone(request: HttpRequest, slug: str, sent: ZoneIn) -> HttpResponse:
    """`keep: wall` keeps what clocks show, `keep: instant` the moment.

    With `preview` every date before and after, and which wall times are none or two in the new
    zone. Where no rule gives the moments any more, the dates stay without one.
    """
    event = led_event(request, slug)
    plan, whole = redating.wanted(event)
    folds = {bare(uid): fold for uid, fold in sent.folds.items()}
    moved = moves.into_zone(whole, sent.time_zone, keep=sent.keep, folds=dict(folds))  # type: ignore[arg-type]
    if sent.preview:
        return answer(_zone_out(moved))
    return _kept(request, event, moved.settle(), plan, version=sent.version)


@router.post(
    "/events/{slug:slug}/duplicate",
    auth=WRITE,
    response=responses(201, EventOut, 401, 404, 409, 422),
    operation_id="duplicate_event",
    summary="Copy an event",
)
def duplicate_event(request: HttpRequest, slug: str, sent: CopyIn | None = None) -> HttpResponse:
    """A new draft of the same lead with the same plan: nobody registered, no co-host asked yet.

    `first_on` moves all sessions by as many days, on the same clock; `sessions` takes some of them.
    """
    sent = sent or CopyIn()
    only = None if sent.sessions is None else {bare(uid) for uid in sent.sessions}
    made = redating.copy(
        led_event(request, slug),
        on=_day(sent.first_on),
        only=only,
        title=sent.title,
        fold=sent.fold,
        by=person_of(request),
        at=timezone.now(),
    )
    return shown(request, made, status=201)


def _kept(
    request: HttpRequest, event: Any, whole: Series, plan: EventPlan, *, version: int | None
) -> HttpResponse:
    by, at = person_of(request), timezone.now()
    saved = redating.keep(event, whole, seen=plan, by=by, at=at, version=version)
    return shown(request, saved)


def _change(sent: DateChangeIn) -> Change:
    """What was sent; null is what was not."""
    given: dict[str, Any] = {name: getattr(sent, name) for name in NAMES}
    if sent.speakers is not None:
        given["speakers"] = tuple(sent.speakers)
    if sent.starts_local is not None:
        try:
            local = timing.spelt(timing.wall(sent.starts_local))
        except Invalid as no:
            raise Invalid.at("starts_local", msg=str(no)) from None
        given |= {"on": local[:10], "starts": local[11:]}
    return Change(**given)


def _repeated(whole: Series, sent: RecurrenceIn) -> Repeated:
    if not sent.rule.strip():
        return Repeated(repeats.ended(whole), (), (), ())
    wish = Wish(
        rule=sent.rule,
        first=sent.first_local,
        gaps=sent.gaps,
        fold=sent.fold,
        overwrite=sent.overwrite,
    )
    return repeats.repeated(whole, wish, start=bare(sent.from_ or ""), at=timezone.now())


def _repeated_out(made: Repeated, plan: EventPlan) -> dict[str, Any]:
    """The dates as they would be. Raises Invalid where they cannot."""
    whole = made.series
    new = {"sessions": whole.sessions, "recurrence": whole.recurrence}
    timed = sorted(
        plans.checked(redating.with_changes(plan, new)).sessions, key=lambda one: one.starts_at
    )
    zones = dict.fromkeys(mark.zone for mark in brand.marks() if mark.zone != whole.zone)
    notes = repeats.clock_notes([one.starts_at for one in timed], whole.zone, list(zones))
    return {
        "recurrence": rules(whole.stretches),
        "dates": [
            {
                "uid": _whole_uid(one.plan.uid) if one.plan.uid else None,
                "starts_local": one.plan.starts_local,
                "ends_local": one.plan.ends_local,
                "starts_at": stamp(one.starts_at),
                "ends_at": stamp(one.ends_at),
                "recurrence_local": one.plan.recurrence_local,
                "is_cancelled": one.plan.is_cancelled,
                "notes": said,
            }
            for one, said in zip(timed, notes, strict=True)
        ],
        "left_out": list(made.left_out),
        "taken_out": [_whole_uid(one.uid) for one in made.taken_out],
        "kept": [_whole_uid(one.uid) for one in made.kept],
    }


def _zone_out(moved: moves.Moved) -> dict[str, Any]:
    return {
        "time_zone": moved.series.zone,
        "drops_rule": moved.drops_rule,
        "steps": [
            {
                "uid": _whole_uid(step.session.uid),
                "before_local": step.session.starts_local,
                "after_local": step.starts_local,
                "before_at": stamp(step.was_at),
                "after_at": stamp(step.at),
                "problem": step.problem,
                "options": list(step.options),
            }
            for step in moved.steps
        ],
    }


def _whole_uid(uid: str) -> str:
    return f"{uid}@{settings.IDENTITY_DOMAIN}"


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        msg = f"“{typed}” is not a day. Write it like 2027-05-01."
        raise Invalid.at("first_on", msg=msg) from None
