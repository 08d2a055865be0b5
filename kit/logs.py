"""Keeps secret links out of the logs."""

import logging
import re

_SECRET = re.compile(
    r"(/(?:r|rsvp|address|feeds/(?:s|me|speaker|organizer|manage|personal)"
    r"|accounts/(?:[\w/-]*key|invitations)|programs/mine)/)"
    r"[\w.~:-]{8,}"
)


def mask(text: str) -> str:
    """The text with the token of each personal link cut out."""
    return _SECRET.sub(r"\1…", text)


class MaskTokens(logging.Filter):
    """A logging filter: the message is written with its secret links masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        return True
