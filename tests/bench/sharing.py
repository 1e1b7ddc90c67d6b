"""`python -m tests.bench.sharing [--long]`: what a delivery costs, beside the bare bus and the bare cipher.

What counts are ratios of two things that had their turns in the same run on the same machine; latencies are printed, not judged. The way
from the decision to the stored receipt runs the use cases, the relay, a real NATS and the kit's sealing in one process: no HTTP in between.
"""

import asyncio
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc import jwe, jws
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, StreamConfig
from samsyn_connect.binding import CONTENT_ALGORITHM, KEY_ALGORITHM, SIGNATURE_ALGORITHM, Binding
from samsyn_connect.content import newest
from samsyn_connect.seal import Item, open_sealed, seal

from deploy.nats.config import write_config
from deploy.nats.reload import declare_streams
from services.sharing.domain.limits import Limits
from services.sharing.domain.tables import load
from services.sharing.domain.views import Released
from services.sharing.storage import limits
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.post_items import SealedItem
from services.sharing.usecases.store_receipt import StoreReceipt, store_receipt
from shared import outbox
from shared.bus import Bus
from shared.contracts.sharing import ConsentWanted
from shared.database import Database
from shared.inbox import Inbox
from shared.relay import BATCH, Relay
from tests.bench.ground import database_of
from tests.bench.measure import Line, in_turn, run, show
from tests.nats_fixture import Nats, free_port
from tests.shared.messages.conftest import take_note, wanted
from tests.sharing.conftest import ATTENDANCE, House
from tests.sharing.world import BUP_KEY, NOW, REGION, SCHOOL, SIGNING, example, register_world, sealed, system

CROWDS: Final = (1, 10, 100)
"""Organisations with an open connection that waits for notices."""
SAMPLES, SAMPLES_LONG = 60, 1000
ROUNDS: Final = 5
MANY: Final = 10**9
"""No limit of acts: one unit tells more here than any does in a year."""
BINDING: Final = {
    "permit": "0190aaaa-0000-7000-8000-000000000001",
    "item": "0190aaaa-0000-7000-8000-000000000002",
    "discloser": "o5ek-u1",
    "recipient": "o2rg-u2",
    "purpose": "P_SUPPORT",
    "category": "attendance",
    "use_by": "2026-12-24T00:00:00Z",
}


def ciphers() -> list[Line]:
    """Sealing and opening by the kit, beside one JWS in one JWE of the same bytes: schema, binding and padding are what it adds."""
    schema = newest("attendance")
    binding = msgspec.convert({**BINDING, "schema": schema.sha256}, Binding)
    item = Item(binding=binding, author="Kim Ek", written_at=NOW, child={"name": "Barn"}, content=example(schema.document))
    key, signing = BUP_KEY, SIGNING[SCHOOL]
    ready, body = seal(item, signing, key), msgspec.json.encode(item)
    head = {"alg": SIGNATURE_ALGORITHM, "kid": signing.kid}
    outer = {"alg": KEY_ALGORITHM, "enc": CONTENT_ALGORITHM, "kid": key.kid}

    def bare_seal() -> str:
        signed = jws.serialize_compact(head, body, signing, algorithms=[SIGNATURE_ALGORITHM])
        return jwe.encrypt_compact(outer, signed, key, algorithms=[KEY_ALGORITHM, CONTENT_ALGORITHM])

    bare = bare_seal()

    def bare_open() -> None:
        plain = jwe.decrypt_compact(bare, key, algorithms=[KEY_ALGORITHM, CONTENT_ALGORITHM]).plaintext or b""
        jws.deserialize_compact(plain, signing, algorithms=[SIGNATURE_ALGORITHM])

    sealing = in_turn(_one(lambda: seal(item, signing, key)), _one(bare_seal))
    opening = in_turn(_one(lambda: open_sealed(ready, key, signing, binding)), _one(bare_open))
    return [Line("items sealed", *sealing, "bare joserfc"), Line("items opened", *opening, "bare joserfc")]


def _one(work: Callable[[], object]) -> Callable[[], int]:
    def once() -> int:
        work()
        return 1

    return once


