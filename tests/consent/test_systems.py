"""What a connected system asks and hears: only of its own, with who can change it, and never a name."""

from typing import Any

import msgspec
import pytest

from services.consent.domain.consent import Choice
from services.consent.usecases.ask_coverage import MOST, AskCoverage, CoverageTold, RowAsked, RowTold, ask_coverage
from shared import outbox
from shared.auth import Caller
from shared.contracts.consent import ConsentChanged, Missing, RequestAnswered, SignerStatus
from shared.database import Connection
from shared.ids import opaque_id
from shared.law.codes import LeafCategory, Purpose
from tests.consent.world import MEANS, NOW, SYSTEM, Family, ask, family, say, withdraw


def row(home: Family, **how: Any) -> RowAsked:
    given: dict[str, Any] = {
        "child_ref": home.child_ref,
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": Purpose.SUPPORT,
        "category": LeafCategory.PUPIL_HEALTH,
    }
    return RowAsked(**{**given, **how})


async def told(tx: Connection, *rows: RowAsked, caller: Caller = SYSTEM) -> tuple[RowTold, ...]:
    answer = await ask_coverage(tx, MEANS, caller, AskCoverage(rows=rows), now=NOW)
    assert isinstance(answer, CoverageTold)
    return answer.rows


async def notices(tx: Connection) -> list[tuple[str, Any]]:
    kinds = {"request-answered": RequestAnswered, "consent-changed": ConsentChanged}
    return [(one.name, msgspec.json.decode(one.body, type=kinds[one.name])) for one in await outbox.open_notices(tx, "o5ek")]


async def test_a_system_is_told_the_state_the_reason_and_who_can_change_it(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    (before,) = await told(consent_tx, row(home))
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)
    (conflict,) = await told(consent_tx, row(home))
    await say(consent_tx, home.father, event.request_id)
    await say(consent_tx, home.child, event.request_id)
    (given,) = await told(consent_tx, row(home))

    def roles(answer: RowTold) -> list[tuple[str, int]]:
        return [(one.role, one.number) for one in answer.can_change]

    assert (before.state, before.reason, roles(before)[0]) == ("not-asked", "not-asked", ("holder", 1))
    assert (conflict.state, conflict.reason) == ("refused", "conflict")
    assert Missing(role="guardian", number=1, status=SignerStatus.REFUSED) in conflict.missing
    assert (given.state, given.missing, ("guardian", 2) in roles(given)) == ("given", (), True)
    assert given.consent_id is not None


async def test_unknown_anothers_and_foreign_units_cannot_be_told_apart(consent_tx: Connection) -> None:
    home = await family(consent_tx)

    rows = await told(
        consent_tx, row(home, child_ref=opaque_id()), row(home, discloser_unit="o2rg-u2"), row(home, discloser_unit="o9xx-u1")
    )
    anothers = await told(consent_tx, row(home), caller=msgspec.structs.replace(SYSTEM, organisation="o2rg"))

    assert {*rows, *anothers} == {RowTold(state="not-yours")}


def test_a_batch_has_its_limit() -> None:
    one = {"child_ref": str(opaque_id()), "discloser_unit": "a", "recipient_unit": "b", "purpose": "P_SUPPORT", "category": "matter"}

    assert len(msgspec.convert({"rows": [one] * MOST}, AskCoverage, strict=False).rows) == MOST
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"rows": [one] * (MOST + 1)}, AskCoverage, strict=False)


async def test_the_asker_hears_that_somebody_answered_and_the_holder_what_holds(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "attendance"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    await say(consent_tx, home.child, event.request_id)
    heard = await notices(consent_tx)
    consent_id = next(one.consent_id for name, one in heard if name == "consent-changed")
    await withdraw(consent_tx, home.mother, consent_id, 1)
    await withdraw(consent_tx, home.mother, consent_id)
    after = [(one.state, one.revision) for name, one in await notices(consent_tx) if name == "consent-changed"]

    answered = [one for name, one in heard if name == "request-answered"]
    assert [one.complete for one in answered][:2] == [False, False]
    assert answered[2].complete
    assert {(one.request_id, one.case_id, one.child_ref) for one in answered} == {(event.request_id, event.case_id, home.child_ref)}
    assert [state for state, _ in after][-3:] == ["given", "partly", "stopped"]
    assert sorted(revision for _, revision in after) == [revision for _, revision in after]


async def test_nobody_is_told_where_there_is_no_system(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await consent_tx.execute("update organisation_seen set systems = '{}'")
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)

    assert await notices(consent_tx) == []
