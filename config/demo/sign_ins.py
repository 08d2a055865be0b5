"""The people who can sign in to the demo: one organiser for each alliance, and an operator."""

from programmes.models import Alliance, Person, Role

OPERATOR = "admin@network.example"
PASSWORD = "seven-points-one-line"  # noqa: S105  printed on purpose, used while developing only


def address_of(alliance: Alliance) -> str:
    """The demo organiser's address."""
    return f"organiser@{alliance.slug}.example"


def make(password: str | None) -> dict[str, Person]:
    """Make who is missing; returns the organisers by the slug of their alliance.

    ``password`` None leaves those who are there with the one they have.
    """
    operator = _person(OPERATOR, "Network Operator", password)
    if not (operator.is_operator and operator.is_staff and operator.is_superuser):
        operator.is_operator = operator.is_staff = operator.is_superuser = True
        operator.save(update_fields=["is_operator", "is_staff", "is_superuser"])
    organisers = {}
    for alliance in Alliance.objects.all():
        person = _person(address_of(alliance), f"{alliance.short_name} Organizer", password)
        Role.objects.get_or_create(
            person=person, alliance=alliance, defaults={"kind": Role.Kind.ADMIN}
        )
        organisers[alliance.slug] = person
    return organisers


def addresses() -> list[str]:
    """Whom one can sign in as, operator last."""
    organisers = [address_of(alliance) for alliance in Alliance.objects.all()]
    known = set(Person.objects.values_list("email", flat=True))
    return [address for address in [*organisers, OPERATOR] if address in known]


def _person(address: str, name: str, password: str | None) -> Person:
    person = Person.objects.filter(email=address).first()
    if person is None:
        return Person.objects.create_user(address, password, name=name)
    if password is not None and not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    return person
