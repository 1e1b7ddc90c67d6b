"""Our question in the words of OpenID AuthZEN Authorization API 1.0: who tells (subject), for what (action), which kind (resource).

    {"subject": {"type": "regime", "id": "S_EH"}, "action": {"name": "P_SUPPORT"}, "resource": {"type": "category", "id": "pupil-health"},
     "context": {"recipient": "H_REG", "consent": "given", "attested": {"A_RELEVANT": true}}}

Further facts stand in `context` (or in the entities' `properties`) by their names. With `child_ref` in the context the subject is a
`unit` of the caller's, `recipient_unit` names the other, and the question is recorded. What is unknown here is ignored, as the
specification demands of receivers, and listed in the answer.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.question import ASSERTED, FACTS, known_facts
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import LANGUAGES, reason, word
from shared.errors import Fault, Invalid
from shared.law.codes import Answer, LeafCategory, Purpose, Regime, Tell
from shared.pointers import fault_of, may_be_number

NAMED = frozenset({"child_ref", "recipient_unit", "model"})
"""What a question about a named child says beside the facts."""
OURS = {"subject": "regime", "resource": "category"}
"""Types of the entities of a hypothetical question."""
MOST = 100
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}\Z", re.ASCII)
"""A member's name that is repeated to whoever sent it."""
PAGE = 50


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A subject or resource. Unknown members are ignored (10.1.1)."""

    type: str
    id: str
    properties: dict[str, Any] = {}


class EntityKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a search looks for: the id is ignored."""

    type: str
    properties: dict[str, Any] = {}


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """For what it would be told."""

    name: str
    properties: dict[str, Any] = {}


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    subject: Entity
    action: Action
    resource: Entity
    context: dict[str, Any] = {}


class Semantic(StrEnum):
    """How many of a batch are answered (7.1.2.1)."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Of a batch."""

    evaluations_semantic: Semantic = Semantic.EXECUTE_ALL


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Many questions; what stands at the top is each one's default."""

    evaluations: list[dict[str, Any]] = []
    options: Options = Options()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a search's result."""

    token: str = ""
    limit: int | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """True only for a `yes`: a label, a missing consent or a missing attestation is never one."""

    decision: bool
    context: dict[str, Any]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    page: dict[str, Any]
    results: list[dict[str, str]]
    context: dict[str, Any]


def parse(kind: type[Any], raw: Any, at: str = "#") -> Any:
    """A request of the protocol; raises Invalid for one that is not well-formed, which is the whole request's fault (400)."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise Invalid("request-invalid", faults=[fault_of(str(error), at)]) from None


def batch_of(raw: Mapping[str, Any]) -> tuple[list[Evaluation], Semantic] | None:
    """The questions of a batch with their defaults filled in (7.1.1), or None where there is no batch and `raw` is one question."""
    batch: Batch = parse(Batch, raw)
    if not batch.evaluations:
        return None
    if len(batch.evaluations) > MOST:
        raise Invalid("request-invalid", faults=[Fault("#/evaluations", f"at most {MOST}")])
    defaults = {name: raw[name] for name in ("subject", "action", "resource", "context") if name in raw}
    asked = [parse(Evaluation, {**defaults, **one}, f"#/evaluations/{place}") for place, one in enumerate(batch.evaluations)]
    return asked, batch.options.evaluations_semantic


def facts_of(asked: Evaluation) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The hypothetical question in our words, and what was ignored. Raises Invalid where two places say different things."""
    subject = {"regime": asked.subject.id, **asked.subject.properties}
    party, ignored = {k: v for k, v in subject.items() if k in PARTY}, [k for k in subject if k not in PARTY]
    said: dict[str, Any] = {"discloser": party, "purpose": asked.action.name, "category": asked.resource.id}
    faults = []
    for where, facts in (
        ("action/properties", asked.action.properties),
        ("resource/properties", asked.resource.properties),
        ("context", asked.context),
    ):
        known, unknown = known_facts(facts)
        ignored += unknown
        faults += [
            Fault(f"#/{where}/{k}", "contradicts what another part of the request says") for k, v in known.items() if said.get(k, v) != v
        ]
        said |= known
    if faults:
        raise Invalid("request-invalid", faults=faults)
    return said, tuple(sorted(set(ignored)))


PARTY = frozenset(FACTS["discloser"].type.__struct_fields__)
"""What may be said of a side."""


def is_ours(asked: Evaluation) -> bool:
    """Whether the entities are of the types that the rules speak of."""
    return (asked.subject.type, asked.resource.type) == (OURS["subject"], OURS["resource"])


def is_named(asked: Evaluation) -> bool:
    """Whether it is about a named child."""
    return "child_ref" in asked.context


