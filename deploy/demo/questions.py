"""Steps 1 and 2 of the story: may I tell them? not yet; the family is asked; now yes."""

from typing import Any

from deploy.demo.population import Citizen, add_family
from deploy.demo.stage import Stage, until
from deploy.provider.browser import Browser
from shared.clock import STOCKHOLM, utc_now

SCHOOL, PUPIL_HEALTH, CLINIC = "o5ek-u1", "o5ek-u2", "o2rg-u2"
FIT = {"necessary": True, "relevant": True, "proportionate": True}
ATTENDANCE = {
    "discloser_unit": SCHOOL,
    "recipient_unit": CLINIC,
    "category": "attendance",
    "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True},
    "judgements": FIT,
}
ASSESSMENT = {
    "discloser_unit": PUPIL_HEALTH,
    "recipient_unit": CLINIC,
    "category": "pupil-health",
    "attested": {"A_RELEVANT": True, "A_THIRD": True},
    "judgements": FIT,
}


async def may_i_tell(stage: Stage, child: str = "Tindra") -> Any:
    """Step 1: a case, and the question."""
    tell = stage.narrator
    tell.step("A school counsellor asks: may I tell the child psychiatric clinic, to plan support together?")
    stage.family = add_family(stage.population, child, 13, ["Vera", "Ove"], "joint", utc_now().astimezone(STOCKHOLM).date())
    tell.say(
        "A new synthetic child: 13 years old, two guardians with joint custody. The number goes in a request's body, never in an address."
    )
    counsellor = await stage.staff("counsellor", "consent")
    named = await stage.call(counsellor, "POST", "consent", "/v1/children", {"number": stage.family.child.number}, expect=200)
    stage.child_ref = named["child_ref"]
    tell.show("the school's own reference", stage.child_ref)
    await stage.staff("counsellor", "sharing")
    case = {"child_ref": stage.child_ref, "model": "hlt-team", "purpose": "P_SUPPORT", "unit": PUPIL_HEALTH, "parties": [SCHOOL, CLINIC]}
    stage.case_id = (await stage.call(counsellor, "POST", "sharing", "/v1/cases", case, expect=201))["case_id"]
    tell.show("case, model hlt-team", stage.case_id)
    decision = await decide(stage, counsellor, ATTENDANCE, ASSESSMENT)
    attendance, assessment = decision["items"]
    _explain(stage, attendance)
    tell.check("attendance: yes, it is not secret between them", holds=attendance["answer"] == "yes", seen=attendance)
    tell.check("and the law is named: OSL 23:2 st. 3", holds=attendance["basis"] == ["OSL 23:2 st. 3"], seen=attendance["basis"])
    _explain(stage, assessment)
    missing = {(m["role"], m["number"]) for m in assessment["missing"]}
    tell.check(
        "the assessment: not yet; the answers of two guardians and of the child are missing",
        holds=assessment["answer"] == "wait" and missing == {("guardian", 2), ("child", 1)},
        seen=assessment,
    )
    exception: Any = next((path for path in assessment["paths"] if path["basis"] == ["OSL 10:27"]), {"conditions": []})
    to_attest = [c["code"] for c in exception["conditions"] if c["state"] == "open"]
    for code in to_attest:
        tell.show("the exception would need", assessment["texts"].get(code, {}).get("en", code))
    tell.check(
        "the narrow exception, OSL 10:27, is named with what would have to be attested",
        holds=to_attest == ["A_TRIED", "A_OBVIOUS"],
        seen=to_attest,
    )
    return decision


async def ask_the_family(stage: Stage, decision: Any) -> Any:
    """Step 2: everybody who must answer does, one after the other."""
    tell = stage.narrator
    tell.step("The family is asked, once")
    counsellor = await stage.staff("counsellor", "sharing")
    asked = await stage.call(counsellor, "POST", "sharing", "/v1/consent-requests", {"decision_id": decision["decision_id"]}, expect=201)
    tell.show("request", asked["requests"][0]["request_id"])
    first, second = stage.family.guardians
    await answer_yes(stage, first, show=True)
    assessment = (await decide(stage, counsellor, ASSESSMENT))["items"][0]
    missing = {(m["role"], m["number"]) for m in assessment["missing"]}
    tell.check(
        "one guardian has said yes: still not yet, one guardian and the child are missing (roles and numbers, never names)",
        holds=assessment["answer"] == "wait" and missing == {("guardian", 1), ("child", 1)},
        seen=assessment,
    )
    await answer_yes(stage, stage.family.child)
    await answer_yes(stage, second)

    async def settled() -> Any:
        made = await decide(stage, counsellor, ATTENDANCE, ASSESSMENT)
        return made if made["items"][1]["answer"] == "yes" else None

    final = await until(settled, "the consent reaching sharing")
    tell.check(
        "the child and the other guardian have said yes too: now yes, on consent (OSL 12:2)",
        holds="OSL 12:2" in final["items"][1]["basis"],
        seen=final["items"][1],
    )
    return final


async def decide(stage: Stage, counsellor: Browser, *items: dict[str, Any]) -> Any:
    """Ask the engine for a recorded decision."""
    return await stage.call(counsellor, "POST", "sharing", "/v1/decisions", {"case_id": stage.case_id, "items": list(items)}, expect=201)


async def answer_yes(stage: Stage, person: Citizen, *, show: bool = False) -> None:
    """One of the family logs in, reads the page and says yes to each row of it."""
    browser = await stage.citizen(person.number)

    async def listed() -> Any:
        found = await stage.call(browser, "GET", "consent", "/v1/requests", expect=200)
        return [request for request in found["requests"] if not request["answered"]]

    request = (await until(listed, "the question reaching the family"))[0]
    page = await stage.call(browser, "GET", "consent", f"/v1/requests/{request['request_id']}?language=en", expect=200)
    if show:
        stage.narrator.show("the page says", page["page"]["title"])
        for row in page["page"]["rows"]:
            stage.narrator.show("", row["sentence"])
        stage.narrator.show("", page["page"]["withdrawal"])
    answers = [{"row": own["row"], "choice": "yes"} for own in page["your_answers"]]
    said = {"served_id": page["served_id"], "answers": answers}
    await stage.call(browser, "POST", "consent", f"/v1/requests/{request['request_id']}/answers", said, expect=200)
    stage.narrator.say(f"{person.name.split()[0]} logs in, reads and answers yes.")


def _explain(stage: Stage, item: Any) -> None:
    texts = item["texts"]
    sentences = [texts[code]["en"] for code in (item["answer"], *item["reasons"]) if code in texts]
    stage.narrator.show(
        item["category"], f"{item['answer'].upper()}  {' '.join(sentences)}  [{', '.join(item['law'][:3])}; row {item['row']}]"
    )
