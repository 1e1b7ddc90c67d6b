"""Statements about custody and judgements for one question; both only ever grow."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.custody import Known, Person, Statement
from services.consent.domain.judgement import Judgement
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.ids import new_id
from shared.law.disposers import Guardian

QUERIES = sql.load("services.consent.storage", "custody.sql")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Who vouches for a statement."""

    stated_by: str
    second: str | None = None
    document: str | None = None


async def add(tx: Connection, statement: Statement, source: Source) -> None:
    """Keep a statement for ever; which one counts is the domain's to say."""
    await tx.execute(
        QUERIES["add_statement"],
        statement.statement_id,
        statement.child_id,
        statement.rank,
        statement.organisation,
        source.stated_by,
        source.second,
        source.document,
        statement.stated_at,
        statement.first_day,
        statement.last_day,
        statement.care_order,
    )
    await tx.executemany(QUERIES["add_guardian"], [(statement.statement_id, one.person_id, one.custody) for one in statement.guardians])


async def known(tx: Connection, person: Person) -> Known:
    """Everything stated about who decides for a person."""
    guardians: dict[UUID, list[Guardian]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["list_guardians"], person.person_id):
        guardians[row["statement_id"]].append(sql.struct(Guardian, {"person_id": row["person_id"], "custody": row["custody"]}))
    statements = [
        sql.struct(Statement, {**dict(row.items()), "guardians": tuple(guardians[row["statement_id"]])})
        for row in await tx.fetch(QUERIES["list_statements"], person.person_id)
    ]
    return Known(person=person, statements=tuple(statements))


async def children_of(tx: Connection, person_id: UUID) -> list[UUID]:
    """Children for whom somebody is, or has been, stated as a guardian: whether still, the domain says."""
    return [row["child_id"] for row in await tx.fetch(QUERIES["list_children"], person_id)]


async def judge(tx: Connection, child_id: UUID, key: RowKey, judgement: Judgement, *, judged_by: str, now: datetime) -> None:
    """Keep a judgement; the latest for the same question counts."""
    await tx.execute(
        QUERIES["add_judgement"],
        new_id(now),
        child_id,
        key.discloser_unit,
        key.purpose,
        key.category,
        judgement.maturity,
        judgement.in_confidence,
        list(judgement.secret_from),
        judged_by,
        now,
        judgement.last_day,
    )


async def judgement(tx: Connection, child_id: UUID, key: RowKey, *, day: date) -> Judgement:
    """What counts for this question on that day."""
    row = await tx.fetchrow(QUERIES["get_judgement"], child_id, key.discloser_unit, key.purpose, key.category, day)
    return Judgement() if row is None else sql.struct(Judgement, row)


async def note_check(tx: Connection, person_id: UUID, *, heard: bool, now: datetime) -> None:
    """The register was asked about somebody; what it answered stands among the statements."""
    await tx.execute(QUERIES["note_check"], person_id, now, now if heard else None)


async def heard_at(tx: Connection, person_id: UUID) -> datetime | None:
    """When the register last answered about somebody: the age of what we know from it."""
    found: datetime | None = await tx.fetchval(QUERIES["get_heard"], person_id)
    return found


async def due_checks(tx: Connection, today: date, *, heard_before: datetime, tried_before: datetime, limit: int) -> list[UUID]:
    """Children with a question that still runs, whom the register has not been asked about for long; the longest first."""
    found = await tx.fetch(QUERIES["due_checks"], today, heard_before, tried_before, limit)
    return [row["person_id"] for row in found]
