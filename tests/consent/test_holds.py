"""Protected identity: named staff only, lifted by two; and restriction of processing (I8; GDPR art. 18)."""

import itertools
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.consent.domain.holds import HoldKind, HoldReason
from services.consent.events.questions import answers
from services.consent.storage import organisations
from shared.auth import Caller
from shared.contracts.consent import Child, ChildFound, HandlingChanged
from shared.database import Connection, Database
from shared.ids import opaque_id
from tests.consent.test_http import Client, Stage, client, given, home, stage
from tests.consent.world import LOA3, MEANS, MOTHER, NOW, STAFF, Family, covered, grant, registered

__all__ = ["client", "home", "stage"]

FIRST, SECOND, NAMED = (msgspec.structs.replace(STAFF, subject=name) for name in ("chef-1", "chef-2", "utsedd"))
OPERATORS = tuple(msgspec.structs.replace(STAFF, subject=name, organisation="o1op", acr=LOA3) for name in ("drift-1", "drift-2"))


@pytest.fixture(autouse=True)
async def granted(consent_db: Database, home: Family) -> None:  # noqa: ARG001  the family comes with the world, which this adds to
    """Two who decide in the school board, one whom they may name, and two of the operator's."""
    async with consent_db.transaction() as tx:
        for who in (FIRST, SECOND):
            await organisations.save_grant(tx, msgspec.structs.replace(grant(who.principal), role="manager"))
        await organisations.save_grant(tx, grant(NAMED.principal))
        for who in OPERATORS:
            await organisations.save_grant(tx, grant(who.principal, organisation="o1op"))


async def post(client: Client, stage: Stage, who: Caller, path: str, **body: Any) -> Any:
    stage.be(who, "consent:ask")
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def protect(client: Client, stage: Stage, home: Family) -> Any:
    return await post(client, stage, STAFF, "/v1/holds", number=home.number, kind="protected", reason="assessed")


async def name(client: Client, stage: Stage, home: Family, *, by: tuple[Caller, ...] = (FIRST, SECOND)) -> list[str]:
    said = [await post(client, stage, who, "/v1/handlers", number=home.number, principal=NAMED.principal) for who in by]
    return [one["state"] for one in said]


