"""`/asyncapi.json`: AsyncAPI 3.0 of what organisations send and get over NATS, made from the operations and the contracts.

The HTTP twins stand in `/openapi.json`. Where the bus is, and which key a system has, is the operator's to tell: no server is named.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Litestar, Request, get
from litestar.handlers import HTTPRouteHandler

from shared import subjects
from shared.contracts import consent, register, sharing
from shared.contracts.message import Notice

NOTICES: Final[dict[str, tuple[ModuleType, ...]]] = {"consent": (consent,), "sharing": (sharing, register)}
"""Where each house's notices are declared."""
_ANY: Final = "organisation"
_PROBLEM: Final = {"type": "object", "required": ["type", "title", "status"], "description": "RFC 9457."}
_IDEMPOTENT: Final = {"Idempotency-Key": {"type": "string", "description": "The same again gets the first answer."}}
_STATUS: Final = {"Samsyn-Status": {"type": "string", "description": "As over HTTP: 200, or the status of the problem."}}
_OWN: Final = {"description": "The organisation's own id; another one's is refused by the server."}
_NOTICE: Final = {
    "Nats-Msg-Id": {"type": "string", "description": "The notice's id: confirm it with the operation `confirm`, until then it comes again."}
}


class _Twin(NamedTuple):
    """An operation as its route shows it."""

    name: str
    kind: str
    request: Any
    answer: Any


def route(house: str) -> HTTPRouteHandler:
    """The description of this house's subjects, for everybody."""

    @get("/asyncapi.json", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
    def subjects_described(request: Request[Any, Any, Any]) -> dict[str, Any]:
        """What organisations send and get over NATS."""
        return describe(house, request.app)

    return subjects_described


def describe(house: str, app: Litestar) -> dict[str, Any]:
    """The document. Every operation of a system is a channel with a reply; every notice is one that the house sends to."""
    twins, notices = list(_twins(app)), _notices(house)
    kinds = [kind for twin in twins for kind in (twin.request, twin.answer)]
    shown, schemas = msgspec.json.schema_components([*kinds, *notices], ref_template="#/components/schemas/{name}")
    payloads = iter(shown)
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for twin in twins:
        request, answer = next(payloads), next(payloads)
        channels[twin.name] = _channel(f"samsyn.{twin.kind}.{{{_ANY}}}.{twin.name}", request, _IDEMPOTENT if twin.kind == "in" else {})
        channels[f"{twin.name}-reply"] = {
            "address": None,
            "messages": {"answer": _message(answer, _STATUS), "problem": _message(_PROBLEM, _STATUS)},
        }
        operations[twin.name] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{twin.name}"},
            "reply": {"channel": {"$ref": f"#/channels/{twin.name}-reply"}},
        }
    for notice in notices:
        name = f"notice-{notice.name}"
        channels[name] = _channel(subjects.notice("o", house, notice.name).replace(".o.", f".{{{_ANY}}}.", 1), next(payloads), _NOTICE)
        operations[name] = {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Samsyn {house}", "version": "1"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": schemas},
    }


def _channel(address: str, payload: Any, headers: dict[str, Any]) -> dict[str, Any]:
    return {"address": address, "parameters": {_ANY: _OWN}, "messages": {"message": _message(payload, headers)}}


def _message(payload: Any, headers: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"type": "object", "properties": headers}, "payload": payload} if headers else {"payload": payload}


def _twins(app: Litestar) -> Iterator[_Twin]:
    for one in app.routes:
        for handler in getattr(one, "route_handlers", ()):
            name = handler.opt.get("operation")
            data = handler.parsed_data_field
            if name is not None and data is not None:
                kind = "ask" if handler.opt["reads"] else "in"
                yield _Twin(name, kind, data.annotation, handler.parsed_return_field.annotation)


def _notices(house: str) -> Sequence[type[Notice]]:
    return [
        value
        for module in NOTICES.get(house, ())
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Notice) and value.__module__ == module.__name__
    ]
