"""A programme as one enrolled person sees it: each date, how far they are, what is missing."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from events.domain import enrolment, enrolment_dates, links, passport, registration, waitlist
from events.domain.passport import Course
from events.models import Enrolment, EnrolmentDate, Event, Registration
from events.views import shown
from programmes.domain import completion_rules, completion_words
from programmes.domain.completion import Progress
from programmes.models import ProgrammeRecord

State = Registration.State
HELD = {
    State.CONFIRMED: ("ok", "Registered"),
    State.WAITLISTED: ("waiting", "On the waitlist"),
    State.PENDING: ("waiting", "Waiting for approval"),
}


def page(
    request: HttpRequest,
    mine: Enrolment,
    *,
    said: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """My page of one programme. ``said`` tells what was done, ``problem`` why something was not."""
    at = timezone.now()
    programme = mine.programme
    course = passport.courses([programme], at=at)[programme.pk]
    progress = passport.of_enrolments(programme, [mine], at=at)[mine.pk]
    names = ("my-program", "my-program-departure", "my-program-comeback", "my-program-rules")
    token = links.enrolment_token(mine)
    context = {
        "mine": mine,
        "mine_token": token,
        "programme": programme,
        "urls": {name.removeprefix("my-program-"): reverse(name, args=[token]) for name in names},
        "is_active": mine.state == Enrolment.State.ACTIVE,
        "progress": progress,
        "rules": sentences(course, mine),
        "award": programme.award.get("title", ""),
        "new_rules": _new_rules(mine, course),
        "records": _records(mine),
        **rows(mine, course, progress, at=at),
        "feed_url": settings.PUBLIC_BASE_URL + reverse("feed", args=["programs", programme.slug]),
        "calendar_url": _own_calendar(mine),
        "said": said,
        "problem": problem,
    }
    return render(request, "events/attendee/program.html", context, status=status)


def sentences(course: Course, held: Any) -> list[str]:
    """The rules in words, with the number of events there are today."""
    rules = passport.rules_of(held, course)
    return completion_words.in_words(rules, {name: len(s) for name, s in rules.sets.items()})


def rows(mine: Enrolment, course: Course, progress: Progress, *, at: datetime) -> dict[str, Any]:
    """The dates ahead and those that are over, as the template shows them. Four queries."""
    places = {
        one.event_id: one
        for one in Registration.objects.filter(
            person=mine.person_id, event__in=course.events
        ).order_by("pk")
    }
    decided = {row.event_id: row for row in mine.dates.all()}
    dates = set(enrolment_dates.of(mine.programme_id).values_list("pk", flat=True))
    required = set(completion_words.required(mine.completion))
    waiting = waitlist.positions(list(places.values()))
    found: dict[str, list[dict[str, Any]]] = {"ahead": [], "past": []}
    for event in course.events:
        if event.pk not in dates and event.pk not in places:
            continue
        place = places.get(event.pk)
        row = _row(event, place, decided.get(event.pk), at=at)
        if place is not None and place.pk in waiting:
            row["state"] = ("waiting", f"On the waitlist, number {waiting[place.pk]:,}")
        row["standing"] = progress.standings[event.slug]
        row["is_required"] = event.slug in required
        row["can_change"] = row["can_change"] and event.pk in dates
        is_over = event.ends_at is not None and event.ends_at <= at
        found["past" if is_over else "ahead"].append(row)
    return found


def _row(
    event: Event, place: Registration | None, decided: EnrolmentDate | None, *, at: datetime
) -> dict[str, Any]:
    is_live = place is not None and place.state not in Registration.ENDED
    state = registration.state_of(event, at)
    row: dict[str, Any] = {
        "event": event,
        "place": shown.place(event),
        "is_live": is_live,
        "can_change": state in {"open", "waitlist", "full"},
        "url": reverse("event", args=[event.slug]),
        "note": "",
    }
    if event.cancelled_at is not None:
        return {**row, "state": ("problem", "Canceled"), "can_change": False}
    if place is not None and is_live:
        own = reverse("registration", args=[links.registration_token(place)])
        return {**row, "state": HELD[State(place.state)], "url": own, "can_change": True}
    return {**row, **_without_place(decided, state)}


def _without_place(decided: EnrolmentDate | None, state: str) -> dict[str, Any]:
    """What is said of a date the person holds no place at."""
    if decided is not None and decided.state == EnrolmentDate.State.REFUSED:
        return {"state": ("off", "Not registered"), "note": decided.reason}
    if decided is not None:
        return {"state": ("off", "Skipped")}
    if state == "not-open":
        note = "Registration opens later. You are registered then."
        return {"state": ("info", "To come"), "note": note, "can_change": True}
    if state == "closed":
        return {"state": ("off", "Not registered"), "can_change": False}
    return {"state": ("info", "To come"), "note": "You are registered in a minute or two."}


def _new_rules(mine: Enrolment, course: Course) -> list[str]:
    """The programme's rules of today, where they are others than those the person is held to."""
    completion, sets = enrolment.rules_of(mine.programme)
    now = completion_rules.stored(completion, sets)
    if now == completion_rules.stored(mine.completion, mine.sets):
        return []
    return sentences(course, mine.programme) or ["Nothing is asked for any more."]


def _records(mine: Enrolment) -> list[tuple[str, str]]:
    """What organisers noted beside attendance and still stands: of what, and their remark."""
    noted = ProgrammeRecord.objects.filter(
        programme=mine.programme_id, person=mine.person_id, withdrawn_at=None
    )
    titles = dict(Event.objects.filter(programme=mine.programme_id).values_list("slug", "title"))
    return [
        (f"{one.get_kind_display()}: {titles.get(one.name, one.name)}", one.note) for one in noted
    ]


def _own_calendar(mine: Enrolment) -> str:
    """Where the person gets a calendar address of their own; empty while they hold no place."""
    places = Registration.objects.live().filter(person=mine.person_id)
    place = places.filter(event__programme=mine.programme_id).order_by("-pk").first()
    if place is None:
        return ""
    return reverse("registration-calendar", args=[links.registration_token(place)])
