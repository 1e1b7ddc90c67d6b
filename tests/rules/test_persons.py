"""No column that may hold something of a person is forgotten by the erasure (I7)."""

import pytest

from shared.database import Database
from tests.persons import NOBODYS, PLACES, may_hold_a_person

COLUMNS = """
select space.nspname as schema, held.relname as table, part.attname as column, format_type(part.atttypid, null) as kind,
    exists (
        select from pg_constraint c
        where c.conrelid = held.oid and c.contype = 'f' and part.attnum = any(c.conkey) and c.confrelid = to_regclass('person')
    ) as references_person
from pg_attribute part join pg_class held on held.oid = part.attrelid join pg_namespace space on space.oid = held.relnamespace
where space.nspname in ('public', 'keystore') and held.relkind = 'r' and part.attnum > 0 and not part.attisdropped
"""


@pytest.mark.parametrize("house", ["consent", "sharing"])
async def test_each_column_that_may_hold_a_person_says_what_an_erasure_makes_of_it(
    house: str, consent_db: Database, sharing_db: Database
) -> None:
    rows = await {"consent": consent_db, "sharing": sharing_db}[house].pool.fetch(COLUMNS)
    there = {(row["table"], row["column"]) for row in rows}
    asked = {
        (row["table"], row["column"])
        for row in rows
        if row["references_person"] or may_hold_a_person(row["table"], row["column"], row["kind"])
    }
    said = {(table, column) for table, columns in PLACES[house].items() for column in columns}

    assert asked - said == set(), "say in tests/persons.py what an erasure makes of it, and see that it does"
    assert said - there == set(), "stands in tests/persons.py and in no table"
    assert {table for table, _ in there} - PLACES[house].keys() == NOBODYS[house], "tables that hold nothing of anybody"
