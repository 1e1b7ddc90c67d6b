"""Who gives access, who must approve it, what is true on any date, and what a review finds: through the routes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from litestar.connection import ASGIConnection

from services.sharing.app import routes_of
from services.sharing.domain.access import is_number
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.run_duties import Duties
from shared.auth import Caller
from shared.http import Runtime, make_app
from shared.ids import opaque_id
from tests.sharing.conftest import ATTENDANCE, House, later
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, ISSUER, NOW, OPERATING, OPERATOR, REGION, SCHOOL, UNTIL, grant, person, system

HEAD, SECOND = person("p-head", SCHOOL), person("p-second", SCHOOL)
RUNNING = person("p-operator", OPERATOR)
IDLE = person("p-colleague", OPERATOR)


class Desk:
    """An administrator at a browser."""

    def __init__(self, http: httpx.AsyncClient, house: House) -> None:
        self.http, self.house = http, house
        self.caller: Caller = HEAD

    async def authenticate(self, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        return self.caller

    async def post(self, path: str, body: Any = None, *, by: Caller = HEAD) -> httpx.Response:
        self.caller = by
        return await self.http.post(f"/v1/register/{path}", json=body) if body is not None else await self.http.post(f"/v1/register/{path}")

    async def get(self, path: str, *, by: Caller = HEAD, **query: str) -> httpx.Response:
        self.caller = by
        return await self.http.get(f"/v1/register/{path}", params=query)

    def wanted(self, subject: str = "p-new", **changed: Any) -> dict[str, Any]:
        times = {"valid_from": self.house.now.isoformat(), "valid_until": UNTIL.isoformat()}
        return {"principal": f"{ISSUER} {subject}", "organisation": SCHOOL, "role": "counsellor", "unit": HEALTH, **times, **changed}


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with house.database.transaction() as tx:
        for administrator in (HEAD, SECOND, RUNNING):
            await grant_access(tx, OPERATING, grant(administrator, None, "administrator"), now=NOW)
    async with httpx.AsyncClient(base_url="https://sharing.samsyn.example") as http:
        made = Desk(http, house)
        runtime = Runtime(
            database=house.database,
            ask=house.family,
            authenticate=made.authenticate,
            public_url="https://sharing.samsyn.example",
            clock=lambda: house.now,
        )
        app = make_app(house="sharing", routes=routes_of(house.ground), runtime=runtime)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="https://sharing.samsyn.example") as inside:
            made.http = inside
            yield made


async def test_an_administrator_gives_and_takes_back_and_each_is_one_entry_and_one_change(desk: Desk) -> None:
    given = (await desk.post("grants", desk.wanted())).json()["grant"]
    later(desk.house, minutes=1)

    revoked = await desk.post(f"grants/{given['grant_id']}/revocation")

    assert revoked.json()["revoked_at"] is not None
    changes = (await desk.get(f"organisations/{SCHOOL}/changes", thing=given["grant_id"])).json()["changes"]
    assert [change["action"] for change in changes] == ["grant.revoked", "grant.given"]
    assert (changes[0]["before"]["revoked_at"], changes[1]["before"]) == (None, None)
    assert [e.action for e in await desk.house.entries() if str(e.object_id) == given["grant_id"]] == ["grant.given", "grant.revoked"]


@pytest.mark.parametrize(
    "by", [system(SCHOOL, "sharing:confirm", "sharing:read"), COUNSELLOR, IDLE, person("p-x", REGION)], ids=lambda c: c.subject
)
async def test_a_system_and_whoever_administers_nothing_there_give_no_access(desk: Desk, by: Caller) -> None:
    before = await desk.house.database.pool.fetchval("select count(*) from access_grant")

    answer = await desk.post("grants", desk.wanted(), by=by)
    seen = await desk.get(f"organisations/{SCHOOL}", by=by)

    assert (answer.status_code, seen.status_code in {403, 404}) == (403, True)
    assert await desk.house.database.pool.fetchval("select count(*) from access_grant") == before


async def test_a_login_that_is_too_weak_gives_no_access(desk: Desk) -> None:
    weak = Caller(
        **{name: getattr(HEAD, name) for name in HEAD.__struct_fields__ if name != "acr"}, acr="http://id.elegnamnden.se/loa/1.0/loa2"
    )

    assert (await desk.post("grants", desk.wanted(), by=weak)).status_code == 401


async def test_for_a_guarded_unit_one_proposes_and_another_approves(desk: Desk) -> None:
    unit = {
        "organisation": SCHOOL,
        "unit": "o5ek-u7",
        "name": "Skyddad enhet",
        "regime": "S_EH",
        "guarded": True,
        "hsa_id": "SE2120000142-AB1",
    }
    assert (await desk.post("units", unit, by=HEAD)).status_code == 403
    assert (await desk.post("units", unit, by=RUNNING)).json() == {"changed": True}

    answer = (await desk.post("grants", desk.wanted(unit="o5ek-u7"))).json()
    way = f"proposals/{answer['proposal']['proposal_id']}/decision"
    alone = await desk.post(way, {"approve": True})
    herself = await desk.post(way, {"approve": True}, by=person("p-new", SCHOOL))
    approved = (await desk.post(way, {"approve": True}, by=SECOND)).json()

    assert answer["grant"] is None
    assert (alone.status_code, herself.status_code) == (403, 404)
    assert (approved["grant"]["granted_by"], approved["proposal"]["decided_by"]) == (HEAD.principal, SECOND.principal)


async def test_nobody_gives_access_to_themselves_alone_and_a_proposal_may_be_turned_down(desk: Desk) -> None:
    proposal = (await desk.post("grants", desk.wanted("p-head"))).json()["proposal"]

    turned_down = (await desk.post(f"proposals/{proposal['proposal_id']}/decision", {"approve": False}, by=SECOND)).json()

    assert (turned_down["grant"], turned_down["proposal"]["grant_id"]) == (None, None)
    assert (await desk.get(f"organisations/{SCHOOL}/access", grant=str(opaque_id()))).status_code == 404
    held = (await desk.get(f"organisations/{SCHOOL}")).json()
    assert held["proposals"] == []


async def test_who_could_see_what_is_told_as_of_any_date(desk: Desk) -> None:
    given = (await desk.post("grants", desk.wanted())).json()["grant"]
    then = desk.house.now
    later(desk.house, days=3)
    await desk.post(f"grants/{given['grant_id']}/revocation")
    later(desk.house, days=3)

    async def roles(at: str | None) -> list[str]:
        query = {"grant": given["grant_id"]} | ({"at": at} if at else {})
        return [one["role"] for one in (await desk.get(f"organisations/{SCHOOL}/access", **query)).json()["grants"]]

    assert (await roles((then + timedelta(days=1)).isoformat()), await roles(None)) == (["counsellor"], [])
    past = await desk.post("grants", desk.wanted(valid_from=NOW.isoformat()))
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (400, "#/valid_from")


async def test_a_review_finds_the_unused_the_ending_and_those_without_a_manager(desk: Desk) -> None:
    until = (NOW + timedelta(days=80)).isoformat()
    given = (await desk.post("grants", desk.wanted(valid_until=until))).json()["grant"]
    later(desk.house, days=61)
    await desk.house.lease()
    await desk.house.decide((await desk.house.open(parties=(BUP, ATTENDANCE.discloser_unit))).case_id, ATTENDANCE)

    found = (await desk.get(f"organisations/{SCHOOL}/review")).json()["findings"]

    assert {f["kind"] for f in found if f["grant_id"] == given["grant_id"]} == {"unused", "expiring"}
    of_counsellor = {f["kind"] for f in found if f["principal"] == COUNSELLOR.principal}
    assert of_counsellor == {"no-manager"}  # it was used today; the operator gave it
    assert {f["unit"] for f in found if f["kind"] == "no-key"} == {"o5ek-u1", "o5ek-u2"}
    mine = next(f for f in found if f["principal"] == COUNSELLOR.principal)
    await desk.post(f"grants/{mine['grant_id']}/manager")
    again = (await desk.get(f"organisations/{SCHOOL}/review")).json()["findings"]
    assert not [f for f in again if f["grant_id"] == mine["grant_id"]]


async def test_a_role_that_alarms_go_to_and_nobody_holds_is_a_finding_until_somebody_does(desk: Desk) -> None:
    async def unheld() -> set[tuple[str, str]]:
        found = (await desk.get(f"organisations/{SCHOOL}/review")).json()["findings"]
        return {(one["unit"], one["role"]) for one in found if one["kind"] == "unheld"}

    assert await unheld() == {(unit, role) for unit in ("o5ek-u1", "o5ek-u2") for role in ("manager", "duty-officer")}
    await desk.post("grants", desk.wanted(role="manager", unit=None))
    await desk.post("grants", desk.wanted(role="duty-officer"))

    assert await unheld() == {("o5ek-u1", "duty-officer")}


async def test_a_review_that_nobody_makes_is_told_once_a_month_until_somebody_does(desk: Desk) -> None:
    house, way = desk.house, f"organisations/{SCHOOL}/reviews"
    duties = Duties(house.database)
    assert (await desk.post(way, by=COUNSELLOR)).status_code == 404
    later(house, days=179)
    await duties.run_once(house.now)
    assert await house.notices(SCHOOL, "review-overdue") == []

    for days in (2, 29, 2):
        later(house, days=days)
        await duties.run_once(house.now)
        await duties.run_once(house.now)

    told = await house.notices(SCHOOL, "review-overdue")
    assert [(one["unheld"], one["findings"] > 0) for one in told] == [(False, True)] * 2
    done = (await desk.post(way)).json()
    assert (done["findings"], (await desk.get(f"organisations/{SCHOOL}/review")).json()["due_at"]) == (told[1]["findings"], done["due_at"])
    later(house, days=31)
    await duties.run_once(house.now)
    assert len(await house.notices(SCHOOL, "review-overdue")) == 2
    assert [(e.organisation, e.person.actor_kind) for e in await house.entries("access-review.overdue") if e.organisation == SCHOOL] == [
        (SCHOOL, "timer")
    ] * 2
    assert [(e.organisation, e.answer) for e in await house.entries("access.reviewed")] == [(SCHOOL, "done")]


async def test_a_private_school_comes_in_step_by_step(desk: Desk) -> None:
    enrol = {"organisation": "o6fr", "display_name": "Friskolan Ek", "principal": "Ek AB", "public": False, "number": "556036-0793"}
    times = {"valid_from": NOW.isoformat(), "valid_until": UNTIL.isoformat()}

    async def steps() -> Any:
        return (await desk.get("organisations/o6fr/onboarding", by=RUNNING)).json()["next"]

    wrong = await desk.post("organisations", {**enrol, "number": "556036-0794"}, by=RUNNING)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/number")
    assert (await desk.post("organisations", enrol, by=HEAD)).status_code == 403
    await desk.post("organisations", enrol, by=RUNNING)
    assert await steps() == "unit-with-regime"
    await desk.post("units", {"organisation": "o6fr", "unit": "o6fr-u1", "name": "Skolan", "regime": "F_SCH"}, by=RUNNING)
    assert await steps() == "first-administrator"
    first = desk.wanted("p-first", organisation="o6fr", unit=None, role="administrator")
    await desk.post("grants", first, by=RUNNING)
    assert await steps() == "agreement"
    agreement = {"model": "hlt-team", "organisations": ["o6fr", REGION], "signed_by": "VD", **times}
    signed = (await desk.post("agreements", agreement, by=RUNNING)).json()
    assert await steps() == "countersigned-key"
    own = person("p-first", "o6fr")
    client = {"organisation": "o6fr", "principal": f"{ISSUER} https://system.o6fr.test", **times}
    assert (await desk.post("systems", client, by=own)).json() == {"changed": True}
    assert (await desk.post("systems", {**client, "organisation": SCHOOL}, by=HEAD)).status_code == 409
    ended = await desk.post(f"agreements/{signed['agreement_id']}/end", by=own)
    assert ended.json()["revoked_at"] is not None
    renewed = await desk.post(
        f"agreements/{signed['agreement_id']}/renewal", {"valid_until": UNTIL.isoformat(), "signed_by": "VD"}, by=RUNNING
    )
    assert renewed.status_code == 201


async def test_a_switch_is_thrown_with_two_texts_listed_and_stops_the_next_fetch(desk: Desk) -> None:
    (delivery,) = await desk.house.waiting(ATTENDANCE)
    off = {"kind": "route", "value": "o5ek-u1>o2rg-u2", "off": True, "sv": "Felsökning pågår.", "en": "Being looked into."}

    assert (await desk.post("switches", off, by=HEAD)).status_code == 403
    assert (await desk.post("switches", off, by=RUNNING)).json()["changed"] is True
    refused = await desk.house.fetch(delivery)
    listed = (await desk.get("switches", by=RUNNING)).json()["switches"]
    await desk.post("switches", {**off, "off": False, "sv": "Rättat.", "en": "Mended."}, by=RUNNING)

    assert refused.code == "not-released"
    assert [(s["value"], s["sv"], s["thrown_by"]) for s in listed] == [("o5ek-u1>o2rg-u2", "Felsökning pågår.", RUNNING.principal)]
    assert (await desk.house.fetch(delivery)).delivery_id == delivery


async def test_a_grant_revoked_in_the_middle_of_a_stream_of_deliveries_stops_the_next_fetch(desk: Desk) -> None:
    first, second = [*await desk.house.waiting(ATTENDANCE), *await desk.house.waiting(ATTENDANCE)]
    own = await desk.get(f"organisations/{REGION}", by=RUNNING)
    grant_id = next(g["grant_id"] for g in own.json()["grants"] if g["role"] == "system")
    assert (await desk.house.fetch(first)).delivery_id == first

    await desk.post(f"grants/{grant_id}/revocation", by=RUNNING)

    assert type(await desk.house.fetch(second)).__name__ == "Hidden"


@pytest.mark.parametrize(("number", "is_one"), [("556036-0793", True), ("5560360794", False), ("130504-9805", False), ("x", False)])
def test_an_organisation_number_is_told_from_a_wrong_and_a_personal_one(number: str, *, is_one: bool) -> None:
    assert is_number(number) is is_one
