"""Permits, sealed deliveries, releases, receipts: rows to structs and back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Delivery, Permit, PermitItem
from services.sharing.domain.receipts import Receipt
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "deliveries.sql")


async def find_permit(tx: Connection, permit_id: UUID) -> Permit | None:
    """One permit, whosever it is."""
    row = await tx.fetchrow(QUERIES["find_permit"], permit_id)
    return None if row is None else sql.struct(Permit, row)


async def save_permit(tx: Connection, permit: Permit, items: Iterable[PermitItem]) -> None:
    """A new permit with its items."""
    await tx.execute(QUERIES["save_permit"], *msgspec.structs.astuple(permit))
    await tx.executemany(
        QUERIES["save_permit_item"],
        [(i.permit_id, i.item_id, i.use_by, dict(i.attested), msgspec.to_builtins(i.judgements), i.needs_consent) for i in items],
    )


async def items_of_permit(tx: Connection, permit_id: UUID) -> dict[UUID, PermitItem]:
    """What the permit lets go, by item id."""
    return {item.item_id: item for item in sql.structs(PermitItem, await tx.fetch(QUERIES["items_of_permit"], permit_id))}


async def posted_under(tx: Connection, permit_id: UUID) -> dict[UUID, tuple[UUID, bytes]]:
    """Delivery id and cipher hash of each item that has been posted, by item id."""
    return {row["item_id"]: (row["delivery_id"], row["sha256"]) for row in await tx.fetch(QUERIES["posted_under"], permit_id)}


async def save(
    tx: Connection,
    delivery_id: UUID,
    item: PermitItem,
    *,
    kid: str,
    sha256: bytes,
    cipher: str,
    schema: str,
    recipient_child_ref: UUID,
    now: datetime,
) -> None:
    """A sealed item begins to wait."""
    await tx.execute(
        QUERIES["save_delivery"], delivery_id, item.permit_id, item.item_id, kid, sha256, cipher, schema, recipient_child_ref, now
    )


async def find(tx: Connection, delivery_id: UUID) -> Delivery | None:
    """One delivery, whosever it is."""
    row = await tx.fetchrow(QUERIES["find_delivery"], delivery_id)
    return None if row is None else sql.struct(Delivery, row)


async def entries_of(tx: Connection, delivery_id: UUID, recipient: str | None) -> tuple[UUID, ...]:
    """The entries that must stand in the log before a release to this recipient: the decision's and the confirmation's."""
    row = await tx.fetchrow(QUERIES["entries_of_delivery"], delivery_id, recipient)
    return () if row is None else (row["decided"], row["confirmed"])


async def lock(tx: Connection, delivery_id: UUID) -> None:
    """Nobody else stops or releases it until this transaction has ended. Always after the governing row."""
    await tx.execute(QUERIES["lock_delivery"], delivery_id)


async def standing_on(tx: Connection, key: RowKey) -> list[Delivery]:
    """What is not yet stopped under a governing row, locked."""
    return sql.structs(Delivery, await tx.fetch(QUERIES["standing_on_row"], *msgspec.structs.astuple(key)))


async def stop(tx: Connection, delivery_id: UUID, *, now: datetime, reason: str = "consent-withdrawn") -> None:
    """Never again; the cipher is gone."""
    await tx.execute(QUERIES["stop_delivery"], delivery_id, now, reason)


async def of_case(tx: Connection, case_id: UUID) -> list[Delivery]:
    """The deliveries of a case, without their ciphers."""
    return sql.structs(Delivery, await tx.fetch(QUERIES["deliveries_of_case"], case_id))


async def save_release(tx: Connection, release_id: UUID, delivery_id: UUID, *, to: str, entry_id: UUID, now: datetime) -> None:
    """Released by the commit of this transaction."""
    await tx.execute(QUERIES["save_release"], release_id, delivery_id, to, now, entry_id)


async def find_receipt(tx: Connection, delivery_id: UUID, state: str) -> Receipt | None:
    """What the recipient has confirmed already."""
    row = await tx.fetchrow(QUERIES["find_receipt"], delivery_id, state)
    return None if row is None else sql.struct(Receipt, row)


async def save_receipt(tx: Connection, receipt: Receipt) -> None:
    """A new receipt."""
    await tx.execute(QUERIES["save_receipt"], *msgspec.structs.astuple(receipt))


async def receipts_of_case(tx: Connection, case_id: UUID) -> list[Receipt]:
    """Every receipt of a case, oldest first."""
    return sql.structs(Receipt, await tx.fetch(QUERIES["receipts_of_case"], case_id))
