"""All rows of the sources: each is answered as its sentence states, or says what answers it instead."""

from collections import Counter
from importlib.resources import files

import pytest

from services.sharing.domain.tables import load, read
from tests.sharing.models.seed_rows import Elsewhere, SeedRow, seed_rows

ALL = "ALL"
HOW_MANY = 275
TABLES = load()
RAW = read(files("services.sharing").joinpath("rules"))


@pytest.mark.parametrize("row", seed_rows(), ids=lambda row: row.id)
def test_the_row_is_answered_as_its_sentence_states(row: SeedRow) -> None:
    wrong = {f"{place} {type(check).__name__}": came for place, check in enumerate(row.checks) if (came := check.run(TABLES, RAW))}
    assert not wrong, f"{row.id}: {row.says}"


def test_every_row_stands_there_once_with_models_that_exist() -> None:
    rows = seed_rows()
    known = {*TABLES.models, *TABLES.catalogue.overlays, ALL}

    assert len(rows) == HOW_MANY
    assert len({row.id for row in rows}) == HOW_MANY
    assert {row.id: set(row.models) - known for row in rows if set(row.models) - known} == {}
    assert {name for row in rows for name in row.models} == known, "every model and overlay belongs to a row"


def test_what_is_not_tried_says_where_it_is_answered() -> None:
    for row in seed_rows():
        assert row.checks or row.rest, row.id
        assert (row.rest is None) == (row.why is None), row.id


def test_the_count_of_rows_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    rows = seed_rows()
    whole = [row for row in rows if row.checks and row.rest is None]
    partly = [row for row in rows if row.checks and row.rest is not None]
    kinds = Counter(type(check).__struct_config__.tag for row in rows for check in row.checks)
    elsewhere = {place: [row.id for row in rows if not row.checks and row.rest is place] for place in Elsewhere}
    lines = [
        f"{len(rows)} rows: {len(whole)} answered wholly, {len(partly)} in part, {sum(map(len, elsewhere.values()))} not testable here",
        f"of these {sum(row.differs is not None for row in rows)} answered otherwise than the sentence, on purpose",
        *(f"  {kind}: {count} checks" for kind, count in kinds.most_common()),
        *(f"  not testable here, {place}: {len(ids)} ({' '.join(ids)})" for place, ids in elsewhere.items() if ids),
    ]
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 (the count is what a reader of the run wants)

    assert len(whole) + len(partly) + sum(map(len, elsewhere.values())) == HOW_MANY
