"""Certificates of an event: who gets one and why, issuing with live progress, and ending one."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.domain import batches, issuing, revoking, samples
from certificates.forms import ReissueForm, RevocationForm
from certificates.models import Batch, Certificate
from certificates.views import recipients
from events import rules
from events.domain import forecast
from events.forms import add_refusal
from events.models import Event
from events.views import organiser_registrations, workspace
from kit import ids, ratelimit
from kit.errors import Refused
from programmes import outbox
from programmes.access import Actor, organiser

PAGE_ROWS = 50
QUIET_SECONDS = 90
TEMPLATE = "certificates/organiser/certificates.html"


@organiser(rules.may_look_behind, load=workspace.by_slug)
@require_safe
def certificates(request: HttpRequest, event: Event) -> HttpResponse:
    """The rule in words, who gets a certificate and who does not and why, and how far it is."""
    return _certificates(request, event)


def _certificates(request: HttpRequest, event: Event, no: Refused | None = None) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    everybody = issuing.preview(event)
    batch = batches.latest(event)
    progress = batches.progress(batch) if batch else None
    failed = {failure.code: failure.error for failure in progress.failures} if progress else {}
    mine = _visible(actor, event, everybody)
    show = request.GET.get("show", "")
    page = Paginator(recipients.only(show, mine, failed), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        **workspace.frame(request, event, "organise-certificates"),
        "rule": forecast.rule_of(event),
        "stats": recipients.stats(event, everybody, failed),
        "open": sum(v.is_due for v in everybody),
        "page": page,
        "rows": recipients.rows(event, list(page), failed),
        "columns": [
            {"text": "Name"},
            {"text": "Alliance"},
            {"text": "Minutes", "is_number": True},
            {"text": "Certificate"},
            {"text": "Change", "is_hidden": True},
        ],
        "fields": recipients.fields(show),
        "may_issue": rules.may_settle(actor, event),
        "bars": recipients.by_alliance(everybody),
        **(_panel(actor, event, batch, progress) if batch and progress else {}),
    }
    context["finding"] = workspace.finding(context["bars"])
    if no is not None:
        return workspace.refused(request, TEMPLATE, context, no)
    return render(request, TEMPLATE, context)


def _visible(actor: Actor, event: Event, everybody: list[issuing.Verdict]) -> list[issuing.Verdict]:
    """Those whom the event's data rule shows the actor."""
    if rules.sees_everyone(actor, event):
        return everybody
    visible = organiser_registrations.visible(actor, event)
    codes = set(visible.values_list("code", flat=True))
    return [verdict for verdict in everybody if verdict.registration.code in codes]


# --- issuing --------------------------------------------------------------------------------------


@organiser(rules.may_settle, load=workspace.by_slug)
@require_POST
def issue(request: HttpRequest, event: Event) -> HttpResponse:
    """Start making what was earned; pressed twice, the same batch goes on."""
    try:
        batches.request(event, by=workspace.person(request), at=timezone.now())
    except Refused as no:
        return _certificates(request, event, no)
    return redirect("organise-certificates", event.slug)


@organiser(rules.may_look_behind, load=workspace.by_slug)
@require_safe
def progress(request: HttpRequest, event: Event) -> HttpResponse:
    """The progress panel alone, for htmx; the whole page for everybody else."""
    batch = batches.latest(event)
    if batch is None or not request.htmx:  # type: ignore[attr-defined]
        return redirect("organise-certificates", event.slug)
    actor = request.actor  # type: ignore[attr-defined]
    context = _panel(actor, event, batch, batches.progress(batch))
    if not context["is_running"]:  # the table below the panel still shows how it was before
        here = reverse("organise-certificates", args=[event.slug])
        context |= {"result_url": here, "result_text": "Show who holds one"}
    return render(request, "certificates/organiser/_progress.html", context)


@organiser(rules.may_settle, load=workspace.by_slug)
@require_POST
def pause(request: HttpRequest, event: Event) -> HttpResponse:
    """Hold back what has not been begun."""
    return _act(request, event, batches.pause, "Paused. What was begun is finished.")


@organiser(rules.may_settle, load=workspace.by_slug)
@require_POST
def resume(request: HttpRequest, event: Event) -> HttpResponse:
    """Go on where it was paused."""
    return _act(request, event, batches.resume, "It goes on.")


@organiser(rules.may_settle, load=workspace.by_slug)
@require_POST
def retry(request: HttpRequest, event: Event) -> HttpResponse:
    """Try the failed ones again."""
    return _act(request, event, batches.retry, "The failed ones are tried again.")


def _act(request: HttpRequest, event: Event, act: Any, sentence: str) -> HttpResponse:
    batch = batches.latest(event)
    if batch is not None:
        act(batch)
        workspace.done(request, sentence)
    return redirect("organise-certificates", event.slug)


