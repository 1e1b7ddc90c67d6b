"""The organisations of the synthetic world as witnesses of the root log: their keys, the policy that names them, and their turns."""

import asyncio
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samsyn_connect.config import Config, WitnessConfig
from samsyn_connect.witness import Witness
from samsyn_connect.witnessing import read_key, witness_once

from deploy.demo import world
from deploy.embedded.home import Home, Running, write_whole
from deploy.embedded.parts import ROOT, ROOT_LOG, Plan, audience
from services.audit.domain.checkpoint import log_key
from shared.subjects import BUS

POLICY: Final = "witnesses.policy"
_QUORUM: Final = "enough"
_FEW: Final = 5
"""Below so many witnesses all but one must sign; from here on more than half (audit.md 25)."""


def write(plan: Plan, people: world.World) -> None:
    """Each organisation's witness key, and the policy: a C2SP tlog-policy, whose `log` line is the key that witnesses pin."""
    origin = (plan.home.read(ROOT) or {"origin": ROOT_LOG})["origin"]
    pinned = log_key(plan.keys.secret_key("audit-signing").read_bytes(), origin).verifier_key
    names = [organisation.id for organisation in people.systems()]
    keys = {name: _key(plan.organisations / name, name, pinned) for name in names}
    needed = len(names) - 1 if len(names) < _FEW else len(names) // 2 + 1
    lines = [f"log {pinned}", *(f"witness {name} {key}" for name, key in keys.items())]
    lines += [f"group {_QUORUM} {max(needed, 1)} {' '.join(names)}", f"quorum {_QUORUM}"]
    write_whole(plan.config(POLICY), "\n".join([*lines, ""]).encode())


async def witness_all(running: Running) -> dict[str, dict[str, Any]]:
    """Every organisation signs the newest size of the root log, each with its own key over its own connection; what each said.

    Raises NotWitnessed where the log contradicts what one of them has signed, Problem or Unreachable.
    """
    names = [organisation.id for organisation in world.load().systems()]
    said = await asyncio.gather(*(_turn(running, name) for name in names))
    return dict(zip(names, said, strict=True))


async def _turn(running: Running, organisation: str) -> dict[str, Any]:
    config = kit_config(running, organisation)
    assert config.witness is not None  # noqa: S101  it was put there below
    return await witness_once(config, config.witness)


def kit_config(running: Running, organisation: str) -> Config:
    """What the organisation's own configuration file would say."""
    home, pinned = running.home / "organisations" / organisation, pinned_key(running.home)
    seen = pinned.partition("+")[0].rpartition("/")[2]
    return Config(
        organisation=organisation,
        issuer=running.addresses["provider"],
        client_id=world.client_id(organisation),
        sharing_url=running.addresses["sharing"],
        sharing_audience=audience("sharing"),
        bus_url=running.addresses["bus"],
        bus_audience=BUS,
        client_key=home / "client.json",
        signing_key=home / "signing.json",
        unit_keys=home / "units",
        trust=home / "trust.json",
        witness=WitnessConfig(key=home / "witness.key", log_key=pinned, state=home / f"witnessed-{seen}.json"),
    )


def pinned_key(home: Path) -> str:
    """The root log's verifier key, as the policy says."""
    text = (Home(home).folder / "config" / POLICY).read_text(encoding="utf-8")
    return next(line.split()[1] for line in text.splitlines() if line.startswith("log "))


def _key(folder: Path, name: str, pinned: str) -> str:
    private = Ed25519PrivateKey.from_private_bytes(read_key(folder / "witness.key"))
    return Witness(f"{name}/witness", private, pinned, folder / "witnessed.json").verifier_key
