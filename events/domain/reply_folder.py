"""Reads the folder into which the mail server puts what comes to our mailbox, one file a mail."""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from events.domain import replies, reply_mail
from events.domain.replies import Outcome

log = logging.getLogger("lyceum.replies")

ANSWERS, OTHERS = "lyceum-answers", "lyceum-others"
MOST = 200


def mails_in(folder: Path) -> Iterator[Path]:
    """The mail files of a folder, oldest name first; hidden ones are still being written."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield path


def read_file(path: Path, *, at: datetime) -> list[Outcome]:
    """Note the answers in one mail file. Raises ``NotAMail``, OSError where it cannot be opened."""
    if path.stat().st_size > reply_mail.MOST_BYTES:
        raise reply_mail.NotAMail(f"{path.name} is too large to be an answer.")
    return replies.take_in(path.read_bytes(), at=at)


def sweep(folder: Path, *, at: datetime) -> tuple[int, int]:
    """Read up to 200 mails of a folder; returns how many held an answer and how many did not.

    What was an answer goes into one folder beside them and everything else, letters of people among
    it, into another: nothing is thrown away. A mail read twice because of a crash does no harm.
    """
    counts = {ANSWERS: 0, OTHERS: 0}
    for number, path in enumerate(mails_in(folder)):
        if number >= MOST:
            break
        try:
            outcomes = read_file(path, at=at)
        except reply_mail.NotAMail as no:
            log.warning("a mail file cannot be read: %s", no)
            outcomes = []
        kind = ANSWERS if any(outcome.is_known for outcome in outcomes) else OTHERS
        shelf = folder / kind
        shelf.mkdir(exist_ok=True)
        path.replace(shelf / path.name)
        counts[kind] += 1
    return counts[ANSWERS], counts[OTHERS]
