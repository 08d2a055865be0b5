"""Wall time."""

from zoneinfo import available_timezones


def is_zone(name: str) -> bool:
    """Is it an IANA zone name?"""
    return name in available_timezones()
