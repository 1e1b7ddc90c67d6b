"""When the session of a request is over, for the page that warns of it."""

from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection

_BOUND = "session_ends"


def bind(connection: ASGIConnection[Any, Any, Any, Any], ends_at: datetime) -> None:
    """Called by the authentication that found a session."""
    connection.scope.setdefault("state", {})[_BOUND] = ends_at


def current(connection: ASGIConnection[Any, Any, Any, Any]) -> datetime | None:
    """The instant at which this session ends unless it is used; None without one."""
    found: datetime | None = connection.scope.get("state", {}).get(_BOUND)
    return found
