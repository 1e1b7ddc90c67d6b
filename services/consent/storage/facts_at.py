"""The same facts as `facts`, as they were at a past moment: rows from the feed, words and acts by their own instants."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.consent.domain.consent import VOIDING, Standing
from services.consent.domain.moment import Moment
from services.consent.storage.facts import Facts, facts_of
from services.consent.storage.requests import key_values
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "facts_at.sql")


async def gather_at(tx: Connection, keys: Sequence[tuple[UUID, RowKey]], *, day: date, moment: Moment) -> list[Facts]:
    """For each child's id and row, in their order. What was struck out by `known_at` was never given."""
    columns = [list(column) for column in zip(*(key_values(key) for _, key in keys), strict=True)]
    children = [child_id for child_id, _ in keys]
    found = await tx.fetch(QUERIES["facts_at"], *columns, children, sorted(VOIDING), day, moment.at, moment.known_at)
    said: dict[int, list[Standing]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["standings_at"], *columns, moment.at, moment.known_at):
        said[row["place"]].append(sql.struct(Standing, row))
    return [facts_of(key, row, said[row["place"]]) for (_, key), row in zip(keys, found, strict=True)]
