"""Addresses of certificates: anyone may check one; organisers issue them."""

from django.urls import path

from certificates.views import attendee, public

urlpatterns = [
    path("me/", attendee.me, name="me"),
    path("r/<str:token>/", attendee.my_registration, name="registration"),
    path("verify/", public.verify, name="verify"),
    path("verify/<str:code>/", public.verify_code, name="verify-code"),
    path("certificates/<str:code>.pdf", public.pdf, name="certificate-pdf"),
]
