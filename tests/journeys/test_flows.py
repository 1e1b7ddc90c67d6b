"""Every flow of sharing once with real processes: people with logins, systems with the client kit, over HTTP and NATS."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samsyn_connect.client import Written
from samsyn_connect.transport import Problem

from deploy.demo import delivery
from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.questions import ASSESSMENT, ATTENDANCE, CLINIC, FIT, PUPIL_HEALTH, SCHOOL, answer_yes, decide
from deploy.demo.stage import Stage, System, until
from deploy.embedded.home import Running
from shared.clock import STOCKHOLM, utc_now
from shared.ids import new_id
from tests.journeys.case import CONTENT
from tests.journeys.order import superuser

SOCIAL, NEW_SCHOOL = "o8st-u1", "o6fr-u2"


@pytest.fixture(scope="module")
async def stage(running_suite: Running) -> AsyncIterator[Stage]:
    """A child that the school has named, with a case between school and clinic."""
    async with Stage(running_suite, Narrator(lambda _: None)) as opened:
        opened.family = add_family(opened.population, "Tuva", 13, ["Vera"], "sole", utc_now().astimezone(STOCKHOLM).date())
        browser = await opened.staff("counsellor", "consent")
        named = await opened.call(browser, "POST", "consent", "/v1/children", {"number": opened.family.child.number}, expect=200)
        opened.child_ref = named["child_ref"]
        opened.case_id = await open_case(opened, "hlt-team", "P_SUPPORT", [SCHOOL, CLINIC])
        yield opened


async def open_case(stage: Stage, model: str, purpose: str, parties: list[str]) -> str:
    case = {"child_ref": stage.child_ref, "model": model, "purpose": purpose, "unit": PUPIL_HEALTH, "parties": parties}
    return str((await person(stage, "counsellor", "POST", "/v1/cases", case, expect=201))["case_id"])


async def person(stage: Stage, who: str, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
    return await stage.call(await stage.staff(who, "sharing"), method, "sharing", path, body, expect=expect)


async def send(stage: Stage, kind: str, case_id: str, to: str, **more: Any) -> Any:
    body = {"kind": kind, "from_unit": PUPIL_HEALTH, "to_unit": to, "case_id": case_id, **more}
    return await keyed(stage, "counsellor", "/v1/matters", body)


async def keyed(stage: Stage, who: str, path: str, body: dict[str, Any]) -> Any:
    """An operation by a person: with a key, as a system would."""
    browser = await stage.staff(who, "sharing")
    answer = await browser.send("POST", f"{stage.urls['sharing']}{path}", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def answer(stage: Stage, who: str, matter: Any, said: str | None) -> Any:
    return await keyed(stage, who, "/v1/matter-answers", {"matter_id": matter["matter_id"], "answer": said})


async def notice(stage: Stage, organisation: str, name: str, **wanted: str) -> dict[str, Any]:
    """The organisation's notice of this name about this thing, over its own connection to NATS; confirmed, as all before it."""
    system = await stage.system(organisation)

    async def found() -> dict[str, Any] | None:
        for one in await system.bus.notices(within=0.5):
            body = msgspec.json.decode(one.body)
            await system.connection.confirm([UUID(one.notice_id)], request_id=str(new_id()))
            await one.acknowledge()
            if one.name == name and wanted.items() <= body.items():
                return dict(body)
        return None

    return await until(found, f"the notice {name}")


async def post(stage: Stage, permit: Any) -> UUID:
    """The permit's first item, sealed and sent over NATS by the school's system with the client kit."""
    school = await stage.system("o5ek")
    bound = permit["items"][0]["binding"]
    written = Written(bound=bound, author="Kim Ek", child={"name": "Tuva"}, content=CONTENT[bound["category"]])
    (sent,) = await school.connection.send(UUID(permit["permit_id"]), [written], now=utc_now(), request_id=str(new_id()))
    assert sent.delivery_id is not None, sent
    return sent.delivery_id


async def waiting(stage: Stage) -> UUID:
    """One delivery of attendance, which stands on no consent."""
    counsellor = await stage.staff("counsellor", "sharing")
    return await post(stage, await delivery.give_permit(stage, await decide(stage, counsellor, ATTENDANCE)))


