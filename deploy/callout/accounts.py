"""An organisation that comes at run time gets its account: on one machine, where the server reads a file that is ours."""

from datetime import datetime
from pathlib import Path

from deploy.callout.register import select_systems
from deploy.nats.config import Seeds, account_of, accounts_of
from deploy.nats.reload import add_organisations
from shared import logs
from shared.bus import Bus
from shared.database import Database


class Accounts:
    """Adds, and never takes away: an organisation without a system in force loses its users, not what waits for it.

    After a start that wrote the file anew it adds again whoever the register knows.
    """

    def __init__(self, database: Database, config: Path, seeds: Seeds, monitor: Bus, url: str) -> None:
        self._database = database
        self._config = config
        self._seeds = seeds
        self._monitor = monitor
        self._url = url
        self._begun: set[str] = set()
        """Organisations whose coming was interrupted."""

    async def run_once(self, now: datetime) -> None:
        """Add the accounts and durables of organisations that have a system in force and no account. Raises Unavailable."""
        there = accounts_of(self._config)
        organisations = set((await select_systems(self._database, now=now)).values())
        missing = {organisation for organisation in organisations if account_of(organisation) not in there} | self._begun
        if missing:
            self._begun = missing
            await add_organisations(self._config, self._seeds, missing, monitor=self._monitor, url=self._url)
            self._begun = set()
            logs.line("accounts.added", count=len(missing))
