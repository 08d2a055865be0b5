"""Reading attendance reports: ``read_report`` a file, ``check_dates``, ``gather`` its people."""

from events.domain.imports.dating import check_dates, for_session
from events.domain.imports.people import gather
from events.domain.imports.reading import read_report

__all__ = ["check_dates", "for_session", "gather", "read_report"]
