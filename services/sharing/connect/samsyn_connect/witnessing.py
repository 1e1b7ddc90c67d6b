"""One turn of the organisation's witness over NATS: ask what there is to sign, sign it, bring it. Outbound connections alone."""

import secrets
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from samsyn_connect.bus import BusTransport
from samsyn_connect.clock import utc_now
from samsyn_connect.config import Config, KeyStore, WitnessConfig
from samsyn_connect.tokens import TokenSource
from samsyn_connect.witness import Witness


def open_witness(organisation: str, given: WitnessConfig) -> Witness:
    """The organisation's witness. Its key is made at the first use."""
    name = f"{organisation}/witness"
    return Witness(name, Ed25519PrivateKey.from_private_bytes(read_key(given.key)), given.log_key, given.state)


def read_key(path: Path) -> bytes:
    """The 32 bytes of the witness's key, readable by its owner alone; made when they are missing."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


async def witness_once(config: Config, given: WitnessConfig) -> dict[str, Any]:
    """What was signed and whether it counts. Raises NotWitnessed, Problem, Unreachable."""
    own = open_witness(config.organisation, given)
    async with httpx2.AsyncClient(trust_env=False) as http:
        tokens = TokenSource(config.issuer, config.client_id, KeyStore(config).client, resource=config.bus_audience, scopes=(), http=http)
        bus = BusTransport(config.bus_url, config.bus_audience, config.organisation, tokens, utc_now)
        try:
            offered = await bus.witness(own.seen.size if own.seen else 0)
            if offered.body is None:
                return {"signed": None, "key": own.verifier_key}
            size, line = own.add_checkpoint(offered.body.encode(), utc_now())
            return {"signed": size, "taken": (await bus.witness(size, line)).taken, "key": own.verifier_key}
        finally:
            await bus.close()
