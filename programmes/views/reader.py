"""What readers choose for themselves, kept in a cookie: colors and the clock. No script needed."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from kit import http
from programmes.access import public
from programmes.forms import DEVICE, TimeZoneForm
from programmes.models import Person

YEAR_SECONDS = 365 * 24 * 3600
THEMES = ("light", "dark")


@csrf_exempt
@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The color switch in the footer. Anything but light and dark follows the device again.

    It carries nobody's authority, so it needs no token, and public pages need no cookie for one.
    """
    response = HttpResponseRedirect(http.local_path(request, request.POST.get("next", "")))
    if http.is_cross_site(request):
        return response
    chosen = request.POST.get("theme", "")
    _keep(request, response, "theme", chosen if chosen in THEMES else "")
    return response


@public
@require_http_methods(["GET", "HEAD", "POST"])
def time_zone(request: HttpRequest) -> HttpResponse:
    """In which zone times are shown beside the event's own. A signed-in person's is kept with
    them."""
    back = http.local_path(request, request.GET.get("next", ""))
    zone = str(request.reader_zone)  # type: ignore[attr-defined]
    form = TimeZoneForm(request.POST or None, initial={"zone": zone or DEVICE, "next": back})
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "programmes/public/time_zone.html", {"form": form}, status=status)
    chosen = form.cleaned_data["zone"]
    person_id = request.actor.person_id  # type: ignore[attr-defined]
    if person_id is not None:
        Person.objects.filter(pk=person_id).update(time_zone=chosen)
    response = HttpResponseRedirect(http.local_path(request, form.cleaned_data["next"]))
    _keep(request, response, "tz", quote(chosen, safe=""))
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    """Set the cookie for a year, readable by our scripts; an empty value takes it back."""
    if value:
        response.set_cookie(
            name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(name, samesite="Lax")
