"""Saying yes, maybe or no to an invitation by the link in its mail. Opening it says nothing yet."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events.domain import links, mails, replies
from events.forms_rsvp import ANSWERS, RsvpForm
from events.models import Registration, Session
from events.views.attendee import quiet
from kit import http, ratelimit
from programmes.access import signed_link
from programmes.models import Speaker


@csrf_exempt
@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def rsvp(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the invitation with the answer there is, and takes another. 404 for any other token."""
    found = replies.find(token)
    if found is None:
        return quiet(render(request, "events/attendee/no_link.html", status=404))
    session, who = found
    if request.method != "POST":
        return quiet(_page(request, session, who, _first_form(request, session, who)))
    if http.is_cross_site(request):
        raise PermissionDenied
    ratelimit.hit(request, "rsvp", limit=60, seconds=60)
    form = RsvpForm(request.POST)
    if not form.is_valid():
        return quiet(_page(request, session, who, form, status=422))
    said = replies.Said(comment=form.cleaned_data["comment"])
    replies.record(session, who, form.cleaned_data["answer"], said, at=timezone.now())
    return quiet(redirect(f"{reverse('rsvp', args=[token])}?done=1"))


def _first_form(request: HttpRequest, session: Session, who: replies.Invited) -> RsvpForm:
    """With the answer the mail's link names, or the one there is."""
    held = replies.held_answer(session, who)
    known = {"answer": held.answer, "comment": held.comment} if held else {}
    if (named := request.GET.get("answer", "")) in dict(ANSWERS):
        known["answer"] = named
    return RsvpForm(initial=known)


def _page(
    request: HttpRequest,
    session: Session,
    who: replies.Invited,
    form: RsvpForm,
    *,
    status: int = 200,
) -> HttpResponse:
    event, held = session.event, replies.held_answer(session, who)
    # A registrant's no does not give the seat back; this page does.
    leaves = isinstance(who, Registration) and who.state == Registration.State.CONFIRMED
    context = {
        "event": event,
        "session": session,
        "name": who.name,
        "place": mails.place_of(event),
        "form": form,
        "held": held,
        "said": dict(ANSWERS).get(held.answer, "") if held else "",
        "is_done": "done" in request.GET and held is not None,
        # Not the link itself: who was handed this page is not given the rest.
        "is_speaker": isinstance(who, Speaker),
        "is_off": session.is_cancelled or event.cancelled_at is not None,
        "leave_url": f"{links.registration_url(who)}cancellation/"  # type: ignore[arg-type]
        if leaves and held and held.answer == "declined"
        else "",
    }
    return render(request, "events/attendee/rsvp.html", context, status=status)
