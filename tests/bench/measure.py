"""How the benches measure: two things in turn, in one run, and what counts is their ratio; figures per second are printed, not judged."""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

import uvloop

T = TypeVar("T")

ROUNDS = 7
ROUND_SECONDS = 0.25


class Line(NamedTuple):
    """One line of the table. `ratio` is against the yardstick in the same line, the median of the rounds."""

    what: str
    per_second: float
    ratio: float | None
    against: str
    goal: float | None = None


def rate(work: Callable[[], int], seconds: float = ROUND_SECONDS) -> float:
    """Things done per second; `work` does some and says how many."""
    done, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        done += work()
    return done / passed


def in_turn(ours: Callable[[], int], yardstick: Callable[[], int]) -> tuple[float, float]:
    """Our rate and its ratio to the yardstick, medians over rounds in which both had their turn: a noisy machine is noisy to both."""
    for warm in (ours, yardstick):
        warm()
    pairs = [(rate(ours), rate(yardstick)) for _ in range(ROUNDS)]
    return statistics.median(one for one, _ in pairs), statistics.median(one / other for one, other in pairs)


def run(work: Coroutine[Any, Any, T]) -> T:
    """On the loop that the houses run on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def show(title: str, lines: list[Line]) -> None:
    """A table on standard output."""
    wide = max(len(line.what) for line in lines)
    sys.stdout.write(f"\n{title}\n")
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:10.3f} x {line.against}"
        goal = "" if line.goal is None else f"  (goal {line.goal})"
        sys.stdout.write(f"  {line.what:<{wide}} {line.per_second:14,.0f}/s {ratio}{goal}\n")
    sys.stdout.flush()
