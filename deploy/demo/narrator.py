"""How the story speaks: steps, sentences, evidence, and checks that the verdict counts."""

import time
from collections.abc import Callable

import click


class StoryFailed(Exception):
    """Something was not as the story promises; the text says what."""


class Narrator:
    """Prints for a reader who has never heard of the product, and remembers what was checked."""

    def __init__(self, write: Callable[[str], None] = click.echo) -> None:
        self._write = write
        self._began = time.monotonic()
        self._step = 0
        self.checked = 0

    def step(self, title: str) -> None:
        """Begin a numbered step."""
        self._step += 1
        self._write("")
        self._write(click.style(f"{self._step}. {title}", bold=True))

    def say(self, text: str) -> None:
        """One sentence of the story."""
        self._write(f"   {text}")

    def show(self, label: str, value: object) -> None:
        """One piece of evidence."""
        self._write(click.style(f"     {label:<26} ", dim=True) + str(value))

    def check(self, fact: str, *, holds: bool, seen: object = "") -> None:
        """A promise that must hold. Raises StoryFailed with what was seen when it does not."""
        if not holds:
            self._write(click.style(f"   ✗ {fact}", fg="red"))
            raise StoryFailed(f"{fact} (seen: {seen})")
        self.checked += 1
        self._write(click.style("   ✓ ", fg="green") + fact)

    def verdict(self, failure: StoryFailed | None) -> bool:
        """The last lines; True when everything held."""
        self._write("")
        seconds = time.monotonic() - self._began
        if failure is not None:
            self._write(click.style(f"Verdict: NOT as promised. {failure}", fg="red", bold=True))
            return False
        self._write(
            click.style(f"Verdict: as promised. {self.checked} checks held in {self._step} steps, {seconds:.1f} s.", fg="green", bold=True)
        )
        return True
