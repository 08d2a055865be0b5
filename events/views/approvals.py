"""The page behind the link in a mail to a co-host: what changes, one choice, one button.

Nobody signs in: the link is bound to the host, the person and what they were asked. Opening it
changes nothing; the form carries no token, because the secret is in the address.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events.domain import approvals, deadlines, hosting, proposals, terms
from events.domain.approvals import Approval
from events.forms import add_refusal
from events.forms_hosting import ApprovalForm
from events.models import Event, EventHost
from events.views import organiser_hosts
from events.views.attendee import quiet
from kit import http
from kit.errors import Refused
from programmes.access import signed_link

State = EventHost.State
ANSWERED = {
    State.ACCEPTED: ("ok", "has agreed"),
    State.DECLINED: ("problem", "has declined"),
    State.WITHDRAWN: ("off", "no longer hosts this event"),
}
DONE = {
    "accept": "Thank you. The lead is told that you approve.",
    "decline": "The lead is told that you decline.",
    "change": "The other hosts are told what you want changed. You can still approve or decline.",
}


@csrf_exempt
@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what is asked and asks once more; writes the answer on POST."""
    asked = approvals.find(token)
    if asked is None:
        return quiet(render(request, "events/approval_none.html", status=404))
    if request.method != "POST":
        return _page(request, asked)
    if http.is_cross_site(request):
        raise PermissionDenied
    form = ApprovalForm(request.POST, mark="")
    if not form.is_valid():
        return _page(request, asked, form=form, status=422)
    try:
        word = organiser_hosts.answer(asked.host, form, by=asked.person)
    except Refused as no:
        return _refused(request, asked, form, no)
    return quiet(redirect(f"/approvals/{token}/?done={word}"))


def _refused(
    request: HttpRequest, asked: Approval, form: ApprovalForm, no: Refused
) -> HttpResponse:
    """Something else is asked by now: it is shown, with the note that was typed."""
    if isinstance(no, hosting.OutdatedApproval):
        fresh = _form(asked, request)
        fresh.initial["note"] = form.cleaned_data["note"]
        since = no.facts["changed"]
        return _page(request, asked, form=fresh, status=no.status, refusal=str(no), since=since)
    add_refusal(form, no)
    return _page(request, asked, form=form, status=no.status, refusal=str(no))


def _form(asked: Approval, request: HttpRequest) -> ApprovalForm:
    return ApprovalForm(mark=hosting.ask_of(asked.host).mark, chosen=request.GET.get("answer", ""))


def _page(
    request: HttpRequest,
    asked: Approval,
    *,
    form: ApprovalForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    host, event = asked.host, asked.host.event
    ask = hosting.ask_of(host)
    seen = terms.seen(event, asked.seen)
    is_new = seen is not None and not ask.mark.startswith(asked.seen)
    answers = proposals.answer_of(host)
    context = {
        "event": event,
        "host": host,
        "person": asked.person,
        "closed": _closed(host, event),
        "differences": ask.differences,
        "since": terms.differences(seen.said, ask.terms) if is_new and seen else [],
        "rows": terms.rows(ask.terms),
        "is_change": answers is not None,
        "rule": deadlines.rule_in_words(host.silence, host.answer_by, host.alliance.zone),
        "form": form or _form(asked, request),
        "done": DONE.get(request.GET.get("done", ""), ""),
        **more,
    }
    return quiet(render(request, "events/approval.html", context, status=status))


def _closed(host: EventHost, event: Event) -> tuple[str, str] | None:
    """A kind and a sentence where there is nothing left to answer."""
    if event.status == Event.Status.CANCELLED:
        return "problem", f"“{event.title}” was canceled, so nothing is left to answer."
    if event.ends_at is not None and event.ends_at <= timezone.now():
        return "off", f"“{event.title}” is over, so nothing is left to answer."
    if host.state == State.INVITED:
        return None
    kind, words = ANSWERED[State(host.state)]
    return kind, f"{host.alliance.name} {words}."
