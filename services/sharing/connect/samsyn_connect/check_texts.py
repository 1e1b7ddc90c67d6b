"""How good the identity check is on labelled texts: recall and precision by kind.

A file of labelled texts has one JSON object a line: `{"id", "register", "marked"}`, where `[kind|words]` marks what points somebody out.
"""

import re
from collections import Counter
from pathlib import Path

import msgspec

from samsyn_connect.identifying import KINDS, Finding, find

_MARK = re.compile(r"\[([a-z-]+)\|([^\]]+)\]")


class Labelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the file."""

    id: str
    register: str
    """`note` a professional's, `parent` a parent's words, `short` a short message."""
    marked: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind, over all texts. A finding and a mark agree when they are of one kind and overlap."""

    kind: str
    marks: int
    found: int
    """Of the marks."""
    findings: int
    right: int
    """Of the findings."""

    @property
    def recall(self) -> float:
        """1.0 when there is nothing to find."""
        return self.found / self.marks if self.marks else 1.0

    @property
    def precision(self) -> float:
        """1.0 when nothing was said."""
        return self.right / self.findings if self.findings else 1.0


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """By kind, all kinds together, and by text: was a text with marks warned of, and one without left alone."""

    kinds: tuple[Score, ...]
    together: Score
    texts: Score


def read_labelled(path: Path) -> list[Labelled]:
    """Every line. Raises OSError, msgspec.MsgspecError."""
    return [msgspec.json.decode(line, type=Labelled) for line in path.read_bytes().splitlines() if line.strip()]


def unmark(marked: str) -> tuple[str, list[Finding]]:
    """The text as it was written, and its marks as findings. Raises ValueError for a kind that does not exist."""
    text, marks, done = "", [], 0
    for match in _MARK.finditer(marked):
        if match[1] not in KINDS:
            raise ValueError(f"{match[1]} is no kind")
        text += marked[done : match.start()]
        marks.append(Finding(kind=match[1], start=len(text), end=len(text) + len(match[2])))
        text += match[2]
        done = match.end()
    return text + marked[done:], marks


def score(labelled: list[Labelled]) -> Scores:
    """Count the marks that were found and the findings that were right."""
    marked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for line in labelled:
        text, marks = unmark(line.marked)
        said = find(text)
        marked.update(mark.kind for mark in marks)
        found.update(mark.kind for mark in marks if _agrees(mark, said))
        findings.update(finding.kind for finding in said)
        right.update(finding.kind for finding in said if _agrees(finding, marks))
        marked["text"] += bool(marks)
        findings["text"] += bool(said)
        found["text"] += bool(marks and said)
        right["text"] += bool(marks and said)
    kinds = tuple(
        Score(kind=kind, marks=marked[kind], found=found[kind], findings=findings[kind], right=right[kind]) for kind in (*KINDS, "text")
    )
    of_kinds = kinds[:-1]
    together = Score(
        kind="together",
        marks=sum(one.marks for one in of_kinds),
        found=sum(one.found for one in of_kinds),
        findings=sum(one.findings for one in of_kinds),
        right=sum(one.right for one in of_kinds),
    )
    return Scores(kinds=of_kinds, together=together, texts=kinds[-1])


def table(scores: Scores) -> str:
    """As it is printed."""
    lines = [f"{'kind':<18} {'marks':>6} {'recall':>7} {'said':>6} {'precision':>9}"]
    lines += [
        f"{one.kind:<18} {one.marks:>6} {one.recall:>7.2f} {one.findings:>6} {one.precision:>9.2f}"
        for one in (*scores.kinds, scores.together, scores.texts)
    ]
    return "\n".join(lines)


def _agrees(one: Finding, others: list[Finding] | tuple[Finding, ...]) -> bool:
    return any(one.kind == other.kind and one.start < other.end and other.start < one.end for other in others)
