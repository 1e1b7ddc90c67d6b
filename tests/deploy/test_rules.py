"""`samsyn rules`: the tables shown, checked and compared."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.command import main
from services.sharing.domain.tables import load

TABLES = Path(__file__).parents[2] / "services" / "sharing" / "rules"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TABLES, tmp_path / "rules"))


def change(folder: Path, old: str, new: str) -> None:
    """The first place in the rows where it stands."""
    file = next(file for file in sorted((folder / "matrix").glob("*.toml")) if old in file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_a_row_is_shown_with_its_ways_and_law() -> None:
    said = run("show", "M08", "--lang", "en").stdout

    assert said.startswith("M08  May be told.")
    assert "OSL 23:2 st. 3" in said
    assert "A_MEN_TESTED A_RELEVANT" in said
    assert "needs lawyer" in said


def test_a_model_and_a_category_are_shown() -> None:
    assert "planera stöd tillsammans" in run("show", "hlt-team").stdout
    assert "M08" in run("show", "attendance").stdout


def test_without_a_name_everything_is_listed() -> None:
    said = run("show").stdout

    assert all(name in said for name in ("M01", "M50", "hlt-team", "attendance"))


def test_a_name_that_is_nothing_is_told() -> None:
    done = run("show", "M99")

    assert done.exit_code == 2
    assert "no row, model or category" in done.stderr


def test_the_tables_are_checked_as_at_a_start(other: Path) -> None:
    good = run("check")
    change(other, 'law = ["', 'lag = ["')
    bad = run("check", "--folder", str(other))

    assert good.exit_code == 0
    assert "rows" in good.stdout
    assert bad.exit_code == 1
    assert "lag" in bad.stderr


def test_a_folder_without_tables_is_no_traceback(tmp_path: Path) -> None:
    done = run("check", "--folder", str(tmp_path))

    assert done.exit_code == 1
    assert "regimes.toml" in done.stderr


def test_the_same_tables_change_nothing(other: Path) -> None:
    done = run("diff", str(TABLES), str(other), "--on", "2026-11-24")

    assert done.exit_code == 0
    assert done.stdout == "0 of 221,184 questions get another answer\n"


def test_a_row_that_begins_later_changes_its_answers_to_ask(other: Path) -> None:
    change(other, "valid_from = 2026-04-27", "valid_from = 2030-01-01")

    done = run("diff", str(TABLES), str(other), "--on", "2026-11-24")

    assert done.exit_code == 1
    assert "-> no row: " in done.stdout
    assert "-> ask (escalate)" in done.stdout
    assert "rows that differ: M" in done.stdout


def test_an_attestation_more_turns_a_yes_into_attest_only_where_it_is_not_given(other: Path) -> None:
    change(other, 'attest = ["A_MEN_TESTED", "A_RELEVANT"]', 'attest = ["A_MEN_TESTED", "A_RELEVANT", "A_LEGAL"]')

    done = run("diff", str(TABLES), str(other), "--on", "2026-11-24")

    assert "yes (free) -> attest (free)" in done.stdout
    assert "consent given, all attested" not in done.stdout


def test_a_row_that_holds_by_profession_is_asked_about_with_that_profession(other: Path) -> None:
    named = next(row for row in load().rows if row.by_profession)
    target = next(iter(named.by_profession.values()))
    text = next(file for file in (other / "matrix").glob("*.toml") if f'id = "{target}"' in file.read_text(encoding="utf-8"))
    before, after = text.read_text(encoding="utf-8").split(f'id = "{target}"')
    text.write_text(before + f'id = "{target}"' + after.replace('attest = ["', 'attest = ["A_LEGAL", "', 1), encoding="utf-8")

    done = run("diff", str(TABLES), str(other), "--on", "2026-11-24")

    assert f"{target}: " in done.stdout


def test_what_only_reads_otherwise_changes_no_answer(other: Path) -> None:
    for file in (other / "texts").glob("attestations.toml"):
        file.write_text(
            file.read_text(encoding="utf-8").replace("The child is under 18.", "The child has not turned 18."), encoding="utf-8"
        )

    done = run("diff", str(TABLES), str(other), "--on", "2026-11-24")

    assert done.exit_code == 0
    assert "texts that differ: A_U18" in done.stdout
