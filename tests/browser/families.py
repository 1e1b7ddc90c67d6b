"""A family of its own for a test in the browser, asked by the school through public interfaces."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.demo.narrator import Narrator
from deploy.demo.population import Family
from deploy.demo.questions import ASSESSMENT, decide, may_i_tell
from deploy.demo.stage import Stage, until
from deploy.embedded.home import Running


class Asked:
    """A child of 13 with two guardians, about whom the school's pupil health has asked."""

    def __init__(self, stage: Stage, decision: Any) -> None:
        self.stage = stage
        self.decision = decision

    @property
    def family(self) -> Family:
        return self.stage.family

    @property
    def mother(self) -> str:
        return self.family.guardians[0].number

    @property
    def father(self) -> str:
        return self.family.guardians[1].number

    @property
    def child(self) -> str:
        return self.family.child.number

    async def settled(self) -> None:
        """The consent is complete and sharing knows."""
        counsellor = await self.stage.staff("counsellor", "sharing")

        async def yes() -> Any:
            made = await decide(self.stage, counsellor, ASSESSMENT)
            return made if made["items"][0]["answer"] == "yes" else None

        self.decision = await until(yes, "the consent reaching sharing")


@asynccontextmanager
async def asked(running: Running, child: str = "Tindra") -> AsyncIterator[Asked]:
    """The question has reached the family; nobody has answered."""
    async with Stage(running, Narrator(lambda _: None)) as stage:
        decision = await may_i_tell(stage, child)
        counsellor = await stage.staff("counsellor", "sharing")
        await stage.call(counsellor, "POST", "sharing", "/v1/consent-requests", {"decision_id": decision["decision_id"]}, expect=201)
        guardian = await stage.citizen(stage.family.guardians[0].number)

        async def reached() -> Any:
            return (await stage.call(guardian, "GET", "consent", "/v1/requests", expect=200))["requests"] or None

        await until(reached, "the question reaching the family")
        yield Asked(stage, decision)
