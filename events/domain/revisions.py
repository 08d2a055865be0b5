"""When a change of a session is one that calendars must tell everybody about."""

# When, where and whether it happens. A new title or description is not among them: it reaches
# feeds through LAST-MODIFIED and asks nobody to answer again.
SIGNIFICANT = frozenset(
    {"starts_at", "ends_at", "time_zone", "venue", "room", "place", "status", "is_cancelled"}
)

ROUND_STEP = 100
"""Who cancelled and comes back gets a SEQUENCE above all they were sent before."""


def next_sequence(current: int, changed: set[str]) -> int:
    """The iCalendar SEQUENCE of a session after the fields in ``changed`` were edited.

    Args:
        current: the SEQUENCE last published, a count from 0.
        changed: names of fields of the session or its event whose values differ.

    Returns ``current + 1`` where one of them is in ``SIGNIFICANT``, else ``current``. However many
    fields change in one edit, it is one revision.

    Raises ValueError where ``current`` is negative, which no row of ours can be.

    Source: RFC 5545 §3.8.7.4 (from 0, up with each significant revision by the organiser). Which
    fields are significant is for each product to say.
    """
    if current < 0:
        raise ValueError(f"SEQUENCE starts at 0 and never falls; {current} is not one")
    return current + 1 if SIGNIFICANT & changed else current
