"""`samsyn decide`: may this be shared? Answered from a file of facts, without a running system."""

import sys
from pathlib import Path
from typing import TextIO

import click
import msgspec

from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.case_file import WorkedCase, read_cases
from services.sharing.domain.tables import BrokenTables, Tables, load
from services.sharing.domain.wording import Language, explain
from services.sharing.usecases.ask_hypothetical import view_answers
from shared.clock import STOCKHOLM, utc_now
from shared.errors import Fault, Invalid
from shared.law.codes import Answer

EXITS = {Answer.YES: 0, Answer.ATTEST: 10, Answer.WAIT: 11, Answer.NO: 12, Answer.ASK: 13}
WRONG_FILE = 2
COLOURS = {Answer.YES: "green", Answer.ATTEST: "yellow", Answer.WAIT: "yellow", Answer.NO: "red", Answer.ASK: "magenta"}


@click.command()
@click.argument("facts", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="The whole answer with its trace; a list where the file has many cases.")
@click.option(
    "--models", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder with collaboration models of one's own."
)
@click.option("--lang", type=click.Choice(["sv", "en"]), default="sv", show_default=True, help="Language of the answer.")
def decide(facts: TextIO, lang: Language, models: Path | None, *, as_json: bool) -> None:
    """May this be shared? FACTS is a TOML file of one case or many ([[case]]); - reads standard input.

    Exit code: 0 yes, 10 yes once attested, 11 not yet, 12 no, 13 ask a human (the worst of many); 2 when the file is wrong.
    """
    try:
        tables = load(models)
    except BrokenTables as error:
        raise click.ClickException(f"{models or 'the tables'}: {error}") from error
    name = Path(str(facts.name)).stem
    try:
        cases = read_cases(facts.read(), tables, today=utc_now().astimezone(STOCKHOLM).date(), name=name)
    except Invalid as wrong:
        for fault in wrong.faults:
            click.echo(f"{facts.name}: {_where(fault)}{fault.detail}", err=True)
        sys.exit(WRONG_FILE)
    except UnicodeDecodeError:
        click.echo(f"{facts.name}: not UTF-8", err=True)
        sys.exit(WRONG_FILE)
    answers = [advise_item(tables, case.facts) for case in cases]
    if as_json:
        view = view_answers(answers, tables, hypothetical=True, now=utc_now())
        shown = [
            {"id": case.id, "hypothetical": True, "rules": view.rules, **msgspec.to_builtins(item)}
            for case, item in zip(cases, view.items, strict=True)
        ]
        click.echo(msgspec.json.format(msgspec.json.encode(shown if len(shown) != 1 else shown[0])).decode())
    else:
        for place, case in enumerate(cases):
            click.echo(("\n" if place else "") + told(tables, case, lang), nl=True)
    sys.exit(max(EXITS[answer.answer] for answer in answers))


def told(tables: Tables, case: WorkedCase, language: Language) -> str:
    """One case in words."""
    answer = advise_item(tables, case.facts)
    explained = explain(tables, case.facts, answer, language)
    name = case.name_sv if language == "sv" else case.name_en
    lines = [*([name] if name else []), explained.question, click.style(explained.headline.upper(), bold=True, fg=COLOURS[answer.answer])]
    for section in explained.sections:
        lines += ["", click.style(section.title, bold=True), *(f"  {line}" for line in section.lines)]
    if misses := case.misses(answer):
        lines += ["", *(f"! the file wants {name} = {wanted!r}" for name, (wanted, _given) in misses.items())]
    return "\n".join(lines) + "\n"


def _where(fault: Fault) -> str:
    """A pointer as somebody would say it: `case 2, discloser.regime: `."""
    steps = [step for step in fault.pointer.removeprefix("#").split("/") if step and step != "facts"]
    if steps[:1] == ["case"] and len(steps) > 1:
        return f"case {int(steps[1]) + 1}, {'.'.join(steps[2:])}: " if steps[2:] else f"case {int(steps[1]) + 1}: "
    return f"{'.'.join(steps)}: " if steps else ""
