"""The data folder: where things lie in it, who holds it, and the file that says what is running and where to reach it."""

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import msgspec

from deploy.embedded.reach import closed_at, database_account

CHECKOUT = Path(__file__).resolve().parents[2]


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What another command, or the story, needs to know of a home that is up."""

    home: Path
    pid: int
    """The supervisor."""
    addresses: dict[str, str]
    """Base URLs by name: provider, consent, sharing, audit, bus (`nats://`)."""

    @property
    def secrets(self) -> Path:
        """Folder with keys and passwords; only its owner may look."""
        return self.home / "secrets"


class Home:
    """One data folder. Only who holds its lock may start, stop or write anything in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log, self.secrets = self.folder / "log", self.folder / "secrets"
        self._state, self._lock = self.folder / "running.json", self.folder / "lock"
        self._held: int | None = None

    def make(self) -> None:
        """The folders. Root's can be passed through, not listed, by the database's user; whatever exists is left as it is."""
        for folder in (*reversed(self.folder.parents), self.folder):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                if os.geteuid() == 0:
                    folder.chmod(0o711)  # ours, made a moment ago; whatever the umask is
        for closed in (self.log, self.secrets):
            closed.mkdir(mode=0o700, exist_ok=True)

    def hold(self) -> bool:
        """Take the lock; False when somebody has it. It goes with the last process that has the descriptor, however that ends.

        NATS does not lock its store and two servers on one both start: this lock is what keeps them apart.
        """
        held = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return False
        self._held = held
        return True

    def is_held(self) -> bool:
        """Whether somebody has the lock."""
        try:
            looked = os.open(self._lock, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(looked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(looked)
        return False

    @property
    def lock_descriptor(self) -> int:
        """To hand to the watcher, so that the folder stays held until everything in it has ended."""
        if self._held is None:
            raise RuntimeError("the home is not held")
        return self._held

    def release(self) -> None:
        """Give the lock back and forget what was running."""
        self._state.unlink(missing_ok=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def running(self) -> Running | None:
        """What runs here and is ready, or None. A state file that a killed supervisor left does not count."""
        try:
            said = msgspec.json.decode(self._state.read_bytes(), type=Running, dec_hook=_path)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return said if self.is_held() and _is_alive(said.pid) else None

    def announce(self, running: Running) -> None:
        """Say that everything is ready."""
        write_whole(self._state, msgspec.json.encode(running, enc_hook=str))

    def read(self, name: str) -> Any:
        """A small JSON file of the home; None when it is not there."""
        try:
            return json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None

    def write(self, name: str, value: Any) -> None:
        """Write a small JSON file, whole or not at all."""
        write_whole(self.folder / name, json.dumps(value, indent=1).encode())


def default_folder() -> Path:
    """SAMSYN_HOME/data; else `.samsyn/data` in a checkout of ours that the database's user can pass; else elsewhere, by checkout."""
    if named := os.environ.get("SAMSYN_HOME"):
        return Path(named).resolve() / "data"
    inside = CHECKOUT / ".samsyn" / "data"
    ours = os.access(CHECKOUT, os.W_OK) and CHECKOUT.stat().st_uid == os.geteuid()
    if ours and closed_at(inside, database_account(inside)) is None:
        return inside
    name = f"{CHECKOUT.name}-{hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:8]}"
    if os.geteuid() == 0:
        return Path("/var/lib/samsyn") / name
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "samsyn" / name


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename: a reader sees the old or the new, never half. Only the owner may read it."""
    half = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)
