"""Addresses of certificates: anyone may check one; organisers issue them."""

from django.urls import path

from certificates.views import public

urlpatterns = [
    path("verify/", public.verify, name="verify"),
    path("verify/<str:code>/", public.verify_code, name="verify-code"),
    path("certificates/<str:code>.pdf", public.pdf, name="certificate-pdf"),
]
