"""`python -m tests.audit.hammering DATABASE_URL NATS_URL NATS_FOLDER SIGNER_FOLDER`: audit's loops in a process that may be killed."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from deploy.nats.config import read_seeds
from services.audit.domain.checkpoint import Head
from services.audit.domain.keeper import Keeper
from services.audit.events.sequencer import Publish, Sequencer, TakeEntries
from shared import streams
from shared.bus import Bus
from shared.clock import utc_now
from shared.database import Database
from shared.loops import Loop, Loops
from shared.received import bind
from tests.audit.make import KEEPER, HereSigner

PRODUCERS = ("consent", "sharing")


class ThisSigner(HereSigner):
    """The signer on a folder that several processes share, with today's clock."""

    async def sign(self, origin: str, head: Head, path: Sequence[bytes], /) -> bytes:
        self.now = utc_now()
        return await super().sign(origin, head, path)


def keeper_on(folder: Path) -> Keeper:
    """The keeper of the tests, with a signer on this folder."""
    return Keeper(ring=KEEPER.ring, signer=ThisSigner(folder), host=KEEPER.host, operator=KEEPER.operator)


async def main(database_url: str, nats_url: str, nats_folder: str, signer_folder: str) -> None:
    """Until killed."""
    database = await Database.open(database_url, size=4)
    bus = await Bus.open(nats_url, name="audit", nkey_seed=read_seeds(Path(nats_folder)).deploy, required=True)
    sequencer = Sequencer(database, keeper_on(Path(signer_folder)))
    pulls = [bind(bus, source, streams.ENTRIES) for source in PRODUCERS]
    loops = [
        Loop(name=f"entries-{i}", work=TakeEntries(sequencer, pull), every=timedelta(milliseconds=200)) for i, pull in enumerate(pulls)
    ]
    loops.append(Loop(name="checkpoints", work=Publish(sequencer), every=timedelta(milliseconds=500)))
    async with Loops(loops) as running:
        await running.fatal.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
