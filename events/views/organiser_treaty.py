"""What hosts do about each other: invitations, the rule for silence, a waiting change, the lead."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from events import rules
from events.domain import comments, handover, hosting, proposals, scheduling
from events.forms import add_refusal
from events.forms_hosting import CommentForm, LeadForm, RuleForm
from events.forms_organiser import InvitationForm
from events.models import Event, EventHost
from events.views import organiser_hosts, workspace
from kit.errors import Refused
from kit.text import listed
from programmes.access import Actor, organiser
from programmes.models import Alliance


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def invitations(request: HttpRequest, event: Event) -> HttpResponse:
    """Ask further alliances to host along."""
    form = InvitationForm(request.POST, event=event)
    if not form.is_valid():
        return organiser_hosts.page(request, event, invitation=form)
    by, at = workspace.person(request), timezone.now()
    chosen = list(form.cleaned_data["alliances"])
    try:
        for alliance in chosen:
            hosting.invite(event, alliance, by=by, at=at)
    except Refused as no:
        return organiser_hosts.page(request, event, no)
    workspace.done(request, f"{listed(a.name for a in chosen)} asked by mail.")
    return _back(event)


def led_part(actor: Actor, slug: str, alliance: str) -> EventHost:
    """The part of one alliance, for the lead of the event."""
    return organiser_hosts.find_part(actor, slug, alliance)


@organiser(workspace.of("event", rules.may_publish), load=led_part)
@require_POST
def removal(request: HttpRequest, part: EventHost) -> HttpResponse:
    """Take an invitation back that was not accepted."""
    by, at = workspace.person(request), timezone.now()
    try:
        hosting.take_back(part.event, part.alliance, by=by, at=at)
    except Refused as no:
        return organiser_hosts.page(request, part.event, no)
    workspace.done(request, f"{part.alliance.name} is no longer asked.")
    return _back(part.event)


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def answer_rule(request: HttpRequest, event: Event) -> HttpResponse:
    """What it means where a co-host does not answer, and how long it has."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return organiser_hosts.page(request, event, rule_form=form)
    changes = {name: form.cleaned_data[name] for name in ("silence", "answer_days")}
    by, at, version = workspace.person(request), timezone.now(), form.cleaned_data["version"]
    try:
        scheduling.edit(event, changes, by=by, at=at, version=version)
    except Refused as no:
        add_refusal(form, no)
        return organiser_hosts.page(request, event, no, rule_form=form)
    workspace.done(request, "Saved. Who still has to answer is asked under this rule.")
    return _back(event)


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def proposal(request: HttpRequest, event: Event) -> HttpResponse:
    """Take the waiting change back, or publish it without those who declined it."""
    by, at = workspace.person(request), timezone.now()
    try:
        if request.POST.get("act") == "withdraw":
            proposals.withdraw(event, by=by, at=at)
            said = "The change was taken back. The event stays as it is announced."
        else:
            done = proposals.go_ahead(event, by=by, at=at)
            said = "Published." if done else ""
    except Refused as no:
        return organiser_hosts.page(request, event, no)
    if said:
        workspace.done(request, said)
    return _back(event)


@organiser(rules.may_publish, load=workspace.by_slug)
@require_POST
def handover_offer(request: HttpRequest, event: Event) -> HttpResponse:
    """Offer the lead to a co-host, or take the offer back. An operator hands it over at once."""
    by, at = workspace.person(request), timezone.now()
    if request.POST.get("act") == "keep":
        handover.take_back(event, by=by, at=at)
        workspace.done(request, "The offer was taken back.")
        return _back(event)
    form = LeadForm(request.POST, event=event)
    if not form.is_valid():
        return organiser_hosts.page(request, event, lead_form=form)
    alliance = Alliance.objects.get(slug=form.cleaned_data["alliance"])
    actor = request.actor  # type: ignore[attr-defined]
    own = event.lead_id in actor.organises
    try:
        if own:
            handover.offer(event, alliance, by=by, at=at)
        else:
            handover.at_once(event, alliance, by=by, at=at)
    except Refused as no:
        return organiser_hosts.page(request, event, no)
    done = "is asked by mail to take the lead over." if own else "leads this event now."
    workspace.done(request, f"{alliance.name} {done}")
    return _back(event)


@organiser(workspace.of("alliance", rules.may_answer), load=organiser_hosts.find_part)
@require_POST
def lead_answer(request: HttpRequest, part: EventHost) -> HttpResponse:
    """The co-host takes the lead over, or does not."""
    accepts = request.POST.get("act") == "accept"
    by, at = workspace.person(request), timezone.now()
    try:
        handover.answer(part.event, part.alliance, accepts=accepts, by=by, at=at)
    except Refused as no:
        return organiser_hosts.page(request, part.event, no)
    name = part.alliance.name
    said = f"{name} leads this event now." if accepts else "The lead is told that you decline."
    workspace.done(request, said)
    return _back(part.event)


@organiser(rules.may_discuss, load=workspace.by_slug)
@require_POST
def comment(request: HttpRequest, event: Event) -> HttpResponse:
    """Say something to the other hosts."""
    form = CommentForm(request.POST)
    if not form.is_valid():
        return organiser_hosts.page(request, event, comment=form)
    actor = request.actor  # type: ignore[attr-defined]
    typed: dict[str, Any] = form.cleaned_data
    who = hosting.speaks_for(event, actor.organises)
    by, at = workspace.person(request), timezone.now()
    try:
        comments.say(event, typed["text"], alliance=who, once=typed["once"], by=by, at=at)
    except Refused as no:
        add_refusal(form, no)
        return organiser_hosts.page(request, event, no, comment=form)
    workspace.done(request, "Said. The other hosts get it by mail.")
    return _back(event)


def _back(event: Event) -> HttpResponse:
    return redirect("organise-hosts", event.slug)
