"""The sample reports of every layout, all invented, with the true answer for each person."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from events.domain.minutes import Span, windows

FOLDER = Path(__file__).parent
MEET_NAME = "2027-02-10 11:00 Digital Equity Round Table - Attendance Report.csv"
NAMES = sorted(path.stem for path in (FOLDER / "expected").glob("*.json"))


@dataclass(frozen=True)
class Sample:
    """One report with its truth: ``expected`` is the JSON beside it."""

    name: str
    raw: bytes
    filename: str
    expected: dict

    @property
    def zone(self) -> str:
        """The zone its stamps are written in."""
        return self.expected["stamp_zone"]

    @property
    def session(self) -> Span:
        """When the event was scheduled."""
        return _span(self.expected["session"]["start_utc"], self.expected["session"]["end_utc"])

    @property
    def windows(self) -> list[Span]:
        """The session without its breaks."""
        breaks = [_span(*pause) for pause in self.expected["session"]["breaks_utc"]]
        return windows(self.session, breaks)


def sample(name: str) -> Sample:
    """The sample called ``name``, under the file name that its platform gives it."""
    filename = MEET_NAME if name == "google_meet" else f"{name}.csv"
    raw = (FOLDER / f"{name}.csv").read_bytes()
    truth = json.loads((FOLDER / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    return Sample(name, raw, filename, truth)


def _span(start: str, end: str) -> Span:
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))
