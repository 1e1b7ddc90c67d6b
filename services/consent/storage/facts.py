"""Everything kept that decides rows, for as many of them as are asked about: four statements, however many rows."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import VOIDING, Ending, Standing
from services.consent.domain.judgement import Judgement
from services.consent.storage.requests import key_values
from shared import sql
from shared.contracts.consent import GoverningRow, RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "facts.sql")

_GOVERNING = ("consent_id", "state", "revision", "valid_from", "valid_until", "withdrawn", "epoch")


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The latest request that asked for a row."""

    request_id: UUID
    asked_at: datetime
    answer_by: datetime
    last_day: date


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What governs a row or governed it last, and what has happened to it beside the family's words."""

    row: GoverningRow
    paused_until: datetime | None
    """The end of the last pause that nobody has lifted; it may have passed."""
    void_at: datetime | None
    """When the row was last ended or struck out so that no earlier yes counts any more."""
    ending: Ending | None
    ended_at: datetime | None
    ended_round: UUID | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Of one row."""

    judgement: Judgement = Judgement()
    held: Held | None = None
    round: Round | None = None
    standings: tuple[Standing, ...] = ()


async def gather(tx: Connection, keys: Sequence[tuple[UUID, RowKey]], *, day: date) -> list[Facts]:
    """For each child's id and row, in their order."""
    columns = [list(column) for column in zip(*(key_values(key) for _, key in keys), strict=True)]
    held = {row["place"]: _held(keys, row) for row in await tx.fetch(QUERIES["governing_facts"], *columns, sorted(VOIDING))}
    rounds = {row["place"]: sql.struct(Round, row) for row in await tx.fetch(QUERIES["latest_rounds"], *columns)}
    said: dict[int, list[Standing]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["standings"], *columns):
        said[row["place"]].append(sql.struct(Standing, row))
    children = [child_id for child_id, _ in keys]
    units, purposes, categories = columns[1], columns[3], columns[4]
    found = await tx.fetch(QUERIES["judgements"], children, units, purposes, categories, day)
    judged = {row["place"]: sql.struct(Judgement, row) for row in found}
    return [
        Facts(judgement=judged.get(place, Judgement()), held=held.get(place), round=rounds.get(place), standings=tuple(said[place]))
        for place in range(1, len(keys) + 1)
    ]


def _held(keys: Sequence[tuple[UUID, RowKey]], row: sql.Row) -> Held:
    governing = sql.struct(GoverningRow, {**{name: row[name] for name in _GOVERNING}, "key": keys[row["place"] - 1][1]})
    return Held(
        row=governing,
        paused_until=row["paused_until"],
        void_at=row["void_at"],
        ending=None if row["ending"] is None else Ending(row["ending"]),
        ended_at=row["ended_at"],
        ended_round=row["ended_round"],
    )
