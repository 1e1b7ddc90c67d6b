"""A large consent database: 200 000 children, five consents each, written by COPY through one superuser's connection."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import asyncpg

from shared.ids import new_id, opaque_id
from tests.consent.world import MEANS, NOW

CHILDREN = 200_000
EACH = ("pupil-health", "attendance", "plan", "matter", "follow-up")
BLOCK = 5_000
UNTIL = NOW + timedelta(days=180)
_COLUMNS = {
    "person": ("person_id", "subject_id", "lookup", "number_sealed", "protected", "created_at"),
    "request": (
        "request_id",
        "case_id",
        "child_id",
        "organisation",
        "discloser_unit",
        "regime",
        "model",
        "text_sha256",
        "asked_at",
        "answer_by",
        "last_day",
    ),
    "request_row": ("request_id", "row_number", "subject_id", "discloser_unit", "recipient_unit", "purpose", "category", "about"),
    "consent": ("consent_id", "request_id", "given_at"),
    "consent_row": ("consent_id", "row_number", "request_id", "given_by", "given_at"),
    "governing_row": (
        "subject_id",
        "discloser_unit",
        "recipient_unit",
        "purpose",
        "category",
        "about",
        "consent_id",
        "state",
        "revision",
        "valid_from",
        "valid_until",
        "withdrawn",
        "noted_until",
    ),
}


async def fill(url: str, children: int = CHILDREN) -> None:
    """Block by block; foreign keys are not checked for rows that fit by the way they are made."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")
        numbers = iter(range(1, children + 1))
        while block := list(itertools.islice(numbers, BLOCK)):
            rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
            for number in block:
                for table, row in _child(number):
                    rows[table].append(row)
            for table, columns in _COLUMNS.items():
                await connection.copy_records_to_table(table, records=rows[table], columns=columns)
        await connection.execute("analyze")
    finally:
        await connection.close()


def _child(number: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    person_id, subject_id = new_id(NOW), opaque_id()
    yield "person", (person_id, subject_id, number.to_bytes(32, "big"), b"", False, NOW)
    key = ("o5ek-u2", "o2rg-u2", "P_SUPPORT")
    for category in EACH:
        request_id, consent_id = new_id(NOW), new_id(NOW)
        asked = (request_id, new_id(NOW), person_id, "o5ek", "o5ek-u2", "S_EH", "hlt-team", MEANS.texts.sha256, NOW, UNTIL, UNTIL.date())
        yield "request", asked
        yield "request_row", (request_id, 1, subject_id, *key, category, "child")
        yield "consent", (consent_id, request_id, NOW)
        yield "consent_row", (consent_id, 1, request_id, [person_id], NOW)
        yield "governing_row", (subject_id, *key, category, "child", consent_id, "given", 1, NOW, UNTIL, False, UNTIL)
