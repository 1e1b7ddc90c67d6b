"""The birth of a log: an explicit act for an organisation that the register has named, never the answer to a missing row."""

from datetime import datetime

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, origin_of, year_of
from services.audit.storage import logs, register
from services.audit.usecases.write_leaves import Draft, write_leaves
from shared.contracts.entry import Entry, Person
from shared.database import Connection
from shared.ids import new_id

ACTOR = "samsyn audit"
"""Who opens logs and refuses entries: the house itself."""


async def open_log(tx: Connection, keeper: Keeper, organisation: str, year: int, *, now: datetime) -> Log | None:
    """The log of a known organisation and year; a new one begins with the entry `log.opened`. None for an unknown organisation."""
    if log := await logs.find(tx, organisation, year):
        return log
    if not await register.is_known(tx, organisation):
        return None
    log_id = await logs.open_empty(tx, organisation, year, origin_of(keeper.host, organisation, year), now)
    log = await logs.find(tx, organisation, year)
    if log is not None and log_id is not None:
        await write_leaves(tx, keeper, [Draft(log=log, entry=own_entry(organisation, "log.opened", now), producer="audit")], now=now)
    return log


async def open_operators_log(tx: Connection, keeper: Keeper, *, now: datetime) -> Log:
    """Begin the operator's own log (`python -m services.audit init`); everything else may then follow from the register."""
    await register.save_organisation(tx, keeper.operator, keeper.operator, 0)
    log = await open_log(tx, keeper, keeper.operator, year_of(now), now=now)
    if log is None:
        raise RuntimeError("the operator has just been named")
    return log


async def is_initialised(tx: Connection, keeper: Keeper) -> bool:
    """Whether `init` has been run here; the service refuses to start in a database that nobody made an audit log of."""
    return bool(await logs.of_organisation(tx, keeper.operator))


def own_entry(organisation: str, action: str, now: datetime, **fields: object) -> Entry:
    """An entry in which the house itself is the actor."""
    person = Person(actor_kind="timer", actor=ACTOR)
    return Entry(entry_id=new_id(now), organisation=organisation, at=now, action=action, person=person, **fields)  # type: ignore[arg-type]