class Server(Nats):
    """With as many organisations as wanted, and none of them known to anybody."""

    def __init__(self, folder: Path, organisations: tuple[str, ...]) -> None:
        super().__init__(folder, free_port())
        self._organisations = organisations
        write_config(self.config, self.place, self.seeds, organisations)

    async def declare(self) -> None:
        await declare_streams(self.url, self.seeds, self._organisations)


@asynccontextmanager
async def serving(*organisations: str) -> AsyncIterator[Server]:
    """One server of the bench's own."""
    with tempfile.TemporaryDirectory(prefix="samsyn-bench-") as folder:
        server = Server(Path(folder), organisations)
        await server.start()
        try:
            yield server
        finally:
            server.stop()


async def messages() -> list[Line]:
    """Outbox to stream and stream to committed effect, beside JetStream's own publish and its own fetch with acknowledgement.

    Each event is taken in by a transaction of its own on durable PostgreSQL: that, not the bus, is what its line measures.
    """
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(serving(SCHOOL, REGION))
        ours, _ = await opened.enter_async_context(database_of("sharing", size=8))
        theirs, _ = await opened.enter_async_context(database_of("consent", size=8))
        said = await opened.enter_async_context(server.bus("sharing"))
        heard = await opened.enter_async_context(server.bus("consent"))
        relay = Relay("sharing", ours, said)
        inbox = Inbox("consent", "sharing", theirs, heard, {ConsentWanted: take_note}, within=0.3)
        opened.push_async_callback(relay.close)
        opened.push_async_callback(inbox.close)
        js = await _bare_stream(said)
        bare = await js.pull_subscribe("bench.one", durable="bench", stream="BENCH", config=ConsumerConfig(max_ack_pending=4 * BATCH))
        pairs = []
        for _ in range(ROUNDS + 1):
            await _fill(ours)
            published = await _seconds(lambda: relay.run_once(NOW))
            consumed = await _seconds(lambda: _take(inbox))
            pairs.append((published, await _seconds(lambda: _publish(js)), consumed, await _seconds(lambda: _fetch(bare))))
    warm = pairs[1:]
    return [
        Line(
            "events published", _per(one for one, _, _, _ in warm), _ratio((two, one) for one, two, _, _ in warm), "bare JetStream publish"
        ),
        Line("events taken in", _per(one for _, _, one, _ in warm), _ratio((two, one) for _, _, one, two in warm), "bare fetch and ack"),
    ]


async def _bare_stream(bus: Bus) -> JetStreamContext:
    js: JetStreamContext = bus.js
    await js.add_stream(StreamConfig(name="BENCH", subjects=["bench.>"], duplicate_window=120))
    return js


async def _fill(database: Database) -> None:
    async with database.transaction() as tx:
        for _ in range(BATCH):
            await outbox.add(tx, wanted(), now=NOW)


async def _take(inbox: Inbox) -> None:
    taken = 0
    while taken < BATCH:
        taken += await inbox.run_once(NOW)


async def _publish(js: JetStreamContext) -> None:
    body = msgspec.json.encode(wanted())
    sends = (js.publish("bench.one", body, headers={"Nats-Msg-Id": f"{time.perf_counter_ns()}-{number}"}) for number in range(BATCH))
    await asyncio.gather(*sends)


async def _fetch(durable: Any) -> None:
    taken = 0
    while taken < BATCH:
        for message in await durable.fetch(BATCH - taken, timeout=5):
            await message.ack()
            taken += 1


async def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _per(times: Iterable[float]) -> float:
    return BATCH / statistics.median(times)


def _ratio(pairs: Iterable[tuple[float, float]]) -> float:
    return statistics.median(bare / ours for bare, ours in pairs)


async def deliveries(*, samples: int) -> str:
    """From the decision to the stored receipt, with ever more organisations connected: p50 and p99 in milliseconds."""
    lines = []
    for crowd in CROWDS:
        times = sorted(await _with_others(tuple(f"o{number:04d}" for number in range(crowd - 1)), samples))
        p50, p99 = (times[math.ceil(len(times) * part) - 1] * 1000 for part in (0.5, 0.99))
        lines.append(
            f"  {crowd:4} organisations connected: p50 {p50:6.1f} ms, p99 {p99:6.1f} ms ({samples} deliveries, one after the other)\n"
        )
    return "".join(lines)


