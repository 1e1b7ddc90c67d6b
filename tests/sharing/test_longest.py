"""How long a model lets a consent hold travels with the question, and consent holds to it: asked by sharing, opened by consent."""

from datetime import timedelta

import msgspec
import pytest

from services.consent.domain.periods import LONGEST_MONTHS, day_of, months_later
from services.consent.storage import requests
from services.consent.usecases.change_consent import ChangedConsent, change_consent
from services.consent.usecases.open_request import open_request
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.errors import Invalid
from shared.ids import opaque_id
from tests.consent import world
from tests.sharing.conftest import ASSESSMENT, House


async def wanted(house: House) -> ConsentWanted:
    """What sharing publishes, read back from its own bytes."""
    case = await house.open()
    decision = await house.decide(case.case_id, ASSESSMENT)
    await house.want(decision.decision_id, until=house.now + timedelta(days=330))
    body = await house.database.pool.fetchval("select body from outbox where name = 'consent-wanted'")
    return msgspec.json.decode(body, type=ConsentWanted)


@pytest.mark.parametrize(("months", "lasts"), [(None, 11), (3, 3), (40, 11), (0, 1)])
async def test_the_model_s_longest_goes_along_and_is_kept_to(house: House, consent_tx: Connection, months: int | None, lasts: int) -> None:
    event = await wanted(house)
    assert event.longest_months == house.ground.tables.models[event.model].consent_months == 12
    home = await world.family(consent_tx)
    event = msgspec.structs.replace(event, subject_id=home.subject_id, longest_months=event.longest_months if months is None else months)

    await open_request(consent_tx, world.MEANS, event, now=house.now)

    request = await requests.get(consent_tx, event.request_id)
    assert request is not None
    longest = months_later(day_of(house.now), lasts)
    assert request.last_day == (day_of(event.until) if lasts == 11 else longest)
    assert 1 <= request.longest_months <= LONGEST_MONTHS


async def test_nor_is_it_asked_for_longer_afterwards(consent_tx: Connection) -> None:
    home = await world.family(consent_tx)
    event = msgspec.structs.replace(world.wanted(home.subject_id), longest_months=3)
    await open_request(consent_tx, world.MEANS, event, now=world.NOW)
    for who in (home.mother, home.father, home.child):
        await world.say(consent_tx, who, event.request_id)
    row = (await world.covered(consent_tx, event)).row
    assert row is not None
    later = world.NOW + timedelta(days=10)
    limit = months_later(day_of(later), 3)

    with pytest.raises(Invalid) as caught:
        await change_consent(consent_tx, world.MEANS, world.STAFF, row.consent_id, None, limit + timedelta(days=1), now=later)
    changed = await change_consent(consent_tx, world.MEANS, world.STAFF, row.consent_id, None, limit, now=later)

    assert [fault.pointer for fault in caught.value.faults] == ["#/last_day"]
    assert isinstance(changed, ChangedConsent)
    assert changed.view.state == "asked"


def test_an_older_question_without_it_holds_six_months() -> None:
    body = msgspec.to_builtins(world.wanted(opaque_id()))
    del body["longest_months"]

    assert msgspec.convert(body, ConsentWanted).longest_months == 6
