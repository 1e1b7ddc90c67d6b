"""The inbox as a folder, for a system that reads files: each item one file, placed once, and receipted only after it is on disk.

DIR/<delivery>.json           an item in the clear with its filing note; your system moves it away when it has filed it
DIR/stopped/<delivery>.json   stop was said after your system took the file: a person deletes there, or keeps with a paragraph
DIR/notices/<notice>.json     every other notice, and a delivery that was not released to us: ids and codes
DIR/.taken/                   what has been placed: empty of content but for the moment of placing; leave it alone
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from samsyn_connect.binding import NotSealedForUs
from samsyn_connect.client import Connection
from samsyn_connect.clock import new_request_id
from samsyn_connect.http import HttpTransport
from samsyn_connect.messages import InboxNotice
from samsyn_connect.transport import Problem

_NO_WORD_OF_THE_ITEM = frozenset({401, 408, 429})
"""Statuses that say something of us or of the moment, as does every 5xx: the item comes again."""
_OURS = 500


class Folder:
    """The files. Every step can be cut off and done again: what was placed once is not placed again."""

    def __init__(self, folder: Path) -> None:
        self._items = folder
        self._taken = folder / ".taken"
        for made in (folder, self._taken, folder / "stopped", folder / "notices"):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)

    def placed_at(self, delivery: UUID) -> datetime | None:
        """When the item was placed, or None. A placing that was cut off is ended first."""
        if not self._mark(delivery, "placed").exists():
            return None
        half = self._taken / f"{delivery}.json"
        if half.exists():
            self._move(half, self._items / half.name)
        return self._moment(delivery, "placed")

    def place(self, delivery: UUID, item: Any, *, now: datetime) -> datetime:
        """(1) the whole item on disk, hidden; (2) the mark; (3) the rename that shows it. After (2) nothing is fetched again."""
        _write(self._taken / f"{delivery}.json", msgspec.json.encode(item))
        _write(self._mark(delivery, "placed"), msgspec.json.encode(now))
        return self.placed_at(delivery) or now

    def take_back(self, delivery: UUID, *, now: datetime) -> datetime | None:
        """Delete the item if your system has not taken it: when it was deleted, or None when it is no longer here to delete."""
        gone = self._taken / f"{delivery}.gone"
        if not self._mark(delivery, "deleted").exists():
            self.placed_at(delivery)
            shown = self._items / f"{delivery}.json"
            if shown.exists():
                self._move(shown, gone)
            if not gone.exists():
                return None
            _write(self._mark(delivery, "deleted"), msgspec.json.encode(now))
        gone.unlink(missing_ok=True)
        _sync(self._taken)
        return self._moment(delivery, "deleted")

    def note(self, kind: str, name: UUID, notice: InboxNotice) -> None:
        """Keep a notice where a person or a program looks for it."""
        _write(self._items / kind / f"{name}.json", msgspec.json.encode(notice))

    def _mark(self, delivery: UUID, state: str) -> Path:
        return self._taken / f"{delivery}.{state}"

    def _moment(self, delivery: UUID, state: str) -> datetime:
        return msgspec.json.decode(self._mark(delivery, state).read_bytes(), type=datetime)

    def _move(self, source: Path, target: Path) -> None:
        source.rename(target)
        _sync(self._items)
        _sync(self._taken)


class Poller:
    """Takes what waits into a folder. Fetching is the release and is logged: everything that waits is released to this system."""

    def __init__(self, transport: HttpTransport, connection: Connection, folder: Folder) -> None:
        self._transport = transport
        self._connection = connection
        self._folder = folder
        self._after = 0

    async def run_once(self, now: datetime, *, wait: int = 0) -> list[str]:
        """What was done with each notice, oldest first, and confirmed. Raises Problem or Unreachable: then run it again.

        `wait`: seconds that Samsyn may hold the question when nothing newer waits.
        """
        done = []
        for notice in await self._transport.inbox(after=self._after, wait=wait):
            done.append(await self._deal_with(notice, now))
            await self._connection.confirm([notice.id], request_id=new_request_id())
            self._after = max(self._after, notice.position)
        return done

    async def _deal_with(self, notice: InboxNotice, now: datetime) -> str:
        if notice.name == "delivery":
            return await self._take(UUID(notice.body["delivery_id"]), notice, now)
        if notice.name == "stopped":
            return await self._stop(UUID(notice.body["delivery_id"]), notice, now)
        self._folder.note("notices", notice.id, notice)
        return f"{notice.name}: noted"

    async def _take(self, delivery: UUID, notice: InboxNotice, now: datetime) -> str:
        placed = self._folder.placed_at(delivery)
        if placed is None:
            try:
                released = await self._connection.fetch(delivery, request_id=new_request_id())
            except Problem as problem:
                if problem.status >= _OURS or problem.status in _NO_WORD_OF_THE_ITEM:
                    raise
                self._folder.note("notices", notice.id, notice)  # confirmed all the same: one that is held back must not stop the rest
                return f"{delivery}: {problem.code}"
            try:
                item = await self._connection.open(released, now=now)
            except NotSealedForUs as refused:
                await self._connection.give_receipt(delivery, "refused", reason="not-authentic", now=now, request_id=new_request_id())
                return f"{delivery}: refused, {refused.code}"
            whole = {**msgspec.to_builtins(item), "case_id": released.case_id, "filing_note": released.filing_note}
            placed = self._folder.place(delivery, whole, now=now)
        # the moment of the file, so that the receipt after a crash is the same bytes under the same id
        await self._connection.give_receipt(delivery, "stored", now=placed, request_id=f"{delivery}.stored")
        return f"{delivery}: stored"

    async def _stop(self, delivery: UUID, notice: InboxNotice, now: datetime) -> str:
        if not notice.body["released"]:
            return f"{delivery}: stopped, never fetched"
        deleted = self._folder.take_back(delivery, now=now)
        if deleted is None:  # your system has it: only there can it be deleted, and only then may a receipt say so
            self._folder.note("stopped", delivery, notice)
            return f"{delivery}: stopped, to be deleted in your own system"
        await self._connection.give_receipt(delivery, "deleted", now=deleted, request_id=f"{delivery}.deleted")
        return f"{delivery}: stopped, deleted"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by us alone, on disk when this returns."""
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    with open(half, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
