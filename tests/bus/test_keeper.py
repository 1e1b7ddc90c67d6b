"""The task that keeps a bus connected outlives whatever a lost connection raises."""

from datetime import datetime

import pytest

from shared.bus import Bus
from tests.eventually import eventually
from tests.nats_fixture import Nats


class Struck(Bus):
    """A bus whose first new connection fails as uvloop fails a write to a closed socket: with no error of NATS or the system."""

    struck: type[Exception] | None = None

    async def run_once(self, now: datetime) -> int:
        strike, self.struck = self.struck, None
        if strike is not None and not self.is_connected:
            raise strike
        self.struck = strike
        return await super().run_once(now)


@pytest.mark.parametrize("strike", [RuntimeError, KeyError])
async def test_it_connects_again_after_an_error_that_nobody_foresaw(own_nats: Nats, strike: type[Exception]) -> None:
    bus = await Struck.open(own_nats.url, name="audit", nkey_seed=own_nats.seeds.deploy, required=True)
    assert isinstance(bus, Struck)
    bus.struck = strike

    own_nats.kill()
    await eventually(lambda: bus.struck is None)
    await own_nats.start()

    await eventually(lambda: bus.is_connected)
    await bus.close()
