"""`python -m deploy.callout`: runs until SIGTERM. Two of them on servers; while none runs nobody can connect, and who is in stays in."""

import asyncio
import os
import signal

from deploy.callout.accounts import Accounts
from deploy.callout.register import find_organisation
from deploy.callout.service import LOOK_EVERY, Callout
from deploy.callout.settings import CalloutSettings
from deploy.nats.config import read_seeds
from shared import logs
from shared.bus import Bus
from shared.clock import utc_now
from shared.database import Database
from shared.loops import Loop, Loops
from shared.settings import read_struct
from shared.tokens.fetch import Fetcher
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import KeySets
from shared.tokens.validator import Validator


async def run(settings: CalloutSettings) -> None:
    """Answer and look until asked to end."""
    logs.set_up("callout")
    ended = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    seeds = read_seeds(settings.callout_seeds)
    database = await Database.open(settings.database_url.reveal(), size=1)
    auth = await Bus.open(settings.nats_url, name="callout", nkey_seed=seeds.callout)
    monitor = await Bus.open(settings.nats_url, name="monitor", nkey_seed=seeds.monitor)
    async with Fetcher(production=settings.production) as fetcher:
        key_sets = KeySets([IssuerConfig(issuer=settings.issuer)], fetcher)

        async def organisation_of(issuer: str, client_id: str) -> str | None:
            return await find_organisation(database, issuer, client_id, now=utc_now())

        callout = Callout(
            validator=Validator(key_sets, audience=settings.audience, organisation_of=organisation_of),
            database=database,
            seeds=seeds,
            houses=settings.houses(),
            auth=auth,
            monitor=monitor,
        )
        await callout.start()
        loops = [
            Loop(name="connections", work=callout, every=LOOK_EVERY),
            Loop(name="issuer-keys", work=key_sets, every=LOOK_EVERY * 30),
        ]
        if settings.nats_config is not None:
            accounts = Accounts(database, settings.nats_config, seeds, monitor, settings.nats_url)
            loops.append(Loop(name="accounts", work=accounts, every=LOOK_EVERY))
        async with Loops(loops):
            await ended.wait()
    for close in (auth.close, monitor.close, database.close):
        await close()


if __name__ == "__main__":
    asyncio.run(run(read_struct(CalloutSettings, os.environ)))
