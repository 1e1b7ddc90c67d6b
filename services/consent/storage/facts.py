"""Everything kept that decides rows, for as many of them as are asked about: two statements, however many rows."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import VOIDING, Ending, Standing
from services.consent.domain.judgement import Judgement
from services.consent.domain.one_guardian import Excused
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
    children = [child_id for child_id, _ in keys]
    found = await tx.fetch(QUERIES["facts"], *columns, children, sorted(VOIDING), day)
    said: dict[int, list[Standing]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["standings"], *columns):
        said[row["place"]].append(sql.struct(Standing, row))
    return [facts_of(key, row, said[row["place"]]) for (_, key), row in zip(keys, found, strict=True)]


def facts_of(key: RowKey, row: sql.Row, said: Sequence[Standing]) -> Facts:
    """One row's facts from the columns of the statement and the words on it."""
    return Facts(judgement=_judgement(row), held=_held(key, row), round=_round(row), standings=tuple(said))


def _judgement(row: sql.Row) -> Judgement:
    days = zip(row["guardians"] or (), row["last_days"] or (), strict=True)
    excused = tuple(Excused(person_id=guardian_id, last_day=last_day) for guardian_id, last_day in days)
    if row["judgement_id"] is None:
        return Judgement(excused=excused)
    judged = sql.struct(Judgement, {**dict(row.items()), "last_day": row["judged_until"]})
    return msgspec.structs.replace(judged, excused=excused)


def _round(row: sql.Row) -> Round | None:
    return None if row["request_id"] is None else sql.struct(Round, row)


def _held(key: RowKey, row: sql.Row) -> Held | None:
    if row["consent_id"] is None:
        return None
    return Held(
        row=sql.struct(GoverningRow, {**{name: row[name] for name in _GOVERNING}, "key": key}),
        paused_until=row["paused_until"],
        void_at=row["void_at"],
        ending=None if row["ending"] is None else Ending(row["ending"]),
        ended_at=row["ended_at"],
        ended_round=row["ended_round"],
    )
