"""How people sign in: with an address and a password, or a code by mail. Nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Attending needs no account; organisers are invited by their alliance."""
        return False
