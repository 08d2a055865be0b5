"""A change that waits, outdated answers, the lead, comments and history over the API."""

from config.tests.conftest import in_days

EVENT = "/events/joint-webinar"


def change(call, world, **fields):
    return call("PATCH", EVENT, fields, key=world.keys["lead"]).json()


def answer(call, world, **body):
    path = f"{EVENT}/hosts/{world.co_host.slug}"
    return call("PUT", path, body, key=world.keys["co-host"])


def test_a_change_waits_and_is_public_with_the_last_yes(call, world):
    waiting = change(call, world, title="Fiber to some blocks", summary="At once")
    assert (waiting["title"], waiting["summary"]) == (world.event.title, "At once")
    (row,) = waiting["proposal"]["changes"]
    assert (row["was"], row["now"]) == (world.event.title, "Fiber to some blocks")
    assert waiting["proposal"]["answers"][0]["state"] == "asked"

    agreed = answer(call, world, decision="accept", agreed=waiting["proposal"]["agreed"]).json()

    assert (agreed["title"], agreed["proposal"]) == ("Fiber to some blocks", None)
    assert agreed["hosts"][1]["state"] == "accepted"


def test_strangers_see_no_proposal_and_the_hosts_as_they_stand(call, world):
    change(call, world, title="Fiber to some blocks")
    answer(call, world, decision="decline", note="No")

    for stranger in (call("GET", EVENT), call("GET", EVENT, key=world.keys["other"])):
        event = stranger.json()
        assert event["proposal"] is None
        assert {host["state"] for host in event["hosts"]} == {"accepted"}
    listed = call("GET", f"/events?alliance={world.co_host.slug}").json()["items"]
    assert "joint-webinar" in {event["slug"] for event in listed}
    own = call("GET", EVENT, key=world.keys["co-host"]).json()
    assert own["hosts"][1]["state"] == "declined"


def test_an_outdated_answer_is_refused_with_what_changed(call, world):
    version = change(call, world, title="First")["version"]
    change(call, world, title="Second")

    refused = answer(call, world, decision="accept", version=version)

    assert (refused.status_code, refused.json()["code"]) == (409, "outdated-approval")
    (row,) = refused.json()["changed"]
    assert (row["field"], row["was"], row["now"]) == ("title", "First", "Second")
    current = refused.json()["version"]
    assert answer(call, world, decision="accept", version=current).status_code == 200


def test_a_stale_edit_says_which_fields_changed_since(call, world):
    change(call, world, summary="Theirs")

    body = {"summary": "Mine", "version": 1}
    refused = call("PATCH", EVENT, body, key=world.keys["lead"]).json()

    assert (refused["code"], refused["changed"]) == ("stale-edit", ["summary"])


def test_a_date_that_moves_keeps_its_public_time_until_agreed(call, world):
    moved = [{"starts_local": in_days(31), "ends_local": in_days(31, "12:30")}]
    change(call, world, sessions=moved)
    assert call("GET", EVENT).json()["sessions"][0]["starts_local"] == in_days(30)

    answer(call, world, decision="accept")

    assert call("GET", EVENT).json()["sessions"][0]["starts_local"] == in_days(31)


def test_the_lead_is_offered_and_taken(call, world):
    body = {"alliance": world.co_host.slug}
    call("POST", f"{EVENT}/handover", body, key=world.keys["lead"])

    path = f"{EVENT}/handover/{world.co_host.slug}"
    taken = call("PUT", path, {"decision": "accept"}, key=world.keys["co-host"]).json()

    assert taken["lead"] == world.co_host.slug
    roles = {host["alliance"]: host["role"] for host in taken["hosts"]}
    assert roles == {world.co_host.slug: "lead", world.lead.slug: "co-host"}
    again = call("PUT", path, {"decision": "accept"}, key=world.keys["co-host"])
    assert (again.status_code, again.json()["code"]) == (409, "not-offered")


def test_history_tells_the_hosts_who_did_what(call, world):
    change(call, world, title="First")
    answer(call, world, decision="decline", note="Too vague")

    rows = call("GET", f"{EVENT}/history", key=world.keys["co-host"]).json()["items"]

    assert [row["action"] for row in rows[:2]] == ["host.declined", "event.proposed"]
    assert (rows[0]["alliance"], rows[0]["note"]) == (world.co_host.slug, "Too vague")
    assert rows[1]["differences"][0]["now"] == "First"


def test_a_comment_is_answered_and_listed(call, world):
    said = {"text": "Who brings the projector?"}
    made = call("POST", f"{EVENT}/comments", said, key=world.keys["co-host"])

    assert (made.status_code, made.json()["alliance"]) == (201, world.co_host.slug)
    items = call("GET", f"{EVENT}/comments", key=world.keys["lead"]).json()["items"]
    assert [item["text"] for item in items] == ["Who brings the projector?"]
    blank = call("POST", f"{EVENT}/comments", {"text": " "}, key=world.keys["co-host"])
    assert blank.status_code == 422


def test_refusals_of_the_treaty_have_their_codes(call, world):
    nothing = call("DELETE", f"{EVENT}/proposal", key=world.keys["lead"])
    stays = call("DELETE", f"{EVENT}/hosts/{world.co_host.slug}", key=world.keys["lead"])
    change(call, world, title="First")
    early = call("POST", f"{EVENT}/proposal/publication", key=world.keys["lead"])

    assert (nothing.status_code, nothing.json()["code"]) == (404, "no-proposal")
    assert (stays.status_code, stays.json()["code"]) == (409, "still-hosts")
    assert (early.status_code, early.json()["code"]) == (409, "approval-missing")
    assert early.json()["waiting"] == [world.co_host.name]
