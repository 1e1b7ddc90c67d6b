"""The family's extract: units and times, never more than the family may know, and honest when the log cannot be read."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.consent.domain.seen import Open, visible
from services.consent.usecases.hear_disclosed import hear_disclosed
from services.consent.usecases.list_seen import SeenList, find_readable, list_seen
from shared.auth import Caller
from shared.contracts.audit import Act, ActsFound
from shared.database import Connection
from shared.ids import new_id
from tests.consent.test_disclosures import told
from tests.consent.world import MEANS, NOW, family

LATER = NOW + timedelta(hours=1)
SHOWN, CASE = UUID(int=1), UUID(int=2)


def act(**how: Any) -> Act:
    given: dict[str, Any] = {"entry_id": new_id(NOW), "organisation": "o2rg", "at": NOW, "action": "delivery.fetched", "unit": "o2rg-u2"}
    return Act(**{**given, **how})


@pytest.mark.parametrize(
    ("how", "is_seen"),
    [
        ({"object_id": SHOWN}, True),
        ({"object_id": SHOWN, "case_id": UUID(int=9)}, True),
        ({"case_id": CASE, "action": "case.read"}, True),
        ({"case_id": CASE, "action": "decision.made", "categories": ("risk-protection",)}, False),
        ({"object_id": UUID(int=8)}, False),
        ({"case_id": UUID(int=9)}, False),
        ({"object_id": SHOWN, "answer": "refused"}, False),
        ({}, False),
    ],
)
def test_only_acts_on_what_the_reader_is_shown_are_seen(how: dict[str, Any], is_seen: bool) -> None:
    found = visible([act(**how)], Open(disclosures={SHOWN}, cases={CASE}))

    assert bool(found) is is_seen


async def extract(tx: Connection, caller: Caller, *answers: ActsFound | None) -> SeenList:
    return await list_seen(tx, caller, await find_readable(tx, MEANS, caller, now=LATER), list(answers), now=LATER)


async def test_a_guardian_reads_which_unit_fetched_what_was_told(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = told(home)
    await hear_disclosed(consent_tx, event, now=NOW)
    (readable,) = await find_readable(consent_tx, MEANS, home.mother, now=LATER)
    fetched = act(object_id=event.disclosure_id, categories=("pupil-health",), purpose="P_SUPPORT")

    seen = await extract(consent_tx, home.mother, ActsFound(acts=(fetched, act(object_id=UUID(int=8)))))

    assert (readable.question.subject_id, readable.question.organisations) == (home.subject_id, ("o2rg", "o5ek"))
    assert [(one.unit, one.action, one.categories) for one in seen.acts] == [("BUP, Regionen", "delivery.fetched", ("pupil-health",))]
    assert seen.available
    assert await find_readable(consent_tx, MEANS, home.stranger, now=LATER) == []


async def test_a_case_that_keeps_something_back_shows_no_other_acts(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = told(home)
    await hear_disclosed(consent_tx, event, now=NOW)
    await hear_disclosed(consent_tx, told(home, case_id=event.case_id, held=True), now=NOW)

    read = act(case_id=event.case_id, action="case.read")
    assert (await extract(consent_tx, home.mother, ActsFound(acts=(read,)))).acts == ()


async def test_a_log_out_of_reach_is_said_and_is_no_empty_list(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await hear_disclosed(consent_tx, told(home), now=NOW)

    seen = await extract(consent_tx, home.mother, None)

    assert (seen.available, seen.acts) == (False, ())
