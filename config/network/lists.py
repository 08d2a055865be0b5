"""Puts the lists of a network file into the tables: what differs is changed, nothing is deleted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max, Model

from config.network.shape import (
    AllianceEntry,
    BrokenFile,
    NetworkFile,
    OrganisationEntry,
    ProgrammeEntry,
    SpeakerEntry,
    TopicEntry,
)
from events.domain import redrawing
from events.models import Event
from kit import text
from kit.errors import Invalid
from programmes.domain import completion_rules
from programmes.domain.completion_rules import RuleSet
from programmes.models import Alliance, Organisation, Programme, Speaker, Topic

PROGRAMME_KINDS = {
    "certificate_track": Programme.Kind.CERTIFICATE_TRACK,
    "learning_path": Programme.Kind.LEARNING_PATH,
}
"""Everything else (recurring meetings, series of webinars or workshops) is a series."""


@dataclass
class Count:
    """How many rows of one list were new, changed, or already as the file says."""

    made: int = 0
    changed: int = 0
    same: int = 0


@dataclass
class Tally:
    """A count for each list."""

    counts: dict[str, Count] = field(default_factory=dict)

    def note(self, name: str, what: str) -> None:
        """Add one row: ``what`` is made, changed or same."""
        count = self.counts.setdefault(name, Count())
        setattr(count, what, getattr(count, what) + 1)

    @property
    def is_quiet(self) -> bool:
        """Nothing was new and nothing changed."""
        return not any(count.made or count.changed for count in self.counts.values())

    def __str__(self) -> str:
        return "; ".join(
            f"{name}: {count.made} new, {count.changed} changed, {count.same} as they were"
            for name, count in self.counts.items()
        )


def known_slugs() -> dict[str, set[str]]:
    """The slugs the tables hold, by list."""
    tables: dict[str, type[Model]] = {
        "alliances": Alliance,
        "topics": Topic,
        "organisations": Organisation,
        "speakers": Speaker,
        "programmes": Programme,
        "events": Event,
    }
    return {
        name: set(table._base_manager.values_list("slug", flat=True))
        for name, table in tables.items()
    }


def store(network: NetworkFile, tally: Tally) -> None:
    """Write all lists but the events, in an order in which each finds what it speaks of."""
    for alliance in network.alliances:
        tally.note("alliances", _alliance(alliance))
    for topic in network.topics:
        tally.note("topics", _topic(topic))
    for organisation in network.organisations:
        tally.note("organisations", _organisation(organisation))
    for speaker in network.speakers:
        tally.note("speakers", _speaker(speaker))
    for programme in network.programmes:
        tally.note("programmes", _programme(programme))
    named = (tally.counts.get(name, Count()) for name in ("alliances", "topics"))
    if any(count.changed for count in named):  # calendars say their names in each entry
        redrawing.strike_out(Event.objects.published())


def _alliance(entry: AllianceEntry) -> str:
    fields = entry.model_dump(exclude={"slug", "code", "mark", "dot", "colours", "signatory"})
    if not entry.legal_name:
        del fields["legal_name"]
    fields |= _looks(entry)
    if entry.signatory is not None:
        fields |= {
            "signatory_name": entry.signatory.name,
            "signatory_title": entry.signatory.title,
        }
    if not Alliance.objects.filter(slug=entry.slug).exists():
        last = Alliance.objects.aggregate(last=Max("position"))["last"]
        fields["position"] = 0 if last is None else last + 1
        fields.setdefault("legal_name", entry.name)
        fields.setdefault("code", _free_code(entry))
        fields.setdefault("mark", (entry.states or [entry.short_name.upper()])[0][:2])
    return _put(Alliance, entry.slug, fields)


def _looks(entry: AllianceEntry) -> dict[str, Any]:
    looks: dict[str, Any] = {}
    if entry.code:
        looks["code"] = entry.code
    if entry.mark:
        looks["mark"] = entry.mark
    if entry.dot:
        looks["dot_x"], looks["dot_y"] = entry.dot
    if entry.colours:
        looks["colour_light"], looks["ink_light"] = entry.colours.light, entry.colours.ink_light
        looks["colour_dark"], looks["ink_dark"] = entry.colours.dark, entry.colours.ink_dark
    return looks


def _free_code(entry: AllianceEntry) -> str:
    """A class name from the short name that no other alliance has."""
    plain = "".join(sign for sign in entry.short_name.lower() if sign.isascii() and sign.isalnum())
    stem = f"a{plain}"[:9] if not plain[:1].isalpha() else plain[:10]
    taken = set(Alliance.objects.values_list("code", flat=True))
    codes = (stem, *(f"{stem}{number}" for number in range(2, 100)))
    return next(code for code in codes if code not in taken)


def _topic(entry: TopicEntry) -> str:
    return _put(Topic, entry.slug, entry.model_dump(exclude={"slug"}))


def _organisation(entry: OrganisationEntry) -> str:
    fields = entry.model_dump(exclude={"slug", "alliances", "invented"})
    fields |= {"name_key": text.fold(entry.name), "is_invented": entry.invented}
    alliances = Alliance.objects.filter(slug__in=entry.alliances)
    return _put(Organisation, entry.slug, fields, alliances=alliances)


def _speaker(entry: SpeakerEntry) -> str:
    fields = entry.model_dump(exclude={"slug", "organisation"})
    fields["organisation"] = Organisation.objects.filter(slug=entry.organisation or "").first()
    return _put(Speaker, entry.slug, fields)


def _programme(entry: ProgrammeEntry) -> str:
    rules = _rules(entry)
    fields: dict[str, Any] = {
        "name": entry.name,
        "kind": PROGRAMME_KINDS.get(entry.kind, Programme.Kind.SERIES),
        "lead": Alliance.objects.get(slug=entry.lead),
        "description": entry.description,
        "completion": entry.completion or {},
        "award": entry.award or {},
        "sets": entry.sets,
    }
    if rules.needs_other_alliance:  # who reviews the work must see whose it is
        fields["sharing"] = Programme.Sharing.ALL
    hosts = Alliance.objects.filter(slug__in=[entry.lead, *entry.hosts])
    topics = Topic.objects.filter(slug__in=entry.topics)
    return _put(Programme, entry.slug, fields, hosts=hosts, topics=topics)


def _rules(entry: ProgrammeEntry) -> RuleSet:
    """The completion rules, held against the events the file names; raises BrokenFile."""
    events = entry.sets.get(completion_rules.PROGRAMME)
    try:
        return completion_rules.checked(entry.completion, entry.sets, events=events)
    except Invalid as no:
        raise BrokenFile(
            [
                f"programmes ({entry.slug}).{'.'.join(map(str, error['loc']))}: {error['msg']}"
                for error in no.errors
            ]
        ) from no


def _put(table: type[Model], slug: str, fields: dict[str, Any], **links: Iterable[Model]) -> str:
    """Make the row or change what differs; says made, changed or same.

    A row that is as the file says is not saved: its ``changed_at`` means something.
    """
    row = table._base_manager.filter(slug=slug).first()
    is_new = row is None
    if row is None:
        row = table(slug=slug)
    differing = [name for name, value in fields.items() if is_new or getattr(row, name) != value]
    for name in differing:
        setattr(row, name, fields[name])
    if differing:
        _check(row)
        row.save()
    relinked = [_link(row, name, wanted) for name, wanted in links.items()]
    if is_new:
        return "made"
    return "changed" if differing or any(relinked) else "same"


def _check(row: Model) -> None:
    try:
        row.full_clean(exclude={"states"})  # a list that may be empty
    except ValidationError as fault:
        name = row._meta.verbose_name_plural
        slug = row.slug  # type: ignore[attr-defined]
        raise BrokenFile(
            [
                f"{name} ({slug}).{field}: {' '.join(said)}"
                for field, said in fault.message_dict.items()
            ]
        ) from fault


def _link(row: Model, name: str, wanted: Iterable[Model]) -> bool:
    """Set a many-to-many list; true where it was another."""
    manager = getattr(row, name)
    ids = {other.pk for other in wanted}
    if set(manager.values_list("pk", flat=True)) == ids:
        return False
    manager.set(ids)
    return True
