"""The tables as Cedar policies: a second opinion on the engine, written from the tables and the law, not from the engine's code.

One `permit` per written path, one `forbid` per override that answers before the rows. What the engine computes in Python (a gap, an age,
who is an authority) stands here as an attribute of the two parties or of the context, and Cedar compares.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import cedarpy

from services.sharing.domain.facts import ItemFacts
from tests.sharing.proof import written

TO_FAMILY = ("GUARD", "PARENT_NC", "CHILD")
TO_SCHOOL_AND_LEISURE = (*(code for code in written.REGIMES if code[:2] in {"S_", "F_"}), "LEIS_MUN", "LEIS_ASSOC")

PRIVATE_MAY_USE = ("consent", "harm-test", "duty", "should", "coherent-record", "family", "not-traceable", "emergency", "guided")
"""X9: what is left to a private discloser. Never OSL 10:2, 10:15 a, 10:18 a-c, 10:21-23, 10:27, 25:11-13, 26:9: those are authorities'."""
TOWARDS_PRIVATE = (
    "consent",
    "harm-test",
    "own-task",
    "cannot-consent",
    "coherent-record",
    "should",
    "feedback",
    "family",
    "not-traceable",
    "emergency",
    "guided",
)
"""X8: what an authority may use towards a private body, and what has no such border (SoL 19:4, 19:6, BrB 24:4)."""
PRIVATE_TO_PRIVATE = (*TOWARDS_PRIVATE, "duty")
"""Between private bodies OSL sets no border; a duty in another statute binds them (skollagen 29:14, PSL 6:12: never without right)."""
ABOUT_OTHERS = ("consent", "harm-test", "own-task", "duty", "should", "general-clause", "crime-15a", "support-need", "same-region")
ABOUT_OTHERS_TOO = ("same-authority", "youth-crime-risk", "crime", "feedback", "emergency", "guided")
"""X2: grounds that can carry another person's data; a patient's own record, insight and 25:13 reach nobody but the child."""
CARRIES_OTHERS = ("duty", "should", "support-need", "youth-crime-risk", "crime", "emergency", "guided")
"""X2: grounds under which those close to the child come along (OSL 25:12, 26:9; SoL 19:1, 20:6)."""
WHATEVER_PURPOSE = ("duty", "emergency", "not-traceable")
"""X10: a statute's demand, an emergency and what nobody can be recognised in ask for no new decision."""

Policies = Mapping[str, cedarpy.PolicySet]


def translate() -> dict[str, str]:
    """Cedar text by purpose: a request is judged by the policies of its own purpose, as they would be in one set."""
    forbids = [_policy("forbid", name, when) for name, when in OVERRIDES.items()]
    purposes = sorted({purpose for row in written.MATRIX for purpose in row["purpose"]})
    return {purpose: "\n".join([*_permits(purpose), *_limits(purpose), *forbids]) for purpose in purposes}


def parse() -> Policies:
    """The policies parsed once."""
    return {purpose: cedarpy.PolicySet.from_str(text) for purpose, text in translate().items()}


def allows(policies: Policies, questions: Sequence[ItemFacts]) -> list[bool]:
    """Cedar's yes or no for each question, in order. A purpose without a policy is denied, as Cedar denies by default."""
    requests: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for place, facts in enumerate(questions):
        requests.setdefault(facts.purpose, []).append((place, request(facts)))
    answers = [False] * len(questions)
    for purpose, asked in requests.items():
        if purpose in policies:
            results = cedarpy.is_authorized_batch([one for _, one in asked], policies[purpose], ENTITIES)
            for (place, _), result in zip(asked, results, strict=True):
                if result.diagnostics.errors:
                    raise ValueError(result.diagnostics.errors)
                answers[place] = result.allowed
    return answers


ENTITIES = cedarpy.Entities.from_json_str(
    json.dumps(
        [
            {
                "uid": {"type": "Regime", "id": code},
                "attrs": {"public": row["public"], "level": row["level"], "family": code in TO_FAMILY},
                "parents": [],
            }
            for code, row in written.REGIMES.items()
        ]
    )
)


