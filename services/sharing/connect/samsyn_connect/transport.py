"""How a question reaches Samsyn: over HTTP or over NATS, with the same requests, answers and problems."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

A = TypeVar("A")


class Problem(Exception):
    """Samsyn said no, with its reason (RFC 9457). `code` is the last part of the problem's type; `document` is all of it."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.document = document
        self.code = str(document.get("type", "")).rsplit("/", 1)[-1]
        super().__init__(f"{status} {self.code}")


class Unreachable(Exception):
    """No answer. Ask again with the same request id: Samsyn does the thing once."""


class Transport(Protocol):
    """One way to Samsyn."""

    async def call(self, kind: str, name: str, request: msgspec.Struct, answer: type[A], *, request_id: str | None = None) -> A:
        """Ask (`kind` "ask") or tell (`kind` "in"). Raises Problem, or Unreachable when there was no answer."""
        ...


def read(status: int, body: bytes, answer: type[A]) -> A:
    """The answer of a reply. Raises Problem for anything but 2xx."""
    if not 200 <= status < 300:  # noqa: PLR2004  the class of success
        try:
            document = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            document = {}
        raise Problem(status, document)
    return msgspec.json.decode(body, type=answer)
