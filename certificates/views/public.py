"""Checking a certificate: no sign-in, no browsing, nothing beyond what the paper says."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from certificates.domain import verifying
from certificates.forms import CodeForm
from certificates.models import CertificateFile
from kit import ratelimit
from kit.ids import clean, group
from programmes.access import public

STATES = {
    "valid": ("ok", "Valid", "This certificate is valid."),
    "revoked": ("problem", "Revoked", "This certificate was revoked and no longer counts."),
    "superseded": ("waiting", "Replaced", "This certificate was replaced by a corrected one."),
}


@public
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """One field. A typed code leads to the page of that code."""
    if "code" not in request.GET:
        return _quiet(render(request, "certificates/public/verify.html", {"form": CodeForm()}))
    form = CodeForm(request.GET)
    if form.is_valid():
        return redirect("verify-code", form.cleaned_data["code"])
    return _quiet(render(request, "certificates/public/verify.html", {"form": form}, status=422))


@public
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the code stands for; the same 404 for every code that stands for nothing."""
    ratelimit.hit(request, "verify", limit=30, seconds=60)
    if (cleaned := clean(code)) is not None and cleaned != code:
        return redirect("verify-code", cleaned)
    finding = verifying.look_up(code)
    if finding is None:
        context: dict[str, Any] = {"form": CodeForm(initial={"code": code[:40]}), "unknown": True}
        return _quiet(render(request, "certificates/public/verify.html", context, status=404))
    kind, word, sentence = STATES[finding.state]
    context = {
        "found": finding,
        "facts": finding.facts,
        "kind": kind,
        "word": word,
        "sentence": sentence,
        "grouped": group(finding.code),
        "checked_at": timezone.now(),
    }
    return _quiet(render(request, "certificates/public/certificate.html", context))


@public
@require_safe
def pdf(request: HttpRequest, code: str) -> HttpResponseBase:
    """The PDF as it was issued, for whoever holds its code; also of one that no longer counts."""
    ratelimit.hit(request, "verify", limit=30, seconds=60)
    file = get_object_or_404(CertificateFile, certificate__code=clean(code) or "")
    etag = quote_etag(file.sha256)
    if (unchanged := get_conditional_response(request, etag=etag)) is not None:
        return _quiet(unchanged)
    response = FileResponse(
        (settings.MEDIA_ROOT / file.path).open("rb"),
        content_type="application/pdf",
        filename=f"certificate-{group(clean(code) or '')}.pdf",
    )
    response["ETag"] = etag
    return _quiet(response)


def _quiet(response: Any) -> Any:
    """Kept out of search engines and shared caches; the address holds the code, so no referrer."""
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    return response
