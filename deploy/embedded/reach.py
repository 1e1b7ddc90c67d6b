"""Which user the database runs as, and whether that user can reach a file. PostgreSQL refuses to run as root."""

import grp
import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

READ, SEARCH = 4, 1
_FIRST, _COUNT = 52_000, 8_000  # above ordinary users, below systemd's dynamic ones, inside the 65,536 of a container


class Account(NamedTuple):
    """A numeric user and group; need not stand in the passwd file, and we never put it there."""

    uid: int
    gid: int


class Unreachable(Exception):
    """The database's user cannot get to a path; the text names the folder that is closed."""


def database_account(folder: Path) -> Account | None:
    """The user for the database below `folder`: None is ourselves; for root a number of its own, nobody's in the passwd file.

    Data that exist keep their owner, so a folder can be moved. A number of its own and not `nobody`, for other daemons run as `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if (made := folder / "pg").exists():
        return Account(made.stat().st_uid, made.stat().st_gid)
    number = _FIRST + int.from_bytes(hashlib.sha256(os.fsencode(folder.resolve())).digest()[:4]) % _COUNT
    while _is_known(number):
        number += 1
    return Account(number, number)


def nobody() -> Account:
    """The user that runs initdb for root: initdb demands one with an entry in the passwd file. Raises Unreachable without one."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise Unreachable("there is no user 'nobody', and the database cannot be made as root: run as an ordinary user") from None
    return Account(entry.pw_uid, entry.pw_gid)


def with_a_name() -> list[str]:
    """What to put before a command that demands an entry in the passwd file, when we are a bare number (as in some containers).

    A user namespace in which we are `nobody`; the files stay ours. Where such are forbidden, the command says itself what it misses.
    """
    number = os.geteuid()
    unshare = shutil.which("unshare")
    if number == 0 or unshare is None or _entry(pwd.getpwuid, number):
        return []
    return [unshare, "--user", f"--map-user={nobody().uid}"]


def closed_at(path: Path, account: Account | None) -> Path | None:
    """The first folder on the way to `path`, or the path itself, that the account may not pass; None when it gets there."""
    if account is None:
        return None
    path = path.resolve()
    for step in (*reversed(path.parents), path):
        try:
            found = step.stat()
        except FileNotFoundError:
            return None  # will be made by us, open enough
        wanted = SEARCH if stat.S_ISDIR(found.st_mode) else READ | found.st_mode & SEARCH
        shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
        if found.st_mode >> shift & wanted != wanted:
            return step
    return None


def demand(path: Path, *accounts: Account | None) -> None:
    """Raises Unreachable, naming the closed folder, when one of the accounts cannot get to `path`."""
    for account in accounts:
        if (closed := closed_at(path, account)) is not None:
            raise Unreachable(
                f"the database runs as user {account.uid if account else os.geteuid()}, not as root, and cannot pass {closed}: "
                f"choose another folder with --data, for example below /var/lib, or open that one (chmod o+x {closed})"
            )


def reachable_copy(install: Path, target: Path) -> Path:
    """A copy of a PostgreSQL (bin, lib, share) below `target` that every user can read; hard links where that is enough.

    The wheel's programs find their libraries by the way from one folder to the other, so that way is kept.
    Made beside and renamed, so that a killed copy is never used. Returns the copy's own folder.
    """
    package = install.parent
    made = Path(package.name) / install.name
    if target.exists():
        return target / made
    half = target.with_name(target.name + ".tmp")
    shutil.rmtree(half, ignore_errors=True)
    parts = {made / part: install / part for part in ("bin", "lib", "share")}
    parts |= {Path(f"{package.name}.libs"): package.with_name(f"{package.name}.libs"), Path(package.name, ".dylibs"): package / ".dylibs"}
    for there, here in parts.items():
        if here.exists():
            shutil.copytree(here, half / there, copy_function=_link_or_copy)
    for folder in (half, *(p for p in half.rglob("*") if p.is_dir())):
        folder.chmod(0o755)
    half.rename(target)
    return target / made


def _link_or_copy(source: str, target: str) -> None:
    mode = 0o755 if os.access(source, os.X_OK) and Path(source).stat().st_mode & stat.S_IXUSR else 0o644
    if stat.S_IMODE(Path(source).stat().st_mode) & mode == mode:
        try:
            os.link(source, target)
        except OSError:
            pass  # another file system, or links forbidden
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(mode)


def _is_known(number: int) -> bool:
    return _entry(pwd.getpwuid, number) or _entry(grp.getgrgid, number)


def _entry(look: Callable[[int], object], number: int) -> bool:
    try:
        look(number)
    except KeyError:
        return False
    return True
