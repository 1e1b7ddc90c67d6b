"""From a request to its `Caller`: the `Authorization` header wins, else the session cookie."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection

from shared import csrf
from shared.auth import Caller
from shared.clock import utc_now
from shared.login import expiry
from shared.login.sessions import Sessions, csrf_token
from shared.tokens.validator import Validator

Connection = ASGIConnection[Any, Any, Any, Any]


class Authenticator:
    """For the middleware of `shared/http.py`. `sessions` is None where a house has no people at browsers."""

    def __init__(
        self,
        validator: Validator,
        *,
        public_url: str,
        sessions: Sessions | None = None,
        cookie: str | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._validator = validator
        self._public_url = public_url
        self._sessions = sessions
        self._cookie = cookie
        self._clock = clock

    async def authenticate(self, connection: Connection) -> Caller | None:
        """Who calls; None when nobody says who (the route's guard decides what that means).

        Raises Unauthenticated for a token that is wrong. With a session, what changes something must carry its token (`shared.csrf`).
        """
        now = self._clock()
        if authorization := connection.headers.getall("authorization", []):
            return await self._validator.validate(
                authorization,
                dpop=connection.headers.getall("dpop", []),
                method=str(connection.scope.get("method", "")),
                url=self._public_url + raw_path(connection),
                now=now,
            )
        if self._sessions is None or self._cookie is None:
            return None
        cookie = read_cookie(connection, self._cookie)
        if cookie is None or (session := await self._sessions.find(cookie, now)) is None:
            return None
        csrf.bind(connection, csrf_token(cookie))
        expiry.bind(connection, self._sessions.over_at(session, now))
        return self._sessions.caller_of(session)


def read_cookie(connection: Connection, name: str) -> str | None:
    """The value of a cookie that stands exactly once in the request: of two with one name nobody knows which is ours."""
    values = [
        value.strip()
        for header in connection.headers.getall("cookie", [])
        for key, _, value in (pair.partition("=") for pair in header.split(";"))
        if key.strip() == name
    ]
    return values[0] if len(values) == 1 else None


def raw_path(connection: Connection) -> str:
    """The path as it was sent, still percent-encoded: that is what a DPoP proof was made for."""
    raw: bytes = connection.scope.get("raw_path") or b""
    return raw.split(b"?")[0].decode("ascii", "replace") or str(connection.scope.get("path", ""))
