"""The whole suite from an empty folder to ready: what `up` and `demo` start."""

import asyncio
import dataclasses
import os
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.demo import world
from deploy.embedded.guard import dies_with_us
from deploy.embedded.home import Home, Running
from deploy.embedded.keys import Keys
from deploy.embedded.parts import PRELOADED, ROOT, ROOT_LOG, Plan, python
from deploy.embedded.ports import listen, listen_for_signer
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.preparing import DATABASES, FILES, STREAMS, Preparation, declare_streams, preparing
from deploy.embedded.run import Start, Tell
from deploy.embedded.supervisor import StartFailed, Supervisor

BORN = "born.json"


async def plan_of(home: Home, supervisor: Supervisor, preparation: Preparation) -> Plan:
    """Keys made, ports taken, files written; nothing started."""
    database, sockets = Postgres(home.folder), listen(home)
    bus = sockets.pop("bus")
    sockets["signer"] = listen_for_signer(home)
    supervisor.keep(*sockets.values())
    await preparation.do(FILES)
    descriptors = {name: opened.fileno() for name, opened in sockets.items()}
    return Plan(home, Keys(home.secrets), database, descriptors, home.read("ports.json"), free_bus=bus.close)


def start_in(home: Home, tell: Tell) -> Start:
    """How a supervisor brings this home up. Raises StartFailed, PortTaken or Unreachable."""

    async def start(supervisor: Supervisor) -> Running:
        async with preparing(home, tell) as preparation:
            plan = await ground(home, tell, supervisor, preparation)
            warming = asyncio.create_task(supervisor.warm(PRELOADED, plan.environment()))
            await asyncio.gather(preparation.do(DATABASES, STREAMS), warming)
        await give_birth(plan, tell)
        # Together, though houses ask provider and callout: its socket is open already, and a house asks the bus again
        await supervisor.start(plan.provider(), plan.callout(), plan.signer(), *plan.houses())
        return Running(home=home.folder, pid=os.getpid(), addresses=plan.addresses)

    return start


def migrate_in(home: Home, tell: Tell) -> Start:
    """Only PostgreSQL and the bus, brought up to date."""

    async def start(supervisor: Supervisor) -> Running:
        async with preparing(home, tell) as preparation:
            plan = await ground(home, tell, supervisor, preparation)
            await preparation.do(DATABASES, STREAMS)
        return Running(home=home.folder, pid=os.getpid(), addresses={"bus": plan.addresses["bus"]})

    return start


def restore_in(home: Home, tell: Tell, dump: Path | None, off: Sequence[str], keys: Path | None = None) -> Start:
    """Consent's database from a dump (None: it lies there already), and every row that sharing knows is asked again.

    Nothing of `off` (organisations) goes anywhere until its switch is reset. Only PostgreSQL and the bus run meanwhile.
    """

    async def start(supervisor: Supervisor) -> Running:
        from deploy.embedded import restore  # late: a supervisor that stays needs no database

        async with preparing(home, tell) as preparation:
            plan = await ground(home, tell, supervisor, preparation)
            if dump is not None:
                kept = await restore.put_back(plan, "consent", dump, keys)
                tell(f"consent's database is back; what stood in its place is kept as {kept}")
            await preparation.do(DATABASES, STREAMS)
        await restore.continue_chain(plan, "consent")
        for organisation in off:
            await _once(plan, "sharing", "switch", "off", "organisation", organisation, "--operator", world.load().operator)
        tell(await _once(plan, "consent", "restored", "--above", str(await restore.epoch_known_to_sharing(plan))))
        return Running(home=home.folder, pid=os.getpid(), addresses={"bus": plan.addresses["bus"]})

    return start


def restore_audit_in(home: Home, tell: Tell, dump: Path | None, keys: Path | None = None) -> Start:
    """Audit's database from a dump (None: it lies there already); what the other houses still have is sent again.

    Each log that was signed further than the copy goes is followed by a new one that names the loss. PostgreSQL, the bus and the signer
    run meanwhile.
    """

    async def start(supervisor: Supervisor) -> Running:
        from deploy.embedded import restore

        async with preparing(home, tell) as preparation:
            plan = await ground(home, tell, supervisor, preparation)
            if dump is not None:
                kept = await restore.put_back(plan, "audit", dump, keys)
                tell(f"audit's database is back; what stood in its place is kept as {kept}")
            await preparation.do(DATABASES, STREAMS)
        await supervisor.start(plan.signer())
        lost = await restore.send_again(plan)
        for house in lost:
            tell(f"entries that nobody has any more: {house}")
        for line in (await _once(plan, "audit", "restored", *(word for one in lost for word in ("--lost", one)))).splitlines():
            tell(line)
            if f"{ROOT_LOG}-" in line:
                home.write(ROOT, {"origin": line.rpartition(" ")[2]})  # what the witnesses here will pin from the next start on
        return Running(home=home.folder, pid=os.getpid(), addresses={"bus": plan.addresses["bus"]})

    return start


async def ground(home: Home, tell: Tell, supervisor: Supervisor, preparation: Preparation) -> Plan:
    """What everything else stands on: the files written, PostgreSQL and the bus started."""
    plan = await plan_of(home, supervisor, preparation)
    if not plan.database.data.exists():
        tell("first start: making the database")
        await asyncio.to_thread(plan.database.initialise, plan.keys.passwords[SUPERUSER])
    # Should the bus come back without its store, it gets its streams back, and the outboxes fill them again (I10)
    bus = dataclasses.replace(plan.nats(), after_restart=partial(declare_streams, home, tell))
    await supervisor.start(plan.postgres(), bus)
    return plan


async def give_birth(plan: Plan, tell: Tell) -> None:
    """What happens once in the life of a home: the operator's log begins, and the operator registers the synthetic world.

    Never again by itself: a log that is missing later is a finding, not an empty start.
    """
    if plan.home.read(BORN) is not None:
        return
    tell("first start: beginning the log and registering the synthetic world")
    await _once(plan, "audit", "init")
    await _once(plan, "sharing", "register", str(plan.config("register.json")))
    plan.home.write(BORN, {"register": str(plan.config("register.json"))})


async def _once(plan: Plan, house: str, *arguments: str) -> str:
    """One command of a house, to its end, and what it said. Raises StartFailed."""
    doing = await asyncio.create_subprocess_exec(
        *python(f"services.{house}", *arguments),
        env=plan.environment(**plan.house_settings(house)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
        process_group=0,
        preexec_fn=dies_with_us(signal.SIGKILL),
    )
    try:
        said, _ = await doing.communicate()
    except asyncio.CancelledError:
        doing.kill()
        raise
    if doing.returncode:
        raise StartFailed(f"{house} {arguments[0]} ended with {doing.returncode}:\n{said.decode(errors='replace')}")
    return said.decode(errors="replace").strip()