async def test_a_request_and_an_offer_go_and_come_back_over_http_and_nats(stage: Stage) -> None:
    wish = await send(stage, "request", stage.case_id, CLINIC, categories=["health-care"])
    await answer(stage, "clinician", wish, "accepted")
    school = await stage.system("o5ek")
    body = {"kind": "offer", "from_unit": SCHOOL, "to_unit": CLINIC, "case_id": stage.case_id, "categories": ["attendance"]}
    headers = {"Idempotency-Key": str(new_id())}

    reply = await school.bus._connected.request("samsyn.in.o5ek.matter", msgspec.json.encode(body), headers=headers, timeout=5)
    returned = await answer(stage, "clinician", msgspec.json.decode(reply.data), "returned")

    assert (await notice(stage, "o5ek", "matter-answered", matter_id=wish["matter_id"], answer="accepted"))["at"]
    assert (returned["kind"], returned["answer"]) == ("offer", "returned")


async def test_a_report_of_concern_is_confirmed_and_gets_its_feedback_and_nothing_more(stage: Stage) -> None:
    case_id = await open_case(stage, "orosanmalan-aterkoppling", "P_CONCERN", [SOCIAL])
    report = await send(stage, "concern", case_id, SOCIAL)
    heard = await notice(stage, "o8st", "matter", matter_id=report["matter_id"])

    await answer(stage, "social-worker", report, None)
    await answer(stage, "social-worker", report, "inquiry-opened")

    told = await notice(stage, "o5ek", "matter-answered", matter_id=report["matter_id"], answer="inquiry-opened")
    assert heard["kind"] == "concern"
    assert set(told) == {"matter_id", "answer", "at"}


async def test_a_wish_for_a_plan_is_answered(stage: Stage) -> None:
    case_id = await open_case(stage, "sip", "P_SIP", [SOCIAL, CLINIC])
    wish = await send(stage, "sip-wish", case_id, SOCIAL)

    said = await answer(stage, "social-worker", wish, "accepted")

    assert said["answer"] == "accepted"
    assert timedelta(days=9) < msgspec.convert(wish["answer_by"], type=type(utc_now())) - utc_now() <= timedelta(days=10)


async def test_what_is_told_by_telephone_is_noted_on_both_sides(stage: Stage) -> None:
    counsellor = await stage.staff("counsellor", "sharing")
    decision = await decide(stage, counsellor, ATTENDANCE)
    item = {"item_id": decision["items"][0]["item_id"]}
    body = {"decision_id": decision["decision_id"], "medium": "telephone", "present": [CLINIC], "items": [item]}

    async def told() -> Any:
        answered = await counsellor.send("POST", f"{stage.urls['sharing']}/v1/told", json=body)
        return answered.json() if answered.status_code == 201 else None

    told_id = (await until(told, "the decision reaching the log"))["items"][0]["told_id"]
    theirs = await person(stage, "clinician", "GET", f"/v1/told/{told_id}")

    assert theirs["filing_note"]["category"] == "attendance"
    assert await notice(stage, "o2rg", "told", told_id=told_id)


async def test_an_item_that_its_holder_takes_back_is_proven_deleted(stage: Stage) -> None:
    delivery_id, clinic = await waiting(stage), await stage.system("o2rg")
    await delivery.fetch(clinic, delivery_id)

    await person(stage, "counsellor", "POST", f"/v1/deliveries/{delivery_id}/recall", {"reason": "incorrect"})
    refused = await refusal(clinic, delivery_id)
    owed = await person(stage, "clinician", "GET", "/v1/duties")
    await clinic.connection.give_receipt(delivery_id, "deleted", now=utc_now(), request_id=str(new_id()))
    left = await person(stage, "clinician", "GET", "/v1/duties")

    assert refused == "not-released"
    about = [duty["kind"] for duty in owed["duties"] if duty["object_id"] == str(delivery_id)]
    assert about == ["delete-receipt"]
    assert not [duty for duty in left["duties"] if duty["object_id"] == str(delivery_id)]


