"""Composes one mail: text and HTML from a pair of templates, and an invitation where there is one.

The text template's first line is the subject, a blank line, then the text. Both are drawn from the
values handed in, which the caller read once.
"""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from kit.errors import Invalid
from programmes.models import Alliance


@dataclass(frozen=True)
class Invitation:
    """Calendar parts, one for each date, and their method, the same as the METHOD line inside."""

    contents: list[bytes]
    method: str


def compose(
    template: str,
    context: dict[str, Any],
    *,
    to: list[tuple[str, str]],
    sender: Alliance,
    invitation: Invitation | None = None,
) -> EmailMultiAlternatives:
    """A multipart mail to ``to``, pairs of name and address, in the name of ``sender``.

    ``template`` is such as "events/email/registration-confirmed"; `.txt` and `.html` are both
    there. Raises Invalid where name or address would break a header.
    """
    context = {**context, "sender": sender, "base_url": settings.PUBLIC_BASE_URL}
    subject, _, text = render_to_string(f"{template}.txt", context).lstrip().partition("\n")
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text.strip() + "\n",
        from_email=sender_address(sender),
        to=[_address(*whom) for whom in to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(
        render_to_string(f"{template}.html", {**context, "subject": message.subject}), "text/html"
    )
    if invitation is not None:
        _attach(message, invitation)
    return message


def sender_address(sender: Alliance, address: str = "") -> str:
    """“North Texas Innovation Alliance <events@…>”: the alliance's name, our own mailbox.

    ``address`` instead of it where answers need another, such as one that carries a token.
    """
    return formataddr((sender.name, address or mailbox()), "utf-8")


def mailbox() -> str:
    """The bare address that all mail is sent from and calendar replies go to."""
    return parseaddr(settings.EMAIL_FROM)[1]


def _attach(message: EmailMultiAlternatives, invitation: Invitation) -> None:
    """The first date as the last alternative, which calendars read; every date as a file to keep.

    A message holds one UID (RFC 5546 §3.2), so further dates come as files of their own.
    """
    first = invitation.contents[0].decode()
    message.attach_alternative(first, f"text/calendar; method={invitation.method}")
    for number, content in enumerate(invitation.contents, 1):
        name = "invite.ics" if number == 1 else f"invite-{number}.ics"
        message.attach(name, content, "application/ics")


def _address(name: str, address: str) -> str:
    if any(ord(sign) < 32 for sign in name + address):
        raise Invalid.at("email", msg="A name or an address cannot contain a line break.")
    return formataddr((name, address), "utf-8")
