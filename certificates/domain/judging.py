"""Who has earned a certificate, and why or why not, from settled minutes alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """``minutes`` are whole minutes in session, rounded down; ``reason`` is a sentence."""

    earned: bool
    minutes: int
    reason: str


def judge(*, attended: int | None, scheduled: int, percent: int) -> Judgement:
    """Has someone who attended ``attended`` of ``scheduled`` seconds reached ``percent`` of them?

    ``attended`` counts the union of a person's time inside the sessions without breaks, None where
    nothing was recorded. The comparison is exact to the second; minutes are rounded down only to be
    shown, so a person a second short is told how many seconds are missing, not that 60 is below 60.

    Source: docs/attendance.md, rule 2 (credit is measured inside the session, never rounded up).
    """
    if not attended:
        return Judgement(False, 0, "No attendance was recorded.")
    needed = -(-scheduled * percent // 100)
    minutes, of = attended // 60, scheduled // 60
    if attended >= needed:
        return Judgement(True, minutes, f"Attended {minutes} of {of} minutes.")
    missing = needed - attended
    return Judgement(
        False,
        minutes,
        f"Attended {minutes} of {of} minutes; {_length(needed)} are needed, "
        f"{_length(missing)} more.",
    )


def _length(seconds: int) -> str:
    """“60 minutes”, “59 seconds”, “2 minutes 5 seconds”."""
    minutes, rest = divmod(seconds, 60)
    words = [f"{minutes} minute{'s' if minutes != 1 else ''}"] if minutes else []
    words += [f"{rest} second{'s' if rest != 1 else ''}"] if rest else []
    return " ".join(words) or "0 seconds"
