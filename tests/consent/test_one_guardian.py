"""One guardian decides alone: attested by one, confirmed by another, until a day; and what that changes and does not change."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice
from services.consent.domain.one_guardian import Attested, Excused, WhyOne, excuse, faults
from services.consent.domain.periods import day_of, end_of
from services.consent.usecases.excuse_guardian import (
    ExceptionList,
    Excusal,
    NewException,
    attest_exception,
    confirm_exception,
    end_exception,
    list_exceptions,
)
from shared.auth import Caller
from shared.contracts.consent import CoverageState
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.errors import AppError, Invalid, NotFound, Refused
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import AskHuman, AskReason, Disposer, Disposers, Role
from tests.consent.test_http import Client, Stage, client, home, stage
from tests.consent.world import FATHER, MEANS, NOW, STAFF, STRANGER, SYSTEM, Family, ask, covered, family, say, withdraw

__all__ = ["client", "home", "stage"]

HEAD = msgspec.structs.replace(STAFF, subject="rektor")
LATER = NOW + timedelta(hours=1)
TODAY = day_of(NOW)
RIGHT = Attested(
    reason=WhyOne.ABSENT, last_day=TODAY + timedelta(days=30), cannot_wait=True, not_far_reaching=True, no_known_disagreement=False
)
MINOR: dict[str, Any] = {"reason": WhyOne.MINOR, "cannot_wait": False, "no_known_disagreement": True}


@pytest.mark.parametrize(
    ("differs", "wrong"),
    [
        ({}, []),
        ({"reason": WhyOne.ILL}, []),
        (MINOR, []),
        ({"last_day": TODAY}, []),
        ({"last_day": date(2027, 2, 24)}, []),
        ({"last_day": date(2027, 2, 25)}, ["last_day"]),
        ({"last_day": TODAY - timedelta(days=1)}, ["last_day"]),
        ({"cannot_wait": False}, ["cannot_wait"]),
        ({"not_far_reaching": False}, ["not_far_reaching"]),
        (MINOR | {"not_far_reaching": False}, ["not_far_reaching"]),
        (MINOR | {"no_known_disagreement": False}, ["no_known_disagreement"]),
    ],
)
def test_what_must_be_attested_for_each_reason(differs: dict[str, Any], wrong: list[str]) -> None:
    assert [member for member, _ in faults(msgspec.structs.replace(RIGHT, **differs), TODAY)] == wrong


M, F, C, X = (UUID(int=place) for place in range(1, 5))
PARENTS = (Disposer(person_id=M, role=Role.GUARDIAN), Disposer(person_id=F, role=Role.GUARDIAN))
ALVA = Disposer(person_id=C, role=Role.CHILD)


@pytest.mark.parametrize(
    ("who", "excused", "needed", "heard"),
    [
        (Disposers(needed=PARENTS), [F], {M}, {F}),
        (Disposers(needed=(*PARENTS, ALVA)), [F], {M, C}, {F}),
        (Disposers(needed=PARENTS, heard=(ALVA,)), [F], {M}, {C, F}),
        (Disposers(needed=PARENTS), [], {M, F}, set()),
        (Disposers(needed=PARENTS), [X], {M, F}, set()),
        (Disposers(needed=PARENTS), [M, F], {M, F}, set()),
        (Disposers(needed=PARENTS[:1]), [M], {M}, set()),
        (Disposers(needed=(ALVA,)), [C], {C}, set()),
        (Disposers(needed=(msgspec.structs.replace(PARENTS[0], role=Role.THIRD_PERSON), PARENTS[1])), [M], {M, F}, set()),
    ],
)
def test_whose_yes_is_not_waited_for(who: Disposers, excused: list[UUID], needed: set[UUID], heard: set[UUID]) -> None:
    found = excuse(who, [Excused(person_id=one, last_day=TODAY) for one in excused], TODAY)

    assert isinstance(found, Disposers)
    assert {one.person_id for one in found.needed} == needed
    assert {one.person_id for one in found.heard} == heard
    assert excuse(who, [Excused(person_id=one, last_day=TODAY) for one in excused], TODAY + timedelta(days=1)) == who


def test_a_question_for_a_human_stays_one() -> None:
    who = AskHuman(reason=AskReason.CUSTODY_DISPUTED)
    assert excuse(who, [Excused(person_id=M, last_day=TODAY)], TODAY) is who


def made(home: Family, **differs: object) -> NewException:
    plain = NewException(
        child_ref=home.child_ref,
        unit="o5ek-u1",
        purpose=Purpose.SUPPORT,
        category=LeafCategory.PLAN,
        guardian=FATHER,
        reason=WhyOne.ABSENT,
        document="SN 2026/0123",
        last_day=TODAY + timedelta(days=30),
        cannot_wait=True,
        not_far_reaching=True,
        no_known_disagreement=True,
    )
    return msgspec.structs.replace(plain, **differs)


async def asked(tx: Connection, home: Family) -> ConsentWanted:
    return await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))


async def attested(tx: Connection, home: Family, *, by: Caller = STAFF, **differs: Any) -> Excusal | AppError:
    return await attest_exception(tx, MEANS, by, made(home, **differs), now=NOW)


async def in_force(tx: Connection, home: Family, **differs: Any) -> tuple[UUID, Excusal]:
    first = await attested(tx, home, **differs)
    assert isinstance(first, Excusal), first
    assert first.view.state == "second-person-needed"
    second = await confirm_exception(tx, MEANS, HEAD, first.view.exception_id, now=NOW)
    assert isinstance(second, Excusal), second
    return first.view.exception_id, second


async def state(tx: Connection, event: ConsentWanted, *, now: Any = LATER) -> CoverageState:
    return (await covered(tx, event, regime="S_SCH", now=now)).state


async def test_the_other_s_yes_alone_holds_from_the_second_person_s_word_until_the_day(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    await say(consent_tx, home.mother, event.request_id)
    first = await attested(consent_tx, home)
    assert isinstance(first, Excusal)
    assert await state(consent_tx, event) is CoverageState.PENDING

    second = await confirm_exception(consent_tx, MEANS, HEAD, first.view.exception_id, now=NOW)

    assert isinstance(second, Excusal)
    assert second.view.state == "in-force"
    assert await state(consent_tx, event) is CoverageState.GIVEN
    row = (await covered(consent_tx, event, regime="S_SCH", now=LATER)).row
    assert row is not None
    assert row.valid_until == end_of(made(home).last_day)
    assert await state(consent_tx, event, now=row.valid_until) is not CoverageState.GIVEN
    again = await confirm_exception(consent_tx, MEANS, HEAD, first.view.exception_id, now=NOW)
    assert again == Excusal(view=second.view)


async def test_the_excused_guardian_may_still_say_no_and_still_say_yes(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    await say(consent_tx, home.mother, event.request_id)
    await in_force(consent_tx, home)

    answered = await say(consent_tx, home.father, event.request_id, Choice.NO, now=LATER)

    assert len(answered.stops) == 1
    assert await state(consent_tx, event) is CoverageState.REFUSED
    await say(consent_tx, home.father, event.request_id, now=LATER + timedelta(minutes=1))
    row = (await covered(consent_tx, event, regime="S_SCH", now=LATER + timedelta(minutes=1))).row
    assert row is not None
    assert row.valid_until > end_of(made(home).last_day), "both have said yes: it holds for the whole period"


async def test_a_known_no_is_not_excused_away(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    await say(consent_tx, home.father, event.request_id, Choice.NO)
    await say(consent_tx, home.mother, event.request_id)

    await in_force(consent_tx, home)

    assert await state(consent_tx, event) is CoverageState.REFUSED


async def test_ending_it_stops_what_the_other_gave_alone_through_the_barrier(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    exception_id, _ = await in_force(consent_tx, home)
    await say(consent_tx, home.mother, event.request_id)
    assert await state(consent_tx, event) is CoverageState.GIVEN

    ended = await end_exception(consent_tx, MEANS, STAFF, exception_id, now=LATER)

    assert isinstance(ended, Excusal)
    assert len(ended.stops) == 1
    assert await state(consent_tx, event) is CoverageState.PENDING
    assert await end_exception(consent_tx, MEANS, STAFF, exception_id, now=LATER) == Excusal(view=ended.view)
    late = await confirm_exception(consent_tx, MEANS, HEAD, exception_id, now=LATER)
    assert isinstance(late, Excusal)
    assert late.view.state == "ended"


async def test_it_is_for_one_question_only(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan", "attendance"))
    await say(consent_tx, home.mother, event.request_id)

    await in_force(consent_tx, home)

    states = [(await covered(consent_tx, event, place=place, regime="S_SCH", now=LATER)).state for place in (0, 1)]
    assert states == [CoverageState.GIVEN, CoverageState.PENDING]


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (SYSTEM, "second-person-needed"),
        (msgspec.structs.replace(STAFF, acr="http://id.elegnamnden.se/loa/1.0/loa2"), "second-person-needed"),
        (msgspec.structs.replace(STAFF, subject="nobody"), "no-grant"),
    ],
)
async def test_a_system_a_weak_login_and_a_stranger_to_the_unit_can_do_neither(consent_tx: Connection, by: Caller, code: str) -> None:
    home = await family(consent_tx)
    first = await attested(consent_tx, home)
    assert isinstance(first, Excusal)

    refused = await attested(consent_tx, home, by=by)
    unconfirmed = await confirm_exception(consent_tx, MEANS, by, first.view.exception_id, now=NOW)

    assert isinstance(refused, Refused)
    assert isinstance(unconfirmed, Refused)
    assert (refused.code, unconfirmed.code) == (code, code)


async def test_who_attested_cannot_confirm_and_another_organisation_finds_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    first = await attested(consent_tx, home)
    assert isinstance(first, Excusal)

    same = await confirm_exception(consent_tx, MEANS, STAFF, first.view.exception_id, now=NOW)
    foreign = msgspec.structs.replace(SYSTEM, organisation="o2rg")

    assert isinstance(same, Refused)
    for act in (confirm_exception, end_exception):
        assert isinstance(await act(consent_tx, MEANS, foreign, first.view.exception_id, now=NOW), NotFound)
        assert isinstance(await act(consent_tx, MEANS, HEAD, UUID(int=7), now=NOW), NotFound)


async def test_a_wrong_number_and_a_missing_statement_are_refused_with_their_place(consent_tx: Connection) -> None:
    home = await family(consent_tx)

    with pytest.raises(Invalid) as caught:
        await attested(consent_tx, home, guardian="201301019801", cannot_wait=False)

    assert [fault.pointer for fault in caught.value.faults] == ["#/cannot_wait", "#/guardian"]


async def test_a_person_who_is_no_guardian_changes_nothing_and_is_not_told_apart(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    await say(consent_tx, home.mother, event.request_id)

    _, kept = await in_force(consent_tx, home, guardian=STRANGER)

    assert kept.view.state == "in-force"
    assert await state(consent_tx, event) is CoverageState.PENDING


async def test_the_excused_guardian_can_take_it_back_and_every_act_has_its_entry(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await asked(consent_tx, home)
    await say(consent_tx, home.mother, event.request_id)
    exception_id, _ = await in_force(consent_tx, home)
    row = (await covered(consent_tx, event, regime="S_SCH", now=LATER)).row
    assert row is not None

    await withdraw(consent_tx, home.father, row.consent_id, now=LATER)

    assert await state(consent_tx, event) is CoverageState.WITHDRAWN
    bodies = [msgspec.json.decode(one["body"]) for one in await consent_tx.fetch("select body from outbox where name = 'entry'")]
    acts = {one["action"]: one["reasons"] for one in bodies if one.get("object_id") == str(exception_id)}
    assert acts == {"guardian-exception.attested": ["absent"], "guardian-exception.confirmed": ["absent"]}


async def test_over_http_two_persons_make_it_and_one_ends_it(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    async with consent_db.transaction() as tx:
        event = await asked(tx, home)
        await say(tx, home.mother, event.request_id)
    body = msgspec.to_builtins(made(home))
    stage.be(SYSTEM, "consent:ask")
    assert (await client.post("/v1/guardian-exceptions", json=body)).status_code == 403
    stage.be(STAFF, "consent:ask")
    first = await client.post("/v1/guardian-exceptions", json=body)
    assert first.status_code == 201, first.text
    path = f"/v1/guardian-exceptions/{first.json()['exception_id']}"
    assert (await client.post(f"{path}/confirmation")).status_code == 403
    stage.be(HEAD, "consent:ask")
    assert (await client.post(f"{path}/confirmation")).json()["state"] == "in-force"
    async with consent_db.transaction() as tx:
        assert await state(tx, event) is CoverageState.GIVEN
    listed = await client.get("/v1/guardian-exceptions")
    assert [(one["state"], one["document"]) for one in listed.json()["exceptions"] if path.endswith(one["exception_id"])] == [
        ("in-force", "SN 2026/0123")
    ]
    assert FATHER not in listed.text
    stage.be(home.mother)
    assert (await client.get("/v1/guardian-exceptions")).status_code == 403
    stage.be(STAFF, "consent:ask")
    assert (await client.post(f"{path}/ending")).json()["state"] == "ended"
    async with consent_db.transaction() as tx:
        assert await state(tx, event) is CoverageState.PENDING


async def test_the_list_is_of_the_units_that_the_reader_has_a_grant_for(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    exception_id, _ = await in_force(consent_tx, home)

    found = await list_exceptions(consent_tx, MEANS, HEAD, now=LATER)
    nobody = await list_exceptions(consent_tx, MEANS, msgspec.structs.replace(STAFF, subject="nobody"), now=LATER)

    assert isinstance(found, ExceptionList)
    assert [one.exception_id for one in found.exceptions] == [exception_id]
    assert isinstance(nobody, Refused)
