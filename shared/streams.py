"""Streams and consumers as data. `declare` makes them; deploy runs it at each start, so an emptied store heals (I10)."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

import msgspec
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from shared import contracts, subjects
from shared.contracts.message import Event

ACK_WAIT: Final = timedelta(seconds=10)
"""Twice the longest statement. So long the messages that a killed reader had taken are away; nothing of theirs is released meanwhile."""
DUPLICATE_WINDOW: Final = timedelta(minutes=2)
"""Saves traffic; what makes us correct is the receiver's inbox row."""
ENTRIES: Final = "audit-entries"
"""Audit's second durable on each house's stream: entries alone, taken in batches."""


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream: the outboxes hold the truth, so a stream may forget what is old, and does: its messages name people in clear."""

    name: str
    subjects: tuple[str, ...]
    keep: timedelta = timedelta(days=1)


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """A durable pull consumer, made beforehand: clients bind to it and may create none."""

    stream: str
    name: str
    filters: tuple[str, ...]
    max_pending: int = 1_000


STREAMS: Final = (
    *(Stream(name=subjects.stream(house), subjects=(f"samsyn.{house}.*.v1",)) for house in subjects.HOUSES),
    Stream(name=subjects.OUT, subjects=("samsyn.out.>",), keep=timedelta(days=30)),
)


def events() -> Iterator[type[Event]]:
    """Every event of `shared/contracts`."""
    for module in pkgutil.iter_modules(contracts.__path__, f"{contracts.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.name and value is not Event:
                yield value


def publishers(kind: type[Event]) -> tuple[str, ...]:
    """The houses that may publish this event: those it names, else the one whose contracts module it stands in."""
    return kind.publishers or (kind.__module__.rpartition(".")[2],)


def house_consumers() -> Iterator[Consumer]:
    """Per house and other house: the events that name it as receiver, or name nobody and so are for all."""
    kinds = list(events())
    for source in subjects.HOUSES:
        for house in subjects.HOUSES:
            wanted = sorted({k.name for k in kinds if source in publishers(k) and (not k.receivers or house in k.receivers)} - {"entry"})
            if source != house and wanted:
                filters = tuple(subjects.event(source, name) for name in wanted)
                yield Consumer(stream=subjects.stream(source), name=house, filters=filters)
        if source != "audit":
            yield Consumer(stream=subjects.stream(source), name=ENTRIES, filters=(subjects.event(source, "entry"),), max_pending=4_096)


def organisation_consumer(organisation: str) -> Consumer:
    """The durable of one organisation on OUT, named by it."""
    return Consumer(stream=subjects.OUT, name=subjects.token(organisation), filters=(f"samsyn.out.{subjects.token(organisation)}.>",))


async def declare(js: JetStreamContext, organisations: Iterable[str] = ()) -> None:
    """Make or update every stream and consumer; run as the deploy user. Does nothing that is already so, loses no position."""
    for stream in STREAMS:
        config = _stream_config(stream)
        try:
            await js.stream_info(stream.name)
            await js.update_stream(config)
        except NotFoundError:
            await js.add_stream(config)
    for consumer in (*house_consumers(), *(organisation_consumer(o) for o in organisations)):
        await js.add_consumer(consumer.stream, _consumer_config(consumer))


def _stream_config(stream: Stream) -> StreamConfig:
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=stream.keep.total_seconds(),
        duplicate_window=DUPLICATE_WINDOW.total_seconds(),
    )


def _consumer_config(consumer: Consumer) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=consumer.name,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT.total_seconds(),
        max_deliver=-1,
        max_ack_pending=consumer.max_pending,
        filter_subject=consumer.filters[0] if len(consumer.filters) == 1 else None,
        filter_subjects=list(consumer.filters) if len(consumer.filters) > 1 else None,
    )