def request(facts: ItemFacts) -> dict[str, Any]:
    """The question for Cedar: unknown facts are absent attributes."""
    own, other, judged = facts.discloser, facts.recipient, facts.judgements
    known = {
        "age": facts.age,
        "restricted": facts.restricted,
        "third": facts.third_persons,
        "received_for": facts.received_for,
        "role": facts.recipient_role,
        "item_months": facts.item_months,
        "period_months": facts.period_months,
        "own_organisation": own.organisation,
        "other_organisation": other.organisation,
        "own_principal": own.principal,
        "other_principal": other.principal,
        "profession": facts.profession,
    }
    context = {name: value for name, value in known.items() if value is not None} | {
        "to": {"__entity": {"type": "Regime", "id": other.regime}},
        "from": own.regime,
        "receiver": other.regime,
        "purpose": facts.purpose,
        "category": facts.category,
        "info": info(facts),
        "on": facts.on.toordinal(),
        "consent": "unknown" if facts.consent is None else facts.consent.state,
        "ticked": [code for code, yes in facts.attested.items() if yes],
        "judged": [name for name in judged.__struct_fields__ if getattr(judged, name)],
        "judged_no": [name for name in judged.__struct_fields__ if getattr(judged, name) is False],
        "detail": ("coded", "summary", "free-text").index(facts.detail),
        "coded_exists": facts.coded_exists,
        "stopped": facts.stopped,
        "about_child": facts.about_child,
        "secret_from_guardian": facts.secret_from_guardian,
        "care_order": facts.care_order,
        "from_concern": facts.from_concern,
        "reveals_reporter": facts.reveals_reporter,
        "committed": bool(facts.committed_crime),
        "child_refused": _child_refused(facts),
    }
    return {"principal": {"type": "Regime", "id": own.regime}, "action": 'Action::"tell"', "resource": 'Item::"one"', "context": context}


def _child_refused(facts: ItemFacts) -> bool:
    """X7: a no of a child of 12 or more, or of unknown age; on a row of consent it is for a human then."""
    if facts.consent is None or facts.consent.state not in {"refused", "withdrawn"} or (facts.age is not None and facts.age < 12):
        return False
    return any(one.role == "child" and one.status in {"refused", "withdrawn"} for one in facts.consent.missing)


def info(facts: ItemFacts) -> str:
    """IC16: what may happen is a risk, what has happened a suspicion. IC1: identity and contact follow the item they go along with."""
    along = facts.along_with if facts.category in {"identity", "whereabouts"} else None
    code = written.info_of(along or facts.category, facts.discloser.regime)
    return "I_SUSP" if code == "I_RISK" and facts.committed_crime else code


OVERRIDES = {
    "switch": "context.stopped",
    "X1": "(context has restricted && context.restricted) || (!(context has restricted) && context has age)",
    "X3": 'context.from == "SOC_FAM" && !(["P_CONCERN", "P_CONSULT", "P_EMERGENCY"].contains(context.purpose))',
    "X4": 'context.secret_from_guardian && context.receiver == "GUARD"',
    "X5": '(context.from_concern || ["concern-report", "feedback"].contains(context.category)) && context.from != "SOC" && '
    f'context.purpose != "P_EMERGENCY" && {json.dumps(TO_SCHOOL_AND_LEISURE)}.contains(context.receiver)',
    "X6": 'context has age && context.age >= 18 && (["P_CONCERN", "P_CUSTODY"].contains(context.purpose) || '
    '(context.purpose == "P_ACCESS" && context.receiver == "GUARD"))',
    "golden-no": "!context.judged_no.isEmpty()",
    "golden-open": '!(context.judged.containsAll(["necessary", "relevant"]) && (context.judged.contains("proportionate") || '
    'context.judged.containsAll(["reaches", "gentlest", "least", "outweighs"])))',
    "golden-coded": "context.coded_exists && context.detail == 2",
}
"""What is answered before the rows, and the golden rule's own no."""


def _policy(effect: str, name: str, when: str) -> str:
    return f'@id("{name}")\n{effect} (principal, action, resource) when {{ {when} }};'


def _permits(purpose: str) -> Iterable[str]:
    for row in written.MATRIX:
        if purpose not in row["purpose"] or row["label"] == "deny":
            continue
        for answering, professions in _answering(row):
            for number, path in enumerate(answering.get("path", []), 1):
                if answering["label"] == "escalate" and "A_LEGAL" not in path["attest"]:
                    continue  # a lawyer or the board decides: without that decision it is never a yes
                stops = ["!context.child_refused"] if answering["label"] == "consent" else []
                conditions = [
                    *_cell(row),
                    professions,
                    *stops,
                    *_between(path),
                    *_ground(path),
                    *(_attested(code) for code in path["attest"]),
                ]
                yield _policy("permit", f"{row['id']}>{answering['id']}/{number}", " && ".join(conditions))


