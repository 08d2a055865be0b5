"""Answering a poll: one page, no account. The address is the secret, so forms carry no token."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events.domain.polls import links, votes
from events.forms import add_refusal
from events.forms_polls import AnswerForm, JoinForm
from events.models import Poll, PollVoice
from events.views.attendee import quiet
from kit import http, ratelimit
from kit.errors import Invalid, Refused
from programmes.access import signed_link

DONE = {
    "saved": "Thank you, your answer is kept. You can change it here until the poll closes.",
    "changed": "Your new answer has taken the place of the one before.",
    "mailed": (
        "Thank you. We have mailed you a link of your own: your answer is behind it, and you can "
        "change it there."
    ),
}


@csrf_exempt
@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """One person's own page: say which times suit, see it, change it."""
    voice = links.voice_of(token)
    if voice is None:
        return _no_link(request)
    _refuse_other_sites(request)
    poll, at = voice.poll, timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = AnswerForm(posted, poll=poll, initial=_said(voice))
    if request.method != "POST":
        return _page(request, poll, form, voice=voice)
    if not form.is_valid() and votes.is_open(poll, at):
        return _page(request, poll, form, voice=voice, status=422)
    try:
        choices, comment = _chosen(form)
        again = votes.answer(voice, choices, comment=comment, at=at)
    except Refused as no:
        return _refused(request, poll, form, no, voice=voice)
    return quiet(redirect(f"{request.path}?done={'changed' if again else 'saved'}"))


@csrf_exempt
@signed_link
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The poll's open page: anybody who has the link answers with name and address."""
    poll = links.open_poll_of(token)
    if poll is None:
        return _no_link(request)
    _refuse_other_sites(request)
    at = timezone.now()
    if request.method != "POST":
        return _page(request, poll, JoinForm(poll=poll))
    ratelimit.hit(request, "poll", limit=20, seconds=60)
    form = JoinForm(request.POST, poll=poll)
    if not form.is_valid() and votes.is_open(poll, at):
        return _page(request, poll, form, status=422)
    try:
        choices, comment = _chosen(form)
        votes.join(poll, form.asked(), choices, comment=comment, at=at)
    except Refused as no:
        return _refused(request, poll, form, no)
    return quiet(redirect(f"{request.path}?done=mailed"))


def _chosen(form: AnswerForm) -> tuple[dict[int, str], str]:
    """Nothing where the form is wrong: then the poll is closed, and the domain says so."""
    return (form.choices(), form.cleaned_data["comment"]) if form.is_valid() else ({}, "")


def _said(voice: PollVoice) -> dict[str, Any]:
    said = {f"slot_{answer.slot_id}": answer.choice for answer in voice.answers.all()}
    return {**said, "comment": voice.comment}


def _page(
    request: HttpRequest,
    poll: Poll,
    form: AnswerForm,
    *,
    voice: PollVoice | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    length = timedelta(minutes=poll.minutes)
    context = {
        "poll": poll,
        "form": form,
        "voice": voice,
        "is_open": votes.is_open(poll, timezone.now()),
        "rows": [(slot, slot.starts_at + length, field) for slot, field in form.rows],
        "chosen_ends_at": poll.chosen_at + length if poll.chosen_at else None,
        "done": DONE.get(request.GET.get("done", ""), ""),
        **more,
    }
    return quiet(render(request, "events/public/poll.html", context, status=status))


def _refused(
    request: HttpRequest,
    poll: Poll,
    form: AnswerForm,
    no: Refused,
    *,
    voice: PollVoice | None = None,
) -> HttpResponse:
    if isinstance(no, Invalid) and form.is_valid():
        add_refusal(form, no)
    poll.refresh_from_db()
    return _page(request, poll, form, voice=voice, status=no.status, refusal=str(no))


def _refuse_other_sites(request: HttpRequest) -> None:
    if request.method == "POST" and http.is_cross_site(request):
        raise PermissionDenied


def _no_link(request: HttpRequest) -> HttpResponse:
    return quiet(render(request, "events/public/no_poll.html", status=404))
