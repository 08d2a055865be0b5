"""A report under review: its people in groups, beside the registrations they belong to."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import Http404, QueryDict
from django.urls import reverse

from events.domain import forecast, reports
from events.domain.imports.matching import NOT_PEOPLE
from events.models import AttendanceImport, Registration
from events.views import organiser_registrations
from kit.errors import Invalid
from programmes.access import Actor

PAGE_ROWS = 50
GROUPS = (
    ("proposed", "Please check", "We found somebody who is probably the same person."),
    ("none", "No registration found", "Choose a registration, or leave them: they count for none."),
    (
        "matched",
        "Matched",
        "Same address, or decided by an organizer. Stays of one person are joined.",
    ),
    (
        "others",
        "Callers, rooms and bots",
        "Not people, or nobody can tell who. They count for none.",
    ),
)
VERDICTS = {
    Registration.Presence.MET: ("ok", "Meets the rule"),
    Registration.Presence.SHORT: ("waiting", "Too short"),
    Registration.Presence.ABSENT: ("off", "No minutes"),
}


def group_of(person: dict[str, Any]) -> str:
    """In which group somebody of a report is shown."""
    if person["match"] == "exact":
        return "matched"
    if person["match"] == "proposed":
        return "proposed"
    return "others" if person["kind"] in NOT_PEOPLE else "none"


def counts(people: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many people are in each group."""
    found = dict.fromkeys((name for name, _, _ in GROUPS), 0)
    for person in people:
        found[group_of(person)] += 1
    return found


class Review:
    """One report as one actor may see it: co-hosts see whom the event's data rule shows them."""

    def __init__(self, actor: Actor, batch: AttendanceImport) -> None:
        self.actor, self.batch, event = actor, batch, batch.event
        self.rule = forecast.rule_of(event)
        self._visible = organiser_registrations.visible(actor, event)
        self.people, self.problems = reports.seen_by(actor, batch, event)

    def stats(self) -> list[dict[str, Any]]:
        found = counts(self.people)
        words = (
            ("People", len(self.people)),
            ("Matched", found["matched"]),
            ("To check", found["proposed"]),
            ("Not found", found["none"]),
            ("Callers, rooms, bots", found["others"]),
        )
        return [{"word": word, "value": f"{value:,}"} for word, value in words]

    def groups(self, wanted: str, number: str | None) -> list[dict[str, Any]]:
        """Each group with its first page; only the ``wanted`` one, paged, where one is named."""
        known = {name for name, _, _ in GROUPS}
        shown = [group for group in GROUPS if wanted not in known or group[0] == wanted]
        pages = {name: self._page(name, number if name == wanted else None) for name, _, _ in shown}
        holders = self._registrations(
            person for page in pages.values() for person in page.object_list
        )
        return [
            {
                "name": name,
                "heading": heading,
                "text": text,
                "page": pages[name],
                "rows": [self._row(person, holders) for person in pages[name].object_list],
                "all_url": f"?{urlencode({'group': name})}",
                "is_alone": name == wanted,
            }
            for name, heading, text in shown
            if pages[name].paginator.count
        ]

    def person_or_404(self, key: str) -> dict[str, Any]:
        """Somebody of the report, as a row; 404 where the actor may not see them."""
        for person in self.people:
            if person["key"] == key:
                return self._row(person, self._registrations([person]))
        raise Http404

    def options(self, key: str, words: str) -> list[Registration]:
        """Registrations somebody could be: what was proposed first, then whom the words find."""
        person = self.person_or_404(key)["person"]
        codes = {code for code in (person["registration"], *person["candidates"]) if code}
        live = self._visible.live().select_related("alliance").order_by("name", "pk")
        if words:
            matching = organiser_registrations.matching(live, words)
            return list(matching[:PAGE_ROWS])
        first = list(live.filter(code__in=codes))
        rest = live.exclude(code__in=codes)[: PAGE_ROWS - len(first)]
        return [*first, *rest]

    def chosen(self, posted: QueryDict) -> list[tuple[str, str | None]]:
        """Which people go to which registrations; raises Invalid for one the actor cannot see."""
        if "key" in posted:
            if "registration" not in posted:
                raise Invalid.at("registration", msg="Choose a registration, or “Nobody”.")
            pairs = [(posted["key"], posted["registration"] or None)]
        else:
            proposed = {
                p["key"]: p["registration"] for p in self.people if group_of(p) == "proposed"
            }
            pairs = [(key, proposed.get(key)) for key in posted.getlist("accept")]
            pairs = [(key, code) for key, code in pairs if code]
        if not pairs:
            raise Invalid.at("accept", msg="Tick the people whose match is right.")
        codes = {code for _, code in pairs if code}
        known = set(self._visible.filter(code__in=codes).values_list("code", flat=True))
        if codes - known or {key for key, _ in pairs} - {p["key"] for p in self.people}:
            raise Invalid.at("registration", msg="There is no such registration here.")
        return pairs

    def _page(self, name: str, number: str | None) -> Page:
        mine = [person for person in self.people if group_of(person) == name]
        mine.sort(key=lambda person: person["name"].casefold())
        return Paginator(mine, PAGE_ROWS).get_page(number)

    def _registrations(self, people: Iterable[dict[str, Any]]) -> dict[str, Registration]:
        codes = {person["registration"] for person in people if person["registration"]}
        found = self._visible.filter(code__in=codes).select_related("alliance")
        return {one.code: one for one in found}

    def _row(self, person: dict[str, Any], holders: dict[str, Registration]) -> dict[str, Any]:
        inside = person["in_session_seconds"]
        event = self.batch.event
        choose = reverse("organise-assignment", args=[event.slug, self.batch.pk])
        return {
            "person": person,
            "registration": holders.get(person["registration"] or ""),
            "present": person["present_seconds"] // 60,
            "inside": None if inside is None else inside // 60,
            "of": self.rule.minutes,
            "verdict": None if inside is None else VERDICTS[self._presence(inside)],
            "rows": ", ".join(str(number) for number in person["rows"][:12]),
            "choose_url": f"{choose}?{urlencode({'key': person['key']})}",
        }

    def _presence(self, seconds: int) -> Registration.Presence:
        return Registration.Presence(self.rule.presence(seconds))
