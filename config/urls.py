"""Every address of the site. Each app lists its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config.api import api, unknown
from config.health import healthz
from programmes.views.styleguide import styleguide

urlpatterns = [
    path("", include("programmes.urls")),
    path("", include("events.urls")),
    path("", include("certificates.urls")),
    path("api/v1/", api.urls),
    path("api/<path:rest>", unknown),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG or settings.TESTING:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
