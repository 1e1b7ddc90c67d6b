"""The one place of the kit that asks the time and makes ids; everything else is told `now`."""

import secrets
from datetime import UTC, datetime
from uuid import UUID


def utc_now() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)  # noqa: TID251  the edge of a project of its own


def new_request_id() -> str:
    """A random UUID (RFC 9562, version 4) for one act; the same one again means the same act."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))
