"""What the rules of this app say no with."""

from kit.errors import Invalid, Refused


class NotSettled(Refused):
    code = "not-settled"


class NothingToIssue(Refused):
    code = "nothing-to-issue"


class NotStanding(Refused):
    code = "not-standing"


class ReasonMissing(Invalid):
    code = "reason-missing"