def item_of(asked: Evaluation) -> dict[str, Any]:
    """The item of a question about a named child; facts that are not the caller's stay in it and are refused by its reader."""
    facts = {**asked.action.properties, **asked.resource.properties, **asked.context}
    said = {name: value for name, value in facts.items() if name in {*FACTS, *ASSERTED} - NAMED}
    party = {name: value for name, value in asked.subject.properties.items() if name in PARTY}
    return {
        "discloser_unit": asked.subject.id,
        "recipient_unit": asked.context.get("recipient_unit"),
        "category": asked.resource.id,
        **({"discloser": party} if party else {}),
        **said,
    }


def decision_of(tables: Tables, answer: ItemAnswer, *, hypothetical: bool, ignored: Sequence[str] = ()) -> Decision:
    """The answer in the protocol's words. Obligations come with a yes alone, in the shape of the obligations profile's draft."""
    context: dict[str, Any] = {
        "hypothetical": hypothetical,
        "answer": answer.answer,
        "label": answer.label,
        "row": answer.row,
        "rules": tables.sha256,
        "reason_user": {language: " ".join(_sentences(tables, answer, language)) for language in LANGUAGES},
        "reason_admin": {"en": ", ".join(answer.reasons)},
        "law": list(answer.law),
        "missing": msgspec.to_builtins(answer.missing),
        "to_attest": list(answer.to_attest),
    }
    if answer.answer is Answer.YES:
        context["basis"] = list(answer.basis)
        context["obligations"] = [_obligation(tables, code) for code in answer.tell if code is not Tell.NONE]
    if ignored:
        context["ignored"] = [name for name in ignored[:MOST] if PLAIN.match(name) and not may_be_number(name)]
    return Decision(decision=answer.answer is Answer.YES, context=context)


def _sentences(tables: Tables, answer: ItemAnswer, language: Any) -> Iterable[str]:
    why = [reason(tables, code, language) for code in (answer.answer, *answer.reasons)]
    return dict.fromkeys([*why, *(word(tables, code, language) for code in answer.to_attest)])


def _obligation(tables: Tables, code: Tell) -> dict[str, Any]:
    return {
        "type": "custom",
        "id": code.value,
        "action": "tell-family",
        **{language: word(tables, code, language) for language in LANGUAGES},
    }


def not_understood(faults: Sequence[Fault]) -> Decision:
    """A well-formed question that the rules do not speak of: closed, with the reason in the context (7.2.1)."""
    error = {
        "status": 400,
        "message": "The rules do not speak of this",
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults],
    }
    reasons = {"sv": "Reglerna talar inte om det här. Fråga en människa.", "en": "The rules do not speak of this. Ask a human."}
    return Decision(decision=False, context={"hypothetical": True, "answer": Answer.ASK, "error": error, "reason_user": reasons})


def wrong_types(asked: Evaluation) -> list[Fault]:
    """Which entity is of a type that the rules do not know."""
    given = {"subject": asked.subject.type, "resource": asked.resource.type}
    return [Fault(f"#/{name}/type", f"allowed: {kind}") for name, kind in OURS.items() if given[name] != kind]


def candidates(wanted: str) -> list[str]:
    """Everything that a search for this entity goes through."""
    return [str(code) for code in {"subject": Regime, "action": Purpose, "resource": LeafCategory}[wanted]]


def page_of(raw: Mapping[str, Any]) -> tuple[int, int]:
    """Offset and limit. Raises Invalid for a broken token, and for one that belongs to another question (8.2)."""
    page: Page = parse(Page, raw.get("page", {}), "#/page")
    if page.limit is not None and page.limit < 0:
        raise Invalid("request-invalid", faults=[Fault("#/page/limit", "not negative")])
    if not page.token:
        return 0, PAGE if page.limit is None else min(page.limit, PAGE)
    try:
        offset, limit, mark = msgspec.json.decode(urlsafe_b64decode(page.token.encode("ascii")), type=tuple[int, int, str])
    except (ValueError, msgspec.MsgspecError):
        raise Invalid("request-invalid", faults=[Fault("#/page/token", "not one of ours")]) from None
    if mark != _mark(raw) or page.limit not in {None, limit} or offset < 0 or limit < 0:
        raise Invalid("request-invalid", faults=[Fault("#/page/token", "belongs to another question")])
    return offset, limit


def next_token(raw: Mapping[str, Any], offset: int, limit: int, total: int) -> str:
    """Where the next page begins; empty after the last one."""
    if offset + limit >= total:
        return ""
    return urlsafe_b64encode(msgspec.json.encode((offset + limit, limit, _mark(raw)))).decode("ascii")


def _mark(raw: Mapping[str, Any]) -> str:
    entities = {name: raw.get(name) for name in ("subject", "action", "resource", "context")}
    return hashlib.sha256(msgspec.json.encode(entities, order="deterministic")).hexdigest()[:16]
