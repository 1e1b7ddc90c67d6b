"""Two organisations in accounts of their own attack each other: nothing lands, nothing is deleted, nothing is overheard (I6)."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.bus import Bus
from tests.bus.world import OURS, THEIRS, World
from tests.eventually import eventually

BAIT = f"samsyn.out.{THEIRS}.sharing.delivery"
OWN_NEXT = f"$JS.API.CONSUMER.MSG.NEXT.OUT.{OURS}"
OWN_REQUEST = f"samsyn.in.{OURS}.items"

REFUSED = [
    f"$JS.API.CONSUMER.MSG.NEXT.OUT.{THEIRS}",
    f"$JS.API.CONSUMER.CREATE.OUT.{OURS}-more",
    f"$JS.API.CONSUMER.CREATE.OUT.{OURS}-more.samsyn.out.{THEIRS}.>",
    f"$JS.API.CONSUMER.CREATE.OUT.{OURS}.samsyn.out.>",
    f"$JS.API.CONSUMER.DURABLE.CREATE.OUT.{OURS}",
    "$JS.API.CONSUMER.CREATE.OUT",
    f"$JS.API.CONSUMER.DELETE.OUT.{THEIRS}",
    f"$JS.API.CONSUMER.DELETE.OUT.{OURS}",
    f"$JS.API.CONSUMER.INFO.OUT.{THEIRS}",
    "$JS.API.CONSUMER.LIST.OUT",
    "$JS.API.CONSUMER.NAMES.OUT",
    f"$JS.API.CONSUMER.PAUSE.OUT.{THEIRS}",
    f"$JS.API.CONSUMER.RESET.OUT.{THEIRS}",
    f"$JS.API.CONSUMER.UNPIN.OUT.{THEIRS}",
    "$JS.API.STREAM.INFO.OUT",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.PURGE.OUT",
    "$JS.API.STREAM.DELETE.OUT",
    "$JS.API.STREAM.SNAPSHOT.OUT",
    "$JS.API.STREAM.MSG.GET.OUT",
    "$JS.API.STREAM.MSG.DELETE.OUT",
    f"$JS.API.DIRECT.GET.OUT.{BAIT}",
    "$JS.API.INFO",
    "$SYS.REQ.USER.INFO",
    "$SYS.REQ.SERVER.PING",
    f"$JS.ACK.OUT.{THEIRS}.1.1.1.1.0",
    BAIT,
    f"samsyn.in.{THEIRS}.items",
    f"samsyn.ask.{THEIRS}.keys",
    f"samsyn.witness.{THEIRS}",
    "samsyn.consent.stopped.v1",
    "samsyn.call.consent.child.v1",
    "samsyn.receipt.sharing.consent",
    f"_INBOX_{THEIRS}.x",
    "_INBOX_sharing.x",
    "samsyn.in.*.items",
    "samsyn.out.>",
    f"$JS.API.CONSUMER.MSG.NEXT.OUT.{OURS}.>",
    f"$JS.API.STREAM.MSG.GET.OUT.{THEIRS}",
]
OVERHEARD = [
    ">",
    "*.>",
    "samsyn.>",
    "samsyn.out.>",
    f"samsyn.out.{OURS}.>",
    "samsyn.in.>",
    "_INBOX.>",
    f"_INBOX_{THEIRS}.>",
    "_INBOX_sharing.>",
    "_R_.>",
    "$JS.ACK.>",
    "$JS.EVENT.ADVISORY.>",
    "$SYS.>",
]
TARGETS = [
    BAIT,
    f"samsyn.in.{THEIRS}.items",
    f"samsyn.ask.{THEIRS}.keys",
    f"samsyn.witness.{THEIRS}",
    f"_INBOX_{THEIRS}.x",
    "_INBOX_sharing.x",
    "samsyn.consent.stopped.v1",
    "samsyn.receipt.sharing.consent",
    "samsyn.call.consent.child.v1",
    "$JS.API.STREAM.MSG.DELETE.OUT",
    "$JS.API.STREAM.PURGE.OUT",
    f"$JS.API.CONSUMER.DELETE.OUT.{THEIRS}",
    f"$JS.API.CONSUMER.CREATE.OUT.{OURS}-more",
]
WAYS = ["next", "request", "question", "acknowledge"]


class Field:
    """The victim, the attacker, and a watcher inside HOUSES who sees whatever arrives there."""

    def __init__(self, victim: Bus, attacker: Bus, watcher: Bus) -> None:
        self.victim, self.attacker, self.watcher = victim, attacker, watcher
        self.seen: list[str] = []
        self.heard: list[str] = []

    async def watch(self) -> None:
        async def see(msg: Msg) -> None:
            self.seen.append(msg.subject)

        async def hear(msg: Msg) -> None:
            self.heard.append(msg.subject)

        async def reply(msg: Msg) -> None:
            await self.watcher.publish(msg.reply, b"{}")

        await self.watcher.subscribe("samsyn.>", see)
        await self.watcher.subscribe("_INBOX_sharing.>", see)
        await self.watcher.subscribe("samsyn.in.*.items", reply)
        await self.victim.subscribe(f"_INBOX_{THEIRS}.x", hear)
        await self.settled()

    async def settled(self) -> None:
        """All that was sent has arrived: one round trip for each connection, twice, for answers that cause answers."""
        for bus in (self.attacker, self.watcher, self.victim) * 2:
            await bus.client.flush(timeout=2)

    async def assert_untouched(self) -> None:
        """The victim's durable and message are there, and nothing came in another's name."""
        strange = [s for s in self.seen if not s.startswith((f"samsyn.in.{OURS}.", f"samsyn.ask.{OURS}.", f"samsyn.out.{OURS}."))]
        assert strange == []
        assert self.heard == []
        consumers = {c.name for c in await self.watcher.js.consumers_info("OUT")}
        assert consumers == {OURS, THEIRS}
        info = await self.watcher.js.stream_info("OUT", subjects_filter="samsyn.out.>")
        assert (info.state.subjects or {}).get(BAIT) == 1


@pytest.fixture(scope="module")
async def field(world: World) -> AsyncIterator[Field]:
    victim, attacker = await world.bus(THEIRS), await world.bus(OURS)
    async with world.server.bus("deploy") as watcher:
        await watcher.js.publish(BAIT, b"{}")
        made = Field(victim, attacker, watcher)
        await made.watch()
        yield made
    for bus in (victim, attacker):
        await bus.close()


@pytest.mark.parametrize("subject", REFUSED)
async def test_sending_to_what_is_not_ones_own_reaches_nobody(field: Field, subject: str) -> None:
    with pytest.raises((NatsError, TimeoutError)):
        await field.attacker.client.request(subject, b"{}", timeout=0.15)

    await field.settled()
    await field.assert_untouched()


@pytest.mark.parametrize("subject", OVERHEARD)
async def test_listening_to_what_is_not_ones_own_hears_nothing(field: Field, subject: str) -> None:
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    await field.attacker.client.subscribe(subject, cb=hear)
    await field.watcher.js.publish(f"samsyn.out.{OURS}.sharing.delivery", b"{}")
    await field.victim.publish(f"samsyn.in.{THEIRS}.quiet", b"{}")
    await field.victim.publish(f"_INBOX_{OURS}.x", b"{}")
    await field.settled()

    assert heard == []
    field.seen.clear()


@pytest.mark.parametrize("queue", ["sharing", "callout", "consent"])
async def test_standing_in_the_houses_own_queue_takes_nothing_from_them(field: Field, queue: str) -> None:
    taken: list[str] = []

    async def take(msg: Msg) -> None:
        taken.append(msg.subject)

    for subject in ("samsyn.in.*.*", "samsyn.ask.*.*", f"samsyn.in.{THEIRS}.*", "$SYS.REQ.USER.AUTH"):
        await field.attacker.client.subscribe(subject, queue=queue, cb=take)
    for _ in range(4):
        await field.victim.request(f"samsyn.in.{THEIRS}.items", b"{}", within=2)
    await field.settled()

    assert taken == []
    field.seen.clear()


async def test_binding_to_anothers_durable_fetches_nothing(field: Field) -> None:
    bound = await field.attacker.js.pull_subscribe_bind(durable=THEIRS, stream="OUT")

    with pytest.raises((NatsError, TimeoutError)):
        await bound.fetch(1, timeout=0.3)

    await bound.unsubscribe()
    await field.assert_untouched()


@pytest.mark.parametrize(("way", "target"), list(itertools.product(WAYS, TARGETS)))
async def test_a_reply_subject_of_anothers_redirects_nothing(field: Field, way: str, target: str) -> None:
    await field.watcher.js.publish(f"samsyn.out.{OURS}.sharing.delivery", b"{}")
    match way:
        case "next":
            await field.attacker.publish(OWN_NEXT, b'{"batch":1,"no_wait":true}', reply=target)
        case "request":
            await field.attacker.publish(OWN_REQUEST, b"{}", reply=target)
        case "question":
            await field.attacker.publish(f"samsyn.ask.{OURS}.keys", b"{}", reply=target)
        case _:
            notice = await next_notice(field.attacker)
            await field.attacker.publish(notice.reply, b"+ACK", reply=target)

    await field.settled()
    await field.assert_untouched()


async def test_the_watcher_would_have_seen_it(field: Field) -> None:
    await field.watcher.publish(f"samsyn.in.{THEIRS}.items", b"{}")
    await eventually(lambda: f"samsyn.in.{THEIRS}.items" in field.seen, within=2)
    field.seen.clear()

    await field.victim.publish(f"samsyn.ask.{THEIRS}.keys", b"{}")
    await eventually(lambda: f"samsyn.ask.{THEIRS}.keys" in field.seen, within=2)
    field.seen.clear()


async def test_after_all_of_it_the_victim_gets_its_notice_acknowledges_it_and_is_answered(field: Field) -> None:
    notice = await next_notice(field.victim)
    assert notice.subject == BAIT
    await notice.ack_sync(timeout=2)

    answer = await field.victim.request(f"samsyn.in.{THEIRS}.items", b"{}", within=2)
    assert answer.data == b"{}"


async def next_notice(bus: Bus) -> Msg:
    subscription = await bus.js.pull_subscribe_bind(durable=bus.name, stream="OUT")
    try:
        async with asyncio.timeout(3):
            return (await subscription.fetch(1, timeout=2))[0]
    finally:
        await subscription.unsubscribe()
