"""The mails of this app, each composed from one outbox entry at the moment it is sent."""

from django.core.mail import EmailMultiAlternatives

from programmes.domain import letters, roles
from programmes.models import OutboxEntry, RoleInvitation


def role_invited(entry: OutboxEntry) -> EmailMultiAlternatives | None:
    """Asks an address to take a role; None for a link that was replaced, used or withdrawn."""
    invitation = (
        RoleInvitation.objects.open()
        .select_related("alliance", "invited_by")
        .filter(pk=int(entry.subject.partition(":")[2]), link_version=entry.facts["version"])
        .first()
    )
    if invitation is None:
        return None
    context = {
        "invitation": invitation,
        "alliance": invitation.alliance,
        "by": invitation.invited_by.name if invitation.invited_by else "",
        "role": invitation.get_kind_display(),
        "url": roles.url_of(invitation),
    }
    to = [("", invitation.email)]
    return letters.compose(
        "programmes/email/role-invited", context, to=to, sender=invitation.alliance
    )
