"""The kit's connection when it is refused, cut off or wanted twice at once."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from samsyn_connect.bus import BusTransport
from samsyn_connect.messages import AskKeys, Keys
from samsyn_connect.tokens import Token, TokenSource
from samsyn_connect.transport import Unreachable

from deploy.demo.stage import Stage, System
from shared.clock import monotonic, utc_now
from shared.subjects import BUS
from tests.connect.play import OverHttp
from tests.eventually import eventually
from tests.nats_fixture import Nats

ASKED = AskKeys(unit="o5ek-u1")


class Told(TokenSource):
    """A source that can be made to hand out what the bus refuses."""

    def __init__(self, real: TokenSource) -> None:
        self.real = real
        self.refused = False
        self.handed_out = self.proofs = 0

    async def token(self, now: datetime) -> Token:
        self.handed_out += 1
        token = await self.real.token(now)
        return Token(text="x.y.z", expires_at=token.expires_at) if self.refused else token

    def proof(self, method: str, url: str, now: datetime, *, token: str | None = None) -> str:
        self.proofs += 1
        return self.real.proof(method, url, now, token=token)


@pytest.fixture
async def system(stage: Stage) -> System:
    return await stage.system("o2rg")


def transport(stage: Stage, system: System) -> tuple[BusTransport, Told]:
    """Another connection of the same system, through tokens that the test spoils."""
    config, told = stage.kit_config("o2rg"), Told(system.bus._tokens)
    return BusTransport(config.bus_url, config.bus_audience, "o2rg", told, utc_now), told


async def test_a_refused_login_says_so_in_time_and_the_next_call_gets_in(stage: Stage, system: System) -> None:
    bus, told = transport(stage, system)
    told.refused = True
    began = monotonic()

    for _ in range(2):
        with pytest.raises(Unreachable):
            await bus.call("ask", "keys", ASKED, Keys)

    assert monotonic() - began < 10
    assert told.proofs == 2  # one try each, none behind the caller's back
    assert not bus.is_connected
    told.refused = False
    assert (await bus.call("ask", "keys", ASKED, Keys)).organisation == "o5ek"
    await bus.close()


async def test_a_call_after_the_line_was_cut_gets_its_answer(stage: Stage, system: System) -> None:
    bus, _ = transport(stage, system)
    await bus.call("ask", "keys", ASKED, Keys)
    first = bus._client
    assert first is not None
    line: Any = first._transport
    line.close()

    await eventually(lambda: not bus.is_connected)

    assert (await bus.call("ask", "keys", ASKED, Keys)).organisation == "o5ek"
    assert bus._client is not first
    await bus.close()


async def test_two_callers_without_a_connection_make_one(stage: Stage, system: System) -> None:
    bus, told = transport(stage, system)

    await asyncio.gather(*(bus.call("ask", "keys", ASKED, Keys) for _ in range(4)))

    assert told.handed_out == 1
    await bus.close()


async def test_while_nobody_can_say_who_may_come_in_the_caller_hears_so_in_time(own_nats: Nats, school: OverHttp) -> None:
    bus = BusTransport(own_nats.url, BUS, "o5ek", school.tokens, utc_now)
    began = monotonic()

    with pytest.raises(Unreachable):  # a server without a callout
        await bus.run_once(utc_now())
    own_nats.kill()
    with pytest.raises(Unreachable):  # no server
        await bus.run_once(utc_now())

    assert (elapsed := monotonic() - began) < 7, elapsed
