"""For every rule, the list and the predicate agree: what one shows the other allows."""

import itertools

import pytest

from events import rules
from events.models import Event, EventHost, Registration
from programmes.access import ANYONE, Actor, actor_of
from programmes.models import Organisation, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def alliances(make_alliance):
    """Who leads, and one for each answer a co-host can have given; and one that was never asked."""
    return {
        name: make_alliance(name)
        for name in ("lead", "accepted", "invited", "declined", "withdrawn", "stranger")
    }


@pytest.fixture
def events(make_event, alliances):
    """An event in every state, visibility and data rule, all with the same hosts."""
    made = []
    for status, visibility, sharing in itertools.product(
        Event.Status.values, Event.Visibility.values, Event.Sharing.values
    ):
        event = make_event(
            lead=alliances["lead"],
            published=status not in {"draft", "proposed"},
            visibility=visibility,
            sharing=sharing,
        )
        Event.objects.filter(pk=event.pk).update(
            status=status, cancelled_at=event.changed_at if status == "cancelled" else None
        )
        for state in ("accepted", "invited", "declined", "withdrawn"):
            EventHost.objects.create(
                event=event,
                alliance=alliances[state],
                role=EventHost.Role.CO_HOST,
                state=state,
                invited_at=event.changed_at,
            )
        made.append(event.pk)
    return Event.objects.filter(pk__in=made).prefetch_related("hosts")


@pytest.fixture
def actors(alliances, make_organiser, make_person):
    """Anyone, somebody signed in, an operator, and every kind of role in every alliance."""
    found = {
        "anyone": ANYONE,
        "signed in": actor_of(make_person()),
        "operator": actor_of(make_person(is_operator=True)),
    }
    for (name, alliance), kind in itertools.product(alliances.items(), Role.Kind.values):
        found[f"{kind} of {name}"] = actor_of(make_organiser(alliance, kind=kind))
    for one, other in itertools.permutations(alliances, 2):
        roles = {alliances[one].pk: Role.Kind.ORGANISER, alliances[other].pk: Role.Kind.VIEWER}
        found[f"organiser of {one}, viewer of {other}"] = Actor(person_id=0, roles=roles)
    return found


@pytest.fixture
def registrations(events, alliances, make_person):
    """For each event a guest, one who chose each alliance, and a member of each."""
    member = {}
    for name, alliance in alliances.items():
        member[name] = Organisation.objects.create(
            slug=name, name=name, name_key=name, kind="other"
        )
        member[name].alliances.add(alliance)
    belongs = [{}]
    belongs += [{"alliance": alliance} for alliance in alliances.values()]
    belongs += [{"member_organisation": organisation} for organisation in member.values()]
    people = [make_person() for _ in belongs]
    Registration.objects.bulk_create(
        Registration(
            event=event,
            person=person,
            state="confirmed",
            name="X",
            email=person.email,
            joined_at=event.changed_at,
            **fields,
        )
        for event in events
        for person, fields in zip(people, belongs, strict=True)
    )
    return Registration.objects.select_related("event", "member_organisation").prefetch_related(
        "event__hosts", "member_organisation__alliances"
    )


def allowed(rule, actor: Actor, things) -> set[int]:
    return {thing.pk for thing in things if rule(actor, thing)}


def test_the_events_listed_are_those_that_may_be_seen(events, actors):
    rows = list(events)
    for who, actor in actors.items():
        listed = set(events.visible_to(actor).values_list("pk", flat=True))
        assert listed == allowed(rules.may_see, actor, rows), who

    assert len(events.visible_to(ANYONE)) == 3 * 9  # there was something to see, and to hide
    assert len(events) == 5 * 9


def test_the_events_an_alliance_works_on_are_those_whose_workspace_opens(events, actors):
    rows = list(events)
    for who, actor in actors.items():
        if not actor.is_operator:
            listed = set(events.hosted_by(actor.alliances).values_list("pk", flat=True))
            assert listed == allowed(rules.may_see_workspace, actor, rows), who


def test_the_registrations_listed_are_those_that_may_be_seen(registrations, actors):
    rows = list(registrations)
    for who, actor in actors.items():
        listed = set(Registration.objects.visible_to(actor).values_list("pk", flat=True))
        assert listed == allowed(rules.may_see_registration, actor, rows), who


