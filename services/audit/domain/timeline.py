"""One child's line: what each entry was a part of, in five words that an officer reads at a glance (A31)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from services.audit.domain.leaf import Leaf

Kind = Literal["consent", "decision", "delivery", "reading", "case"]

_DELIVERIES = ("item.", "delivery.", "receipt.stored", "disclosure.told", "disclosure.confirmed")
_DECISIONS = ("decision.", "disclosure.", "grant.", "guardian-exception.", "judgement.", "break-glass.")
_READINGS = (".read", ".listed", "-read", ".searched", ".previewed", ".exported")


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a line over several logs goes on: what is older than this."""

    at: datetime
    entry_id: UUID


def kind_of(leaf: Leaf) -> Kind:
    """The most telling of the words: a refused try is a reading that was not let happen."""
    action = leaf.action
    if action.endswith(_READINGS) or action == "access.refused" or leaf.producer == "audit":
        return "reading"
    if action.startswith(_DELIVERIES):
        return "delivery"
    if action.startswith(_DECISIONS):
        return "decision"
    return "consent" if leaf.producer == "consent" or action.startswith("consent.") else "case"
