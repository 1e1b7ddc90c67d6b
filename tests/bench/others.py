"""Two other engines on the same rules and questions: Cedar with the proof's translation, Casbin with conditions in its table."""

import importlib
import json
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any

from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.tables import Tables
from shared.law.codes import Answer
from tests.bench.measure import Line, in_turn
from tests.sharing.proof import cedar, written

BATCH = 50

CASBIN_MODEL = """
[request_definition]
r = facts

[policy_definition]
p = when, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = eval(p.when)
"""


def against_cedar(tables: Tables, questions: Sequence[ItemFacts]) -> Line:
    """Cedar answers yes or no and names the policies; ours answers with reasons, conditions and duties."""
    policies = cedar.parse()
    ours, theirs = cycle(questions), cycle(questions)
    per_second, ratio = in_turn(
        lambda: sum(decide_item(tables, facts) is not None for facts in islice(ours, BATCH)),
        lambda: len(cedar.allows(policies, list(islice(theirs, BATCH)))),
    )
    return Line("the engine, with its whole trace", per_second, ratio, "cedarpy (yes or no)")


def against_casbin(tables: Tables, questions: Sequence[ItemFacts]) -> Line | None:
    """None where Casbin is not installed: it is no dependency of ours. It has the rows alone, without overrides and limits."""
    try:
        enforce = _casbin()
    except ModuleNotFoundError:
        return None
    alike = [facts for facts in questions if enforce(facts) == (decide_item(tables, facts).answer is Answer.YES)]
    ours, theirs = cycle(alike), cycle(alike)
    per_second, ratio = in_turn(
        lambda: sum(decide_item(tables, facts) is not None for facts in islice(ours, BATCH)),
        lambda: sum(enforce(facts) is not None for facts in islice(theirs, 2)),
    )
    said = f"pycasbin (rows only: yes or no, alike on {len(alike)} of {len(questions)})"
    return Line("the engine, with its whole trace", per_second, ratio, said)


def _casbin() -> Callable[[ItemFacts], bool]:
    casbin: Any = importlib.import_module("casbin")
    model = casbin.Model()
    model.load_model_from_text(CASBIN_MODEL)
    enforcer = casbin.Enforcer(model)
    for row in written.MATRIX:
        for path in row.get("path", []):
            if row["label"] != "escalate" or "A_LEGAL" in path["attest"]:
                enforcer.add_policy(_condition(row, path), "allow")

    def enforce(facts: ItemFacts) -> bool:
        return bool(enforcer.enforce(_Facts(facts)))

    return enforce


class _Facts:
    """The question as Casbin's expressions see it: strings between bars, for its language has no sets."""

    def __init__(self, facts: ItemFacts) -> None:
        request = cedar.request(facts)["context"]
        self.holder = facts.discloser.regime.value
        self.receiver = facts.recipient.regime.value
        self.purpose = facts.purpose.value
        self.info = str(cedar.info(facts))
        self.consent = str(request["consent"])
        self.on = facts.on.toordinal()
        self.ticked = "|" + "|".join([*map(str, request["ticked"]), *_derived(facts)]) + "|"


def _derived(facts: ItemFacts) -> list[str]:
    given = facts.consent is not None and facts.consent.state == "given"
    known = {
        "A_CUSTODY_OK": given,
        "A_MATURE": given,
        "A_U18": facts.age is not None and facts.age < 18,
        "A_U21": facts.age is not None and facts.age < 21,
        "A_GAP": written.REGIMES[facts.recipient.regime]["level"] >= written.REGIMES[facts.discloser.regime]["level"],
        "A_PUB_PUB": facts.discloser.public and facts.recipient.public,
    }
    return [code for code, yes in known.items() if yes]


def _condition(row: dict[str, Any], path: dict[str, Any]) -> str:
    parts = [f"r.facts.purpose in {_tuple(row['purpose'])}", f"r.facts.on >= {row['valid_from'].toordinal()}"]
    for name, codes, wild in (("holder", row["from"], "ANY"), ("receiver", row["to"], "ANY"), ("info", row["info"], "I_ANY")):
        if wild not in codes:
            parts.append(f"r.facts.{name} in {_tuple(codes)}")
    for name, key in (("holder", "from"), ("receiver", "to")):
        if key in path:
            parts.append(f"r.facts.{name} in {_tuple(path[key])}")
    if path["consent"] == "disposer":
        parts.append("r.facts.consent == 'given'")
    parts += [f"'|{code}|' in r.facts.ticked" for code in path["attest"]]
    return " && ".join(parts)


def _tuple(codes: Sequence[str]) -> str:
    return "(" + ", ".join(json.dumps(code) for code in codes) + ",)"
