"""The hosts of an event: what they agree on, what waits for whom, and one's own answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events import rules
from events.domain import comments, deadlines, hosting, proposals, terms
from events.forms import add_refusal
from events.forms_hosting import CommentForm, DecisionForm, LeadForm, RuleForm
from events.forms_organiser import InvitationForm
from events.models import Event, EventHost
from events.views import history, shown, workspace
from kit.errors import Refused
from programmes.access import Actor, organiser

DECIDED = {
    "accept": "You accepted. The lead sees it.",
    "decline": "You declined. The lead sees it, with your note.",
    "withdraw": "You left this event. It no longer counts as yours.",
    "change": "The other hosts are told what you want changed. Your answer is still open.",
}
PAGE = "events/organiser/hosts.html"


@organiser(rules.may_see_workspace, load=workspace.by_slug)
@require_safe
def hosts(request: HttpRequest, event: Event) -> HttpResponse:
    """What the hosts agree on, and the answer of one's own alliance. Mail leads here."""
    return page(request, event)


def page(
    request: HttpRequest, event: Event, no: Refused | None = None, **forms: Any
) -> HttpResponse:
    """The page with forms as they were typed, by name, and what a rule said."""
    actor = request.actor  # type: ignore[attr-defined]
    mine = [_mine(part, forms) for part in _answerable(actor, event)]
    context = {
        **workspace.frame(request, event, "organise-hosts"),
        "parts": parts(event),
        "agreement": _agreement(event),
        "items": _dates(event),
        "waits": _waiting(event),
        "mine": mine,
        "is_said": any(one["is_change"] and one["differences"] for one in mine),
        "offered": [one["part"] for one in mine if one["part"].lead_offered_at],
        "rule": deadlines.rule_of(event),
        "talk": comments.of(event),
        "comment": forms.get("comment") or (CommentForm() if _talks(actor, event) else None),
        "history": history.of_hosts(event),
        "form": next(iter(forms.values()), None),
        **(_leading(event, forms) if _leads(actor, event) else {}),
    }
    if no is not None:
        return workspace.refused(request, PAGE, context, no)
    return render(request, PAGE, context, status=422 if forms else 200)


def parts(event: Event) -> list[dict[str, Any]]:
    """Each host with its answer in words, lead first."""
    rows = []
    for part in workspace.lead_first(event):
        kind, word = workspace.HOST_KINDS[EventHost.State(part.state)]
        if part.role == EventHost.Role.LEAD:
            word = "Leads"
        elif part.state == EventHost.State.INVITED and part.stands:
            word = "Hosts, has not answered the change"
        elif part.state == EventHost.State.DECLINED and part.stands:
            word = "Hosts, declined the change"
        rows.append({"part": part, "state": (kind, word)})
    return rows


def find_part(actor: Actor, slug: str, alliance: str) -> EventHost:
    """The part of one alliance in an event the actor may see."""
    event = workspace.by_slug(actor, slug)
    found = EventHost.objects.select_related("alliance")
    part = get_object_or_404(found, event=event, alliance__slug=alliance)
    part.event = event
    return part


@organiser(workspace.of("alliance", rules.may_answer), load=find_part)
@require_POST
def decision(request: HttpRequest, part: EventHost) -> HttpResponse:
    """A co-host's yes, no, wish for a change, or goodbye."""
    form = _decision_form(part, request.POST)
    if not form.is_valid():
        return page(request, part.event, **{part.alliance.slug: form})
    try:
        word = answer(part, form, by=workspace.person(request))
    except Refused as no:
        fresh = _decision_form(part, request.POST)
        if isinstance(no, hosting.OutdatedApproval):
            fresh = _decision_form(part, note=form.cleaned_data["note"])
            return page(request, part.event, no, **{part.alliance.slug: fresh})
        fresh.is_valid()
        add_refusal(fresh, no)
        return page(request, part.event, no, **{part.alliance.slug: fresh})
    workspace.done(request, DECIDED[word])
    actor = request.actor  # type: ignore[attr-defined]
    may_stay = rules.may_see_workspace(actor, Event.objects.get(pk=part.event_id))
    return redirect("organise-hosts", part.event.slug) if may_stay else redirect("organise")


