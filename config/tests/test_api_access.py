"""Who may call what: every operation of the router, called by everybody there is."""

from io import BytesIO

import pytest
from django.utils import timezone

from config.tests import rights_table
from config.tests.conftest import OPERATIONS, in_days
from events.domain import handover, hosting, scheduling
from events.models import EventHost, PartnerCalendar
from programmes import apikeys

WHO = ("anonymous", "other", "co-host", "lead", "operator")
PLAN = {
    "title": "Curb data",
    "time_zone": "America/Denver",
    "sessions": [{"starts_local": in_days(50, "11:00"), "ends_local": in_days(50, "12:00")}],
}
PLACE = {"name": "Ana Ruiz", "email": "ana@city.example"}

# What each of WHO is answered. A new operation has its row in rights_table.py, or here too.
EXPECTED = {
    "list_alliances": (200, 200, 200, 200, 200),
    "list_organisations": (200, 200, 200, 200, 200),
    "list_topics": (200, 200, 200, 200, 200),
    "list_speakers": (200, 200, 200, 200, 200),
    "list_programmes": (200, 200, 200, 200, 200),
    "get_programme": (404, 404, 404, 404, 404),
    "list_events": (200, 200, 200, 200, 200),
    "get_event": (404, 404, 200, 200, 200),
    "draft_event": (401, 403, 403, 201, 201),
    "edit_event": (401, 403, 403, 200, 200),
    "decide_hosting": (401, 404, 200, 403, 200),
    "publish_event": (401, 404, 403, 200, 200),
    "publish_proposal": (401, 403, 403, 200, 200),
    "withdraw_proposal": (401, 403, 403, 200, 200),
    "uninvite_host": (401, 404, 403, 200, 200),
    "offer_lead": (401, 403, 403, 200, 200),
    "keep_lead": (401, 403, 403, 200, 200),
    "answer_lead": (401, 403, 200, 403, 200),
    "get_event_history": (401, 403, 200, 200, 200),
    "list_comments": (401, 403, 200, 200, 200),
    "add_comment": (401, 403, 201, 201, 201),
    "cancel_event": (401, 403, 403, 200, 200),
    "duplicate_event": (401, 403, 403, 201, 201),
    "register": (201, 201, 201, 201, 201),
    "list_registrations": (401, 403, 200, 200, 200),
    "cancel_registration": (401, 404, 200, 200, 200),
    "upload_attendance": (401, 403, 202, 202, 202),
    "get_attendance_import": (401, 404, 200, 200, 200),
    "apply_attendance_import": (401, 404, 200, 200, 200),
    "undo_attendance_import": (401, 404, 200, 200, 200),
    "settle_attendance": (401, 403, 403, 200, 200),
    "preview_certificates": (401, 403, 200, 200, 200),
    "issue_certificates": (401, 403, 403, 202, 202),
    "get_batch": (401, 404, 200, 200, 200),
    "get_certificate": (200, 200, 200, 200, 200),
    "revoke_certificate": (401, 403, 403, 200, 200),
    "reissue_certificate": (401, 403, 403, 201, 201),
    "suggest_times": (401, 200, 200, 200, 200),
    "list_conflicts": (401, 403, 200, 200, 200),
    "list_partner_calendars": (401, 200, 200, 200, 200),
    "add_partner_calendar": (401, 403, 403, 201, 201),
    "get_partner_calendar": (401, 404, 404, 200, 200),
    "change_partner_calendar": (401, 404, 404, 200, 200),
    "remove_partner_calendar": (401, 404, 404, 204, 204),
    "read_partner_calendar": (401, 404, 404, 202, 202),
    "list_partner_calendar_entries": (401, 404, 404, 200, 200),
    "list_partner_entries": (200, 200, 200, 200, 200),
    "get_my_transcript": (401, 200, 200, 200, 200),
}


@pytest.fixture
def asked(request, world):
    """``asked("edit_event")``: path and body of a call that is right in all but who makes it."""

    def make(operation: str) -> tuple[str, object]:
        make_it = CALLS.get(operation)
        if make_it is None:
            return OPERATIONS[operation][1].removeprefix("/api/v1"), None
        return make_it(world, request.getfixturevalue)

    return make


