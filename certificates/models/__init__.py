"""The tables of this app, by subject."""

from certificates.models.award import Award
from certificates.models.batch import Batch
from certificates.models.certificate import Certificate, CertificateFile

__all__ = ["Award", "Batch", "Certificate", "CertificateFile"]
