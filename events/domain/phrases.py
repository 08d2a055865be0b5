"""The few words of our own that calendars say around what organizers wrote, by language."""

from collections.abc import Mapping
from types import MappingProxyType

HOUSE = "en"
"""The language that stored calendar text is in; what people wrote stays as they wrote it."""

_ENGLISH = {
    "all": "all events",
    "about": (
        "Joint events of the smart-community alliances. Times are those of each event's own zone."
    ),
    "left": "{name} (no longer in the network)",
    "left about": "{name} has left the network. This calendar keeps what it hosted before.",
    "removed": "{slug} (removed)",
    "removed about": (
        "This calendar is no longer kept. Choose another one at {url}, then delete this one."
    ),
    "canceled": "Canceled: {title}",
    "gone": "No longer in this calendar: {title}",
    "gone about": "This event has left this calendar. It may still take place: look it up at {url}",
    "hosted": "Hosted by {names}.",
    "theirs": "From {name}’s own calendar.",
    "reason": "Canceled: {reason}",
    "waiting": "You are on the waitlist.",
    "pending": "Your registration waits for approval.",
    "draft": "A draft: not announced yet.",
    "proposed": "Proposed: waiting for co-hosts.",
    "join": "Join online",
    "online": "Online",
    "in_person": "In person",
    "hybrid": "Hybrid",
    "busy": "Busy",
    "mine": "My events",
    "speaking": "{name}: sessions",
    "organizing": "Events we organize",
}
_SPANISH = {
    "all": "todos los eventos",
    "about": (
        "Eventos conjuntos de las alianzas de comunidades inteligentes. "
        "Las horas son las de la zona de cada evento."
    ),
    "left": "{name} (ya no está en la red)",
    "left about": "{name} ha dejado la red. Este calendario conserva lo que organizó antes.",
    "removed": "{slug} (retirado)",
    "removed about": "Este calendario ya no se mantiene. Elija otro en {url} y borre este.",
    "canceled": "Cancelado: {title}",
    "gone": "Ya no está en este calendario: {title}",
    "gone about": (
        "Este evento ha salido de este calendario. Puede que se celebre: consúltelo en {url}"
    ),
    "hosted": "Organiza: {names}.",
    "theirs": "Del calendario propio de {name}.",
    "reason": "Cancelado: {reason}",
    "waiting": "Está en la lista de espera.",
    "pending": "Su inscripción está pendiente de aprobación.",
    "draft": "Borrador: aún sin anunciar.",
    "proposed": "Propuesto: a la espera de los coorganizadores.",
    "join": "Unirse en línea",
    "online": "En línea",
    "in_person": "Presencial",
    "hybrid": "Híbrido",
    "busy": "Ocupado",
    "mine": "Mis eventos",
    "speaking": "{name}: sesiones",
    "organizing": "Eventos que organizamos",
}

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "es": "Español"})
"""What a feed can be asked for in, each under its own name."""

_PHRASES = {"en": _ENGLISH, "es": _SPANISH}


def say(key: str, language: str = HOUSE, **words: str) -> str:
    """The phrase ``key`` with ``words`` filled in. KeyError for a phrase or language unknown."""
    return _PHRASES[language][key].format(**words)
