"""An organisation comes or goes without a restart: write, reload, write again, reload, declare.

After one reload a new account connects, but its imports reach nobody until a second reload of a changed file (seen on 2.15.1).
Each reload makes all clients connect again, which they do by themselves.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable
from os import kill
from pathlib import Path
from typing import Any, Final

import msgspec
from nats.js import JetStreamContext

from deploy.nats.config import Place, Seeds, add_accounts, write_config
from shared import subjects
from shared.bus import Bus
from shared.errors import Unavailable
from shared.streams import declare

RELOADED_WITHIN: Final = 10.0
_VARZ: Final = "$SYS.REQ.SERVER.PING.VARZ"


async def change_organisations(path: Path, place: Place, seeds: Seeds, organisations: Iterable[str], *, pid: int, url: str) -> None:
    """Make the server with this process id serve exactly these organisations, their durables included; one that left loses its own.

    When it returns, a system of a new organisation can connect and fetch. Raises Unavailable when the server does not come back.
    """
    wanted = sorted(set(organisations))
    monitor = await Bus.open(url, name="monitor", nkey_seed=seeds.monitor, required=True)
    try:
        for spaces in (1, 2):  # the file must differ, its meaning not
            write_config(path, place, seeds, wanted, indent=spaces)
            await _reload(monitor, lambda: _signal(pid))
    finally:
        await monitor.close()
    await declare_streams(url, seeds, wanted)
    await _forget_others(url, seeds, set(wanted))


async def add_organisations(path: Path, seeds: Seeds, organisations: Iterable[str], *, monitor: Bus, url: str) -> None:
    """Let these organisations in beside those that are there, from inside: no process id is needed, and nobody is taken away.

    When it returns, their systems can connect and fetch. Raises Unavailable, or TimeoutError when the server does not read the file.
    """
    wanted = sorted(set(organisations))
    for spaces in (1, 2):  # the file must differ, its meaning not
        add_accounts(path, wanted, indent=spaces)
        await _reload(monitor, lambda: _request(monitor))
    await declare_streams(url, seeds, wanted)


async def _request(monitor: Bus) -> None:
    """Over the bus. The server does nothing without a reply subject, and the answer may be lost with the connection."""
    told: dict[str, Any] = msgspec.json.decode((await monitor.request(_VARZ, b"", within=1)).data)
    with contextlib.suppress(Unavailable):
        await monitor.request(f"$SYS.REQ.SERVER.{told['server']['id']}.RELOAD", b"", within=1)


async def _forget_others(url: str, seeds: Seeds, organisations: set[str]) -> None:
    """Delete the durables of organisations that left: nobody may come back to what was meant for them, nor does the server keep count."""
    deploy = await Bus.open(url, name="deploy", nkey_seed=seeds.deploy, required=True)
    try:
        for name in await consumers_of(deploy.js, subjects.OUT):
            if name not in organisations:
                await deploy.js.delete_consumer(subjects.OUT, name)
    finally:
        await deploy.close()


async def consumers_of(js: JetStreamContext, stream: str) -> list[str]:
    """Names of all durables of a stream; the server tells them page by page."""
    names: list[str] = []
    while page := await js.consumers_info(stream, offset=len(names)):
        names += [info.name for info in page]
    return names


async def declare_streams(url: str, seeds: Seeds, organisations: Iterable[str]) -> None:
    """Streams and durables, made or brought up to date; run at each start of the server, for its store may be empty (I10)."""
    deploy = await Bus.open(url, name="deploy", nkey_seed=seeds.deploy, required=True)
    try:
        await declare(deploy.js, organisations)
    finally:
        await deploy.close()


async def _signal(pid: int) -> None:
    kill(pid, signal.SIGHUP)


async def _reload(monitor: Bus, ask: Callable[[], Awaitable[None]]) -> None:
    before = await _load_time(monitor)
    await ask()
    async with asyncio.timeout(RELOADED_WITHIN):
        while await _load_time(monitor) in {None, before}:  # noqa: ASYNC110  the server tells nobody that it has read the file
            await asyncio.sleep(0.02)


async def _load_time(monitor: Bus) -> str | None:
    """When the server read its configuration; None while it does not answer."""
    try:
        told: dict[str, Any] = msgspec.json.decode((await monitor.request(_VARZ, b"", within=1)).data)
    except Unavailable:
        return None
    loaded: str = told["data"]["config_load_time"]
    return loaded
