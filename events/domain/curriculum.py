"""Making programmes and saying which events they consist of. The rules are checked at each save,
against the events there are then."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from events.domain import calendars
from events.models import Event
from kit import text
from kit.errors import Invalid, Refused
from kit.faults import Faults
from programmes import audit
from programmes.domain import completion_rules
from programmes.domain.completion_rules import PROGRAMME
from programmes.models import Alliance, Person, Programme, Topic

RESERVED = {"mine", "new"}
TRIES = 4
MOST_TEXT = 20_000
SCHEME, AMOUNT = "scheme", "amount"


class StaleProgramme(Refused):
    """Somebody else changed the programme since the form was opened."""

    code = "stale-edit"


class EventTaken(Refused):
    """The event belongs to another programme already."""

    code = "event-taken"


class NotHostedHere(Refused):
    """No host of the programme hosts the event."""

    code = "not-hosted-here"


@dataclass(frozen=True)
class ProgrammePlan:
    """All that is typed of a programme; the form of its rules is in docs/programs.md."""

    name: str
    slug: str = ""
    kind: str = Programme.Kind.SERIES
    description: str = ""
    topics: tuple[Topic, ...] = ()
    co_hosts: tuple[Alliance, ...] = ()
    completion: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, Any] = field(default_factory=dict)
    award: dict[str, Any] = field(default_factory=dict)
    sharing: str = Programme.Sharing.OWN
    takes_enrolments: bool = True


COLUMNS = (
    *("name", "kind", "description", "completion", "sets", "award"),
    *("sharing", "takes_enrolments"),
)


def events_of(programme: Programme) -> list[str]:
    """Slugs of the programme's events, drafts included, in its own order."""
    slugs = Event.objects.filter(programme=programme).order_by("starts_at", "pk")
    there = list(slugs.values_list("slug", flat=True))
    put = [slug for slug in programme.sets.get(PROGRAMME) or [] if slug in there]
    return [*put, *(slug for slug in there if slug not in put)]


def plan_of(programme: Programme) -> ProgrammePlan:
    """The programme as a plan: what would have been typed to make it so."""
    columns = {name: getattr(programme, name) for name in COLUMNS}
    columns["sets"] = {name: slugs for name, slugs in programme.sets.items() if name != PROGRAMME}
    return ProgrammePlan(
        **columns,
        slug=programme.slug,
        topics=tuple(programme.topics.order_by("pk")),
        co_hosts=tuple(programme.hosts.exclude(pk=programme.lead_id).order_by("position", "pk")),
    )


def draft(lead: Alliance, plan: ProgrammePlan, *, by: Person | None, at: datetime) -> Programme:
    """A new programme of ``lead``. Raises Invalid with every fault; then nothing was written."""
    clean = _checked(plan, events=[])
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                columns = {name: getattr(clean, name) for name in COLUMNS}
                made = Programme.objects.create(slug=_slug_for(clean), lead=lead, **columns)
                made.topics.set(clean.topics)
                made.hosts.set({lead, *clean.co_hosts})
                audit.record("programme.made", made, by=by, alliance=lead.pk)
                return made
        except IntegrityError:  # the same page address at the same moment: take the next one
            if not tries_left:
                raise
    raise AssertionError("not reached")


def edit(
    programme: Programme,
    changes: dict[str, Any],
    *,
    by: Person | None,
    at: datetime,
    version: int | None = None,
) -> Programme:
    """Change what ``changes`` names, fields of ProgrammePlan; an edit of nothing writes nothing.

    Who is enrolled keeps the rules they began with. Raises Invalid, or StaleProgramme where
    ``version`` is not the latest.
    """
    with transaction.atomic():
        held = _locked(programme)
        if version is not None and version != held.version:
            raise StaleProgramme(
                f"“{held.name}” was changed since you opened it. Load it again, look at what is "
                "new, and make your change there.",
                version=held.version,
            )
        before = plan_of(held)
        there = events_of(held)
        wanted = ProgrammePlan(**{**_fields(before), **changes})
        clean = _checked(wanted, events=there, is_public=True)
        changed = [name for name in _fields(clean) if getattr(clean, name) != getattr(before, name)]
        if "slug" in changed:
            raise Invalid.at("slug", msg="The page address stays as it was announced.")
        if changed:
            _write(held, clean, changed, there=there)
            audit.record("programme.edited", held, by=by, changed=changed)
            _tell_feeds(held, at=at)
    held.refresh_from_db()
    return held


