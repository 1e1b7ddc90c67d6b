"""Steps 3 to 5 of the story: confirmed, sealed and sent; fetched and opened; stopped."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from samsyn_connect.client import Written
from samsyn_connect.messages import DeliveryNotice, ItemResult, Released
from samsyn_connect.transport import Problem, Unreachable

from deploy.demo import inspection
from deploy.demo.questions import ASSESSMENT, ATTENDANCE, decide
from deploy.demo.stage import Stage, System, until
from shared.clock import utc_now
from shared.ids import new_id, opaque_id

AUTHOR = "Kim Ek, skolkurator, Björkskolan"


class Sent(msgspec.Struct):
    """What later steps need to know of what was sent."""

    school: System
    clinic: System
    permit: Any
    secret: str
    """Words of the sealed assessment that stand nowhere else in the world."""


async def confirm_and_send(stage: Stage, decision: Any) -> Sent:
    """Step 3: a named human confirms; the system sends three items, one too many."""
    tell = stage.narrator
    tell.step("The counsellor confirms, and the school's system seals and sends three items, one of them surplus")
    permit = await give_permit(stage, decision)
    tell.show("permit, for 24 hours", f"{permit['permit_id']} (a named human, logged in at level 3)")
    school, clinic = await stage.system("o5ek"), await stage.system("o2rg")
    secret = f"rönnbär {opaque_id().hex}"
    items = [
        _written(stage, permit["items"][0], _attendance()),
        _written(stage, permit["items"][1], _assessment(secret)),
        _surplus(stage, permit),
    ]
    results = await school.connection.send(UUID(permit["permit_id"]), items, now=utc_now(), request_id=str(new_id()))
    for item, result in zip(items, results, strict=True):
        tell.show(item.bound["category"], f"sent, delivery {result.delivery_id}" if result.accepted else f"refused: {result.reason}")
    tell.check("two items go", holds=[r.accepted for r in results[:2]] == [True, True], seen=results)
    tell.check("the third is refused: it is not in the permit", holds=results[2].reason == "not-in-permit", seen=results[2])
    return Sent(school, clinic, permit, secret)


async def receive(stage: Stage, sent: Sent) -> None:
    """Step 4: notice over NATS, fetch, verify, open, receipts; and nothing readable is left behind."""
    tell = stage.narrator
    tell.step("The clinic's system gets the notices over NATS, fetches (that is the release), opens, and gives signed receipts")
    wanted = {UUID(item["item_id"]): item["binding"]["category"] for item in sent.permit["items"]}
    notices = await deliveries(stage, sent.clinic, len(wanted))
    for notice in notices:
        released = await fetch(sent.clinic, notice.delivery_id)
        item = await sent.clinic.connection.open(released, now=utc_now())
        tell.show(
            f"{item.binding.category}, opened",
            f"signed by {item.author}; {len(item.content)} fields, about the clinic's own {notice.child_ref}",
        )
        if item.binding.category == "pupil-health":
            tell.check("the assessment arrives word for word", holds=sent.secret in item.content["summary"])
        for state in ("stored", "opened"):
            receipt = await sent.clinic.connection.give_receipt(notice.delivery_id, state, now=utc_now(), request_id=str(new_id()))
            tell.show("receipt", f"{receipt.state}, signed by the clinic")
    tell.check(
        "the clinic's reference to the child is not the school's: two parties cannot join their registers",
        holds=all(str(notice.child_ref) != stage.child_ref for notice in notices),
    )
    tell.say("Now everything the houses keep is searched: three databases, the bus's store, every log.")
    number, name = stage.family.child.number, stage.family.child.name.split()[0]
    found = await inspection.where(stage.running, [sent.secret, number, name, str(notices[0].delivery_id)])
    tell.check("the search works: it finds the delivery's id", holds=bool(found[str(notices[0].delivery_id)]))
    tell.check("the content is nowhere", holds=not found[sent.secret], seen=found[sent.secret])
    tell.check("nor is the child's name or number in clear", holds=not found[number] and not found[name], seen=found)


async def withdraw(stage: Stage, sent: Sent) -> None:
    """Step 5: one guardian says stop."""
    tell = stage.narrator
    tell.step("One guardian withdraws")
    counsellor = await stage.staff("counsellor", "sharing")
    permit = await give_permit(stage, await decide(stage, counsellor, ATTENDANCE, ASSESSMENT))
    attendance, assessment = permit["items"]
    waiting = await _send(sent, permit, _written(stage, assessment, _assessment(sent.secret)))
    tell.say("A second assessment has been sent and waits to be fetched. Then the guardian presses stop.")
    later = await give_permit(stage, await decide(stage, counsellor, ASSESSMENT))
    guardian = await stage.citizen(stage.family.guardians[0].number)
    consents = await stage.call(guardian, "GET", "consent", "/v1/consents", expect=200)
    consent_id = consents["consents"][0]["consent_id"]
    answer = await stage.call(guardian, "POST", "consent", f"/v1/consents/{consent_id}/withdrawal", {}, expect=200)
    tell.show("the page says", answer["state"])
    tell.check("stopped", holds=answer["state"] == "stopped", seen=answer)
    refusal = await _refused(sent.clinic, waiting)
    tell.check(
        "the waiting item can no longer be fetched, and the answer says why",
        holds=refusal is not None and refusal.code == "not-released",
        seen=refusal,
    )
    if refusal is not None:
        tell.show("fetch", f"{refusal.status} {refusal.code}: {refusal.document.get('detail', '')}")
    refused = await _send(sent, later, _written(stage, later["items"][0], _assessment(sent.secret)))
    tell.check("the next send of the assessment is refused: consent-withdrawn", holds=refused.reason == "consent-withdrawn", seen=refused)
    went = await _send(sent, permit, _written(stage, attendance, _attendance()))
    if went.delivery_id is None:
        tell.check("attendance still goes", holds=False, seen=went)
        return
    released = await fetch(sent.clinic, went.delivery_id)
    item = await sent.clinic.connection.open(released, now=utc_now())
    tell.check("attendance still goes: it never stood on consent", holds=item.binding.category == "attendance")


async def give_permit(stage: Stage, decision: Any) -> Any:
    """A named human confirms every item of a decision."""
    counsellor = await stage.staff("counsellor", "sharing")
    body = {"decision_id": decision["decision_id"], "items": [{"item_id": item["item_id"]} for item in decision["items"]]}
    return await stage.call(counsellor, "POST", "sharing", "/v1/permits", body, expect=201)


async def deliveries(stage: Stage, clinic: System, count: int) -> Sequence[DeliveryNotice]:
    """The clinic's notices of this case, confirmed as they come."""
    gathered: list[DeliveryNotice] = []

    async def enough() -> list[DeliveryNotice] | None:
        for notice in await clinic.bus.notices(within=0.5):
            if notice.name == "delivery":
                delivery = msgspec.json.decode(notice.body, type=DeliveryNotice)
                if str(delivery.case_id) == stage.case_id:
                    gathered.append(delivery)
            await clinic.connection.confirm([UUID(notice.notice_id)], request_id=str(new_id()))
            await notice.acknowledge()
        return gathered if len(gathered) >= count else None

    found = await until(enough, "the notices reaching the clinic")
    for delivery in found:
        stage.narrator.show("notice, ids only", f"delivery {delivery.delivery_id}, {delivery.category}")
    return found


