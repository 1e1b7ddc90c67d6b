"""The only place that makes an id."""

import secrets
from datetime import datetime
from uuid import UUID

from shared.clock import utc_now


def new_id(now: datetime | None = None) -> UUID:
    """A UUIDv7 (RFC 9562 5.7): sorts by time, 74 random bits. Never made from personal data."""
    millis = int((now or utc_now()).timestamp() * 1000)
    value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def opaque_id() -> UUID:
    """A UUIDv4: random, tells nothing, not even when. For `child_ref`, subject ids and tokens."""
    value = secrets.randbits(128) & ~(0xF << 76) & ~(0b11 << 62)
    return UUID(int=value | 0x4 << 76 | 0b10 << 62)
