"""How a question reaches Samsyn: over HTTP or over NATS, with the same requests, answers and problems."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

A = TypeVar("A")
Trace = Callable[[], str | None]
"""The current W3C `traceparent` of your own tracing: set it on a transport, and one trace leads from your click to the far side."""


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


def no_trace() -> str | None:
    """For who traces nothing: Samsyn then begins a trace with each call."""
    return None


def carried(trace: Trace, request_id: str | None) -> dict[str, str]:
    """The headers that a call carries over either transport."""
    given = {"Idempotency-Key": request_id, "traceparent": trace()}
    return {name: value for name, value in given.items() if value is not None}


def read(status: int, body: bytes, answer: type[A]) -> A:
    """The answer of a reply. Raises Problem for anything but 2xx."""
    if not 200 <= status < 300:  # noqa: PLR2004  the class of success
        try:
            document = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            document = {}
        raise Problem(status, document)
    return msgspec.json.decode(body, type=answer)
