"""Which hosts see what of a registration, in plain words, for the person it is about."""

from collections.abc import Sequence

from events import rules
from events.models import Event, Registration
from events.views import workspace
from kit.text import listed
from programmes.access import Actor
from programmes.models import Alliance, Role

SEES = "your name, email, organization, and answers"


def before(event: Event, hosts: Sequence[Alliance]) -> str:
    """What somebody is told who is about to register; ``hosts`` lead first."""
    lead, others = event.lead.name, listed(host.name for host in hosts if host.pk != event.lead_id)
    if not others:
        return f"{lead} sees {SEES}."
    if event.sharing == Event.Sharing.ALL:
        return f"{lead}, and with it {others}, see {SEES}."
    if event.sharing == Event.Sharing.OWN:
        return (
            f"{lead} sees {SEES}. So does each other host whose member your organization is, or"
            f" that you chose here. Otherwise {others} see only how many people come."
        )
    return f"Only {lead} sees {SEES}. For {others} you are one in a total."


def after(mine: Registration) -> str:
    """What it came to for this registration, by the very rule that opens the pages.

    Needs at most five queries.
    """
    event = workspace.with_parts(Event.objects.all()).get(pk=mine.event_id)
    mine.event = event
    hosts = [part.alliance for part in workspace.lead_first(event) if part.stands]
    seeing = [host for host in hosts if _sees(host, mine)]
    names = listed(host.name for host in seeing)
    said = f"{names} {'sees' if len(seeing) == 1 else 'see'} {SEES}."
    others = [host.name for host in hosts if host not in seeing]
    if not others:
        return said
    return f"{said} For {listed(others)} you are one in a total."


def _sees(host: Alliance, mine: Registration) -> bool:
    return rules.may_see_registration(Actor(roles={host.pk: Role.Kind.VIEWER}), mine)
