"""The three kinds of message: an event between houses, a notice to one organisation, a question with an answer."""

from collections.abc import Awaitable
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

A = TypeVar("A", bound=msgspec.Struct)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that has happened. Subject: `samsyn.<house>.<name>.v1`, in the publishing house's stream.

    `receivers` are the houses whose receipt ends the outbox row; until then it is sent again.
    """

    name: ClassVar[str]
    receivers: ClassVar[tuple[str, ...]]
    publishers: ClassVar[tuple[str, ...]] = ()
    """The houses that may publish it; empty: the one whose contracts module it stands in."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Ids only, to one organisation: `samsyn.out.<organisation>.<house>.<name>`. Its receipt ends the outbox row."""

    name: ClassVar[str]


class Question(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """Request and reply between houses: `samsyn.call.<house>.<name>.v1`, in no stream. `answer` is the reply's type."""

    house: ClassVar[str]
    name: ClassVar[str]
    answer: ClassVar[type[Any]]


class Ask(Protocol):
    """How a use case asks another house, without knowing NATS. Raises Unavailable when there is no answer in time.

    Never awaited while a transaction holds a consent row (DESIGN 5).
    """

    def __call__(self, question: Question[A], /, *, within: float = 2.0) -> Awaitable[A]:
        """The answer, at most `within` seconds later."""
        ...
