"""A child's case on a running suite through public interfaces, up to the point where a test becomes interesting."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
from samsyn_connect.client import Connection, Written
from samsyn_connect.config import KeyStore
from samsyn_connect.http import HttpTransport
from samsyn_connect.messages import Released
from samsyn_connect.tokens import TokenSource
from samsyn_connect.transport import Problem, Unreachable

from deploy.demo.delivery import give_permit
from deploy.demo.narrator import Narrator
from deploy.demo.questions import ASSESSMENT, ATTENDANCE, ask_the_family, decide, may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from deploy.embedded.parts import audience
from shared.clock import utc_now
from shared.ids import new_id

CLINIC = "o2rg"
CONTENT: dict[str, dict[str, Any]] = {
    "attendance": {"from": "2026-08-17", "to": "2026-11-20", "possible_days": 66, "absent_days": 19.5, "unexcused_days": 7},
    "pupil-health": {"assessed_on": "2026-11-12", "profession": "psychologist", "summary": "Behöver lugn miljö."},
}
LONGEST = 60.0
"""Seconds that an asker here waits: longer than any pause of a test."""


class Case:
    """One child, whose family has said yes to the assessment."""

    def __init__(self, stage: Stage, consent_id: UUID) -> None:
        self.stage = stage
        self.consent_id = consent_id
        self.released: list[Released] = []

    async def post(self, *items: dict[str, Any]) -> list[UUID]:
        """Decided, confirmed, sealed and sent: the deliveries that wait to be fetched."""
        counsellor = await self.stage.staff("counsellor", "sharing")
        permit = await give_permit(self.stage, await decide(self.stage, counsellor, *items))
        school = await self.stage.system("o5ek")
        written = [
            Written(bound=one["binding"], author="Kim Ek", child={"name": "Tindra"}, content=CONTENT[one["binding"]["category"]])
            for one in permit["items"]
        ]
        results = await school.connection.send(UUID(permit["permit_id"]), written, now=utc_now(), request_id=str(new_id()))
        return [result.delivery_id for result in results if result.delivery_id is not None]

    async def post_both(self) -> tuple[UUID, UUID]:
        """One of each: attendance, which stands on no consent, and the assessment, which does."""
        attendance, assessment = await self.post(ATTENDANCE, ASSESSMENT)
        return attendance, assessment

    async def fetch(self, clinic: Connection, delivery_id: UUID) -> str:
        """`released`, the code of the refusal, or `no-answer`."""
        try:
            self.released.append(await clinic.fetch(delivery_id, request_id=str(new_id())))
        except Problem as problem:
            return problem.code
        except Unreachable:
            return "no-answer"
        return "released"

    async def withdraw(self) -> str:
        """What the page says after one guardian has pressed stop; `no-answer` when it says nothing."""
        guardian = await self.stage.citizen(self.stage.family.guardians[0].number)
        try:
            path = f"/v1/consents/{self.consent_id}/withdrawal"
            answer = await self.stage.call(guardian, "POST", "consent", path, {}, expect=200)
        except httpx2.TransportError:
            return "no-answer"
        return str(answer["state"])

    async def page(self) -> str:
        """What the family's page says of the row now."""
        guardian = await self.stage.citizen(self.stage.family.guardians[0].number)
        try:
            consents = await self.stage.call(guardian, "GET", "consent", "/v1/consents", expect=200)
        except httpx2.TransportError:
            return "no-answer"
        return next(str(c["rows"][0]["state"]) for c in consents["consents"] if c["consent_id"] == str(self.consent_id))


@contextlib.asynccontextmanager
async def consented(running: Running) -> AsyncIterator[Case]:
    """A new child, and consent that is complete."""
    async with Stage(running, Narrator(lambda _: None)) as stage:
        await ask_the_family(stage, await may_i_tell(stage))
        guardian = await stage.citizen(stage.family.guardians[0].number)
        consents = await stage.call(guardian, "GET", "consent", "/v1/consents", expect=200)
        yield Case(stage, UUID(consents["consents"][0]["consent_id"]))


@contextlib.asynccontextmanager
async def clinic_at(running: Running, url: str) -> AsyncIterator[Connection]:
    """The clinic's system over HTTP at one process of sharing."""
    config = Stage(running, Narrator(lambda _: None)).kit_config(CLINIC)
    keys = KeyStore(config)
    async with httpx2.AsyncClient(trust_env=False, timeout=LONGEST) as http:
        tokens = TokenSource(
            config.issuer, config.client_id, keys.client, resource=audience("sharing"), scopes=("sharing:fetch",), http=http
        )
        yield Connection(HttpTransport(url, tokens, http, utc_now), keys)
