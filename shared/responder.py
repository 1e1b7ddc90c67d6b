"""The answering side of request and reply: another house's questions, and what connected systems ask and do over the bus.

Who asks is read from the message's own subject, never from its body, and the reply goes only to where such an asker can listen.
A reply is sent after the commit; it may be lost, so the asker repeats its request until it has one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind

from shared import logs, operations, replies, subjects, telemetry
from shared.auth import Caller, Kind
from shared.bus import Bus
from shared.clock import utc_now
from shared.contracts.message import Ask, Question
from shared.database import Database
from shared.errors import AppError, Invalid, Unavailable
from shared.operations import Operation
from shared.telemetry import Attribute
from shared.work import Work

AT_ONCE: Final = 32
"""Messages of one subject under way in one process; more than the pool has connections gains nothing."""
BUS_ISSUER: Final = "samsyn:bus"
"""`issuer` of a caller over the bus where the server does not tell which of the organisation's systems it was."""

_SENDER: Final = "Nats-Request-Info"
_FROM_ACCOUNT: Final = "_R_."
"""Reply subjects that the server makes for requests of another account: only that request's asker hears them."""


class Answerer(Protocol):
    """A use case behind another house's question; it opens its own transaction on the primary."""

    def __call__(self, database: Database, question: Any, /, *, now: datetime) -> Awaitable[msgspec.Struct]:
        """The answer."""
        ...


Answers = Mapping[type[Question[Any]], Answerer]


class Responder:
    """Subscriptions of one process. Replicas share each subject: one of them gets each message."""

    def __init__(
        self, house: str, database: Database, bus: Bus, *, ask: Ask | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._house = house
        self._database = database
        self._bus = bus
        self._ask: Ask = ask or bus.ask
        self._clock = clock

    async def answer_houses(self, answers: Answers) -> None:
        """Hear the questions of the other houses from now on. Raises ValueError for a question that is asked of another house."""
        for kind, answerer in answers.items():
            if kind.house != self._house:
                raise ValueError(f"{kind.__name__} is a question to {kind.house}")
            await self._bus.subscribe(
                subjects.call(kind.house, kind.name), self._question(kind, answerer), queue=self._house, at_once=AT_ONCE
            )

    async def answer_organisations(self, offered: Sequence[Operation[Any, Any]]) -> None:
        """Hear what connected systems ask and do from now on."""
        for operation in offered:
            if Kind.SYSTEM in operation.kinds:
                subject = subjects.operation(operation.kind, "x", operation.name).replace(".x.", ".*.")
                await self._bus.subscribe(subject, self._operation(operation), queue=self._house, at_once=AT_ONCE)

    def _question(self, kind: type[Question[Any]], answerer: Answerer) -> Callable[[Msg], Awaitable[None]]:
        async def handle(msg: Msg) -> None:
            if msg.subject != subjects.call(kind.house, kind.name) or not _is_of_a_house(msg.reply):
                return
            status, body = await self._answer(kind, answerer, msg)
            await self._reply(msg, status, body)

        return handle

    async def _answer(self, kind: type[Question[Any]], answerer: Answerer, msg: Msg) -> tuple[str, bytes]:
        parent = (msg.headers or {}).get("traceparent")
        with telemetry.span(
            f"question {kind.name}", parent=parent, kind=SpanKind.SERVER, attributes={Attribute.MESSAGE: kind.name}
        ) as span:
            try:
                question = msgspec.json.decode(msg.data, type=kind)
                answer = await answerer(self._database, question, now=self._clock())
            except (msgspec.DecodeError, RecursionError):
                status, body = replies.problem(Invalid("request-malformed"))
            except AppError as error:
                if isinstance(error, Unavailable):
                    logs.failure("question.failed", error, event_name=kind.name)
                status, body = replies.problem(error)
            except Exception as error:  # noqa: BLE001  the edge: the asker is told that there is no answer, we are told why
                logs.failure("question.failed", error, event_name=kind.name)
                telemetry.failed(span, error)
                status, body = replies.problem(Unavailable())
            else:
                status, body = replies.OK, msgspec.json.encode(answer)
            telemetry.note(span, {Attribute.STATUS: int(status)})
            logs.line("question.answered", event_name=kind.name, status=int(status))
            return status, body

    def _operation(self, operation: Operation[Any, Any]) -> Callable[[Msg], Awaitable[None]]:
        async def handle(msg: Msg) -> None:
            organisation = _organisation_in(msg.subject, operation)
            if organisation is None or not _is_of(organisation, msg.reply):
                return
            work = Work(database=self._database, ask=self._ask, now=self._clock())
            caller = _system(organisation, operation, msg.headers or {})
            status, body = await operations.answer(operation, work, caller, msg.data, msg.headers or {})
            await self._reply(msg, str(status), body)

        return handle

    async def _reply(self, msg: Msg, status: str, body: bytes) -> None:
        try:
            await self._bus.publish(msg.reply, body, {replies.STATUS: status})
        except Unavailable:
            logs.line("reply.lost")  # what was done is done; the asker repeats


def _organisation_in(subject: str, operation: Operation[Any, Any]) -> str | None:
    """The organisation that sent to this operation, by the subject; None for a subject that is not ours."""
    parts = subject.split(".")
    try:
        is_ours = len(parts) == 4 and subject == subjects.operation(operation.kind, parts[2], operation.name)  # noqa: PLR2004
    except ValueError:
        return None
    return parts[2] if is_ours else None


def _system(organisation: str, operation: Operation[Any, Any], headers: Mapping[str, str]) -> Caller:
    """The connected system that sent this: the organisation by the subject, which of its systems by what the server says.

    Its account on the bus holds exactly these subjects, so that is the scope. A server that says nothing, or something else, leaves
    the organisation's systems as one.
    """
    issuer, client_id = _told_by_server(organisation, headers) or (BUS_ISSUER, organisation)
    return Caller(
        kind=Kind.SYSTEM,
        issuer=issuer,
        subject=client_id,
        client_id=client_id,
        organisation=organisation,
        scopes=frozenset(operation.scopes),
    )


def _told_by_server(organisation: str, headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Issuer and client id of the sender. The server writes this header itself for another account's request, over any that was sent."""
    try:
        sender = msgspec.json.decode(headers.get(_SENDER, ""), type=_Sender)
    except msgspec.DecodeError:
        return None
    issuer, space, client_id = sender.user.partition(" ")
    return (issuer, client_id) if space and sender.acc == f"ORG_{organisation}" else None


class _Sender(msgspec.Struct, frozen=True):
    acc: str
    user: str
    """The name that the callout gave the user: `<issuer> <client_id>`."""


def _is_of(organisation: str, reply: str) -> bool:
    return reply.startswith((_FROM_ACCOUNT, f"{subjects.inbox(organisation)}."))


def _is_of_a_house(reply: str) -> bool:
    return any(reply.startswith(f"{subjects.inbox(house)}.") for house in subjects.HOUSES)
