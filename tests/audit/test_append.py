"""Entries into logs: once each, in order, gaps seen, bad ones kept and named."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.audit.domain import leaf as leaves
from services.audit.domain.log import FencedError, Log, LogBrokenError
from services.audit.domain.tree import Range, leaf_hash
from services.audit.storage import entries, logs, producers
from services.audit.usecases.append_entries import WAIT_FOR_REGISTER, Incoming, Outcome, append_entries
from shared.contracts.entry import Sequenced
from shared.database import Connection
from tests.audit.make import CHILD, KEEPER, NOW, Producer, make_entry, make_world


async def append(tx: Connection, messages: list[Incoming], epoch: int = 0) -> list[Outcome]:
    outcomes = await append_entries(tx, KEEPER, messages, epoch=epoch, now=NOW)
    return [outcomes[m.message_id] for m in messages]


async def log_of(tx: Connection, organisation: str = "o5ek") -> Log:
    log = await logs.find(tx, organisation, 2026)
    assert log is not None
    return log


async def leaves_of(tx: Connection, organisation: str = "o5ek") -> list[leaves.Leaf]:
    log = await log_of(tx, organisation)
    return [leaves.decode(row.stored) for row in await entries.between(tx, 2026, log.log_id, 0, 10_000)]


async def receipts(tx: Connection) -> list[Sequenced]:
    rows = await tx.fetch("select body from outbox where name = 'sequenced' order by position")
    return [msgspec.json.decode(row["body"], type=Sequenced) for row in rows]


async def test_an_entry_lies_in_its_organisations_log_behind_the_logs_birth(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    entry = make_entry()

    assert await append(audit_tx, Producer().send(entry)) == [Outcome.SEQUENCED]

    assert [leaf.action for leaf in await leaves_of(audit_tx)] == ["log.opened", "decision.made"]
    assert [leaf.action for leaf in await leaves_of(audit_tx, "o8st")] == ["log.opened"]
    (receipt,) = await receipts(audit_tx)
    assert (receipt.house, receipt.entry_ids) == ("sharing", (entry.entry_id,))


async def test_no_identity_is_in_the_stored_bytes_nor_in_any_table(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    await append(audit_tx, Producer().send(make_entry()))

    tables = await audit_tx.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'keystore')"
        " and tablename not in ('granted', 'migration') and tablename !~ '_(2[0-9]{3}|other)$'"
    )
    assert len(tables) > 15
    for table in tables:
        for row in await audit_tx.fetch(f"select * from {table['name']}"):  # noqa: S608  names from the catalogue
            text = b" ".join(v if isinstance(v, bytes) else str(v).encode() for v in row.values())
            assert b"anna" not in text, table["name"]
            assert str(CHILD).encode() not in text, table["name"]


async def test_the_same_person_has_one_token_in_a_log_and_another_in_the_next(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    await append(audit_tx, Producer().send(make_entry(), make_entry(), make_entry(organisation="o8st")))

    first, second = (await leaves_of(audit_tx))[1:]
    (elsewhere,) = (await leaves_of(audit_tx, "o8st"))[1:]

    assert (first.actor, first.subject) == (second.actor, second.subject)
    assert first.actor_seal != second.actor_seal
    assert elsewhere.actor != first.actor
    assert elsewhere.subject != first.subject


async def test_the_same_batch_twice_gives_the_same_receipts_and_no_second_entry(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    messages = Producer().send(make_entry(), make_entry())
    first = await append(audit_tx, messages)
    before = await logs.state(audit_tx, (await log_of(audit_tx)).log_id)

    second = await append(audit_tx, messages[::-1])

    assert first == second == [Outcome.SEQUENCED] * 2
    assert await logs.state(audit_tx, before.log_id) == before
    assert [set(r.entry_ids) for r in await receipts(audit_tx)] == [{m.message_id for m in messages}] * 2


async def test_a_message_twice_in_one_batch_is_one_entry(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    (message,) = Producer().send(make_entry())

    assert await append(audit_tx, [message, message]) == [Outcome.SEQUENCED] * 2

    assert len(await leaves_of(audit_tx)) == 2


async def test_behind_a_gap_entries_wait_until_the_missing_one_comes(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    first, second, third = Producer().send(make_entry(), make_entry(), make_entry())

    assert await append(audit_tx, [first, third]) == [Outcome.SEQUENCED, Outcome.WAITING]
    (held,) = await producers.all_held(audit_tx)
    assert (held.producer, held.sequence, held.reason) == ("sharing", 3, "gap")

    assert await append(audit_tx, [second]) == [Outcome.SEQUENCED]
    assert await append(audit_tx, [third]) == [Outcome.SEQUENCED]
    assert [leaf.producer_sequence for leaf in await leaves_of(audit_tx)] == [None, 1, 2, 3]
    assert await producers.all_held(audit_tx) == []


async def test_one_producers_gap_does_not_stop_another(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    _, late = Producer("sharing").send(make_entry(), make_entry())
    (other,) = Producer("consent").send(make_entry())

    assert await append(audit_tx, [late, other]) == [Outcome.WAITING, Outcome.SEQUENCED]


async def test_a_producer_that_starts_its_chain_anew_is_a_fork_kept_in_quarantine_and_named(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    await append(audit_tx, Producer().send(make_entry(), make_entry()))
    (forked,) = Producer().send(make_entry())

    assert await append(audit_tx, [forked]) == [Outcome.REJECTED]
    assert await append(audit_tx, [forked]) == [Outcome.REJECTED]

    assert len(await leaves_of(audit_tx)) == 3
    rejected = (await leaves_of(audit_tx, "o1op"))[1:]
    assert [(leaf.action, leaf.reasons, leaf.object_id) for leaf in rejected] == [
        ("entry.rejected", ("chain-fork",), str(forked.message_id))
    ]
    assert await audit_tx.fetchval("select body from quarantine") == forked.body


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not-an-entry"),
        (b"[" * 100_000, "not-an-entry"),
        (msgspec.json.encode(make_entry()), "id-differs"),
    ],
)
async def test_what_cannot_be_an_entry_is_kept_and_the_chain_goes_on(audit_tx: Connection, body: bytes, reason: str) -> None:
    await make_world(audit_tx)
    bad, good = Producer().send(body, make_entry())

    assert await append(audit_tx, [bad, good]) == [Outcome.REJECTED, Outcome.SEQUENCED]

    assert (await leaves_of(audit_tx, "o1op"))[-1].reasons == (reason,)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"unit": "x" * 9000}, "leaf-too-large"),
        ({"unit": "a\0b"}, "nul-in-text"),
        ({"at": NOW + timedelta(days=60)}, "time-out-of-range"),
        ({"at": NOW.replace(year=1999)}, "time-out-of-range"),
    ],
)
async def test_an_entry_that_cannot_be_stored_is_kept_and_the_chain_goes_on(
    audit_tx: Connection, fields: dict[str, Any], reason: str
) -> None:
    await make_world(audit_tx)
    bad, good = Producer().send(make_entry(**fields), make_entry())

    assert await append(audit_tx, [bad, good]) == [Outcome.REJECTED, Outcome.SEQUENCED]

    assert (await leaves_of(audit_tx, "o1op"))[-1].reasons == (reason,)


@pytest.mark.parametrize("sequence", [None, 2**53])
async def test_a_message_without_its_place_in_the_chain_is_rejected(audit_tx: Connection, sequence: int | None) -> None:
    await make_world(audit_tx)
    (message,) = Producer().send(make_entry())

    assert await append(audit_tx, [msgspec.structs.replace(message, sequence=sequence)]) == [Outcome.REJECTED]


async def test_an_entry_waits_for_its_organisation_to_become_known_but_not_for_ever(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    stranger, known = Producer().send(make_entry(organisation="o9zz"), make_entry())

    assert await append(audit_tx, [stranger, known]) == [Outcome.WAITING] * 2
    outcomes = await append_entries(audit_tx, KEEPER, [stranger, known], epoch=0, now=NOW + WAIT_FOR_REGISTER)

    assert list(outcomes.values()) == [Outcome.REJECTED, Outcome.SEQUENCED]
    assert (await leaves_of(audit_tx, "o1op"))[-1].reasons == ("organisation-unknown",)


async def test_an_entry_from_before_new_year_finds_its_own_log_when_it_comes_again(audit_tx: Connection) -> None:
    old = NOW.replace(year=2025, month=12, day=31, hour=23, minute=59)
    await make_world(audit_tx)
    messages = Producer().send(make_entry(at=old))

    await append(audit_tx, messages)
    await append(audit_tx, messages)

    log = await logs.find(audit_tx, "o5ek", 2025)
    assert log is not None
    assert (await logs.state(audit_tx, log.log_id)).size == 2


async def test_a_sequencer_of_an_older_epoch_cannot_write(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer = Producer()
    await append(audit_tx, producer.send(make_entry()), epoch=5)

    with pytest.raises(FencedError):
        await append(audit_tx, producer.send(make_entry()), epoch=4)


async def test_a_state_that_does_not_fit_its_own_root_stops_the_log(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    log = await log_of(audit_tx)
    await audit_tx.execute("update log_state set root = $2 where log_id = $1", log.log_id, bytes(32))

    with pytest.raises(LogBrokenError, match="state-root-differs"):
        await append(audit_tx, Producer().send(make_entry()))


async def test_entries_of_a_stopped_log_are_kept_and_others_go_on(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    await logs.halt(audit_tx, (await log_of(audit_tx)).log_id, "row-altered", 0, NOW)

    assert await append(audit_tx, Producer().send(make_entry(), make_entry(organisation="o8st"))) == [Outcome.REJECTED, Outcome.SEQUENCED]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from(["o5ek", "o8st", "o1op"]), min_size=1, max_size=130), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
async def test_any_batches_in_any_order_lead_to_the_tree_of_the_stored_bytes(
    audit_db: object, batches: list[list[str]], random: object
) -> None:
    async with audit_db.pool.acquire() as tx:  # type: ignore[attr-defined]
        transaction = tx.transaction()
        await transaction.start()
        await make_world(tx, "o5ek", "o8st")
        producer = Producer()
        messages = [producer.send(*(make_entry(organisation=o) for o in batch)) for batch in batches]
        for batch in messages:
            again = [*batch, *batch[:3]]
            random.shuffle(again)  # type: ignore[attr-defined]
            assert set(await append(tx, again)) == {Outcome.SEQUENCED}

        for organisation in ("o5ek", "o8st", "o1op"):
            log = await log_of(tx, organisation)
            state = await logs.state(tx, log.log_id)
            rows = await entries.between(tx, 2026, log.log_id, 0, 10_000)
            grown = Range()
            for row in rows:
                grown.append(leaf_hash(row.stored))
            assert (state.size, state.root) == (grown.size, grown.root())
            assert state.size == 1 + sum(batch.count(organisation) for batch in batches)
        await transaction.rollback()
