"""The whole suite from an empty folder to ready: what `up` and `demo` start."""

import asyncio
import os

from deploy.embedded import configuration, databases
from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.parts import Plan
from deploy.embedded.ports import listen
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.run import Start, Tell
from deploy.embedded.supervisor import Supervisor


def plan_of(home: Home, supervisor: Supervisor) -> Plan:
    """Keys made, ports taken, files written; nothing started."""
    keys, database, sockets = Keys(home.secrets), Postgres(home.folder), listen(home)
    supervisor.keep(*sockets.values())
    plan = Plan(home, keys, database, {name: opened.fileno() for name, opened in sockets.items()}, home.read("ports.json"))
    configuration.write(plan)
    return plan


def start_in(home: Home, tell: Tell) -> Start:
    """How a supervisor brings this home up. Raises StartFailed, PortTaken or Unreachable."""

    async def start(supervisor: Supervisor) -> Running:
        plan = plan_of(home, supervisor)
        await make_cluster(plan, tell)
        await supervisor.start(plan.postgres(), plan.nats(), plan.provider())
        await prepare(plan, tell)
        await supervisor.start(plan.callout(), *plan.houses())
        return Running(home=home.folder, pid=os.getpid(), addresses=plan.addresses)

    return start


def migrate_in(home: Home, tell: Tell) -> Start:
    """Only PostgreSQL and the bus, brought up to date."""

    async def start(supervisor: Supervisor) -> Running:
        plan = plan_of(home, supervisor)
        await make_cluster(plan, tell)
        await supervisor.start(plan.postgres(), plan.nats())
        await prepare(plan, tell)
        return Running(home=home.folder, pid=os.getpid(), addresses={"bus": plan.addresses["bus"]})

    return start


async def make_cluster(plan: Plan, tell: Tell) -> None:
    """The database's files, at the first start."""
    if not plan.database.data.exists():
        tell("first start: making the database")
        await asyncio.to_thread(plan.database.initialise, plan.keys.passwords[SUPERUSER])


async def prepare(plan: Plan, tell: Tell) -> None:
    """Roles, databases, migrations and streams; safe to repeat, and repeated at each start."""
    await databases.close_cluster(plan.admin_url)
    await databases.make_roles(plan.admin_url, plan.keys.passwords)
    for house in databases.HOUSES:
        name = databases.database_of(house)
        await databases.make_database(plan.admin_url, house)
        await databases.close_database(plan.url(SUPERUSER, name), house)
        if applied := await databases.migrate_house(plan.url(f"{house}_owner", name), house):
            tell(f"{house}'s database: {len(applied)} migrations applied")
    await configuration.declare_streams(plan)
