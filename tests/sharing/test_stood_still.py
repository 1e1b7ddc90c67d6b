"""A process that stood still after a request came: what it then knows is old, and not only what it knows of consent (I2, I5)."""

import msgspec
import pytest

from services.sharing.domain.outcomes import Denied, NotYet
from services.sharing.domain.views import Released
from services.sharing.usecases import fetch_item
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House

LONG = 11.0


async def test_what_needs_no_consent_is_not_released_by_a_process_that_stood_still(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)

    outcome = await house.fetch(delivery_id, stood_still=LONG)

    assert outcome == NotYet(code="unavailable")
    assert await house.database.pool.fetchval("select count(*) from release") == 0
    (entry,) = await house.entries("delivery.fetched")
    assert (entry.answer, entry.reasons) == ("refused", ("unavailable",))


async def test_the_next_request_is_answered(house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    await house.fetch(delivery_id, stood_still=LONG)
    await house.sequence()

    assert isinstance(await house.fetch(delivery_id, stood_still=9.0), Released)


async def test_a_lease_that_was_renewed_meanwhile_makes_the_request_no_younger(house: House) -> None:
    (delivery_id,) = await house.waiting(ASSESSMENT)
    house.seconds += LONG
    await house.lease()
    house.seconds -= LONG

    assert await house.fetch(delivery_id, stood_still=LONG) == NotYet(code="unavailable")


async def protected_while_it_stood_still(house: House) -> bool:
    """Whether an item still goes out of a process that learned about the child before it stood still, though by now it is protected."""
    (delivery_id,) = await house.waiting(ATTENDANCE)
    outcome = await house.fetch(delivery_id, stood_still=LONG)
    house.family.child = msgspec.structs.replace(house.family.child, restricted=True)
    assert isinstance(await house.fetch(delivery_id), Denied)  # who asks now hears it
    return isinstance(outcome, Released)


async def test_a_protected_identity_is_not_overlooked(house: House) -> None:
    assert not await protected_while_it_stood_still(house)


async def test_without_the_limit_it_would_be(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_item, "RELEASE_WITHIN", float("inf"))

    assert await protected_while_it_stood_still(house)
