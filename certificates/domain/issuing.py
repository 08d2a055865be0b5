"""Who would get a certificate, and making the rows: facts frozen, one standing one per person."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from certificates.domain import facts
from certificates.domain.judging import judge
from certificates.models import Award, Batch, Certificate
from events.domain import scheduled
from events.models import Event, Registration
from kit.ids import readable_code
from programmes import audit, outbox


@dataclass(frozen=True)
class Verdict:
    """What the rule says of one registration, beside the certificate that stands, if any.

    ``revoked`` is the one that stood last where none does now: no batch makes another by itself.
    """

    registration: Registration
    earned: bool
    minutes: int
    reason: str
    certificate: Certificate | None
    revoked: Certificate | None = None

    @property
    def is_due(self) -> bool:
        """The next batch makes this one."""
        return self.earned and self.certificate is None and self.revoked is None

    @property
    def is_stale(self) -> bool:
        """A certificate stands that today's attendance would not give, or with other minutes."""
        held = self.certificate
        return held is not None and (not self.earned or held.facts["minutes"] != self.minutes)


def award_of(event: Event) -> Award:
    """The award of an event, made on first use."""
    return Award.objects.select_related("event").get_or_create(event=event)[0]


def preview(event: Event) -> list[Verdict]:
    """Everybody who held a seat, with a sentence why they get a certificate or why not.

    Four queries, whatever the number of people.
    """
    length = scheduled.seconds_of(event)
    held: dict[int, dict[bool, Certificate]] = defaultdict(dict)
    ended = Certificate.objects.filter(award__event=event, superseded_at__isnull=True)
    for certificate in ended.select_related("file").order_by("revoked_at", "pk"):
        held[certificate.person_id][certificate.revoked_at is None] = certificate
    seated = Registration.objects.seated().filter(event=event).select_related("alliance")
    return [
        _verdict(registration, length, held[registration.person_id], event)
        for registration in seated.order_by("name", "pk")
    ]


def issue_all(batch: Batch, *, at: datetime) -> int:
    """Make the certificates a batch is for; returns how many were made.

    Run twice, the second time makes none: whoever holds a standing certificate, or had theirs
    revoked, is passed over, and the database allows only one. Drawing and mailing follow through
    the outbox.
    """
    award = batch.award
    with transaction.atomic():
        Award.objects.select_for_update().get(pk=award.pk)
        earned = [v for v in preview(award.event) if v.is_due]
        shared = facts.of_event(award)
        made = Certificate.objects.bulk_create(
            [_certificate(batch, v.registration, shared, v.minutes, at) for v in earned]
        )
        outbox.put_all(draw_entry(certificate, batch) for certificate in made)
        Batch.objects.filter(pk=batch.pk).update(state=Batch.State.RUNNING, total=len(made))
        audit.record("certificates.issued", batch, by=batch.requested_by_id, count=len(made))
    return len(made)


def draw_entry(certificate: Certificate, batch: Batch | None) -> "outbox.OutboxEntry":
    """The outbox entry that draws a certificate's file."""
    return outbox.entry(
        "certificates/draw",
        certificate,
        key=certificate.code,
        group=group_of(batch) if batch else "",
    )


def group_of(batch: Batch) -> str:
    """How a batch's entries are grouped in the outbox."""
    return f"certificates.batch:{batch.pk}"


def _verdict(
    registration: Registration, length: int, held: dict[bool, Certificate], event: Event
) -> Verdict:
    judged = judge(
        attended=registration.attended_seconds,
        scheduled=length,
        percent=event.attendance_percent,
    )
    standing = held.get(True)
    return Verdict(
        registration,
        judged.earned,
        judged.minutes,
        judged.reason,
        standing,
        None if standing else held.get(False),
    )


def _certificate(
    batch: Batch, registration: Registration, shared: dict, minutes: int, at: datetime
) -> Certificate:
    code = readable_code()
    return Certificate(
        code=code,
        award=batch.award,
        person_id=registration.person_id,
        registration=registration,
        batch=batch,
        facts=facts.of_person(shared, registration, code=code, minutes=minutes, at=at),
        issued_at=at,
    )