async def _with_others(others: tuple[str, ...], samples: int) -> list[float]:
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(serving(SCHOOL, REGION, *others))
        database, _ = await opened.enter_async_context(database_of("sharing", size=8))
        async with database.transaction() as tx:
            await register_world(tx)
            for name in (SCHOOL, REGION):
                most = Limits(organisation=name, unit_children=MANY, person_children=MANY, unit_acts=MANY, person_acts=MANY)
                await limits.save(tx, most)
        way = Way(House(database, load()), Relay("sharing", database, await opened.enter_async_context(server.bus("sharing"))))
        opened.push_async_callback(way.relay.close)
        for name in others:
            await _wait_idly(opened, server, name)
        durable = await (await opened.enter_async_context(server.bus(REGION))).js.pull_subscribe_bind(consumer=REGION, stream="OUT")
        case = await way.open()
        return [await _seconds(lambda: way.deliver(case, durable)) for _ in range(samples)]


async def _wait_idly(opened: AsyncExitStack, server: Server, name: str) -> None:
    """A connection of its own with an open pull on its own durable, as a system between notices has it."""
    bus = await opened.enter_async_context(server.bus(name))
    durable = await bus.js.pull_subscribe_bind(consumer=name, stream="OUT")
    waiting = asyncio.create_task(durable.fetch(1, timeout=3600))
    opened.callback(waiting.cancel)


class Way(msgspec.Struct, frozen=True):
    """Everything between the counsellor's question and the clinic's receipt."""

    house: House
    relay: Relay

    async def open(self) -> Any:
        """A case, and what its opening left in the outbox sent away."""
        await self.house.lease()
        case = await self.house.open()
        while await self.relay.run_once(NOW):
            await self.house.sequence()
        return case.case_id

    async def deliver(self, case_id: Any, durable: Any) -> None:
        """One item: decided, confirmed, sealed, posted, told over NATS, released, opened, confirmed by a signed receipt."""
        house = self.house
        decision = await house.decide(case_id, ATTENDANCE)
        permit = await house.permit(decision.decision_id, Overlay(item_id=decision.items[0].item_id))
        bound = permit.items[0].binding
        await house.post(permit.permit_id, SealedItem(item_id=permit.items[0].item_id, jwe=sealed(bound)))
        await self.relay.run_once(NOW)
        await house.sequence()
        delivery_id = await _told(durable)
        released: Released = await house.fetch(delivery_id)
        open_sealed(released.jwe, BUP_KEY, SIGNING[SCHOOL], msgspec.convert(released.binding, Binding))
        async with house.database.transaction() as tx:
            await store_receipt(tx, system(REGION), StoreReceipt(receipt=_receipt(delivery_id)), now=NOW)


async def _told(durable: Any) -> Any:
    while True:
        (message,) = await durable.fetch(1, timeout=5)
        await message.ack()
        if message.subject.endswith(".delivery"):
            return msgspec.json.decode(message.data)["delivery_id"]


def _receipt(delivery_id: Any) -> str:
    header = {"alg": SIGNATURE_ALGORITHM, "kid": SIGNING[REGION].kid, "typ": "samsyn-receipt+jws"}
    payload = msgspec.json.encode({"delivery": delivery_id, "state": "stored", "at": NOW, "reason": None, "paragraph": None})
    return jws.serialize_compact(header, payload, SIGNING[REGION], algorithms=[SIGNATURE_ALGORITHM])


def main() -> None:
    """The cheapest first."""
    show("Sealing", ciphers())
    show("Messages", run(messages()))
    samples = SAMPLES_LONG if "--long" in sys.argv else SAMPLES
    sys.stdout.write(f"\nFrom the decision to the stored receipt\n{run(deliveries(samples=samples))}")


if __name__ == "__main__":
    main()
