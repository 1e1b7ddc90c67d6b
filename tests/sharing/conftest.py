"""A house of sharing on its own database, with one child's family on the other side of the contracts."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.sharing.domain.cases import AskedItem
from services.sharing.domain.facts import Judgements
from services.sharing.domain.tables import Tables, load
from services.sharing.domain.views import CaseView, DecisionView, PermitView, PostedView, Released
from services.sharing.storage import CONFLICTS
from services.sharing.usecases.decide_items import DecideItems, decide_items
from services.sharing.usecases.fetch_item import FetchItem, fetch_item
from services.sharing.usecases.give_permit import GivePermit, give_permit
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.hear_sequenced import hear_sequenced
from services.sharing.usecases.learn_facts import (
    Overlay,
    learn_child,
    learn_for_case,
    learn_for_decision,
    learn_for_delivery,
    learn_for_permit,
)
from services.sharing.usecases.open_case import OpenCase, open_case
from services.sharing.usecases.post_items import PostItems, SealedItem, post_items
from services.sharing.usecases.renew_lease import Lease
from services.sharing.usecases.want_consent import WantConsent, want_consent
from shared.auth import Caller
from shared.contracts.entry import Entry, Sequenced
from shared.database import Connection, Database
from shared.law.codes import Attestation, LeafCategory, Purpose
from tests.conftest import Clone, Cluster
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, NOW, PLAIN, REGION, REGISTRARS, SCHOOL, Family, register_world, sealed, system

YES = Judgements(necessary=True, relevant=True, proportionate=True)
ATTENDANCE = AskedItem(
    discloser_unit=PLAIN,
    recipient_unit=BUP,
    category=LeafCategory.ATTENDANCE,
    attested={Attestation.HARM_TESTED: True, Attestation.RELEVANT: True},
    judgements=YES,
)
ASSESSMENT = AskedItem(
    discloser_unit=HEALTH,
    recipient_unit=BUP,
    category=LeafCategory.PUPIL_HEALTH,
    attested={Attestation.RELEVANT: True, Attestation.THIRD_PERSONS: True},
    judgements=YES,
)


class House:
    """Runs use cases as the edges do: learn outside, act in one transaction."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self.database = database
        self.family = Family()
        self.now = NOW
        self.seconds = 1000.0
        self.ground = Ground(
            tables=tables,
            lease=Lease(database, self.family, monotonic=lambda: self.seconds),
            registrars=REGISTRARS,
            monotonic=lambda: self.seconds,
        )

    async def lease(self) -> None:
        """Ask consent for everything."""
        await self.ground.lease.run_once(self.now)

    async def open(self, caller: Caller = COUNSELLOR, **changed: Any) -> Any:
        request = OpenCase(
            **{
                "child_ref": self.family.child_ref,
                "model": "hlt-team",
                "purpose": Purpose.SUPPORT,
                "unit": HEALTH,
                "parties": (PLAIN, BUP),
                **changed,
            }
        )
        child = await learn_child(self.family, caller, request.child_ref)
        async with self.database.transaction() as tx:
            return await open_case(tx, caller, request, tables=self.ground.tables, child=child, now=self.now)

    async def decide(self, case_id: UUID, *items: AskedItem, caller: Caller = COUNSELLOR) -> Any:
        request = DecideItems(case_id=case_id, items=items)
        learned = await learn_for_case(self.database, self.family, self.ground, caller, case_id, items, now=self.now)
        async with self.database.transaction() as tx:
            trusted = self.ground.lease.holds()
            return await decide_items(tx, caller, request, tables=self.ground.tables, learned=learned, trusted=trusted, now=self.now)

    async def want(self, decision_id: UUID, caller: Caller = COUNSELLOR, **dates: datetime) -> Any:
        async with self.database.transaction() as tx:
            request = WantConsent(decision_id=decision_id, **dates)
            return await want_consent(tx, caller, request, tables=self.ground.tables, now=self.now)

    async def permit(self, decision_id: UUID, *overlays: Overlay, caller: Caller = COUNSELLOR) -> Any:
        learned = await learn_for_decision(self.database, self.family, self.ground, caller, decision_id, overlays, now=self.now)
        async with self.database.transaction() as tx:
            request = GivePermit(decision_id=decision_id, items=overlays)
            trusted = self.ground.lease.holds()
            return await give_permit(tx, caller, request, tables=self.ground.tables, learned=learned, trusted=trusted, now=self.now)

    async def post(self, permit_id: UUID, *items: SealedItem, caller: Caller | None = None) -> Any:
        sender = caller or system(SCHOOL)
        learned, child_ref = await learn_for_permit(self.database, self.family, self.ground, sender, permit_id, now=self.now)
        async with self.database.transaction() as tx:
            return await post_items(
                tx,
                sender,
                PostItems(permit_id=permit_id, items=items),
                tables=self.ground.tables,
                learned=learned,
                child_ref=child_ref,
                trusted=self.ground.lease.holds(),
                now=self.now,
            )

    async def fetch(
        self, delivery_id: UUID, *, caller: Caller | None = None, tx: Connection | None = None, stood_still: float = 0.0
    ) -> Any:
        """The release; with `tx` the caller commits. `stood_still`: seconds between what was learned and the transaction."""
        receiver = caller or system(REGION)
        learned = await learn_for_delivery(self.database, self.family, self.ground, receiver, delivery_id, now=self.now)
        arrived = self.seconds
        self.seconds += stood_still
        request = FetchItem(delivery_id=delivery_id)
        if tx is not None:
            return await fetch_item(tx, receiver, request, ground=self.ground, learned=learned, now=self.now, arrived=arrived)
        async with self.database.transaction() as own:
            return await fetch_item(own, receiver, request, ground=self.ground, learned=learned, now=self.now, arrived=arrived)

    async def sequence(self) -> None:
        """Audit has everything."""
        ids = tuple(row["id"] for row in await self.database.pool.fetch("select id from outbox where name = 'entry' and done_at is null"))
        async with self.database.transaction() as tx:
            await hear_sequenced(tx, Sequenced(house="sharing", entry_ids=ids), now=self.now)

    async def entries(self, action: str | None = None) -> list[Entry]:
        """What stands in the outbox for audit, oldest first."""
        rows = await self.database.pool.fetch("select body from outbox where name = 'entry' order by position")
        entries = [msgspec.json.decode(row["body"], type=Entry) for row in rows]
        return [entry for entry in entries if action in {None, entry.action}]

    async def notices(self, organisation: str, name: str) -> list[dict[str, Any]]:
        """What stands in the outbox for an organisation."""
        rows = await self.database.pool.fetch(
            "select body from outbox where organisation = $1 and name = $2 order by position", organisation, name
        )
        return [msgspec.json.decode(row["body"]) for row in rows]

    async def permitted(self, *items: AskedItem) -> tuple[CaseView, DecisionView, PermitView]:
        """A case, a decision with a yes for each item, and the permit. Consent is given where the assessment is among them."""
        if ASSESSMENT in items:
            self.family.give()
        await self.lease()
        case: CaseView = await self.open()
        decision: DecisionView = await self.decide(case.case_id, *items)
        permit: PermitView = await self.permit(decision.decision_id, *(Overlay(item_id=item.item_id) for item in decision.items))
        return case, decision, permit

    async def waiting(self, *items: AskedItem) -> list[UUID]:
        """Deliveries that wait for their recipient, with everything in the log."""
        _, _, permit = await self.permitted(*items)
        posted: PostedView = await self.post(
            permit.permit_id, *(SealedItem(item_id=item.item_id, jwe=sealed(item.binding)) for item in permit.items)
        )
        await self.sequence()
        assert all(item.accepted for item in posted.items), posted
        return [item.delivery_id for item in posted.items if item.delivery_id is not None]

    async def released(self, *items: AskedItem) -> Released:
        """The first of them, fetched."""
        released: Released = await self.fetch((await self.waiting(*items))[0])
        return released


@pytest.fixture(scope="session")
def tables() -> Tables:
    return load()


@pytest.fixture
async def house(cluster: Cluster, clone: Clone, tables: Tables) -> AsyncIterator[House]:
    async with clone("sharing") as name:
        database = await Database.open(cluster.url("sharing", name), conflicts=CONFLICTS)
        async with database.transaction() as tx:
            await register_world(tx)
        yield House(database, tables)
        await database.close()


def later(house: House, **by: float) -> None:
    """Time goes on."""
    house.now += timedelta(**by)