def add_event(programme: Programme, event: Event, *, by: Person | None, at: datetime) -> None:
    """Make the event a part of the programme, its last one. Twice is harmless.

    Raises EventTaken, NotHostedHere.
    """
    with transaction.atomic():
        held = _locked(programme)
        hosts = set(held.hosts.values_list("pk", flat=True))
        if not hosts & set(event.hosts.standing().values_list("alliance_id", flat=True)):
            raise NotHostedHere(
                f"None of the hosts of “{held.name}” hosts “{event.title}”. Ask one of them to "
                "co-host it first."
            )
        free = Event.objects.filter(pk=event.pk, programme=None)
        if not free.update(programme=held, version=F("version") + 1, changed_at=at):
            now = Event.objects.select_related("programme").get(pk=event.pk).programme
            if now is not None and now.pk != held.pk:
                raise EventTaken(f"“{event.title}” is part of “{now.name}” already.")
            return
        _put_order(held, events_of(held))
        audit.record("programme.event-added", held, by=by, event=event.pk)
        calendars.touch(event, at=at)


def remove_event(programme: Programme, event: Event, *, by: Person | None, at: datetime) -> None:
    """Take the event out; who is registered for it stays so. Twice is harmless.

    Raises Invalid where the completion rules name it, or would ask for more events than are left.
    """
    with transaction.atomic():
        held = _locked(programme)
        left = [slug for slug in events_of(held) if slug != event.slug]
        told = completion_rules.problems(held.completion, plan_of(held).sets, left)
        known = completion_rules.problems(held.completion, plan_of(held).sets, events_of(held))
        if new := [sentence for sentence in told if sentence not in known]:
            raise Invalid(f"“{event.title}” cannot be taken out: {new[0]} Change the rules first.")
        mine = Event.objects.filter(pk=event.pk, programme=held)
        if mine.update(programme=None, version=F("version") + 1, changed_at=at):
            _put_order(held, left)
            audit.record("programme.event-removed", held, by=by, event=event.pk)
            calendars.touch(event, at=at)


def move_event(
    programme: Programme, event: Event, *, places: int, by: Person | None, at: datetime
) -> None:
    """Move an event so many ``places`` down the programme's own order, up where it is negative."""
    with transaction.atomic():
        held = _locked(programme)
        order = events_of(held)
        if event.slug not in order:
            return
        was = order.index(event.slug)
        now = min(max(was + places, 0), len(order) - 1)
        if now != was:
            order.insert(now, order.pop(was))
            _put_order(held, order)
            audit.record("programme.event-moved", held, by=by, event=event.pk)
            _tell_feeds(held, at=at)


def _fields(plan: ProgrammePlan) -> dict[str, Any]:
    return {one.name: getattr(plan, one.name) for one in fields(plan)}


def _locked(programme: Programme) -> Programme:
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _write(held: Programme, plan: ProgrammePlan, changed: list[str], *, there: list[str]) -> None:
    for name in COLUMNS:
        setattr(held, name, getattr(plan, name))
    held.sets = {**plan.sets, PROGRAMME: there}
    held.version += 1
    held.save()
    if "topics" in changed:
        held.topics.set(plan.topics)
    if "co_hosts" in changed:
        held.hosts.set({held.lead, *plan.co_hosts})


def _put_order(held: Programme, slugs: list[str]) -> None:
    held.sets = {**held.sets, PROGRAMME: slugs}
    held.version += 1
    held.save(update_fields=["sets", "version", "changed_at"])


