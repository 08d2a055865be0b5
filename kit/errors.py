"""What a house rule raises when it says no: a stable code, a status and a sentence to act on."""

from typing import Any


class Refused(Exception):
    """A rule said no and nothing was changed.

    ``str(refused)`` is one sentence that says what was wrong and what to do. ``code`` is a stable
    word for programs, ``status`` the HTTP status that page and API answer with, and ``facts`` holds
    plain values that go into the API's problem document beside them.
    """

    code = "refused"
    status = 409

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.facts = facts


class Invalid(Refused):
    """What was sent cannot be read or makes no sense (422).

    ``errors`` lists each fault as ``{"loc": [field or row, …], "msg": sentence}``.
    """

    code = "invalid"
    status = 422

    def __init__(self, sentence: str, *, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(sentence)
        self.errors = errors or []

    @classmethod
    def at(cls, *loc: str | int, msg: str) -> "Invalid":
        """One fault at one place: ``Invalid.at("sessions", 0, "ends_local", msg="…")``."""
        return cls(msg, errors=[{"loc": list(loc), "msg": msg}])
