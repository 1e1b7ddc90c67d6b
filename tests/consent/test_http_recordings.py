"""Recorded answers over ASGI: a system records, a person verifies, and a reason for a no stays with who gave it."""

import msgspec

from services.consent.usecases.verify_answer import RecordingList, list_recordings
from shared.contracts.consent import CoverageState
from shared.database import Database
from tests.consent.test_http import Client, Stage, client, home, stage
from tests.consent.test_recordings import HEAD, LATER, SCAN, paper
from tests.consent.world import FATHER, MEANS, STAFF, SYSTEM, Family, ask, covered, say

__all__ = ["client", "home", "stage"]


async def test_over_http_a_system_records_and_a_person_finds_and_verifies(
    client: Client,
    stage: Stage,
    home: Family,
    consent_db: Database,
) -> None:
    async with consent_db.transaction() as tx:
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
        await say(tx, home.mother, event.request_id)
    stage.now = LATER
    stage.be(SYSTEM, "consent:ask")
    body = msgspec.to_builtins(paper(event, FATHER))
    key = {"Idempotency-Key": "aaaaaaaa-recorded-once"}

    first = await client.post("/v1/recorded-answers", json=body, headers=key)
    again = await client.post("/v1/recorded-answers", json=body, headers=key)

    assert first.status_code == 200, first.text
    assert first.content == again.content
    recording_id = first.json()["recording_id"]
    assert (await client.post(f"/v1/recorded-answers/{recording_id}/verification")).status_code == 403
    stage.be(HEAD, "consent:ask")
    listed = (await client.get("/v1/recorded-answers")).json()["recordings"]
    assert [(one["recording_id"], one["document_sha256"]) for one in listed if one["request_id"] == str(event.request_id)] == [
        (recording_id, SCAN)
    ]
    assert FATHER not in str(listed)
    assert (await client.post(f"/v1/recorded-answers/{recording_id}/verification")).json()["waits"] is False
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event, regime="S_SCH", now=LATER)).state is CoverageState.GIVEN
        found = await list_recordings(tx, MEANS, HEAD, now=LATER)
    given = await client.post("/v1/consent-lists", json={"child_ref": str(home.child_ref)})
    assert next(one for one in given.json()["requests"] if one["request_id"] == str(event.request_id))["media"] == ["e-identity", "paper"]
    stage.be(home.father)
    assert (await client.get(f"/v1/requests/{event.request_id}")).json()["your_answers"][0]["medium"] == "paper"
    stage.be(home.mother)
    assert "paper" not in (await client.get(f"/v1/requests/{event.request_id}")).text, "how the other answered is not shown"
    assert isinstance(found, RecordingList)
    assert all(one.request_id != event.request_id for one in found.recordings)


async def test_a_reason_for_a_no_is_read_by_nobody_else(
    client: Client,
    stage: Stage,
    home: Family,
    consent_db: Database,
) -> None:
    async with consent_db.transaction() as tx:
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    path = f"/v1/requests/{event.request_id}"
    stage.be(home.father)
    served = (await client.get(path)).json()["served_id"]
    with_yes = {"served_id": served, "answers": [{"row": 1, "choice": "yes", "reason": "too-much"}]}
    with_no = {"served_id": served, "answers": [{"row": 1, "choice": "no", "reason": "too-much"}]}

    assert (await client.post(f"{path}/answers", json=with_yes)).json()["errors"][0]["pointer"] == "#/answers/0/reason"
    assert (await client.post(f"{path}/answers", json=with_no)).status_code == 200
    assert (await client.get(path)).json()["your_answers"] == [{"row": 1, "choice": "no", "reason": "too-much", "medium": "e-identity"}]
    stage.be(home.mother)
    assert "too-much" not in (await client.get(path)).text + (await client.get("/v1/requests")).text
    stage.be(STAFF, "consent:ask")
    given = await client.post("/v1/consent-lists", json={"child_ref": str(home.child_ref)})
    assert "too-much" not in given.text
