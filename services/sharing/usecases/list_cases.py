"""The cases of a person's units: codes and references, a page at a time."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.steering import ListedCase
from services.sharing.domain.tables import Tables
from services.sharing.storage import handling, register, steering
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.record import hide, record
from shared.auth import Caller
from shared.database import Connection

PAGE = 50
LAST = UUID(int=(1 << 128) - 1)


class CasesView(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `before`: ask for the next page with it; null when this was the last."""

    cases: tuple[ListedCase, ...]
    before: UUID | None


async def list_cases(
    tx: Connection, caller: Caller, *, tables: Tables, before: UUID | None, is_open: bool, now: datetime
) -> CasesView | Hidden:
    """At most 50 cases that the caller's grants reach, with one entry for the page: a reading of who has a case."""
    organisation = caller.organisation
    held = await grants_now(tx, caller, now=now)
    if organisation is None or not held:
        return await hide(tx, caller, owner=None, now=now)
    units = [unit.unit for unit in await register.units_of(tx, organisation) if any(g.unit in {None, unit.unit} for g in held)]
    rows = await steering.of_units(tx, units, before=before or LAST, is_open=is_open, limit=PAGE, reader=handling.reader(caller))
    seen: dict[UUID, ListedCase] = {}
    for row in rows:
        if may_act(held, row["unit"], tables.models.get(row["model"])):
            own = row["organisation"] == organisation
            values = {name: value for name, value in row.items() if name in ListedCase.__struct_fields__} | {
                "child_ref": row["child_ref"] if own else None,
                "mine": own and row["responsible"] == caller.principal,
                "has_responsible": row["responsible"] is not None,
            }
            seen.setdefault(row["case_id"], msgspec.convert(values, ListedCase))
    await record(tx, caller, "cases.listed", now=now, reasons=("open" if is_open else "closed",))
    return CasesView(cases=tuple(seen.values()), before=rows[-1]["case_id"] if len(rows) == PAGE else None)
