"""The holder's acts over ASGI: what is said before and after sharing's word, and who is let in."""

import msgspec
import pytest

from shared.database import Database
from tests.consent.test_http import Client, Stage, client, given, home, stage
from tests.consent.world import FATHER, NOW, STAFF, SYSTEM, Family, covered

__all__ = ["client", "home", "stage"]

LOA2 = "http://id.elegnamnden.se/loa/1.0/loa2"
HEAD = msgspec.structs.replace(STAFF, subject="rektor")
PAUSE = {"reason": "safeguarding", "last_day": "2026-12-01"}


async def test_a_pause_is_said_only_on_the_word_of_sharing_and_can_be_lifted(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    stage.be(SYSTEM, "consent:ask")

    paused = await client.post(f"/v1/consents/{consent_id}/pause", json=PAUSE)
    again = await client.post(f"/v1/consents/{consent_id}/pause", json=PAUSE)
    by_system = await client.post(f"/v1/consents/{consent_id}/resumption", json={})
    stage.be(STAFF, "consent:ask")
    resumed = await client.post(f"/v1/consents/{consent_id}/resumption", json={})

    assert paused.json()["state"] == "paused"
    assert [one.rows[0].withdrawn for one in stage.sharing.asked] == [False]
    assert again.status_code == 409
    assert again.json()["type"] == "/problems/consent-state"
    assert again.json()["detail"] == "The state is paused."
    assert by_system.status_code == 403
    assert resumed.json()["state"] == "resumed"
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event)).state == "given"


async def test_ending_while_sharing_is_away_is_being_confirmed(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    stage.sharing.away = True
    stage.be(STAFF, "consent:ask")

    ended = await client.post(f"/v1/consents/{consent_id}/end", json={"reason": "case-closed"})
    unknown = await client.post(f"/v1/consents/{consent_id}/end", json={"reason": "because"})

    assert ended.json()["state"] == "being-confirmed"
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["pointer"] == "#/reason"
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event)).state == "pending"


async def test_two_persons_strike_out_and_staff_and_family_can_read_it(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, _ = await given(client, stage, home, consent_db)
    stage.be(STAFF, "consent:ask")
    first = await client.post(f"/v1/consents/{consent_id}/strike", json={"reason": "wrong-child"})
    stage.be(HEAD, "consent:ask")
    second = await client.post(f"/v1/consents/{consent_id}/strike", json={"reason": "wrong-child"})
    listed = await client.post("/v1/consent-lists", json={"child_ref": str(home.child_ref)})
    stage.be(home.mother)
    mothers = [one for one in (await client.get("/v1/consents")).json()["consents"] if one["consent_id"] == consent_id]
    notices = [one for one in (await client.get("/v1/notices")).json()["notices"] if one["consent_id"] == consent_id]

    assert first.json()["state"] == "second-person-needed"
    assert second.json()["state"] == "struck-out"
    assert listed.json()["requests"][0]["rows"][0]["state"] == "struck-out"
    assert [(row["state"], row["valid_until"]) for row in mothers[0]["rows"]] == [("struck-out", NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    assert [one["kind"] for one in notices] == ["struck-out"]


async def test_a_call_is_taken_at_once_by_staff_without_a_strong_login(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    stage.be(msgspec.structs.replace(STAFF, acr=LOA2), "consent:ask")

    body = {"number": FATHER, "witness": "called-back"}
    answered = await client.post(f"/v1/consents/{consent_id}/telephone-withdrawal", json=body)

    assert answered.json()["state"] == "stopped"
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event)).state == "withdrawn"


@pytest.mark.parametrize(("path", "body"), [("resumption", {}), ("strike", {"reason": "wrong-child"})])
async def test_what_widens_or_is_for_good_takes_a_strong_login(
    client: Client, stage: Stage, home: Family, consent_db: Database, path: str, body: dict[str, str]
) -> None:
    consent_id, _ = await given(client, stage, home, consent_db)
    stage.be(msgspec.structs.replace(STAFF, acr=LOA2), "consent:ask")

    answered = await client.post(f"/v1/consents/{consent_id}/{path}", json=body)

    assert answered.status_code == 401
    assert "insufficient_user_authentication" in answered.headers["www-authenticate"]


async def test_another_organisation_cannot_tell_a_consent_from_none(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, _ = await given(client, stage, home, consent_db)
    stage.be(msgspec.structs.replace(SYSTEM, organisation="o2rg"), "consent:ask")
    nobody = "018f0000-0000-7000-8000-000000000000"

    for path, body in (("pause", PAUSE), ("end", {"reason": "case-closed"})):
        yours = await client.post(f"/v1/consents/{consent_id}/{path}", json=body)
        unknown = await client.post(f"/v1/consents/{nobody}/{path}", json=body)
        assert yours.status_code == unknown.status_code == 404
        assert yours.content == unknown.content


async def test_a_family_does_nothing_that_is_the_holders(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    consent_id, _ = await given(client, stage, home, consent_db)
    stage.be(home.mother)

    for path in ("pause", "resumption", "end", "strike", "telephone-withdrawal"):
        assert (await client.post(f"/v1/consents/{consent_id}/{path}", json={})).status_code == 403, path
    for path in ("/v1/tasks", "/v1/awaited"):
        assert (await client.get(path)).status_code == 403
    assert (await client.post("/v1/consent-lists", json={"child_ref": consent_id})).status_code == 403