async def refusal(clinic: System, delivery_id: UUID) -> str:
    try:
        await clinic.connection.fetch(delivery_id, request_id=str(new_id()))
    except Problem as problem:
        return problem.code
    return "released"


async def test_broken_glass_reaches_the_clinic_both_duty_officers_and_a_review(stage: Stage) -> None:
    counsellor = await stage.staff("counsellor", "sharing")
    await counsellor.login(stage.urls["sharing"], stage.world.person("counsellor").subject, fresh=True)
    body = {
        "child_ref": stage.child_ref,
        "model": "hlt-team",
        "unit": PUPIL_HEALTH,
        "recipient_unit": CLINIC,
        "categories": ["pupil-health"],
        "reason": "suicide-risk",
        "judgements": FIT,
    }

    opened = await person(stage, "counsellor", "POST", "/v1/break-glass", body, expect=201)
    released = await (await stage.system("o2rg")).connection.fetch(await post(stage, opened["permit"]), request_id=str(new_id()))
    notices = [await notice(stage, org, "glass-broken", glass_id=opened["glass_id"]) for org in ("o5ek", "o2rg")]
    path = f"/v1/break-glass/{opened['glass_id']}/review"
    reviewed = await person(stage, "region-manager", "POST", path, {"verdict": "justified"})

    assert released.filing_note["basis"] == ["BrB 24:4"]
    assert [one["unheld"] for one in notices] == [False, False]
    assert reviewed["verdict"] == "justified"


async def test_a_handover_is_held_until_the_family_s_yes_and_delivered_once(stage: Stage) -> None:
    case_id = await open_case(stage, "overlamning", "P_TRANS", [NEW_SCHOOL])
    item = {**ASSESSMENT, "recipient_unit": NEW_SCHOOL, "attested": {"A_RELEVANT": True, "A_THIRD": True, "A_GAP": True}}
    decision = await person(stage, "counsellor", "POST", "/v1/decisions", {"case_id": case_id, "items": [item]}, expect=201)
    await person(stage, "counsellor", "POST", "/v1/consent-requests", {"decision_id": decision["decision_id"]}, expect=201)
    body = {"decision_id": decision["decision_id"], "items": [{"item_id": decision["items"][0]["item_id"]}]}
    package = await person(stage, "counsellor", "POST", "/v1/packages", body, expect=201)
    delivery_id, school = await post(stage, package["permit"]), await stage.system("o6fr")
    held = await refusal(school, delivery_id)

    for one in (*stage.family.guardians, stage.family.child):
        await answer_yes(stage, one)
    told = await notice(stage, "o6fr", "delivery", delivery_id=str(delivery_id))
    await school.connection.open(await delivery.fetch(school, delivery_id), now=utc_now())
    await school.connection.give_receipt(delivery_id, "stored", now=utc_now(), request_id=str(new_id()))

    assert (decision["items"][0]["answer"], held) == ("wait", "not-released")
    assert told["category"] == "pupil-health"
    assert await refusal(school, delivery_id) == "not-released"


async def test_a_grant_revoked_in_the_middle_of_a_stream_of_deliveries_stops_the_next_fetch(stage: Stage) -> None:
    first, second, clinic = await waiting(stage), await waiting(stage), await stage.system("o2rg")
    await delivery.fetch(clinic, first)
    async with superuser(stage.running, "sharing") as connection:
        grant = await connection.fetchrow(
            "select * from access_grant where organisation = 'o2rg' and role = 'system' and revoked_at is null"
        )

    await person(stage, "operator", "POST", f"/v1/register/grants/{grant['grant_id']}/revocation")
    try:
        refused = await refusal(clinic, second)
    finally:
        until_then = {"valid_from": utc_now().isoformat(), "valid_until": grant["valid_until"].isoformat()}
        again = {"principal": grant["principal"], "organisation": "o2rg", "role": "system", **until_then}
        await person(stage, "operator", "POST", "/v1/register/grants", again, expect=201)

    assert refused == "not-found"
    await delivery.fetch(clinic, second)
