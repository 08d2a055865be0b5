"""Addresses of settings of the reader and the plain pages. Alliances and programs, whose pages
list events, are in events/urls.py."""

from django.urls import path

from programmes.views import joining, network, plain, public, reader, team

urlpatterns = [
    path("brand.css", public.brand_css, name="brand-css"),
    path("theme/", reader.theme, name="theme"),
    path("time-zone/", reader.time_zone, name="time-zone"),
    path("accessibility/", plain.accessibility, name="accessibility"),
    path("privacy/", plain.privacy, name="privacy"),
    path("help/", plain.help_page, name="help"),
]

TEAM = "organize/team/<slug:slug>/"
urlpatterns += [
    path("accounts/invitations/<str:token>/", joining.invitation, name="role-invitation"),
    path("organize/team/", team.teams, name="organise-teams"),
    path(TEAM, team.team, name="organise-team"),
    path(TEAM + "invitations", team.invitations, name="organise-team-invitations"),
    path(
        TEAM + "invitations/<int:number>/again", team.again, name="organise-team-invitation-again"
    ),
    path(
        TEAM + "invitations/<int:number>/withdrawal",
        team.withdrawal,
        name="organise-team-invitation-withdrawal",
    ),
    path(TEAM + "people/<int:number>/", team.role, name="organise-role"),
    path(TEAM + "people/<int:number>/removal", team.removal, name="organise-role-removal"),
]

# The network console. Its first page, which counts what the apps above hold, is in
# certificates/urls.py.
QUEUE = "network/queue/"
urlpatterns += [
    path("network/audit/", network.audit_log, name="network-audit"),
    path(QUEUE, network.outbox, name="network-queue"),
    path(QUEUE + "<int:number>/retry", network.retry, name="network-queue-retry"),
    path(QUEUE + "<int:number>/let-be", network.let_be, name="network-queue-let-be"),
    path("network/operators/", network.operators, name="network-operators"),
    path(
        "network/operators/<int:number>/removal",
        network.removal,
        name="network-operator-removal",
    ),
]