def _tell_feeds(held: Programme, *, at: datetime) -> None:
    """Pages and feeds show the programme with its events: one touch tells that they changed."""
    first = Event.objects.filter(programme=held).first()
    if first is not None:
        calendars.touch(first, at=at)


# --- what was typed -------------------------------------------------------------------------------


def _checked(plan: ProgrammePlan, *, events: list[str], is_public: bool = False) -> ProgrammePlan:
    faults = Faults()
    clean = _fields(plan)
    with faults.noted():
        clean["name"] = text.one_line(plan.name, loc="name", what="The name", at_most=200)
        if not clean["name"]:
            faults.add("name", msg="Give the program a name.")
    with faults.noted():
        clean["description"] = text.lines(
            plan.description, loc="description", what="The description", at_most=MOST_TEXT
        )
    if plan.kind not in Programme.Kind.values:
        faults.add("kind", msg="The kind is a series, a certificate track or a learning path.")
    if plan.sharing not in Programme.Sharing.values:
        faults.add("sharing", msg="What co-hosts see is totals, own or all.")
    if not is_public:
        _check_slug(plan.slug, faults)
    with faults.noted():
        rules = completion_rules.checked(plan.completion, plan.sets, events=events)
        if rules.needs_other_alliance and plan.sharing != Programme.Sharing.ALL:
            faults.add(
                "sharing",
                msg="Work is reviewed by another alliance, so its organizers must see who is "
                "enrolled: let co-hosts see everyone.",
            )
    with faults.noted():
        clean["award"] = _award(plan.award)
    for index, alliance in enumerate(plan.co_hosts):
        if not alliance.is_active:
            faults.add("co_hosts", index, msg=f"{alliance.name} has left the partnership.")
    faults.settle()
    clean["topics"] = tuple(sorted(plan.topics, key=lambda topic: topic.pk))
    clean["co_hosts"] = tuple(sorted(plan.co_hosts, key=lambda host: (host.position, host.pk)))
    clean["sets"] = {name: list(s) for name, s in plan.sets.items() if name != PROGRAMME}
    return ProgrammePlan(**clean)


def _check_slug(slug: str, faults: Faults) -> None:
    if slug and (len(slug) > 80 or slugify(slug) != slug or slug in RESERVED):
        faults.add("slug", msg="The page address is small letters, digits and dashes, at most 80.")


def _award(award: dict[str, Any]) -> dict[str, Any]:
    """What completing it earns: a kind, a title, and credits kept as they are."""
    if not isinstance(award, dict):
        raise Invalid.at("award", msg="What it earns must be a JSON object.")
    if unknown := sorted(award.keys() - {"kind", "title", "credits"}):
        raise Invalid.at("award", unknown[0], msg=f"“{unknown[0][:40]}” means nothing here.")
    title = award.get("title", "")
    if not isinstance(title, str):
        raise Invalid.at("award", "title", msg="The title of the certificate must be text.")
    what = "The title of the certificate"
    clean = text.one_line(title, loc=("award", "title"), what=what, at_most=200)
    credits = award.get("credits", [])
    if not isinstance(credits, list) or not all(_is_credit(one) for one in credits):
        raise Invalid.at("award", "credits", msg="Each credit has a scheme and an amount.")
    return {**award, "title": clean} if clean or award.get("credits") else {}


def _is_credit(credit: Any) -> bool:
    return isinstance(credit, dict) and all(
        isinstance(credit.get(name), str) and 0 < len(credit[name]) <= 40
        for name in (SCHEME, AMOUNT)
    )


def _slug_for(plan: ProgrammePlan) -> str:
    """The slug asked for, or one made from the name with a number where it is taken."""
    base = plan.slug or slugify(plan.name)[:60].strip("-_") or "program"
    taken = set(Programme.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= RESERVED
    if base not in taken:
        return base
    if plan.slug:
        raise Invalid.at("slug", msg=f"The page address “{base}” is taken. Choose another.")
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)
