"""What can be earned, who earned it, and the paper that says so."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