async def fetch(clinic: System, delivery_id: UUID) -> Released:
    """Have an item released; asked again while Samsyn says *not now* (503), as a real system does."""

    async def released() -> Released | None:
        try:
            return await clinic.connection.fetch(delivery_id, request_id=str(new_id()))
        except Problem as problem:
            if problem.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
        except Unreachable:
            pass
        return None

    return await until(released, "the release of an item")


async def _send(sent: Sent, permit: Any, item: Written) -> ItemResult:
    return (await sent.school.connection.send(UUID(permit["permit_id"]), [item], now=utc_now(), request_id=str(new_id())))[0]


async def _refused(clinic: System, waiting: ItemResult) -> Problem | None:
    if waiting.delivery_id is None:
        return None
    try:
        await clinic.connection.fetch(waiting.delivery_id, request_id=str(new_id()))
    except Problem as problem:
        return problem
    return None


def _written(stage: Stage, permitted: Any, content: dict[str, Any]) -> Written:
    child = {"number": stage.family.child.number, "name": stage.family.child.name}
    return Written(bound=permitted["binding"], author=AUTHOR, child=child, content=content)


def _surplus(stage: Stage, permit: Any) -> Written:
    """Something that nobody has confirmed, under the permit all the same."""
    bound = {**permit["items"][0]["binding"], "item": str(new_id()), "category": "results-adaptations"}
    content = {"as_of": "2026-11-20", "adaptations": ["Förlängd tid vid prov"]}
    return Written(bound=bound, author=AUTHOR, child={"name": stage.family.child.name}, content=content)


def _attendance() -> dict[str, Any]:
    return {
        "from": "2026-08-17",
        "to": "2026-11-20",
        "possible_days": 66,
        "absent_days": 19.5,
        "unexcused_days": 7,
        "pattern": "single-lessons",
    }


def _assessment(secret: str) -> dict[str, Any]:
    return {"assessed_on": "2026-11-12", "profession": "psychologist", "summary": f"Behöver lugn miljö och tydliga övergångar. {secret}"}
