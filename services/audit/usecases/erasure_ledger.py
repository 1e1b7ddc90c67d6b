"""The erasure ledger: numbers of logs and tokens, outside the database and its backup, so that no restore brings anybody back (29)."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec


class Line(msgspec.Struct, frozen=True):
    """One key that was destroyed. The token is random: without its key it names nobody."""

    erasure: str
    log_id: int
    token: str


class Ledger:
    """A file that only grows; a line is on the disk before the database forgets the key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, erasure: str, keys: Sequence[tuple[int, bytes]]) -> None:
        """Write these, durably. A line twice does no harm: it is replayed as a deletion."""
        text = b"".join(msgspec.json.encode(Line(erasure, log_id, token.hex())) + b"\n" for log_id, token in keys)
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[Line]:
        """Every line; one that was cut off when the machine died was never acted on."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return
        for line in text.split(b"\n"):
            try:
                yield msgspec.json.decode(line, type=Line)
            except msgspec.DecodeError:
                continue
