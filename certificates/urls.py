"""Addresses of certificates: anyone may check one; organisers issue them."""

from django.urls import path

from certificates.views import attendee, console, home, organiser, public

urlpatterns = [
    path("me/", attendee.me, name="me"),
    path("r/<str:token>/", attendee.my_registration, name="registration"),
    path("verify/", public.verify, name="verify"),
    path("verify/<str:code>/", public.verify_code, name="verify-code"),
    path("certificates/<str:code>.pdf", public.pdf, name="certificate-pdf"),
]

EVENT = "organize/events/<slug:slug>/certificates/"
urlpatterns += [
    path("network/", console.console, name="network"),
    path("organize/", home.home, name="organise"),
    path("organize/events/", home.events, name="organise-events"),
    path(EVENT, organiser.certificates, name="organise-certificates"),
    path(EVENT + "issuing", organiser.issue, name="organise-certificates-issue"),
    path(EVENT + "progress/", organiser.progress, name="organise-certificates-progress"),
    path(EVENT + "pause", organiser.pause, name="organise-certificates-pause"),
    path(EVENT + "resume", organiser.resume, name="organise-certificates-resume"),
    path(EVENT + "retry", organiser.retry, name="organise-certificates-retry"),
    path(EVENT + "sample.pdf", organiser.sample, name="organise-certificates-sample"),
    path(
        "organize/certificates/<str:code>/revocation",
        organiser.revocation,
        name="organise-revocation",
    ),
    path("organize/certificates/<str:code>/reissue", organiser.reissue, name="organise-reissue"),
]