def _accepted_draft(world, fixture):
    return fixture("make_draft")(EventHost.State.ACCEPTED).slug


def _report(world, fixture):
    event, _ = fixture("make_held")()
    day = timezone.localtime(event.starts_at, None).strftime("%m/%d/%Y")
    heading = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\r\n"
    row = f"Ana Ruiz,ana@city.example,{day} 11:00:00 AM,{day} 11:50:00 AM,50,No\r\n"
    return f"/events/{event.slug}/attendance/imports", {"file": BytesIO((heading + row).encode())}


def _batch(world, fixture):
    from certificates.domain import issuing  # noqa: PLC0415
    from certificates.models import Batch  # noqa: PLC0415

    event, _ = fixture("make_held")()
    batch = Batch.objects.create(award=issuing.award_of(event), requested_at=timezone.now())
    return f"/batches/{batch.pk}", None


def _calendar(world):
    at = timezone.now()
    made = PartnerCalendar.objects.create(
        alliance=world.lead, name="Ours", url="https://x.example/", asked_at=at, next_try_at=at
    )
    return f"/partner-calendars/{made.pk}"


def _declined_change(world):
    at = timezone.now()
    scheduling.edit(world.event, {"title": "Another title"}, by=None, at=at)
    hosting.decide(world.event, world.co_host, "decline", by=None, at=at)
    return "/events/joint-webinar/proposal"


def _offered_lead(world):
    handover.offer(world.event, world.co_host, by=None, at=timezone.now())
    return f"/events/joint-webinar/handover/{world.co_host.slug}"


def _seat(world, fixture):
    place = fixture("make_registration")(world.event, alliance=world.co_host)
    return f"/registrations/{place.code}/cancellation", None


