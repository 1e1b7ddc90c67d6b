"""A permitted case of its own for each test of the kit: the story's first steps, quietly, and organisations over either transport."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
from samsyn_connect.client import Connection, Written
from samsyn_connect.config import KeyStore
from samsyn_connect.http import HttpTransport
from samsyn_connect.tokens import TokenSource

from deploy.demo.delivery import give_permit
from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.questions import ATTENDANCE, CLINIC, PUPIL_HEALTH, SCHOOL, decide
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from shared.clock import STOCKHOLM, utc_now
from shared.ids import new_id

ATTENDED = {"from": "2026-08-17", "to": "2026-11-20", "possible_days": 66, "absent_days": 19.5, "unexcused_days": 7}


@asynccontextmanager
async def stage(running: Running) -> AsyncIterator[Stage]:
    """A stage with a new child and an open case."""
    async with Stage(running, Narrator(write=lambda _: None)) as made:
        made.family = add_family(made.population, "Tuva", 13, ["Vera", "Ove"], "joint", utc_now().astimezone(STOCKHOLM).date())
        counsellor = await made.staff("counsellor", "consent")
        named = await made.call(counsellor, "POST", "consent", "/v1/children", {"number": made.family.child.number}, expect=200)
        made.child_ref = named["child_ref"]
        await made.staff("counsellor", "sharing")
        case = {
            "child_ref": made.child_ref,
            "model": "hlt-team",
            "purpose": "P_SUPPORT",
            "unit": PUPIL_HEALTH,
            "parties": [SCHOOL, CLINIC],
        }
        made.case_id = (await made.call(counsellor, "POST", "sharing", "/v1/cases", case, expect=201))["case_id"]
        yield made


async def permit(made: Stage) -> Any:
    """A permit for attendance, which needs nobody's consent."""
    return await give_permit(made, await decide(made, await made.staff("counsellor", "sharing"), ATTENDANCE))


def attendance(made: Stage, permitted: Any, **changes: Any) -> Written:
    """The item that the permit is for."""
    child = {"number": made.family.child.number, "name": made.family.child.name}
    bound = permitted["items"][0]["binding"]
    return Written(bound=bound, author="Kim Ek, skolkurator", child=child, content={**ATTENDED, **changes})


class OverHttp:
    """An organisation's system over HTTP."""

    def __init__(self, made: Stage, organisation: str, http: httpx2.AsyncClient) -> None:
        config = made.kit_config(organisation)
        keys = KeyStore(config)
        scopes = ("sharing:send", "sharing:fetch")
        self.tokens = TokenSource(config.issuer, config.client_id, keys.client, resource=config.sharing_audience, scopes=scopes, http=http)
        self.transport = HttpTransport(config.sharing_url, self.tokens, http, utc_now)
        self.connection = Connection(self.transport, keys)

    async def deliveries(self, case_id: str) -> list[UUID]:
        """Deliveries of one case that wait to be confirmed, with no waiting."""
        return [UUID(n.body["delivery_id"]) for n in await self.transport.inbox() if n.body.get("case_id") == case_id]

    async def empty(self) -> None:
        """Confirm what others have left: Samsyn shows the oldest hundred notices."""
        while left := await self.transport.inbox():
            await self.connection.confirm([notice.id for notice in left], request_id=str(new_id()))
