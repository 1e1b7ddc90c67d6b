"""What the signer remembers of each log, a small file each. Not in the house's database, and never in that one's backup (rule 19)."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from services.audit.domain.checkpoint import Head


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed last of one log, and with which of its keys."""

    origin: str
    head: Head
    signed_at: datetime
    generation: int = 0
    overlap_until: datetime | None = None
    """Until then the key of the generation before signs too (rule 21)."""
    frozen_at: datetime | None = None


class Store:
    """A folder. Every change is on the disk when the method returns, whole or not at all; two processes never change it at once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder

    def known(self, origin: str) -> Known | None:
        """What it knows of a log; None when it has signed nothing of it."""
        try:
            return msgspec.json.decode(self._file(origin).read_bytes(), type=Known)
        except FileNotFoundError:
            return None

    def advance(self, origin: str, before: Known | None, head: Head, now: datetime) -> bool:
        """Remember what is about to be signed, by compare-and-swap; False when somebody else was faster."""
        with self._alone():
            if self.known(origin) != before:
                return False
            fresh = before or Known(origin=origin, head=head, signed_at=now)
            self._write(msgspec.structs.replace(fresh, head=head, signed_at=now))
            return True

    def rotate(self, origin: str, overlap_until: datetime) -> bool:
        """The next key of a log; the one before signs beside it until then. False for a log that it has not signed, or a frozen one."""
        with self._alone():
            known = self.known(origin)
            if known is None or known.frozen_at is not None:
                return False
            self._write(msgspec.structs.replace(known, generation=known.generation + 1, overlap_until=overlap_until))
            return True

    def freeze(self, origin: str, now: datetime) -> bool:
        """Sign nothing of this log any more. False for a log that it has not signed, or a frozen one."""
        with self._alone():
            known = self.known(origin)
            if known is None or known.frozen_at is not None:
                return False
            self._write(msgspec.structs.replace(known, frozen_at=now))
            return True

    def _file(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"

    def _write(self, known: Known) -> None:
        path = self._file(known.origin)
        half = path.with_suffix(".tmp")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(known))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name too outlives a power failure
        finally:
            os.close(folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