CALLS = {
    "get_programme": lambda world, fixture: ("/programmes/unknown", None),
    "get_event": lambda world, fixture: (f"/events/{fixture('make_draft')().slug}", None),
    "draft_event": lambda world, fixture: ("/events", PLAN | {"lead": world.lead.slug}),
    "edit_event": lambda world, fixture: ("/events/joint-webinar", {"summary": "New"}),
    "decide_hosting": lambda world, fixture: (
        f"/events/{fixture('make_draft')().slug}/hosts/{world.co_host.slug}",
        {"decision": "accept"},
    ),
    "publish_event": lambda world, fixture: (
        f"/events/{_accepted_draft(world, fixture)}/publication",
        None,
    ),
    "publish_proposal": lambda world, fixture: (_declined_change(world) + "/publication", None),
    "withdraw_proposal": lambda world, fixture: (_declined_change(world), None),
    "uninvite_host": lambda world, fixture: (
        f"/events/{fixture('make_draft')().slug}/hosts/{world.co_host.slug}",
        None,
    ),
    "offer_lead": lambda world, fixture: (
        "/events/joint-webinar/handover",
        {"alliance": world.co_host.slug},
    ),
    "keep_lead": lambda world, fixture: ("/events/joint-webinar/handover", None),
    "answer_lead": lambda world, fixture: (_offered_lead(world), {"decision": "accept"}),
    "get_event_history": lambda world, fixture: ("/events/joint-webinar/history", None),
    "list_comments": lambda world, fixture: ("/events/joint-webinar/comments", None),
    "add_comment": lambda world, fixture: (
        "/events/joint-webinar/comments",
        {"text": "Who brings the projector?"},
    ),
    "cancel_event": lambda world, fixture: (
        "/events/joint-webinar/cancellation",
        {"reason": "The speaker is ill."},
    ),
    "duplicate_event": lambda world, fixture: ("/events/joint-webinar/duplicate", None),
    "register": lambda world, fixture: ("/events/joint-webinar/registrations", PLACE),
    "list_registrations": lambda world, fixture: ("/events/joint-webinar/registrations", None),
    "cancel_registration": _seat,
    "upload_attendance": _report,
    "get_attendance_import": lambda world, fixture: (
        f"/attendance/imports/{fixture('make_import')().pk}",
        None,
    ),
    "apply_attendance_import": lambda world, fixture: (
        f"/attendance/imports/{fixture('make_import')().pk}/application",
        None,
    ),
    "undo_attendance_import": lambda world, fixture: (
        f"/attendance/imports/{fixture('make_import')().pk}",
        None,
    ),
    "settle_attendance": lambda world, fixture: (
        f"/events/{fixture('make_held')()[0].slug}/attendance/settlement",
        {"early": False},
    ),
    "preview_certificates": lambda world, fixture: (
        f"/events/{fixture('make_held')()[0].slug}/certificates/preview",
        None,
    ),
    "issue_certificates": lambda world, fixture: (
        f"/events/{fixture('make_held')()[0].slug}/certificates",
        None,
    ),
    "get_batch": _batch,
    "get_certificate": lambda world, fixture: (
        f"/certificates/{fixture('make_certificate')().code}",
        None,
    ),
    "revoke_certificate": lambda world, fixture: (
        f"/certificates/{fixture('make_certificate')().code}/revocation",
        {"reason": "Issued by mistake."},
    ),
    "reissue_certificate": lambda world, fixture: (
        f"/certificates/{fixture('make_certificate')().code}/reissue",
        {"name": "Ana María Ruiz"},
    ),
    "suggest_times": lambda world, fixture: (
        f"/schedule/suggestions?alliances={world.lead.slug}&from=2027-01-11&to=2027-01-15",
        None,
    ),
    "list_conflicts": lambda world, fixture: ("/schedule/conflicts?event=joint-webinar", None),
    "list_partner_calendars": lambda world, fixture: ("/partner-calendars", None),
    "add_partner_calendar": lambda world, fixture: (
        "/partner-calendars",
        {"alliance": world.lead.slug, "url": "https://there.example/a.ics", "name": "Ours"},
    ),
    "get_partner_calendar": lambda world, fixture: (_calendar(world), None),
    "change_partner_calendar": lambda world, fixture: (_calendar(world), {"name": "Theirs"}),
    "remove_partner_calendar": lambda world, fixture: (_calendar(world), None),
    "read_partner_calendar": lambda world, fixture: (f"{_calendar(world)}/reading", None),
    "list_partner_calendar_entries": lambda world, fixture: (f"{_calendar(world)}/entries", None),
    "list_partner_entries": lambda world, fixture: ("/partner-entries", None),
    "get_my_transcript": lambda world, fixture: ("/people/me/transcript", None),
}


def test_every_operation_says_who_may_call_it():
    """Here with the very status, or in the matrix of all roles (test_rights_api.py)."""
    assert set(EXPECTED) | set(rights_table.OPERATIONS) == set(OPERATIONS)


def test_every_operation_stands_behind_a_key_or_is_open_to_anyone():
    for _, _, operation in OPERATIONS.values():
        assert [type(one) for one in operation.auth_callbacks] == [apikeys.Bearer]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("operation", EXPECTED)
def test_callers_get_what_is_theirs(operation, who, asked, call, world):
    path, body = asked(operation)

    response = call(OPERATIONS[operation][0], path, body, key=world.keys[who])

    assert response.status_code == EXPECTED[operation][WHO.index(who)], response.content


@pytest.mark.parametrize("operation", EXPECTED)
def test_a_wrong_key_opens_nothing_not_even_what_is_open_to_anyone(operation, asked, call):
    path, body = asked(operation)

    response = call(OPERATIONS[operation][0], path, body, key="lyc_wrong")

    assert (response.status_code, response.json()["code"]) == (401, "key-unknown")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", EXPECTED)
def test_a_key_with_scopes_opens_only_what_they_name(operation, asked, call, world, make_key):
    path, body = asked(operation)
    method, _, described = OPERATIONS[operation]
    needed = described.auth_callbacks[0].scope
    others = [scope for scope in apikeys.SCOPES if scope != needed]

    refused = call(method, path, body, key=make_key(world.people["operator"], *others))

    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
