"""Take over what the population register says of a child, and look again at everything given for it."""

from datetime import datetime

from services.consent.domain.custody import Person, Rank, Statement
from services.consent.domain.holds import HoldReason
from services.consent.domain.periods import day_of
from services.consent.domain.register import Registered
from services.consent.storage import custody, people
from services.consent.storage.custody import Source
from services.consent.storage.vault import Vault
from services.consent.usecases.change_handling import protect_by_register
from services.consent.usecases.reevaluate_rows import reevaluate_rows
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.ids import new_id
from shared.law.disposers import Guardian


async def learn_custody(tx: Connection, vault: Vault, child: Person, found: Registered, *, now: datetime) -> tuple[Stop, ...]:
    """A statement is added only when the register says something new. The stops go through the barrier after the commit."""
    await people.lock(tx, child.person_id)
    guardians = []
    for one in found.guardians:
        person = await people.ensure(tx, vault, one.number, name=one.name, now=now)
        await protect_by_register(tx, vault, person.person_id, [HoldReason.REGISTER] if one.protected else [], now=now)
        guardians.append(Guardian(person_id=person.person_id, custody=one.custody))
    known = await custody.known(tx, child)
    earlier = [one for one in known.statements if one.rank is Rank.REGISTER]
    statement = Statement(
        statement_id=new_id(now),
        child_id=child.person_id,
        rank=Rank.REGISTER,
        organisation="",
        stated_at=now,
        first_day=day_of(now),
        guardians=tuple(guardians),
    )
    is_new = not earlier or earlier[-1].picture != statement.picture
    if is_new:
        await custody.add(tx, statement, Source(stated_by="population-register"))
    await people.describe(tx, vault, child.person_id, name=found.name)
    reasons = [HoldReason.REGISTER] if found.protected else []
    if any(one.protected for one in found.guardians):
        reasons.append(HoldReason.GUARDIAN)
    is_handled_anew = await protect_by_register(tx, vault, child.person_id, reasons, now=now)
    if not is_new and not is_handled_anew:
        return ()
    changed = await people.get(tx, vault, child.person_id)
    return () if changed is None else await reevaluate_rows(tx, vault, await custody.known(tx, changed), now=now)
