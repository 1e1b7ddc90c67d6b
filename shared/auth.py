"""Who is calling, and the guards that routes name. What a caller may do is the grant, checked in the use case."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from shared.errors import Refused, Unauthenticated

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


class Kind(StrEnum):
    """A human being, a connected system of an organisation, or one of our own houses."""

    PERSON = "person"
    SYSTEM = "system"
    HOUSE = "house"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a validated token or session proves. Says nothing of what they may do."""

    kind: Kind
    issuer: str
    subject: str
    """`sub` of a person, `client_id` of a system; opaque, never a personal number."""
    client_id: str
    organisation: str | None = None
    """The organisation acted for: a person's by the token's claim, a system's by the register. None for a guardian or child."""
    acr: str | None = None
    """Authentication context; not ordered, compared with an operation's accepted set."""
    authenticated_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    person_id: str | None = None
    """Consent only: the person in its own register whom a family login belongs to."""

    @property
    def principal(self) -> str:
        """`<issuer> <subject>`, as grants and entries name them."""
        return f"{self.issuer} {self.subject}"


LOA3 = frozenset(
    {
        "http://id.elegnamnden.se/loa/1.0/loa3",
        "http://id.elegnamnden.se/loa/1.0/loa4",
        "http://id.elegnamnden.se/loa/1.0/eidas-sub",
        "http://id.elegnamnden.se/loa/1.0/eidas-high",
    }
)
"""Accepted where a consent is answered, a disclosure confirmed or an audit trail read (DESIGN 7)."""


def requires(*scopes: str, kinds: frozenset[Kind] = frozenset(Kind), acr: frozenset[str] | None = None) -> Guard:
    """A guard: a caller of one of `kinds` with every scope and, where `acr` is given, a login of one of those levels.

    A session carries the scopes of its client. A login that is too weak gets RFC 9470's challenge.
    """

    # async although it awaits nothing: Litestar sends a plain function to a thread, which cost ten times the request
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        check(connection.scope.get("user"), scopes, kinds, acr)

    return guard


def check(caller: Caller | None, scopes: tuple[str, ...], kinds: frozenset[Kind], acr: frozenset[str] | None) -> None:
    """The guard's rule, the same over NATS. Raises Unauthenticated or Refused."""
    if caller is None:
        raise Unauthenticated("not-logged-in")
    if caller.kind not in kinds or not set(scopes) <= caller.scopes:
        raise Refused("scope-missing")
    if acr is not None and caller.kind is Kind.PERSON and caller.acr not in acr:
        raise Unauthenticated(
            "stronger-login-needed", challenge=f'Bearer error="insufficient_user_authentication", acr_values="{" ".join(sorted(acr))}"'
        )