def _answering(row: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], str]]:
    """The row itself, and the rows that answer instead of it for some professions (FB 6:20 c)."""
    instead: dict[str, str] = row.get("by_profession", {})
    yield row, f"!(context has profession && {json.dumps(sorted(instead))}.contains(context.profession))" if instead else "true"
    for other in (one for one in written.MATRIX if one["id"] in instead.values()):
        professions = sorted(name for name, code in instead.items() if code == other["id"])
        yield other, f"context has profession && {json.dumps(professions)}.contains(context.profession)"


def _cell(row: Mapping[str, Any]) -> Iterable[str]:
    yield f"{json.dumps(row['purpose'])}.contains(context.purpose)"
    for name, codes, wild in (("from", row["from"], "ANY"), ("receiver", row["to"], "ANY"), ("info", row["info"], "I_ANY")):
        if wild not in codes:
            yield f"{json.dumps(codes)}.contains(context.{name})"
    yield f"context.on >= {row['valid_from'].toordinal()}"
    if "valid_to" in row:
        yield f"context.on <= {row['valid_to'].toordinal()}"


def _between(path: Mapping[str, Any]) -> Iterable[str]:
    for name, key in (("from", "from"), ("receiver", "to")):
        if key in path:
            yield f"{json.dumps(path[key])}.contains(context.{name})"


def _ground(path: Mapping[str, Any]) -> Iterable[str]:
    kind = path["kind"]
    if path["consent"] == "disposer":
        yield 'context.consent == "given"'
        yield "!(context.care_order && (!(context has age) || context.age < 18))"
    if kind not in PRIVATE_MAY_USE:
        yield "principal.public"
    if kind not in TOWARDS_PRIVATE:
        yield (
            "(context.to.public || context.to.family)"
            if kind not in PRIVATE_TO_PRIVATE
            else "(context.to.public || context.to.family || !principal.public)"
        )
    if kind == "same-authority":
        yield "context has own_organisation && context has other_organisation && context.own_organisation == context.other_organisation"
    if kind not in ABOUT_OTHERS + ABOUT_OTHERS_TOO:
        yield "context.about_child"
    if kind not in CARRIES_OTHERS:
        yield '!(context has third && context.third == "present")'
    if kind == "youth-crime-risk":
        yield "!context.committed"
    if kind not in WHATEVER_PURPOSE:
        yield '(!(context has received_for) || context.received_for == context.purpose || context.ticked.contains("A_PURPOSE"))'
    yield '(!context.reveals_reporter || !context.to.family || context.ticked.contains("A_REPORTER"))'


def _attested(code: str) -> str:
    """A fact that is known answers; where none is, the tick."""
    ticked = f"context.ticked.contains({json.dumps(code)})"
    same = {name: f"context.own_{name} == context.other_{name}" for name in ("organisation", "principal")}
    known = {name: f"(context has own_{name} && context has other_{name})" for name in same}
    one_body = f"(if {known['organisation']} then {same['organisation']} else {ticked})"
    facts = {
        "A_U18": f"(if context has age then context.age < 18 else {ticked})",
        "A_U21": f"(if context has age then context.age < 21 else {ticked})",
        "A_CUSTODY_OK": f'(context.consent == "given" || {ticked})',
        "A_MATURE": f'(context.consent == "given" || {ticked})',
        "A_PUB_PUB": "(principal.public && context.to.public)",
        "A_GAP": f"(context.to.level >= principal.level || {ticked})",
        "A_THIRD": f'(if context has third then context.third != "present" else {ticked})',
        "A_SAME_ORG": f"(({known['organisation']} && {same['organisation']}) || "
        f"(if {known['principal']} then {same['principal']} else {one_body}))",
    }
    return facts.get(code, ticked)


def _limits(purpose: str) -> Iterable[str]:
    """The golden rule's limits; a category that no line of the purpose names goes by the purpose's line without categories."""
    lines = [need for need in written.NEEDS if purpose in need["purpose"]]
    named = sorted({category for need in lines for category in need.get("category", [])})
    for number, need in enumerate(lines, 1):
        categories = need.get("category")
        where = (
            f"{json.dumps(categories)}.contains(context.category)" if categories else f"!({json.dumps(named)}.contains(context.category))"
        )
        passed = [f"context.detail > {('coded', 'summary', 'free-text').index(need['detail'])}"]
        if need["needed"] == "no":
            passed = ["true"]
        if "months" in need:
            passed.append(f"(context has period_months && context.period_months > {need['months']})")
        if "stale_months" in need:
            passed.append(f"(context has item_months && context.item_months > {need['stale_months']})")
        if need.get("not_roles"):
            passed.append(f"(context has role && {json.dumps(need['not_roles'])}.contains(context.role))")
        yield _policy("forbid", f"limit-{purpose}-{number}", f"{where} && ({' || '.join(passed)})")
