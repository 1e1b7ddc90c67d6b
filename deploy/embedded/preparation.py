"""What is done to a home before its parts run: files written, databases migrated, streams declared. A process of its own.

`python -m deploy.embedded.preparation HOME` reads the names of steps, a line each, and writes `told TEXT` for what a person may want to
know and `done` after each step; it ends with its input, or with a traceback. What it takes in memory is gone then: the supervisor, which
stays, needs no keys, no database and no bus.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.embedded import configuration, databases
from deploy.embedded.home import Home
from deploy.embedded.keys import Keys
from deploy.embedded.parts import Plan
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.preparing import DATABASES, FILES, STREAMS
from deploy.embedded.roles import HOUSES, database_of


async def write_files(plan: Plan) -> None:
    """The parts' configuration, and keys where they are missing."""
    configuration.write(plan)


async def bring_up_databases(plan: Plan) -> None:
    """Roles, databases and migrations; safe to repeat, and repeated at each start."""
    await databases.close_cluster(plan.admin_url)
    await databases.make_roles(plan.admin_url, plan.keys.passwords)
    for house in HOUSES:
        name = database_of(house)
        await databases.make_database(plan.admin_url, house)
        await databases.close_database(plan.url(SUPERUSER, name), house)
        if applied := await databases.migrate_house(plan.url(f"{house}_owner", name), house):
            print(f"told {house}'s database: {len(applied)} migrations applied", flush=True)


STEPS: Final[Mapping[str, Callable[[Plan], Awaitable[None]]]] = {
    FILES: write_files,
    DATABASES: bring_up_databases,
    STREAMS: configuration.declare_streams,
}


def main() -> None:
    """Step after step."""
    home = Home(Path(sys.argv[1]))
    for line in sys.stdin:
        plan = Plan(home, Keys(home.secrets), Postgres(home.folder), {}, home.read("ports.json"))
        asyncio.run(_do(STEPS[line.strip()], plan))
        print("done", flush=True)


async def _do(step: Callable[[Plan], Awaitable[None]], plan: Plan) -> None:
    await step(plan)


if __name__ == "__main__":
    main()
