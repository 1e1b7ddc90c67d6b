"""What may be said aloud, and to whom: everybody who is present hears it. Pure."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.sharing.domain.cases import DecisionItem
from shared.law.codes import LeafCategory, Purpose, Tell
from shared.words import OpaqueId


class Way(StrEnum):
    """How it is told."""

    MEETING = "meeting"
    TELEPHONE = "telephone"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was told to one unit."""

    told_id: UUID
    case_id: UUID
    item_id: UUID
    organisation: OpaqueId
    discloser_unit: OpaqueId
    recipient_unit: OpaqueId
    category: LeafCategory
    purpose: Purpose
    medium: Way
    present: tuple[OpaqueId, ...]
    basis: tuple[str, ...]
    law: tuple[str, ...]
    tell: tuple[Tell, ...]
    told_by: str
    told_at: datetime
    entry_id: UUID


def heard_by_all(cleared: Iterable[DecisionItem], present: Iterable[str]) -> frozenset[UUID]:
    """The items that may be said with these units in the room: each is cleared for every one of them but its own holder."""
    by_thing: dict[tuple[str, ...], dict[str, UUID]] = {}
    for item in cleared:
        thing = (item.discloser_unit, item.category, item.about, item.detail)
        by_thing.setdefault(thing, {})[item.recipient_unit] = item.item_id
    room = set(present)
    return frozenset(
        item_id
        for thing, recipients in by_thing.items()
        if room - {thing[0]} and room - {thing[0]} <= set(recipients)
        for unit, item_id in recipients.items()
        if unit in room
    )