def _panel(actor: Actor, event: Event, batch: Batch, reached: batches.Progress) -> dict[str, Any]:
    """What components/progress_panel.html needs."""
    running = reached.state in {Batch.State.QUEUED, Batch.State.RUNNING}
    here = {
        name: reverse(f"organise-certificates-{name}", args=[event.slug])
        for name in ("progress", "pause", "resume", "retry")
    }
    may_issue = rules.may_settle(actor, event)
    return {
        "event": event,
        "panel": "certificates-progress",
        "heading": _heading(reached, running=running),
        "done": reached.done,
        "total": reached.total,
        "word": "issued",
        "failed": reached.failed,
        "is_running": running,
        "is_paused": reached.state == Batch.State.PAUSED,
        "note": _note(reached, running=running),
        "poll_url": here["progress"],
        **(
            {f"{name}_url": here[name] for name in ("pause", "resume", "retry")}
            if may_issue
            else {}
        ),
    }


def _heading(reached: batches.Progress, *, running: bool) -> str:
    if running:
        return "Making certificates"
    if reached.state == Batch.State.PAUSED:
        return "Certificates are paused"
    if reached.failed:
        return "Some certificates failed"
    return "Certificates are ready"


def _note(reached: batches.Progress, *, running: bool) -> str:
    if not running:
        return ""
    beat = outbox.last_beat()
    if beat is None or (timezone.now() - beat).total_seconds() > QUIET_SECONDS:
        return "No background worker is running right now; the rest is made as soon as one is."
    if reached.seconds_left is None:
        return "Starting. You can close this page; it goes on."
    seconds = max(reached.seconds_left, 1)
    left = f"{seconds} second{'s' if seconds != 1 else ''}"
    if seconds >= 90:
        left = f"{round(seconds / 60)} minutes"
    return f"About {left} left. You can close this page; it goes on."


# --- a sample -------------------------------------------------------------------------------------


@organiser(rules.may_look_behind, load=workspace.by_slug)
@require_safe
def sample(request: HttpRequest, event: Event) -> HttpResponse:
    """The real PDF for one registration (``?for=CODE``), or for the longest name there is."""
    ratelimit.hit(request, "sample", limit=12, seconds=60)
    actor = request.actor  # type: ignore[attr-defined]
    visible = organiser_registrations.visible(actor, event)
    if code := request.GET.get("for", ""):
        chosen = get_object_or_404(visible, code=ids.clean(code) or "")
    else:
        chosen = samples.longest_name(event) if rules.sees_everyone(actor, event) else None
    try:
        pdf = samples.of(event, chosen, at=timezone.now())
    except Refused as no:
        return _certificates(request, event, no)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="sample-{event.slug}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


# --- the end of one -------------------------------------------------------------------------------


def find(actor: Actor, code: str) -> Certificate:
    """A certificate of an event the actor may see."""
    events = workspace.with_parts(Event.objects.visible_to(actor))
    found = Certificate.objects.select_related("registration", "award")
    certificate = get_object_or_404(found, code=ids.clean(code) or "", award__event__in=events)
    certificate.award.event = events.get(pk=certificate.award.event_id)
    return certificate


leads_it = workspace.of("award.event", rules.may_edit)


@organiser(leads_it, load=find)
@require_http_methods(["GET", "POST"])
def revocation(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """Ask why, then declare it invalid."""
    form = RevocationForm(workspace.posted(request))
    context = {
        "heading": f"Revoke the certificate of {certificate.facts['name']}?",
        "lines": [
            "Whoever checks it from now on reads that it was revoked, and why.",
            "It is never deleted, and this cannot be taken back.",
        ],
        "button": "Revoke this certificate",
        "back_text": "Keep it valid",
    }

    def revoke() -> str:
        by, at = workspace.person(request), timezone.now()
        revoking.revoke(certificate, reason=form.cleaned_data["reason"], by=by, at=at)
        return f"The certificate of {certificate.facts['name']} is revoked."

    return _end(request, certificate, form, revoke, context)


@organiser(leads_it, load=find)
@require_http_methods(["GET", "POST"])
def reissue(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """Ask for the right name, then replace the certificate by one that has it."""
    initial = {"name": certificate.facts["name"]}
    form = ReissueForm(workspace.posted(request), initial=initial)
    context = {
        "heading": f"Issue the certificate of {certificate.facts['name']} again?",
        "lines": [
            "A new one with its own code is drawn and mailed; all but the name stays the same.",
            "The old one then says that it was replaced, and points to the new.",
        ],
        "button": "Issue it again",
        "look": "plain",
        "back_text": "Leave it",
    }

    def replace() -> str:
        by, at = workspace.person(request), timezone.now()
        new = revoking.reissue(certificate, name=form.cleaned_data["name"], by=by, at=at)
        return f"A new certificate for {new.facts['name']} is on its way."

    return _end(request, certificate, form, replace, context)


def _end(
    request: HttpRequest, certificate: Certificate, form: Any, act: Any, context: dict[str, Any]
) -> HttpResponse:
    """A confirm page with a form: ``act`` does it and returns what is said afterwards."""
    event, status = certificate.award.event, 200
    back = reverse("organise-certificates", args=[event.slug])
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                workspace.done(request, act())
            except Refused as no:
                add_refusal(form, no)
                status = no.status
            else:
                return redirect(back)
    crumbs = workspace.under(event, ("Certificates", back))
    context = {**context, "form": form, "back_url": back, "crumbs": crumbs}
    return render(request, "events/organiser/confirm.html", context, status=status)
