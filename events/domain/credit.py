"""Credit schemes as the pages and papers call them."""

SCHEMES = {
    "contact_hour": "Contact hours",
    "CEU": "CEU",
    "PDH": "PDH",
    "CM": "AICP CM",
    "CPE": "CPE",
}
"""The schemes of the sample network; any other is shown by its own name."""

_BY_FOLDED = {scheme.casefold(): label for scheme, label in SCHEMES.items()}


def label(scheme: str) -> str:
    """What people call ``scheme``: “Contact hours”, “PDH”; “Law hour” for “law_hour”."""
    known = _BY_FOLDED.get(scheme.casefold())
    if known is not None:
        return known
    return scheme if scheme.isupper() else scheme.replace("_", " ").capitalize()
