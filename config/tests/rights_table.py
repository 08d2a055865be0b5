"""Who may do what, written down once: a row for each rule, not for each page.

The subject of every rule is one joint event: led by ``lead``, hosted along by ``accepted``, where
``invited`` was asked and has not answered, and ``stranger`` has no part. Each has a person in each
of the four roles. A page is judged by the rule its guard names (``view.access``), an operation of
the API by its row in ``OPERATIONS``; so a new page under a known rule needs no row here. What its
address is filled in with is in ``rights_world.py``.
"""

from programmes.models import Role

ALLIANCES = ("lead", "accepted", "invited", "stranger")
HOSTS = ("lead", "accepted")
ASKED = ("lead", "accepted", "invited")
PLANNING = ("admin", "organiser")
LOOKING = (*PLANNING, "viewer")
AT_DOOR = (*PLANNING, "check-in")
KINDS = tuple(Role.Kind.values)


def of(kinds: tuple[str, ...], alliances: tuple[str, ...]) -> frozenset[str]:
    """The people of these roles in these alliances, and the operator, who may everything."""
    return frozenset(f"{kind} of {name}" for kind in kinds for name in alliances) | {"operator"}


STAFF = of(KINDS, ALLIANCES)
SIGNED_IN = STAFF | {"signed in"}
EVERYBODY = SIGNED_IN | {"anonymous"}
OPERATOR = frozenset({"operator"})
LEAD_PLANS = of(PLANNING, ("lead",))

RULES: dict[str, frozenset[str]] = {
    "public": EVERYBODY,
    "signed link": EVERYBODY,  # the link is the right
    "signed in": SIGNED_IN,
    "programmes.rules.may_come_in": STAFF,
    "programmes.rules.may_organise": of(PLANNING, ALLIANCES),
    "programmes.rules.may_edit_speaker": of(PLANNING, ALLIANCES),
    "programmes.rules.may_operate": OPERATOR,
    "programmes.rules.may_run_queue": OPERATOR,
    "programmes.rules.may_end_operator": OPERATOR,
    "programmes.rules.may_see_team": of(KINDS, ("lead",)),
    "programmes.rules.may_manage_team": of(("admin",), ("lead",)),
    "programmes.rules.may_manage_place": of(("admin",), ("lead",)),
    "events.rules.may_see": EVERYBODY,
    "events.rules.may_see_workspace": of(LOOKING, ASKED),
    "events.rules.may_look_behind": of(LOOKING, HOSTS),
    "events.rules.may_plan_for": LEAD_PLANS,
    "events.rules.may_answer": of(PLANNING, ("accepted",)),  # asked of the co-host
    "events.rules.may_change_membership": OPERATOR,
    "events.rules.may_discuss": of(PLANNING, ASKED),
    "events.rules.may_plan_season": LEAD_PLANS,  # of a season of the lead's
    "events.rules.may_edit": LEAD_PLANS,
    "events.rules.may_publish": LEAD_PLANS,
    "events.rules.may_settle": LEAD_PLANS,
    "events.rules.may_run": of(PLANNING, HOSTS),
    "events.rules.may_keep_materials": of(PLANNING, HOSTS),
    "events.rules.may_take_attendance": of(PLANNING, HOSTS),
    "events.rules.may_check_in": of(AT_DOOR, HOSTS),
    "events.rules.may_see_registrations": of(LOOKING, HOSTS),  # under the rule “own”
    "events.rules.may_see_registration": of(LOOKING, HOSTS),  # of one who chose the co-host
    "events.rules.may_see_calendar": of(LOOKING, ("lead",)),
    "events.rules.may_keep_calendar": LEAD_PLANS,
    "events.rules.may_see_poll": of(PLANNING, ASKED),  # asked by the lead about the event
    "events.rules.may_run_poll": LEAD_PLANS,
    # The program is led by the lead and hosted by the co-host, its data rule is “own”.
    "programmes.rules.may_see_programme_desk": of(LOOKING, HOSTS),
    "programmes.rules.may_edit_programme": LEAD_PLANS,
    "programmes.rules.may_contribute": of(PLANNING, HOSTS),
    "programmes.rules.may_see_enrolled": of(LOOKING, HOSTS),
    "events.rules.may_take_out": LEAD_PLANS,
    "events.rules.may_see_enrolment": of(LOOKING, HOSTS),  # of one who chose the co-host
    "events.rules.may_note_for": of(PLANNING, HOSTS),
}