def reads(child_ref: object, consent_id: object) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Everything that staff can ask about a child or one of its consents."""
    row = {
        "child_ref": str(child_ref),
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": "P_SUPPORT",
        "category": "plan",
    }
    question = {"child_ref": str(child_ref), "unit": "o5ek-u2", "purpose": "P_SUPPORT", "category": "plan"}
    return [
        ("POST", "/v1/coverage", {"rows": [row]}),
        ("POST", "/v1/consent-lists", {"child_ref": str(child_ref)}),
        ("POST", "/v1/custody-statements", {"child_ref": str(child_ref), "guardians": []}),
        ("POST", "/v1/judgements", {**question, "maturity": "joint", "in_confidence": False, "secret_from": []}),
        ("POST", f"/v1/consents/{consent_id}/pause", {"reason": "safeguarding", "last_day": "2026-12-01"}),
        ("POST", f"/v1/consents/{consent_id}/end", {"reason": "case-closed"}),
        ("POST", f"/v1/consents/{consent_id}/strike", {"reason": "wrong-child"}),
    ]


_KEYS = itertools.count()


async def told(client: Client, ask: tuple[str, str, dict[str, Any] | None]) -> tuple[int, bytes, list[str]]:
    method, path, body = ask
    answer = await client.request(method, path, json=body, headers={"Idempotency-Key": f"k{next(_KEYS)}"})
    problem = answer.json()
    problem.pop("instance", None)
    problem.pop("trace_id", None)
    return answer.status_code, msgspec.json.encode(problem, order="deterministic"), sorted(answer.headers)


async def test_who_is_not_named_is_told_the_same_bytes_as_of_a_child_that_is_nobodys(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, _ = await given(client, stage, home, consent_db)
    await protect(client, stage, home)
    assert await name(client, stage, home) == ["second-person-needed", "named"]

    for who in (STAFF, FIRST, SECOND):
        stage.be(who, "consent:ask")
        about = [await told(client, one) for one in reads(home.child_ref, consent_id)]
        nobody = [await told(client, one) for one in reads(opaque_id(), opaque_id())]
        assert about == nobody
        for path in ("/v1/tasks", "/v1/awaited"):
            assert home.child_ref.hex not in (await client.get(path)).text.replace("-", "")
    stage.be(NAMED, "consent:ask")
    seen = [await told(client, one) for one in reads(home.child_ref, consent_id)]
    assert {status for status, _, _ in seen} <= {200, 201, 409}
    assert [status for status, _, _ in seen[:2]] == [200, 200]
    assert b"not-yours" not in seen[0][1]


async def test_naming_the_child_says_nothing_either(client: Client, stage: Stage, home: Family) -> None:
    before = await post(client, stage, STAFF, "/v1/children", number=home.number)
    await protect(client, stage, home)

    assert await post(client, stage, STAFF, "/v1/children", number=home.number) == before


async def test_one_alone_names_nobody_and_one_takes_away(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    await protect(client, stage, home)

    async def handlers() -> tuple[str, ...] | None:
        return (await found(consent_db, home)).handlers

    assert await name(client, stage, home, by=(FIRST, FIRST)) == ["second-person-needed"] * 2
    assert await handlers() == ()
    await name(client, stage, home, by=(SECOND,))
    assert await handlers() == (f"o5ek {NAMED.principal}",)
    await post(client, stage, FIRST, "/v1/handler-removals", number=home.number, principal=NAMED.principal)
    assert await handlers() == ()


async def test_only_two_different_people_of_its_owner_lift(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    hold = await protect(client, stage, home)
    path = f"/v1/holds/{hold['hold_id']}/lifting"

    async def lift(who: Caller) -> tuple[int, str]:
        stage.be(who, "consent:ask")
        answer = await client.post(path, json={})
        return answer.status_code, answer.json().get("state", answer.json().get("type"))

    assert await lift(STAFF) == (403, "/problems/no-grant")
    assert await lift(OPERATORS[0]) == (404, "/problems/not-found")
    assert await lift(FIRST) == (200, "second-person-needed")
    assert await lift(FIRST) == (200, "second-person-needed")
    assert (await restricted(consent_db, home)) is True
    assert await lift(SECOND) == (200, "lifted")
    assert (await restricted(consent_db, home)) is False


async def test_what_the_register_has_marked_two_of_the_operators_lift(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    stage.register[home.number] = registered(home.number, protected=True)
    await post(client, stage, STAFF, "/v1/children", number=home.number)
    stage.register[home.number] = registered(home.number)
    await post(client, stage, STAFF, "/v1/children", number=home.number)
    assert await restricted(consent_db, home) is True
    async with consent_db.connection() as connection:
        hold_id = await connection.fetchval(
            "select hold_id from person_hold join person using (person_id) where subject_id = $1", home.subject_id
        )

    states = [(await post(client, stage, who, f"/v1/holds/{hold_id}/lifting"))["state"] for who in OPERATORS]

    assert states == ["second-person-needed", "lifted"]
    assert await restricted(consent_db, home) is False


async def test_a_guardian_marked_by_hand_marks_the_children_in_their_custody(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    await post(client, stage, STAFF, "/v1/holds", number=MOTHER, kind="protected", reason="assessed")

    assert await restricted(consent_db, home) is True
    async with consent_db.transaction() as tx:  # the mother is a guardian in the other tests too
        await tx.execute("update person_hold set lift_by = 'a', lift_at = $1, lifted_by = 'b', lifted_at = $1", NOW)
        await tx.execute("update person set protected = false")


async def test_restricting_processing_pauses_what_was_given_until_two_lift_it(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    hold = await post(client, stage, STAFF, "/v1/holds", number=home.number, kind="restricted", reason="accuracy")
    asked = stage.sharing.asked[-1]

    async def state(at: Any = NOW) -> str:
        async with consent_db.transaction() as tx:
            return str((await covered(tx, event, now=at)).state)

    assert (hold["state"], [row.key.subject_id for row in asked.rows]) == ("in-force", [home.subject_id])
    assert asked.rows[0].valid_from is not None
    assert asked.rows[0].valid_from > NOW + timedelta(days=36500)
    assert await state() != "given"
    stage.be(STAFF, "consent:ask")
    resumed = await client.post(f"/v1/consents/{consent_id}/resumption", json={})
    assert (resumed.status_code, resumed.json()["detail"]) == (409, "The state is restricted.")
    assert await restricted(consent_db, home) is True
    for who, states in ((FIRST, "second-person-needed"), (SECOND, "lifted")):
        assert (await post(client, stage, who, f"/v1/holds/{hold['hold_id']}/lifting"))["state"] == states
        assert (await state() == "given") is (states == "lifted")
    assert await restricted(consent_db, home) is False
    async with consent_db.transaction() as tx:
        assert [(one.restricted, one.handlers) for one in await changes(tx, home)] == [(True, None), (False, None)]


async def test_a_reason_of_the_other_kind_is_pointed_at(client: Client, stage: Stage, home: Family) -> None:
    stage.be(STAFF, "consent:ask")
    for kind, reason in itertools.product(HoldKind, HoldReason):
        answer = await client.post("/v1/holds", json={"number": home.number[:-1] + "x", "kind": kind, "reason": reason})
        assert answer.status_code == 400
    wrong = await client.post("/v1/holds", json={"number": home.number, "kind": "restricted", "reason": "assessed"})
    weak = msgspec.structs.replace(STAFF, acr=None)
    stage.be(weak, "consent:ask")
    refused = await client.post("/v1/holds", json={"number": home.number, "kind": "restricted", "reason": "accuracy"})

    assert wrong.json()["errors"][0]["pointer"] == "#/reason"
    assert refused.status_code in {401, 403}


async def found(database: Database, home: Family) -> ChildFound:
    """What sharing would be told now."""
    answer = await answers(MEANS)[Child](database, Child(organisation="o5ek", child_ref=home.child_ref), now=NOW)
    assert isinstance(answer, ChildFound)
    return answer


async def restricted(database: Database, home: Family) -> bool:
    return (await found(database, home)).restricted


async def changes(tx: Connection, home: Family) -> list[HandlingChanged]:
    rows = await tx.fetch("select body from outbox where name = 'handling-changed' order by position")
    events = [msgspec.json.decode(row["body"], type=HandlingChanged) for row in rows]
    return [one for one in events if one.subject_id == home.subject_id]
