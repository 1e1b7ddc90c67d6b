"""What a reader has verified of a log, kept in a file of theirs: the next check goes on from there, and notices a log that went back.

The file holds a signed checkpoint and the tree under it, and how far a check had come that was interrupted. It is believed as far as it
adds up: the tree must lead to the checkpoint's root, and whatever is added to it to the root that is signed now.
"""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path

from .merkle import Tree
from .note import NoteError, decode

FORMAT = "samsyn-verify-state-v1"
_EVERY = 100_000  # entries between two notes of how far a check has come


class StateError(Exception):
    """The file is no such state, or does not add up."""


@dataclass(frozen=True)
class State:
    """`note`: the checkpoint found whole last, empty before the first; `tree` over its entries; `begun`: that of an interrupted check."""

    note: bytes = b""
    tree: Tree | None = None
    begun: Tree | None = None


class Keeping:
    """The file while a check goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.last = _read(path)
        self._noted = self.last.begun.size if self.last.begun else 0

    def note(self, tree: Tree) -> None:
        """Now and then: how far the check has come."""
        if tree.size >= self._noted + _EVERY:
            self._noted = tree.size
            self._write(replace(self.last, begun=tree))

    def found_whole(self, note: bytes, tree: Tree) -> None:
        """The log is whole up to this checkpoint."""
        self._write(State(note=note, tree=tree))

    def _write(self, state: State) -> None:
        value = {"format": FORMAT, "note": state.note.decode(), "tree": _packed(state.tree), "begun": _packed(state.begun)}
        half = self._path.with_name(self._path.name + ".tmp")
        half.write_text(json.dumps(value), encoding="utf-8")
        half.replace(self._path)


def _packed(tree: Tree | None) -> dict[str, object] | None:
    return {"size": tree.size, "peaks": [base64.b64encode(peak).decode() for peak in tree.peaks()]} if tree else None


def _read(path: Path) -> State:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return State()
    except (OSError, ValueError, RecursionError) as error:
        raise StateError from error
    try:
        if value["format"] != FORMAT:
            raise StateError
        return State(value["note"].encode(), _tree(value["tree"]), _tree(value["begun"]))
    except (KeyError, TypeError, ValueError, AttributeError, NoteError) as error:
        raise StateError from error


def _tree(value: dict[str, object] | None) -> Tree | None:
    if value is None:
        return None
    size, peaks = value["size"], value["peaks"]
    if not isinstance(size, int) or size < 0 or not isinstance(peaks, list):
        raise StateError
    hashes = [decode(str(peak)) for peak in peaks]
    return Tree(size, hashes)
