"""Which rows of a request are a person's to see and answer: the one gate in front of every family act."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.consent.domain.consent import State, state_of
from services.consent.domain.custody import Known
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import custody, people, requests
from services.consent.storage.vault import Vault
from services.consent.usecases.weigh_row import Weighed, weigh_rows
from shared.database import Connection
from shared.law.disposers import AskHuman, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A request as one person may see it: only the rows on which they are asked or heard."""

    request: Request
    child: Known
    rows: tuple[tuple[AskedRow, Weighed], ...]

    def complete(self, now: datetime) -> bool:
        """Whether every one of these rows holds. Not why not, nor whose answer is missing."""
        return all(self.holds(weighed, now) for _, weighed in self.rows)

    def holds(self, weighed: Weighed, now: datetime) -> bool:
        """Whether one row lets anything through now."""
        return state_of(weighed.record, now) is State.GRANTED


async def see_request(tx: Connection, vault: Vault, request: Request, person_id: UUID, *, now: datetime) -> Seen | None:
    """The person's part of a request; None when nothing in it is theirs."""
    child = await people.get(tx, vault, request.child_id)
    if child is None:
        return None
    known = await custody.known(tx, child)
    asked = await requests.rows(tx, request.request_id)
    weighed = await weigh_rows(tx, vault, [(known, row.key, request.regime) for row in asked], now=now)
    rows = tuple((row, one) for row, one in zip(asked, weighed, strict=True) if role_of(one, person_id) is not None)
    return Seen(request=request, child=known, rows=rows) if rows else None


def role_of(weighed: Weighed, person_id: UUID) -> Role | None:
    """As what this person answers for the row today; None when they do not."""
    who = weighed.record.who
    if isinstance(who, AskHuman):
        return None
    return next((one.role for one in (*who.needed, *who.heard) if one.person_id == person_id), None)
