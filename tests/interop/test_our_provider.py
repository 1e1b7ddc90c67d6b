"""Our provider before a certified relying party that knows nothing of us: npm openid-client."""

import asyncio
from pathlib import Path

import msgspec

from tests.interop.conftest import Running
from tests.interop.node import node, packages

CHECKS = 61
"""How many the script has: one that is lost is as bad as one that fails."""


class Check(msgspec.Struct):
    """One line of the script."""

    name: str
    ok: bool
    detail: str


async def test_openid_client_can_do_what_it_should_and_nothing_else(provider: Running, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_bytes(msgspec.json.encode(provider.facts))

    process = await asyncio.create_subprocess_exec(
        *node(), str(packages() / "client.mjs"), str(facts), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)

    checks = [msgspec.json.decode(line, type=Check) for line in out.splitlines()]
    assert process.returncode == 0, err.decode()
    assert [f"{check.name}: {check.detail}" for check in checks if not check.ok] == []
    assert len(checks) == CHECKS
