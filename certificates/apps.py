"""What can be earned, who earned it, and the paper that says so."""

from django.apps import AppConfig

from programmes import needs
from programmes.effects import Effect, Mail, register


class CertificatesConfig(AppConfig):
    name = "certificates"

    def ready(self) -> None:
        batch = "certificates.domain.batches"
        register("certificates/batch", Effect(f"{batch}.fan_out", f"{batch}.fan_out_rows"))
        files = "certificates.domain.files"
        register("certificates/draw", Effect(f"{files}.draw", f"{files}.keep"))
        register("certificates/issued", Mail("certificates.domain.mails.issued", resend=False))
        needs.register("certificates.views.needs.failed", place=20)
        needs.register("certificates.views.needs.uncertified", place=35)