def test_who_sees_no_list_of_registrations_has_nothing_in_it(registrations, actors):
    for registration in registrations:
        for who, actor in actors.items():
            if rules.may_see_registration(actor, registration):
                assert rules.may_see_registrations(actor, registration.event), who


RULES = (
    rules.may_see,
    rules.may_see_workspace,
    rules.may_look_behind,
    rules.may_run,
    rules.may_take_attendance,
    rules.may_check_in,
    rules.may_see_registrations,
    rules.may_edit,
    rules.may_publish,
    rules.may_settle,
)


def test_nobody_sees_through_one_host_whom_another_alliance_of_theirs_may_not(
    registrations, actors, alliances
):
    """Two roles show what each of them shows, and not a registration more."""
    for one, other in itertools.permutations(alliances, 2):
        both = Registration.objects.visible_to(actors[f"organiser of {one}, viewer of {other}"])
        each = [
            Registration.objects.visible_to(actors[who])
            for who in (f"organiser of {one}", f"viewer of {other}")
        ]
        assert set(both) == set(each[0]) | set(each[1]), (one, other)


def test_check_in_staff_look_into_nothing_but_the_door_list(registrations, events, actors):
    for who, actor in actors.items():
        if not who.startswith("check-in"):
            continue
        assert not events.visible_to(actor).exclude(pk__in=events.published())
        assert not Registration.objects.visible_to(actor)
        for event in events:
            looks = (rules.may_see_workspace, rules.may_look_behind, rules.may_see_registrations)
            assert not any(rule(actor, event) for rule in looks), who


def test_the_door_list_keeps_to_the_data_rule(registrations, actors, alliances):
    """Staff at the door find whom a viewer of their alliance would find, and nobody else."""
    for name in alliances:
        door = Registration.objects.at_door_for(actors[f"check-in of {name}"])
        assert set(door) == set(Registration.objects.visible_to(actors[f"viewer of {name}"]))
    assert Registration.objects.at_door_for(actors["check-in of accepted"]).exists()
    assert not Registration.objects.at_door_for(actors["viewer of lead"]).exists()


def test_no_rule_asks_the_database(events, actors, django_assert_num_queries):
    rows = list(events)
    with django_assert_num_queries(0):
        for rule, event, actor in itertools.product(RULES, rows, actors.values()):
            rule(actor, event)


def test_whatever_may_be_done_to_an_event_may_be_seen_too(events, actors):
    for rule, event, (who, actor) in itertools.product(RULES, events, actors.items()):
        assert not rule(actor, event) or rules.may_see(actor, event), (rule.__name__, who)


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (rules.may_edit, {"admin of lead", "organiser of lead"}),
        (rules.may_publish, {"admin of lead", "organiser of lead"}),
        (rules.may_settle, {"admin of lead", "organiser of lead"}),
        (
            rules.may_run,
            {
                f"{kind} of {host}"
                for kind in ("admin", "organiser")
                for host in ("lead", "accepted")
            },
        ),
        (
            rules.may_look_behind,
            {
                f"{kind} of {host}"
                for kind in ("admin", "organiser", "viewer")
                for host in ("lead", "accepted")
            },
        ),
    ],
)
def test_exactly_these_may(events, actors, rule, who):
    alone = {name: actor for name, actor in actors.items() if ", " not in name}
    for event in events:
        assert {name for name, actor in alone.items() if rule(actor, event)} == who | {"operator"}


def test_at_the_door_stand_those_of_the_hosts_once_there_is_something_announced(events, actors):
    staff = {
        f"{kind} of {host}"
        for kind in ("admin", "organiser", "check-in")
        for host in ("lead", "accepted")
    } | {"operator"}
    alone = {name: actor for name, actor in actors.items() if ", " not in name}
    for event in events:
        may = {name for name, actor in alone.items() if rules.may_check_in(actor, event)}
        assert may == (staff if event.is_public else set())


def test_only_its_own_organisers_answer_for_an_alliance(alliances, actors):
    may = {who for who, actor in actors.items() if rules.may_answer(actor, alliances["invited"])}

    assert {who for who in may if ", " not in who} == {
        "operator",
        "admin of invited",
        "organiser of invited",
    }
    assert all(who.startswith("organiser of invited") for who in may if ", " in who)
