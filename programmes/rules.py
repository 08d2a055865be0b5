"""Who may do what with alliances and the network. Pure predicates: no query, one reason each."""

from programmes.access import Actor


def may_organise(actor: Actor) -> bool:
    """Operators, and anyone who plans events for some alliance."""
    return actor.is_organiser


def may_operate(actor: Actor) -> bool:
    """Operators of the network."""
    return actor.is_operator
