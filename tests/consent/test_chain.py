"""What holds is a chain of revisions: a link that is cut, changed or written anew is found (F04)."""

from dataclasses import dataclass

import msgspec
import pytest

from services.consent.domain.chain import Chain, Linked, link
from services.consent.storage import chain
from services.consent.usecases.anchor_feed import anchor_feed, check_chain
from shared.database import Connection
from tests.consent.test_life import given
from tests.consent.test_usecases import entries
from tests.consent.world import MEANS, NOW, ask, family, withdraw


@dataclass
class Kept:
    """A feed with some history, and where it stood on the way."""

    rows: list[Linked]
    anchors: dict[int, str]


@pytest.fixture
async def kept(consent_tx: Connection) -> Kept:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "attendance"))
    consent_id = await given(consent_tx, home, event)
    assert await anchor_feed(consent_tx, MEANS, now=NOW)
    assert not await anchor_feed(consent_tx, MEANS, now=NOW)
    await withdraw(consent_tx, home.mother, consent_id)
    assert await anchor_feed(consent_tx, MEANS, now=NOW)
    said = [msgspec.convert(one["reasons"], tuple[str, str]) for one in await entries(consent_tx, "feed.anchored")]
    anchors = {int(position): head for position, head in said}
    return Kept(rows=await chain.rows(consent_tx, 0, 100), anchors=anchors)


def followed(rows: list[Linked]) -> Chain:
    found = Chain()
    found.follow(rows)
    return found


async def test_every_link_holds_and_the_log_is_told_where_it_stands(consent_tx: Connection, kept: Kept) -> None:
    checked = await check_chain(consent_tx, kept.anchors)

    assert len(kept.rows) == 4
    assert list(kept.anchors) == [2, 4]
    assert (checked.broken_at, checked.position, checked.head) == (None, 4, kept.anchors[4])


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_a_row_that_is_changed_or_taken_out_breaks_the_chain_there(kept: Kept, place: int) -> None:
    changed = [*kept.rows]
    changed[place] = msgspec.structs.replace(changed[place], changed={**changed[place].changed, "state": "other"})
    cut = kept.rows[:place] + kept.rows[place + 1 :]

    assert followed(kept.rows).broken_at is None
    assert followed(changed).broken_at == place + 1
    assert followed(cut).broken_at == (None if place == 3 else place + 2)


async def test_a_chain_that_is_written_anew_is_not_what_the_log_was_told(consent_tx: Connection, kept: Kept) -> None:
    head, anew = None, []
    for row in kept.rows:
        changed = {**row.changed, "valid_until": "2036-01-01T00:00:00Z"}
        head = link(head, changed)
        anew.append(Linked(position=row.position, changed=changed, link=head))

    assert followed(anew).broken_at is None
    assert (await check_chain(consent_tx, {2: (anew[1].link or b"").hex()})).broken_at == 2
    assert (await check_chain(consent_tx, {9: "00"})).broken_at == 5


def test_nothing_without_a_link_may_follow_one_that_has() -> None:
    old, new = {"revision": 1}, {"revision": 2}
    rows = [Linked(position=1, changed=old, link=None), Linked(position=2, changed=new, link=link(None, new))]

    assert followed(rows).broken_at is None
    assert followed([*rows, Linked(position=3, changed=old, link=None)]).broken_at == 3
