"""What a family reads of what was told about its child: everything that concerns it, nothing that a human or the law holds back."""

from datetime import timedelta
from typing import Any

import pytest

from services.consent.domain.consent import Choice
from services.consent.usecases.hear_disclosed import hear_disclosed, hear_tell_held
from services.consent.usecases.list_consents import list_consents
from services.consent.usecases.list_disclosures import DisclosureListed, list_disclosures
from services.consent.usecases.record_judgement import NewJudgement, record_judgement
from shared.auth import Caller
from shared.contracts.sharing import Disclosed, TellHeld
from shared.database import Connection
from shared.ids import new_id
from shared.law.codes import LeafCategory, Purpose
from tests.consent.world import FATHER, MEANS, NOW, STAFF, Family, ask, family, say

LATER = NOW + timedelta(hours=1)


def told(home: Family, **how: Any) -> Disclosed:
    given: dict[str, Any] = {
        "disclosure_id": new_id(NOW),
        "case_id": new_id(NOW),
        "subject_id": home.subject_id,
        "organisation": "o5ek",
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": "P_SUPPORT",
        "categories": ("pupil-health",),
        "basis": ("OSL 12:2",),
        "tell": ("T_AFTER",),
        "disclosed_at": NOW,
    }
    return Disclosed(**{**given, **how})


async def read(tx: Connection, caller: Caller) -> list[DisclosureListed]:
    return list((await list_disclosures(tx, MEANS, caller, now=LATER)).disclosures)


async def test_guardians_and_child_read_what_was_told_to_whom_and_on_which_ground(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = told(home)
    await hear_disclosed(consent_tx, event, now=NOW)
    await hear_disclosed(consent_tx, event, now=LATER)

    (mothers,) = await read(consent_tx, home.mother)

    assert (mothers.recipient, mothers.categories, mothers.basis) == ("BUP, Regionen", ("pupil-health",), ("OSL 12:2",))
    assert len(await read(consent_tx, home.father)) == len(await read(consent_tx, home.child)) == 1
    assert await read(consent_tx, home.stranger) == []


@pytest.mark.parametrize("tell", ["T_NONE", "T_LEASK"])
async def test_what_the_law_keeps_from_a_family_is_nowhere_in_its_list(consent_tx: Connection, tell: str) -> None:
    home = await family(consent_tx)
    await hear_disclosed(consent_tx, told(home, tell=(tell,)), now=NOW)

    assert await read(consent_tx, home.mother) == []


async def test_of_some_only_the_fact_is_told(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await hear_disclosed(consent_tx, told(home, tell=("T_STATUS",)), now=NOW)

    (seen,) = await read(consent_tx, home.mother)

    assert (seen.recipient, seen.purpose, seen.categories, seen.basis) == (None, None, (), ())


async def test_a_human_holds_back_and_lets_go_in_whatever_order_it_is_heard(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = told(home)

    def word(revision: int, *, held: bool, organisation: str = "o5ek") -> TellHeld:
        return TellHeld(disclosure_id=event.disclosure_id, organisation=organisation, held=held, revision=revision, decided_at=NOW)

    await hear_tell_held(consent_tx, word(1, held=True), now=NOW)
    await hear_disclosed(consent_tx, event, now=NOW)
    held = await read(consent_tx, home.mother)
    await hear_tell_held(consent_tx, word(3, held=False), now=NOW)
    await hear_tell_held(consent_tx, word(2, held=True), now=NOW)
    let_go = await read(consent_tx, home.mother)
    await hear_tell_held(consent_tx, word(9, held=True, organisation="o2rg"), now=NOW)
    anothers_word = await read(consent_tx, home.mother)

    assert (held, len(let_go), len(anothers_word)) == ([], 1, 1)


async def test_what_is_secret_against_a_guardian_is_not_told_to_that_one(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await hear_disclosed(consent_tx, told(home), now=NOW)
    made = NewJudgement(
        child_ref=home.child_ref, unit="o5ek-u2", purpose=Purpose.SUPPORT, category=LeafCategory.PUPIL_HEALTH, secret_from=(FATHER,)
    )
    await record_judgement(consent_tx, MEANS, STAFF, made, now=NOW)

    assert await read(consent_tx, home.father) == []
    assert len(await read(consent_tx, home.mother)) == 1


async def test_a_consent_shows_what_has_been_told_under_it(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id, Choice.YES)
    (before,) = (await list_consents(consent_tx, MEANS, home.mother, now=NOW)).consents
    await hear_disclosed(consent_tx, told(home, consent_id=before.consent_id), now=NOW)
    await hear_disclosed(consent_tx, told(home, consent_id=before.consent_id, held=True), now=NOW)

    (after,) = (await list_consents(consent_tx, MEANS, home.mother, now=LATER)).consents

    assert before.shared == ()
    assert [(one.row, one.at) for one in after.shared] == [(1, NOW)]
