"""Why a file is refused as a whole. Nothing of it is kept; the person gets one sentence."""

from kit.errors import Refused

KINDS = (
    "an attendance report of Zoom, Microsoft Teams, Webex or Google Meet, "
    "a sign-in sheet or our own template, saved as CSV"
)


class Unreadable(Refused):
    """What all refusals of an attendance file have in common: the file itself is at fault (422)."""

    code = "unreadable"
    status = 422


class NotAReport(Unreadable):
    """The file holds no attendance that we know how to read."""

    code = "not-a-report"

    @classmethod
    def because(cls, what: str) -> "NotAReport":
        """``what`` is the first half of the sentence, such as “This file is empty”."""
        return cls(f"{what}. We read {KINDS}.")


class WrongDate(Unreadable):
    """The stamps in the file are those of another day."""

    code = "wrong-date"


class TooLarge(Unreadable):
    """More rows or bytes than an event of ours can have."""

    code = "too-large"
