"""Looking for plaintext everywhere the houses keep anything: their databases, the bus's store, their logs."""

import asyncio
import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import HOUSES, database_of


def disguises(text: str) -> list[bytes]:
    """The text as it may lie somewhere: plain, in the hexadecimal of a dump, in base64 at each of its three alignments."""
    raw = text.encode()
    found = [raw, raw.hex().encode()]
    for shift in range(3):
        encoded = base64.urlsafe_b64encode(b"\0" * shift + raw).rstrip(b"=")
        found.append(encoded[4 if shift else 0 : -2])
    return [*found, *(form.translate(bytes.maketrans(b"-_", b"+/")) for form in found[2:])]


async def where(running: Running, texts: Iterable[str]) -> dict[str, list[str]]:
    """For each text the places that hold it in any disguise: `<house>'s database`, or a file of the bus or a log."""
    wanted = {text: disguises(text) for text in texts}
    found: dict[str, list[str]] = {text: [] for text in wanted}
    for house in HOUSES:
        dump = await dump_database(running, database_of(house))
        for text, forms in wanted.items():
            if any(form in dump for form in forms):
                found[text].append(f"{house}'s database")
    for file in _files(running.home / "nats", running.home / "log"):
        for text in await asyncio.to_thread(_in_file, file, wanted):
            found[text].append(str(file.relative_to(running.home)))
    return found


async def dump_database(running: Running, name: str) -> bytes:
    """Everything of one database as text, by the tool that makes its backups."""
    database = Postgres(running.home)
    password = Keys(Home(running.home).secrets).passwords[SUPERUSER]
    process = await asyncio.create_subprocess_exec(
        str(database.binaries / "pg_dump"), "--dbname", database.url(SUPERUSER, password, name), stdout=asyncio.subprocess.PIPE
    )
    dump, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"pg_dump of {name} ended with {process.returncode}")
    return dump


def _files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _in_file(file: Path, wanted: dict[str, list[bytes]]) -> list[str]:
    body = file.read_bytes()
    return [text for text, forms in wanted.items() if any(form in body for form in forms)]
