"""How people sign in: with an address and a password, or a code by mail. Nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from programmes.access import actor_of


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Attending needs no account; organisers are invited by their alliance."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Who has a role goes to the organisers' side, everybody else to their own page."""
        return "/organize/" if actor_of(request.user).has_role else "/me/"
