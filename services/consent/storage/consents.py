"""Consents, the rows they govern, how each ended, and the feed of changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.chain import link
from services.consent.domain.consent import Ending
from services.consent.domain.request import AskedRow, Stop
from services.consent.storage.requests import asked_row, key_values, row_key
from shared import sql
from shared.contracts.consent import GoverningRow, RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "consents.sql")


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One giving: the rows that became complete under one request."""

    consent_id: UUID
    request_id: UUID
    given_at: datetime


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change comes in the feed: its position, which is the row's revision, and the link of the change before it."""

    position: int
    previous: bytes | None


class LastEnding(msgspec.Struct, frozen=True, kw_only=True):
    """Why and when a row was last stopped, and the round that its consent came from."""

    ending: Ending
    stopped_at: datetime
    request_id: UUID


async def lock_row(tx: Connection, key: RowKey, *, epoch: int) -> GoverningRow | None:
    """Lock, and insert first what is absent: what is not there yet can be locked too. None when nothing has governed the row."""
    row = await tx.fetchrow(QUERIES["lock_row"], *key_values(key))
    if row is None:
        await tx.execute(QUERIES["ensure_row"], *key_values(key))
        row = await tx.fetchrow(QUERIES["lock_row"], *key_values(key))
    return None if row is None or row["consent_id"] is None else governing_row(row, epoch)


async def row(tx: Connection, key: RowKey, *, epoch: int) -> GoverningRow | None:
    """The governing row without a lock."""
    found = await tx.fetchrow(QUERIES["get_row"], *key_values(key))
    return None if found is None else governing_row(found, epoch)


async def given_rows(tx: Connection, subject_id: UUID, *, epoch: int) -> list[GoverningRow]:
    """All rows of a child that say given, in the order in which they are locked."""
    return [governing_row(one, epoch) for one in await tx.fetch(QUERIES["given_rows"], subject_id)]


async def save_row(tx: Connection, changed: GoverningRow) -> None:
    """Write a row whose lock is held."""
    await tx.execute(
        QUERIES["save_row"],
        *key_values(changed.key),
        changed.consent_id,
        changed.state,
        changed.revision,
        changed.valid_from,
        changed.valid_until,
        changed.withdrawn,
    )


async def next_place(tx: Connection) -> Place:
    """The next place in the feed; holds its lock to the commit, so that what is visible has no gap. Called last."""
    found = await tx.fetchrow(QUERIES["next_position"])
    if found is None:
        raise RuntimeError("the feed's row is missing")
    return Place(position=found["position"], previous=found["head"])


async def feed(tx: Connection) -> tuple[int, int]:
    """Epoch and last committed position."""
    found = await tx.fetchrow(QUERIES["get_feed"])
    if found is None:
        raise RuntimeError("the feed's row is missing")
    return found["epoch"], found["position"]


async def add_change(tx: Connection, changed: GoverningRow, place: Place, *, now: datetime) -> None:
    """Add a row, as it became, to the feed at its place, linked to the one before."""
    said = msgspec.to_builtins(changed)
    await tx.execute(QUERIES["add_change"], place.position, said, now, link(place.previous, said))


async def changes(tx: Connection, since: int, limit: int) -> list[GoverningRow]:
    """Rows as they became after a position, oldest first."""
    return [msgspec.convert(one["changed"], GoverningRow) for one in await tx.fetch(QUERIES["list_changes"], since, limit)]


async def add(tx: Connection, consent: Consent) -> None:
    """A new giving."""
    await tx.execute(QUERIES["add_consent"], consent.consent_id, consent.request_id, consent.given_at)


async def add_row(tx: Connection, consent: Consent, row_number: int, given_by: Sequence[UUID], *, now: datetime) -> None:
    """A row that became complete, and whose yes was required and there."""
    await tx.execute(QUERIES["add_consent_row"], consent.consent_id, row_number, consent.request_id, list(given_by), now)


async def live(tx: Connection, request_id: UUID, *, now: datetime) -> UUID | None:
    """The request's consent all of whose rows it still governs, if there is one: a row that becomes complete later joins it."""
    found: UUID | None = await tx.fetchval(QUERIES["live_consent"], request_id, now)
    return found


async def of_request(tx: Connection, request_id: UUID) -> list[Consent]:
    """What has come out of a request, oldest first."""
    return sql.structs(Consent, await tx.fetch(QUERIES["list_consents"], request_id))


async def get(tx: Connection, consent_id: UUID) -> Consent | None:
    """One consent; who may see it is the use case's to judge."""
    found = await tx.fetchrow(QUERIES["get_consent"], consent_id)
    return None if found is None else sql.struct(Consent, found)


async def rows(tx: Connection, consent_id: UUID) -> list[AskedRow]:
    """The rows given under a consent."""
    return [asked_row(one) for one in await tx.fetch(QUERIES["list_consent_rows"], consent_id)]


async def row_number(tx: Connection, consent_id: UUID, key: RowKey) -> int:
    """Which row of a consent has this key."""
    found: int = await tx.fetchval(QUERIES["row_number_of"], consent_id, *key_values(key))
    return found


async def add_stop(tx: Connection, stop: Stop) -> None:
    """Keep how a row ended."""
    await tx.execute(QUERIES["add_stop"], *msgspec.structs.astuple(stop))


async def stops(tx: Connection, consent_id: UUID) -> list[Stop]:
    """How rows of a consent ended."""
    return sql.structs(Stop, await tx.fetch(QUERIES["list_stops"], consent_id))


async def last_ending(tx: Connection, row: GoverningRow) -> LastEnding | None:
    """How the consent that governs a row was last stopped; None while it stands."""
    found = await tx.fetchrow(QUERIES["last_ending"], *key_values(row.key), row.consent_id)
    return None if found is None else sql.struct(LastEnding, found)


async def running_out(tx: Connection, now: datetime, until: datetime, after: UUID, limit: int) -> list[UUID]:
    """Consents with a row that ends in a period, in order of their id."""
    return [one["consent_id"] for one in await tx.fetch(QUERIES["running_out"], now, until, after, limit)]


async def run_out(tx: Connection, now: datetime, limit: int) -> list[UUID]:
    """Consents with a row whose end has passed and has not been noted."""
    return [one["consent_id"] for one in await tx.fetch(QUERIES["run_out"], now, limit)]


async def note_end(tx: Connection, key: RowKey) -> None:
    """The row's end has been noted; a later end will be noted anew."""
    await tx.execute(QUERIES["note_end"], *key_values(key))


async def given_by(tx: Connection, consent_id: UUID, row_number: int) -> list[UUID]:
    """Whose yes the row was given by."""
    found: list[UUID] = await tx.fetchval(QUERIES["given_by"], consent_id, row_number)
    return found


def governing_row(row: sql.Row, epoch: int) -> GoverningRow:
    """A row from its columns."""
    fields = {name: row[name] for name in ("consent_id", "state", "revision", "valid_from", "valid_until", "withdrawn")}
    return sql.struct(GoverningRow, {**fields, "key": row_key(row), "epoch": epoch})
