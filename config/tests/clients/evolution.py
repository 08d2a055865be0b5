"""Subscribes Evolution's data server to the address given and prints what it holds, as JSON.

Runs with the system's Python, because its bindings come with Debian and not from PyPI.
"""

import json
import sys
import time
from typing import Any

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")

from gi.repository import ECal, EDataServer, GLib  # noqa: E402  (only once versions are named)

PATIENCE = 60


def main() -> None:
    client = ECal.Client.connect_sync(_source(sys.argv[1]), ECal.ClientSourceType.EVENTS, 10, None)
    last = time.monotonic() + PATIENCE
    while not (events := client.get_object_list_sync("#t", None)[1]):
        if time.monotonic() > last:
            sys.exit("Evolution's data server fetched nothing.")
        time.sleep(0.5)
    print(json.dumps([_told(event) for event in events]))


def _source(address: str) -> Any:
    registry = EDataServer.SourceRegistry.new_sync(None)
    source = EDataServer.Source.new_with_uid("lyceum", None)
    source.set_display_name("Lyceum")
    source.set_parent("webcal-stub")
    source.get_extension(EDataServer.SOURCE_EXTENSION_CALENDAR).set_backend_name("webcal")
    web = source.get_extension(EDataServer.SOURCE_EXTENSION_WEBDAV_BACKEND)
    web.set_uri(GLib.Uri.parse(address, GLib.UriFlags.ENCODED))
    source.get_extension(EDataServer.SOURCE_EXTENSION_SECURITY).set_method("none")
    registry.commit_source_sync(source, None)
    return registry.ref_source("lyceum")


def _told(event: Any) -> list[Any]:
    starts, ends = event.get_dtstart(), event.get_dtend()
    return [
        event.get_uid(),
        starts.as_timet_with_zone(starts.get_timezone()),
        ends.as_timet_with_zone(ends.get_timezone()),
        event.get_summary(),
        event.get_status().value_nick.upper(),
    ]


if __name__ == "__main__":
    main()