# What the API's operations ask for: the rule, as above, or “key” for whoever has a valid key, or
# “enrolled” for the people of the program alone, none of whom has a key here.
OPERATIONS: dict[str, str] = {
    "list_alliances": "public",
    "list_organisations": "public",
    "list_topics": "public",
    "list_speakers": "public",
    "list_programmes": "public",
    "get_programme": "public",
    "list_events": "public",
    "get_event": "public",
    "register": "public",
    "get_certificate": "public",
    "draft_event": "events.rules.may_plan_for",
    "edit_event": "events.rules.may_edit",
    "decide_hosting": "events.rules.may_answer",
    "publish_event": "events.rules.may_publish",
    "cancel_event": "events.rules.may_publish",
    "duplicate_event": "events.rules.may_edit",
    "list_registrations": "events.rules.may_see_registrations",
    "cancel_registration": "events.rules.may_run",
    "upload_attendance": "events.rules.may_take_attendance",
    "get_attendance_import": "events.rules.may_take_attendance",
    "apply_attendance_import": "events.rules.may_take_attendance",
    "undo_attendance_import": "events.rules.may_take_attendance",
    "settle_attendance": "events.rules.may_settle",
    "preview_certificates": "events.rules.may_look_behind",
    "issue_certificates": "events.rules.may_settle",
    "get_batch": "events.rules.may_look_behind",
    "revoke_certificate": "events.rules.may_edit",
    "reissue_certificate": "events.rules.may_edit",
    "get_my_transcript": "key",
    "suggest_times": "programmes.rules.may_organise",
    "list_conflicts": "events.rules.may_see_workspace",
    "list_team": "programmes.rules.may_see_team",
    "invite_to_team": "programmes.rules.may_manage_team",
    "withdraw_team_invitation": "programmes.rules.may_manage_team",
    "change_team_role": "programmes.rules.may_manage_team",
    "remove_from_team": "programmes.rules.may_manage_team",
    "list_needs": "programmes.rules.may_come_in",
    "publish_proposal": "events.rules.may_publish",
    "withdraw_proposal": "events.rules.may_publish",
    "uninvite_host": "events.rules.may_publish",
    "offer_lead": "events.rules.may_publish",
    "keep_lead": "events.rules.may_publish",
    "answer_lead": "events.rules.may_answer",
    "get_event_history": "events.rules.may_see_workspace",
    "list_comments": "events.rules.may_see_workspace",
    "add_comment": "events.rules.may_discuss",
    "change_dates": "events.rules.may_edit",
    "repeat_event": "events.rules.may_edit",
    "add_left_out_date": "events.rules.may_edit",
    "move_to_zone": "events.rules.may_edit",
    "list_seasons": "key",
    "draft_season": "events.rules.may_plan_for",
    "get_season": "events.rules.may_plan_season",
    "add_season_events": "events.rules.may_plan_season",
    "remove_season_event": "events.rules.may_plan_season",
    "pin_season_event": "events.rules.may_plan_season",
    "place_season": "events.rules.may_plan_season",
    "accept_season": "events.rules.may_plan_season",
    "list_polls": "key",
    "start_poll": "events.rules.may_plan_for",
    "get_poll": "events.rules.may_see_poll",
    "close_poll": "events.rules.may_run_poll",
    "choose_poll_time": "events.rules.may_run_poll",
    "list_partner_calendars": "key",
    "add_partner_calendar": "events.rules.may_plan_for",
    "get_partner_calendar": "events.rules.may_see_calendar",
    "change_partner_calendar": "events.rules.may_keep_calendar",
    "remove_partner_calendar": "events.rules.may_keep_calendar",
    "read_partner_calendar": "events.rules.may_keep_calendar",
    "list_partner_calendar_entries": "events.rules.may_see_calendar",
    "list_partner_entries": "public",
    "get_speaker": "public",
    "edit_speaker": "programmes.rules.may_edit_speaker",
    "list_event_speakers": "events.rules.may_look_behind",
    "invite_speakers": "events.rules.may_edit",
    "list_materials": "public",
    "make_programme": "events.rules.may_plan_for",
    "edit_programme": "programmes.rules.may_edit_programme",
    "put_event_into_programme": "events.rules.may_take_out",
    "take_event_out_of_programme": "events.rules.may_take_out",
    "enrol": "public",
    "list_progress": "programmes.rules.may_see_enrolled",
    "get_programme_totals": "programmes.rules.may_see_programme_desk",
    "list_programme_records": "events.rules.may_see_enrolment",
    "add_programme_record": "events.rules.may_plan_for",  # in the name of the lead
    "withdraw_programme_record": "events.rules.may_note_for",
    "list_my_programmes": "key",
    "decide_my_date": "enrolled",
    "leave_my_programme": "enrolled",
}


def callers(operation: str) -> frozenset[str]:
    """Whom an operation answers."""
    return {"key": SIGNED_IN, "enrolled": frozenset[str](), **RULES}[OPERATIONS[operation]]


# --- who may read what ----------------------------------------------------------------------------

SHARINGS = ("totals", "own", "all")
BELONGS = ("member", "chosen", "lead's", "nobody's")
"""How the four registrants of each event belong: member of the co-host, chose it, chose the lead,
and neither."""


def readers(sharing: str, belongs: str, *, kinds: tuple[str, ...] = LOOKING) -> frozenset[str]:
    """Who may read of a registrant, by the event's data rule; ``kinds`` of the hosts' people."""
    theirs = sharing == "all" or (sharing == "own" and belongs in {"member", "chosen"})
    return of(kinds, HOSTS if theirs else ("lead",))
