"""The kinds of effects there are, and by which functions each is carried out.

Each app registers its own in ``AppConfig.ready``, by dotted paths, so that nothing heavy is
imported before it is needed and this module needs no model.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """Work whose result is rows and files.

    ``prepare(entry)`` may be slow and runs outside any transaction; whatever it leaves behind must
    be harmless when it runs twice. ``finish(entry, prepared)`` writes the rows, in the transaction
    that marks the entry done: both happen or neither.
    """

    prepare: str
    finish: str


@dataclass(frozen=True)
class Mail:
    """A mail. ``compose(entry)`` returns the message, or None where it is no longer wanted.

    SMTP cannot join a transaction. After a crash between the two, ``resend`` says whether the mail
    goes out again (better twice than never) or waits for a person to decide.
    """

    compose: str
    resend: bool = True


KINDS: dict[str, Effect | Mail] = {}


def register(kind: str, how: Effect | Mail) -> None:
    """Say how entries of ``kind``, such as “events/registration-confirmed”, are carried out."""
    KINDS[kind] = how