def answer(part: EventHost, form: DecisionForm, *, by: Any) -> str:
    """Write down what the valid form says; returns the word. Raises what the domain does."""
    word, note, at = form.cleaned_data["decision"], form.cleaned_data["note"], timezone.now()
    if word == "change":
        kind = comments.Kind.CHANGE
        comments.say(part.event, note, alliance=part.alliance, kind=kind, by=by, at=at)
        return word
    said = hosting.Decision(word, " ".join(note.split()), form.cleaned_data["seen"] or None)
    hosting.decide(part.event, part.alliance, said, by=by, at=at)
    return word


def _mine(part: EventHost, forms: dict[str, Any]) -> dict[str, Any]:
    """What an alliance is asked, what that changes for it, and the form to answer with."""
    ask = hosting.ask_of(part)
    form = forms.get(part.alliance.slug) or _decision_form(part, mark=ask.mark)
    is_change = part.stands and part.state != EventHost.State.ACCEPTED
    return {
        "part": part,
        "form": form,
        "differences": ask.differences if part.state != EventHost.State.ACCEPTED else [],
        "is_change": is_change,
        "rule": deadlines.rule_in_words(part.silence, part.answer_by, part.event.time_zone),
    }


def _decision_form(
    part: EventHost, posted: Any = None, *, mark: str = "", note: str = ""
) -> DecisionForm:
    auto_id = f"{part.alliance.slug}_%s"
    if posted is not None:
        return DecisionForm(posted, auto_id=auto_id)
    seen = mark or hosting.ask_of(part).mark
    return DecisionForm(initial={"note": note, "seen": seen}, auto_id=auto_id)


def _answerable(actor: Actor, event: Event) -> list[EventHost]:
    """The parts the actor may say yes or no for."""
    if event.status == Event.Status.CANCELLED:
        return []
    mine = [
        part
        for part in workspace.lead_first(event)
        if part.role != EventHost.Role.LEAD
        and part.state != EventHost.State.WITHDRAWN
        and rules.may_answer(actor, part.alliance)
    ]
    for part in mine:
        part.event = event
    return mine


def _leads(actor: Actor, event: Event) -> bool:
    return rules.may_publish(actor, event) and event.status != Event.Status.CANCELLED


def _talks(actor: Actor, event: Event) -> bool:
    return rules.may_discuss(actor, event) and event.status != Event.Status.CANCELLED


def _leading(event: Event, forms: dict[str, Any]) -> dict[str, Any]:
    """What the lead can do."""
    rule = {
        "silence": event.silence,
        "answer_days": event.answer_days,
        "version": event.version,
    }
    lead_form = forms.get("lead_form") or LeadForm(event=event)
    offers = [part for part in event.hosts.all() if part.lead_offered_at]
    return {
        "leads": True,
        "invitation": forms.get("invitation") or InvitationForm(event=event),
        "rule_form": forms.get("rule_form") or RuleForm(initial=rule),
        "lead_form": lead_form if lead_form.fields["alliance"].choices else None,
        "offer": offers[0] if offers else None,
    }


def _waiting(event: Event) -> dict[str, Any] | None:
    """The change that waits, in words, with who has said what."""
    waiting = proposals.open_of(event)
    if waiting is None:
        return None
    answers = list(waiting.answers.select_related("host__alliance"))
    states = {answer.state for answer in answers}
    kinds = proposals.Answer
    return {
        "made_at": waiting.made_at,
        "by": waiting.made_by,
        "differences": terms.differences(waiting.was, waiting.becomes),
        "problem": waiting.problem,
        "answers": answers,
        "was_declined": kinds.DECLINED in states,
        "may_go_ahead": kinds.ASKED not in states,
    }


def _dates(event: Event) -> list[dict[str, Any]]:
    """Each date, where there are several or one has a break: all are part of what is agreed."""
    sessions = list(event.sessions.prefetch_related("breaks"))
    items = shown.programme_items(event, sessions)
    return items if len(items) > 1 else []


def _agreement(event: Event) -> list[dict[str, str]]:
    """What an alliance says yes to, in words; the time is shown with both clocks by the page."""
    return [row for row in terms.rows(terms.of(event)) if row["field"] != "time"]
