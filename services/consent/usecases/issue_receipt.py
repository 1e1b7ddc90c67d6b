"""Keep what a receipt will say, in the transaction of the answer or the withdrawal itself."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.receipt import Act, Acted
from services.consent.storage import receipts
from shared.auth import Caller
from shared.database import Connection
from shared.ids import new_id


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a person said it and was known."""

    way: str
    issuer: str
    acr: str = ""
    authenticated_at: datetime | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Way":
        """By the person's own login."""
        return cls(way="e-identity", issuer=caller.issuer, acr=caller.acr or "", authenticated_at=caller.authenticated_at)


async def issue_answer(
    tx: Connection, person_id: UUID, request_id: UUID, said: Mapping[int, str], way: Way, served_id: UUID | None, *, now: datetime
) -> UUID:
    """For an answer: what was said of each row. Returns the receipt's id."""
    return await _issue(tx, Act.ANSWER, person_id, request_id, None, said, way, served_id, now=now)


async def issue_withdrawal(
    tx: Connection, person_id: UUID, request_id: UUID, consent_id: UUID, rows: list[int], way: Way, *, now: datetime
) -> UUID:
    """For a withdrawal: which rows it stopped, and when (F57)."""
    return await _issue(tx, Act.WITHDRAWAL, person_id, request_id, consent_id, dict.fromkeys(rows, "withdrawn"), way, None, now=now)


async def _issue(
    tx: Connection,
    act: Act,
    person_id: UUID,
    request_id: UUID,
    consent_id: UUID | None,
    said: Mapping[int, str],
    way: Way,
    served_id: UUID | None,
    *,
    now: datetime,
) -> UUID:
    receipt_id = new_id(now)
    acted = Acted(
        receipt_id=receipt_id,
        person_id=person_id,
        request_id=request_id,
        consent_id=consent_id,
        act=act,
        row_numbers=tuple(sorted(said)),
        choices=tuple(str(said[row]) for row in sorted(said)),
        way=way.way,
        issuer=way.issuer,
        acr=way.acr,
        authenticated_at=way.authenticated_at,
        served_id=served_id,
        acted_at=now,
    )
    await receipts.add(tx, acted)
    return receipt_id
