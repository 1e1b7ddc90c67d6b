"""`samsyn rules`: look at the tables of law, check them, and see what a change of them changes."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import click

from services.sharing.domain.models import Model
from services.sharing.domain.rows import Row
from services.sharing.domain.table_changes import TableChanges, compare
from services.sharing.domain.tables import BrokenTables, Tables, build, load, read
from services.sharing.domain.wording import Language, say, word
from shared.clock import STOCKHOLM, utc_now

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
LANGUAGE = click.option("--lang", type=click.Choice(["sv", "en"]), default="sv", show_default=True, help="Language of the texts.")
SPEAK_EVERY = 2.0
MOST_SHOWN = 200


@click.group()
def rules() -> None:
    """The tables of law: show, check, compare."""


@rules.command()
@click.argument("name", required=False)
@LANGUAGE
def show(name: str | None, lang: Language) -> None:
    """Show a row (M09), a collaboration model (hlt-team) or a category (attendance); without NAME what there is."""
    tables = load()
    if name is None:
        _list(tables, lang)
    elif row := next((row for row in tables.rows if row.id == name), None):
        click.echo(row_in_words(tables, row, lang))
    elif model := tables.models.get(name):
        click.echo(_model_in_words(tables, model, lang))
    elif category := next((row for row in tables.categories.values() if row.code == name), None):
        click.echo(f"{category.code}  {say(category, lang)}")
        for row in tables.rows:
            infos = {tables.info(category.code, holder) for holder in row.discloser}
            if infos & set(row.info):
                click.echo(f"  {_line(tables, row, lang)}")
    else:
        raise click.UsageError(f"no row, model or category is called {name}; `samsyn rules show` lists them")


@rules.command()
@click.option("--folder", type=FOLDER, help="Another folder of tables; by default the ones that are in force here.")
def check(folder: Path | None) -> None:
    """Check the tables as a start does; exit code 1 names what is wrong."""
    tables = _tables(folder)
    signed = Counter(row.status.value for row in tables.rows)
    click.echo(f"ok: {len(tables.rows)} rows ({', '.join(f'{n} {status}' for status, n in sorted(signed.items()))}), ", nl=False)
    click.echo(f"{len(tables.models)} models, {len(tables.categories)} categories, {len(tables.texts)} texts")
    click.echo(f"sha256 {tables.sha256}")


@rules.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Ask as of this day; by default today.")
@click.option("--quiet", is_flag=True, help="No word on how far it has come.")
def diff(old: Path, new: Path, day: date | None, *, quiet: bool) -> None:
    """Which answers change between two folders of tables, from what to what. Exit code 1 when any does."""
    on = utc_now().astimezone(STOCKHOLM).date() if day is None else date(day.year, day.month, day.day)
    found = compare(_tables(old), _tables(new), on=on, tell=(lambda _done, _all: None) if quiet else _progress())
    _tell(found)
    sys.exit(1 if found.changed else 0)


def row_in_words(tables: Tables, row: Row, lang: Language) -> str:
    """One row as a lawyer reads it."""
    sides = [", ".join(say(tables.regimes[code], lang) for code in side) for side in (row.discloser, row.recipient)]
    lines = [
        f"{row.id}  {word(tables, row.label, lang)}",
        f"  {sides[0]} -> {sides[1]}",
        f"  {', '.join(word(tables, code, lang) for code in row.purpose)}",
        f"  {', '.join(word(tables, code, lang) for code in row.info)}",
        f"  {', '.join(row.law)}. {row.status.value}, evidence {row.evidence}, from {row.valid_from}"
        + (f" to {row.valid_to}" if row.valid_to else ""),
    ]
    for way in row.paths:
        needs = [*(["consent"] if way.consent.value == "disposer" else []), *way.attest]
        lines += [f"  * {', '.join(way.basis)}: {say(way, lang)}", f"    {' '.join(needs)}"]
    lines += [f"  {word(tables, code, lang)}" for code in row.tell]
    note = row.note_sv if lang == "sv" else row.note_en
    return "\n".join([*lines, *([f"  {note}"] if note else [])])


def _model_in_words(tables: Tables, model: Model, lang: Language) -> str:
    lines = [
        f"{model.id}  {say(model, lang)} (version {model.version}{'' if model.enabled else ', off'})",
        f"  ages {model.age_from}-{model.age_to}; {'; '.join(say(purpose, lang) for purpose in model.purposes)}",
        f"  {', '.join(say(tables.regimes[code], lang) for code in model.parties)}",
    ]
    lines += [f"  {' '.join(flow.discloser)} -> {' '.join(flow.recipient)}: {', '.join(flow.categories)}" for flow in model.flows]
    return "\n".join(lines)


def _list(tables: Tables, lang: Language) -> None:
    for row in tables.rows:
        click.echo(_line(tables, row, lang))
    for model in sorted(tables.models.values(), key=lambda model: model.id):
        click.echo(f"{model.id:<32} {say(model, lang)}")
    for category in tables.categories.values():
        click.echo(f"{category.code:<32} {say(category, lang)}")


def _line(tables: Tables, row: Row, lang: Language) -> str:
    sides = " -> ".join("ANY" if len(side) == len(tables.regimes) else ",".join(side) for side in (row.discloser, row.recipient))
    return f"{row.id:<5} {row.label:<9} {sides}  {','.join(row.purpose)}  {word(tables, row.label, lang)}"


def _tables(folder: Path | None) -> Tables:
    try:
        return load() if folder is None else build(read(folder))
    except (BrokenTables, OSError) as error:
        raise click.ClickException(f"{folder or 'the tables'}: {error}") from error


def _progress() -> Callable[[int, int], None]:
    spoke = began = time.monotonic()

    def tell(done: int, every: int) -> None:
        nonlocal spoke
        if time.monotonic() - spoke >= SPEAK_EVERY:
            spoke = time.monotonic()
            click.echo(f"[{spoke - began:5.1f} s] {done:,} of {every:,} questions", err=True)

    return tell


def _tell(found: TableChanges) -> None:
    for change in found.changes[:MOST_SHOWN]:
        discloser, recipient, purpose, category = change.example
        rows = (
            change.old_row or "no row"
            if change.old_row == change.new_row
            else f"{change.old_row or 'no row'} -> {change.new_row or 'no row'}"
        )
        click.echo(f"{rows}: {change.old} -> {change.new}; {change.when}")
        click.echo(f"    {change.count:,} questions, such as {discloser} -> {recipient} {purpose} {category}")
    if len(found.changes) > MOST_SHOWN:
        click.echo(f"... and {len(found.changes) - MOST_SHOWN} more kinds of change")
    for what, names in (("rows", found.rows), ("models", found.models), ("texts", found.texts)):
        if names:
            click.echo(f"{what} that differ: {', '.join(names)}")
    click.echo(f"{found.changed:,} of {found.cells:,} questions get another answer")
