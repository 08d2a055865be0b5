"""Reads a calendar from standard input with Debian's libical and prints what it saw as JSON.

A program of its own, because a C library that stumbles takes its process with it.
"""

import ctypes
import json
import sys
from collections.abc import Iterator
from ctypes import c_char_p, c_int, c_long, c_void_p

LIBRARY = "libical.so.3"


class Time(ctypes.Structure):
    """``struct icaltimetype`` of libical 3."""

    _fields_ = [
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", c_int),
        ("is_daylight", c_int),
        ("zone", c_void_p),
    ]


def main() -> None:
    ical = _library()
    root = ical.icalparser_parse_string(sys.stdin.buffer.read())
    ical.icalrestriction_check(root)
    seen = {
        "errors": ical.icalcomponent_count_errors(root),
        "events": [_event(ical, part) for part in _parts(ical, root, b"VEVENT")],
        "busy": [_busy(ical, part) for part in _parts(ical, root, b"VFREEBUSY")],
    }
    print(json.dumps(seen))


def _library() -> ctypes.CDLL:
    ical = ctypes.CDLL(LIBRARY)
    texts = ("uid", "summary", "description", "location")
    signatures = {
        "icalparser_parse_string": (c_void_p, [c_char_p]),
        "icalrestriction_check": (c_int, [c_void_p]),
        "icalcomponent_count_errors": (c_int, [c_void_p]),
        "icalcomponent_string_to_kind": (c_int, [c_char_p]),
        "icalcomponent_get_first_component": (c_void_p, [c_void_p, c_int]),
        "icalcomponent_get_next_component": (c_void_p, [c_void_p, c_int]),
        "icalcomponent_get_first_property": (c_void_p, [c_void_p, c_int]),
        "icalcomponent_get_next_property": (c_void_p, [c_void_p, c_int]),
        "icalproperty_string_to_kind": (c_int, [c_char_p]),
        "icalproperty_get_value_as_string": (c_char_p, [c_void_p]),
        "icalcomponent_get_dtstart": (Time, [c_void_p]),
        "icalcomponent_get_dtend": (Time, [c_void_p]),
        "icalcomponent_get_status": (c_int, [c_void_p]),
        "icalproperty_status_to_string": (c_char_p, [c_int]),
        "icaltime_as_timet_with_zone": (c_long, [Time, c_void_p]),
        **{f"icalcomponent_get_{name}": (c_char_p, [c_void_p]) for name in texts},
    }
    for name, (answer, takes) in signatures.items():
        function = getattr(ical, name)
        function.restype, function.argtypes = answer, takes
    return ical


def _parts(ical: ctypes.CDLL, root: int, name: bytes) -> Iterator[int]:
    kind = ical.icalcomponent_string_to_kind(name)
    part = ical.icalcomponent_get_first_component(root, kind)
    while part:
        yield part
        part = ical.icalcomponent_get_next_component(root, kind)


def _event(ical: ctypes.CDLL, part: int) -> dict[str, object]:
    def text(name: str) -> str:
        found = getattr(ical, f"icalcomponent_get_{name}")(part)
        return (found or b"").decode()

    status = ical.icalproperty_status_to_string(ical.icalcomponent_get_status(part))
    return {
        "uid": text("uid"),
        "starts": _moment(ical, ical.icalcomponent_get_dtstart(part)),
        "ends": _moment(ical, ical.icalcomponent_get_dtend(part)),
        "title": text("summary"),
        "description": text("description"),
        "place": text("location"),
        "status": (status or b"").decode(),
    }


def _moment(ical: ctypes.CDLL, time: Time) -> int:
    return ical.icaltime_as_timet_with_zone(time, time.zone)


def _busy(ical: ctypes.CDLL, part: int) -> list[str]:
    kind = ical.icalproperty_string_to_kind(b"FREEBUSY")
    found = []
    line = ical.icalcomponent_get_first_property(part, kind)
    while line:
        found.append(ical.icalproperty_get_value_as_string(line).decode())
        line = ical.icalcomponent_get_next_property(part, kind)
    return found


if __name__ == "__main__":
    main()
