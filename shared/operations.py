"""What a connected system may do, declared once and offered over HTTP and NATS with one use case.

    POST_ITEMS = Operation(name="items", kind="in", path="/v1/items", request=SendItems, answer=ItemsAnswer,
                           perform=post_items, scopes=("sharing:send",))

    async def post_items(work: Work, caller: Caller, request: SendItems) -> ItemsAnswer:
        return await work.once(lambda tx: send_items(tx, caller, request, now=work.now))

`kind="in"` changes something: the `Idempotency-Key` is demanded, its row lies in the transaction that `work.once` opens, and a
repetition gets the stored bytes. `kind="ask"` is answered anew each time, whatever key it carries: a stored answer would outlive
the right to it (a second fetch is a new release, DESIGN 4). Subject: `samsyn.<kind>.<organisation>.<name>`.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from opentelemetry.trace import SpanKind

from shared import auth, logs, problems, strict, telemetry
from shared.auth import Caller, Kind, requires
from shared.errors import Invalid
from shared.idempotency import Claim, Repeated
from shared.telemetry import Attribute
from shared.work import TheCaller, TheWork, Work

Req = TypeVar("Req", bound=msgspec.Struct)
Ans = TypeVar("Ans", bound=msgspec.Struct)
Perform = Callable[[Work, Caller, Req], Awaitable[Ans]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation(Generic[Req, Ans]):
    """One thing a system may do. `scopes`, `kinds` and `acr` are the guard on both ways in; the grant is the use case's to check."""

    name: str
    kind: Literal["in", "ask"]
    path: str
    request: type[Req]
    answer: type[Ans]
    perform: Perform[Req, Ans]
    scopes: tuple[str, ...] = ()
    kinds: frozenset[Kind] = field(default=frozenset({Kind.SYSTEM}))
    acr: frozenset[str] | None = None
    max_body: int = 1 << 20
    """Octets; a longer body is 413 over HTTP."""


def routes(operations: Sequence[Operation[Any, Any]]) -> list[HTTPRouteHandler]:
    """The HTTP twin of each operation."""
    return [_route(operation) for operation in operations]


def _route(operation: Operation[Any, Any]) -> HTTPRouteHandler:
    async def handler(data: Any, caller: TheCaller, work: TheWork) -> Any:
        if operation.kind == "in" and work.claim is None:
            raise Invalid("idempotency-key-missing")
        return await operation.perform(work, caller, data)

    marked: Any = JSONBody
    handler.__annotations__ |= {"data": marked[operation.request], "return": operation.answer}
    handler.__name__ = operation.name.replace("-", "_")
    handler.__doc__ = operation.perform.__doc__
    return post(
        operation.path,
        status_code=200,
        guards=[requires(*operation.scopes, kinds=operation.kinds, acr=operation.acr)],
        opt={"operation": operation.name, "reads": operation.kind == "ask"},
        operation_id=operation.name,
        request_max_body_size=operation.max_body,
    )(handler)


class Headers(Protocol):
    """Message headers, by exact name."""

    def get(self, name: str, /) -> str | None:
        """The value, or None."""
        ...


async def answer(operation: Operation[Any, Any], work: Work, caller: Caller, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """The NATS twin: status and body of the reply, which exist only after the commit. Never raises but for cancellation.

    `caller` is whom the subject proves; `headers` may hold `Idempotency-Key` and `traceparent`. Writes the message's log line.
    """
    started = time.perf_counter()
    with telemetry.span(
        f"operation.{operation.name}",
        parent=headers.get("traceparent"),
        kind=SpanKind.SERVER,
        attributes={Attribute.OPERATION: operation.name, Attribute.ORGANISATION: caller.organisation or ""},
    ) as span:
        code: str | None = None
        try:
            status, reply = 200, await _perform(operation, work, caller, body, headers)
        except Repeated as repeated:
            status, reply = repeated.status, repeated.body
        except Exception as error:  # noqa: BLE001  the edge: everything becomes a problem
            problem = problems.of(error)
            problems.report(problem, error)
            status, reply, code = problem.status, problem.body, problem.code
            telemetry.note(span, {Attribute.PROBLEM: code})
        telemetry.note(span, {Attribute.STATUS: status, Attribute.OUTCOME: problems.outcome(status)})
        logs.line(
            "operation.answered",
            operation=operation.name,
            status=status,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            problem=code,
            outcome=problems.outcome(status),
            organisation=caller.organisation,
        )
    return status, reply


async def _perform(operation: Operation[Any, Any], work: Work, caller: Caller, body: bytes, headers: Mapping[str, str]) -> bytes:
    auth.check(caller, operation.scopes, operation.kinds, operation.acr)
    request = strict.decode(operation.request, body)
    claim = Claim.of(caller, headers, f"in {operation.name}", body) if operation.kind == "in" else None
    if operation.kind == "in" and claim is None:
        raise Invalid("idempotency-key-missing")
    return msgspec.json.encode(await operation.perform(msgspec.structs.replace(work, claim=claim), caller, request))
