"""`python -m tests.bench.engine`: what a decision costs, alone, over HTTP, recorded, and beside other engines. Nothing here is asserted.

DESIGN 12 names the goals. Everything is a ratio of two things that had their turns in the same run on the same machine.
"""

import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import cycle, islice

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.case_file import shipped
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.tables import Tables, load
from shared.law.codes import Answer, Label
from tests.bench import others, over_http, recorded
from tests.bench.measure import Line, in_turn, run, show

BATCH = 200
SAMPLES = 20_000
GOAL = 25_000
BUNDLE = 40


def alone(tables: Tables, questions: Sequence[ItemFacts]) -> list[Line]:
    """One core, every worked case in turn, the answer with its whole trace."""
    ours = cycle(questions)
    per_second, ratio = in_turn(lambda: _decide(tables, islice(ours, BATCH)), _build)
    encoded = cycle(questions)
    with_json, json_ratio = in_turn(
        lambda: sum(len(msgspec.json.encode(decide_item(tables, facts))) > 0 for facts in islice(encoded, BATCH)),
        lambda: _decide(tables, islice(ours, BATCH)),
    )
    return [
        Line(f"decisions, one core (goal {GOAL:,}/s)", per_second, ratio, "building an empty answer"),
        Line("decisions as JSON", with_json, json_ratio, "without JSON"),
    ]


def _decide(tables: Tables, questions: Iterable[ItemFacts]) -> int:
    return sum(decide_item(tables, facts) is not None for facts in questions)


def _build() -> int:
    for _ in range(BATCH):
        ItemAnswer(label=Label.ESCALATE, answer=Answer.ASK, reasons=())
    return BATCH


def latencies(tables: Tables, questions: Sequence[ItemFacts]) -> str:
    """Half and all but one in a hundred, in microseconds; a bundle of 40 in milliseconds."""
    taken = []
    for facts in islice(cycle(questions), SAMPLES):
        start = time.perf_counter_ns()
        decide_item(tables, facts)
        taken.append((time.perf_counter_ns() - start) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    bundle = sum(islice(cycle(taken), BUNDLE)) / 1000
    return f"  one decision: median {cuts[49]:.1f} us, 99 of 100 within {cuts[98]:.1f} us; a bundle of {BUNDLE} about {bundle:.2f} ms\n"


def main() -> None:
    """All tables, the cheapest first."""
    tables = load()
    questions = [case.facts for case in shipped(tables)]
    show("The engine alone", alone(tables, questions))
    sys.stdout.write(latencies(tables, questions))
    beside = [others.against_cedar(tables, questions), others.against_casbin(tables, questions)]
    show("Beside others, on the same rules", [line for line in beside if line is not None])
    show("Dry run over HTTP", over_http.measure())
    show("Recorded decisions", [run(recorded.measure())])


if __name__ == "__main__":
    main()
