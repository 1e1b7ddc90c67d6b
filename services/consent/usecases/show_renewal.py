"""What a new round asks for that the earlier one did not, for one reader: only their own rows of both."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.renewal import Period, Scope, compare
from services.consent.domain.request import AskedRow
from services.consent.storage import renewals, requests
from services.consent.usecases.means import Means
from services.consent.usecases.see_request import Seen, see_request
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.law.codes import LeafCategory, Purpose


class RowNotAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the earlier round that the new one leaves out: it ends as it would have."""

    recipient_unit: str
    purpose: Purpose
    category: LeafCategory


class RenewalShown(msgspec.Struct, frozen=True, kw_only=True):
    """The earlier consent governs until the new round is complete."""

    renews: UUID
    new_rows: tuple[int, ...]
    same_rows: tuple[int, ...]
    not_asked_again: tuple[RowNotAsked, ...]
    period: Period
    earlier_last_day: date


async def show_renewal(tx: Connection, means: Means, seen: Seen, person_id: UUID, *, now: datetime) -> RenewalShown | None:
    """None for a round that renews nothing, or nothing of this reader's."""
    renews = await renewals.renewed(tx, seen.request.request_id)
    earlier = None if renews is None else await requests.get(tx, renews)
    before = None if earlier is None else await see_request(tx, means.vault, earlier, person_id, now=now)
    if earlier is None or before is None:
        return None
    given = await renewals.given_keys(tx, earlier.request_id)
    own = frozenset(row.key for row, _ in before.rows) & given
    asked = [row for row, _ in seen.rows]
    changed = compare(
        Scope(rows=own, last_day=earlier.last_day),
        Scope(rows=frozenset(row.key for row in asked), last_day=seen.request.last_day),
    )
    return RenewalShown(
        renews=earlier.request_id,
        new_rows=_numbers(asked, changed.added),
        same_rows=_numbers(asked, changed.kept),
        not_asked_again=tuple(_left_out(key) for key in sorted(changed.removed, key=requests.key_values)),
        period=changed.period,
        earlier_last_day=earlier.last_day,
    )


def _numbers(rows: list[AskedRow], keys: frozenset[RowKey]) -> tuple[int, ...]:
    return tuple(one.row_number for one in rows if one.key in keys)


def _left_out(key: RowKey) -> RowNotAsked:
    return RowNotAsked(recipient_unit=key.recipient_unit, purpose=Purpose(key.purpose), category=LeafCategory(key.category))
