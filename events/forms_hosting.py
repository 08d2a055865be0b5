"""What hosts type to each other: answers, comments, the rule for silence, who is to lead."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.approvals import SHOWN
from events.models import Event

CHOOSE = _("Choose approve, ask for a change, decline or leave.")
WORDS = ("accept", "change", "decline", "withdraw")


class DecisionForm(forms.Form):
    """A co-host's answer. ``seen`` is the fingerprint of what the page showed."""

    decision = forms.ChoiceField(
        choices=[(word, word) for word in WORDS],
        widget=forms.HiddenInput,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("Note to the other hosts"),
        required=False,
        help_text=_("Up to 500 characters. Say here what you want changed."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ApprovalForm(DecisionForm):
    """The same behind a link in a mail: one choice, one button."""

    decision = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            ("accept", _("Approve")),
            ("change", _("Ask for a change")),
            ("decline", _("Decline")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the three."),
            "invalid_choice": _("Choose one of the three."),
        },
    )

    def __init__(self, *args: Any, mark: str, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, initial={"decision": chosen, "seen": mark[:SHOWN]}, **kwargs)


class CommentForm(forms.Form):
    """Something said to the other hosts; ``once`` makes one comment of a form sent twice."""

    text = forms.CharField(
        label=_("Comment"),
        help_text=_("The organizers of the other hosts get it by mail."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what you want to say.")},
    )
    once = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)


class RuleForm(forms.Form):
    """What happens where a co-host does not answer."""

    silence = forms.ChoiceField(
        label=_("If a co-host does not answer in time"), choices=Event.Silence.choices
    )
    answer_days = forms.IntegerField(label=_("Days to answer"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class LeadForm(forms.Form):
    """Which co-host is to lead."""

    alliance = forms.ChoiceField(
        label=_("Hand the lead to"),
        help_text=_("It has to accept. You stay as a co-host."),
        error_messages={"required": _("Choose a co-host.")},
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [
            (part.alliance.slug, part.alliance.name)
            for part in event.hosts.all()
            if part.role != "lead" and part.stands and part.alliance.is_active
        ]
        self.fields["alliance"].choices = able  # type: ignore[attr-defined]
