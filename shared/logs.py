"""JSON lines on stdout, with keys from a closed list: one per request or event handled, a few for life events, nothing else at INFO.

Never bodies, headers, addresses, names, personal numbers, nor the text of an exception (it may hold what somebody wrote): an error is
its type and where it happened. Lines of libraries are reduced in the same way, because some of them print full addresses.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Any

import msgspec

from shared import telemetry


class Key(StrEnum):
    """Every key that a line may have."""

    TIME = "time"
    LEVEL = "level"
    HOUSE = "house"
    EVENT = "event"
    TRACE = "trace"
    METHOD = "method"
    ROUTE = "route"
    STATUS = "status"
    MILLISECONDS = "milliseconds"
    PROBLEM = "problem"
    OUTCOME = "outcome"
    ORGANISATION = "organisation"
    OPERATION = "operation"
    EVENT_NAME = "event_name"
    CONNECTION = "connection"
    MESSAGE_ID = "message_id"
    SOURCE = "source"
    LOOP = "loop"
    COUNT = "count"
    TRIES = "tries"
    REASON = "reason"
    PORT = "port"
    VERSION = "version"
    ERROR = "error"
    WHERE = "where"
    LOGGER = "logger"


QUIET = ("httpx", "httpx2", "httpcore", "httpcore2", "litestar", "uvicorn", "uvicorn.access", "uvicorn.error", "nats", "asyncio", "authlib")
"""Loggers of libraries, at WARNING: at INFO several of them print full addresses."""

_LOGGER = logging.getLogger("samsyn")
_NAMES = tuple(key.value for key in Key)
_KEYS = frozenset(_NAMES)
_DEEPEST = 6


class JsonLines(logging.Formatter):
    """One JSON object per record of ours; what a library writes keeps its logger, level and place only."""

    def __init__(self, house: str) -> None:
        super().__init__()
        self.house = house

    def format(self, record: logging.LogRecord) -> str:
        """The line, keys in the order of the list."""
        written: dict[str, Any] = own(record) if record.name.split(".")[0] == _LOGGER.name else foreign(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {Key.TIME.value: at, Key.LEVEL.value: record.levelname, Key.HOUSE.value: self.house}
        return msgspec.json.encode(head | written).decode()


def set_up(house: str, level: str = "INFO") -> None:
    """All logging of this process to stdout as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(house))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # it tells each try; who gives up tells once


def line(event: str, *, level: int = logging.INFO, **keys: str | float | None) -> None:
    """One line. `event` is a dotted noun and past verb. Raises ValueError for a key that is not on the list; None is left out."""
    unknown = keys.keys() - _KEYS
    if unknown:
        raise ValueError(f"not on the list of log keys: {', '.join(sorted(unknown))}")
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, event, extra={key: value for key, value in keys.items() if value is not None})


def failure(event: str, error: BaseException, *, level: int = logging.ERROR, **keys: str | float | None) -> None:
    """One line about an error that is handled here: types along its causes, and the innermost places, without any text of it."""
    line(event, level=level, error=types(error), where=place(error.__traceback__), **keys)


def types(error: BaseException) -> str:
    """`Unavailable from ConnectionRefusedError`: the chain of types."""
    names: list[str] = []
    step: BaseException | None = error
    while step is not None and len(names) < _DEEPEST:
        names.append(type(step).__qualname__)
        step = step.__cause__ or step.__context__
    return " from ".join(names)


def place(trace: TracebackType | None) -> str:
    """`http.py:80 answer > work.py:31 once`: file, line and function of the innermost frames."""
    frames = traceback.extract_tb(trace)[-_DEEPEST:]
    return " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)


def own(record: logging.LogRecord) -> dict[str, Any]:
    """A record of a logger `samsyn` or `samsyn.*`: its message is the event, its extras with names on the list are the keys."""
    found = record.__dict__
    written = {"event": str(record.msg)} | {name: found[name] for name in _NAMES if name in found}
    if telemetry.trace_id().strip("0"):
        written.setdefault(Key.TRACE.value, telemetry.trace_id())
    if record.exc_info and record.exc_info[1] is not None:
        written |= {Key.ERROR.value: types(record.exc_info[1]), Key.WHERE.value: place(record.exc_info[2])}
    return written


def foreign(record: logging.LogRecord) -> dict[str, Any]:
    """What we keep of a line that a library wrote: its message may hold anything."""
    kept: dict[str, Any] = {
        Key.EVENT.value: "library.spoke",
        Key.LOGGER.value: record.name,
        Key.WHERE.value: f"{record.filename}:{record.lineno} {record.funcName}",
    }
    if record.exc_info and record.exc_info[1] is not None:
        kept[Key.ERROR.value] = types(record.exc_info[1])
        kept[Key.WHERE.value] = place(record.exc_info[2])
    return kept
