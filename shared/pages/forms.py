"""Forms that a browser sends: read once, kept for the case that a login must come first."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection

from shared import csrf
from shared.pages.drafts import FOR, fields_of

MOST: Final = 64 * 1024
"""Octets of a form that is noted before anybody is known to be logged in."""
DIGITS: Final = 15
"""Below 2^53."""
_KEPT = "form_sent"


def whole(text: str) -> int | None:
    """A whole number from 0 that a database and JSON can hold; None for anything else, however long."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


class Form:
    """What was sent, by name. Never trusted: each value is looked up in what the page offered."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self.fields = [pair for pair in fields if pair[0] not in {FOR, csrf.FIELD}]

    def one(self, name: str) -> str:
        """The field's only value, without space around it; empty where it is missing or stands twice."""
        found = self.all(name)
        return found[0].strip() if len(found) == 1 else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field, for check boxes."""
        return [value for key, value in self.fields if key == name]

    def chosen(self, name: str, among: Sequence[str]) -> str | None:
        """The field's value if it was offered, else None."""
        value = self.one(name)
        return value if value in among else None


async def read(request: Request[Any, Any, Any]) -> Form:
    """The form of this request."""
    return Form(fields_of(await request.form()))


async def keep(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Notes the form of a request before anybody asks who sent it, if it is a page's and small: it may have to go through a login."""
    if not isinstance(connection, Request) or connection.method != "POST" or "text/html" not in connection.headers.get("accept", ""):
        return
    length = connection.headers.get("content-length", "")
    if connection.content_type[0] == "application/x-www-form-urlencoded" and length.isascii() and length.isdigit() and int(length) <= MOST:
        connection.scope.setdefault("state", {})[_KEPT] = fields_of(await connection.form())


def sent_with(request: Request[Any, Any, Any]) -> list[tuple[str, str]] | None:
    """The form noted by `keep`."""
    found: list[tuple[str, str]] | None = request.scope.get("state", {}).get(_KEPT)
    return found
