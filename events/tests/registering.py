"""What the tests of registering share: two people, and the mails they get."""

from events.domain.registration import (
    Place,
)
from programmes.models import OutboxEntry

ANA = Place(name="Ana Ruiz", email="ana@city.gov")
BO = Place(name="Bo Chen", email="bo@county.gov")


def mails():
    return list(OutboxEntry.objects.order_by("pk").values_list("kind", "subject"))
