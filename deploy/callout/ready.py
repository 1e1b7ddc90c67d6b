"""Whether a callout answers. It listens nowhere but on the bus, so that is where it is asked, in its own account."""

from typing import Final

from deploy.nats.config import Seeds
from shared.bus import Bus
from shared.errors import Unavailable

SUBJECT: Final = "samsyn.callout.ready"
READY: Final = b"ready"
_WITHIN: Final = 1.0


async def is_ready(url: str, seeds: Seeds) -> bool:
    """Whether some instance is on the bus, sees connections and can read the register: only then does anybody get in."""
    try:
        bus = await Bus.open(url, name="callout", nkey_seed=seeds.callout, required=True)
        try:
            return (await bus.request(SUBJECT, b"", within=_WITHIN)).data == READY
        finally:
            await bus.close()
    except Unavailable:
        return False
