"""Is it alive: database, queue age, oldest unsent mail."""

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from programmes.access import public
from programmes.models import OutboxEntry
from programmes.outbox import last_beat

LATE = timedelta(seconds=300)
SILENT = timedelta(seconds=180)


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, the workers beat and nothing waits long; else 503."""
    try:
        facts = _facts()
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    healthy = facts["workers"] == "alive" and facts["oldest_due_seconds"] < LATE.total_seconds()
    facts["status"] = "ok" if healthy else "failing"
    answer = JsonResponse(facts, status=200 if healthy else 503)
    answer._has_been_logged = True  # whoever asks is told; a line for every time is noise
    return answer


def _facts() -> dict[str, object]:
    now, beat = timezone.now(), last_beat()
    waiting = OutboxEntry.objects.open().filter(due_at__lte=now)
    oldest = waiting.aggregate(oldest=Min("made_at"))["oldest"]
    mail = waiting.exclude(kind__startswith="certificates/draw").aggregate(o=Min("made_at"))["o"]
    return {
        "database": "ok",
        "workers": "alive" if beat and now - beat < SILENT else "silent",
        "last_beat_seconds": round((now - beat).total_seconds()) if beat else None,
        "oldest_due_seconds": round((now - oldest).total_seconds()) if oldest else 0,
        "oldest_unsent_mail_seconds": round((now - mail).total_seconds()) if mail else 0,
        "failed": OutboxEntry.objects.filter(state=OutboxEntry.State.DEAD).count(),
        "unsure": OutboxEntry.objects.filter(state=OutboxEntry.State.UNSURE).count(),
    }
