"""A permit as the desk takes it: the JSON answer of `POST /v1/permits`, pasted or as a file from the organisation's own system."""

from datetime import datetime
from uuid import UUID

import msgspec


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What the cipher of one item must be bound to, as Samsyn said."""

    permit: UUID
    item: UUID
    discloser: str
    recipient: str
    purpose: str
    category: str
    use_by: datetime


class PermitItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item that a named human has confirmed."""

    item_id: UUID
    binding: dict[str, str]
    """Kept as text, member for member."""

    @property
    def bound(self) -> Bound:
        """The same, typed."""
        return msgspec.convert(self.binding, Bound)


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """24 hours, one recipient unit."""

    permit_id: UUID
    recipient_unit: str
    expires_at: datetime
    items: tuple[PermitItem, ...]

    def item(self, item_id: str) -> PermitItem | None:
        """One of its items."""
        return next((item for item in self.items if str(item.item_id) == item_id), None)


class NotAPermit(Exception):
    """The text is no permit that can be used; `code` says why. Nothing of the text is repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_permit(text: bytes | str, now: datetime) -> Permit:
    """The permit. It grants nothing by being well-formed: Samsyn looks it up when an item is posted. Raises NotAPermit."""
    if not text.strip():
        raise NotAPermit("permit-missing")
    try:
        permit = msgspec.json.decode(text, type=Permit)
        bound = [item.bound for item in permit.items]
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotAPermit("permit-unreadable") from error
    mine = [b.permit == permit.permit_id and b.recipient == permit.recipient_unit for b in bound]
    if not mine or not all(mine) or [b.item for b in bound] != [item.item_id for item in permit.items]:
        raise NotAPermit("permit-unreadable")
    if permit.expires_at.tzinfo is None or any(b.use_by.tzinfo is None for b in bound):
        raise NotAPermit("permit-unreadable")
    if permit.expires_at <= now:
        raise NotAPermit("permit-over")
    return permit
