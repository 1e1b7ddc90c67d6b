"""OpenID AuthZEN Authorization API 1.0: evaluation, evaluations, searches and metadata, for any policy enforcement point.

The specification describes them, so they stand in no OpenAPI document of ours. It also demands that unknown members are ignored, where
everything else of ours refuses them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from services.sharing.domain import authzen
from services.sharing.domain.authzen import Decision, Evaluation, Results, Semantic
from services.sharing.domain.question import read_facts
from services.sharing.http.questions import answer_question
from services.sharing.usecases.ask_about_child import read_items
from services.sharing.usecases.ask_hypothetical import AskDecision, suppose
from services.sharing.usecases.ground import Ground
from shared.auth import Caller, Kind, requires
from shared.clock import STOCKHOLM
from shared.errors import Fault, Invalid
from shared.pointers import fault_of
from shared.work import TheCaller, TheWork, Work

On = NamedDependency[SkipValidation[Ground]]
ASKERS = requires("sharing:decide", kinds=frozenset({Kind.PERSON, Kind.SYSTEM}))
OPTIONS = {"reads": True, "echo": "X-Request-ID"}
PATHS = {
    "access_evaluation_endpoint": "/access/v1/evaluation",
    "access_evaluations_endpoint": "/access/v1/evaluations",
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}


@get("/.well-known/authzen-configuration", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def metadata(ground: On) -> dict[str, Any]:
    """Where what is (AuthZEN 9)."""
    base = ground.public_url.rstrip("/")
    return {"policy_decision_point": base, **{name: base + path for name, path in PATHS.items()}, "obligations_supported": ["custom"]}


@post("/access/v1/evaluation", guards=[ASKERS], opt=OPTIONS, include_in_schema=False, status_code=200)
async def evaluate(data: JSONBody[dict[str, Any]], caller: TheCaller, work: TheWork, ground: On) -> Decision:
    """One question (AuthZEN 6)."""
    return await _answer(work, ground, caller, authzen.parse(Evaluation, data))


@post("/access/v1/evaluations", guards=[ASKERS], opt=OPTIONS, include_in_schema=False, status_code=200)
async def evaluate_many(data: JSONBody[dict[str, Any]], caller: TheCaller, work: TheWork, ground: On) -> dict[str, Any]:
    """Many questions in one request (AuthZEN 7); without `evaluations` it is one."""
    batch = authzen.batch_of(data)
    if batch is None:
        return dict(msgspec.to_builtins(await _answer(work, ground, caller, authzen.parse(Evaluation, data))))
    asked, semantic = batch
    for place, one in enumerate(asked):
        if authzen.is_named(one):
            _named(one, f"#/evaluations/{place}")  # a fault of one is the whole request's: nothing is recorded then
    decisions: list[Decision] = []
    for place, one in enumerate(asked):
        decision = await _answer(work, ground, caller, one, at=f"#/evaluations/{place}")
        ends = decision.decision is {Semantic.DENY_ON_FIRST_DENY: False, Semantic.PERMIT_ON_FIRST_PERMIT: True}.get(semantic)
        if ends and semantic is Semantic.DENY_ON_FIRST_DENY:
            decision = Decision(decision=False, context={**decision.context, "reason": semantic.value})
        decisions.append(decision)
        if ends:
            break
    return {"evaluations": decisions}


@post("/access/v1/search/subject", guards=[ASKERS], opt=OPTIONS, include_in_schema=False, status_code=200)
async def search_subject(data: JSONBody[dict[str, Any]], work: TheWork, ground: On) -> Results:
    """Which holders could tell this (AuthZEN 8.4)."""
    return _search("subject", data, work, ground)


@post("/access/v1/search/resource", guards=[ASKERS], opt=OPTIONS, include_in_schema=False, status_code=200)
async def search_resource(data: JSONBody[dict[str, Any]], work: TheWork, ground: On) -> Results:
    """Which categories could be told (AuthZEN 8.5)."""
    return _search("resource", data, work, ground)


@post("/access/v1/search/action", guards=[ASKERS], opt=OPTIONS, include_in_schema=False, status_code=200)
async def search_action(data: JSONBody[dict[str, Any]], work: TheWork, ground: On) -> Results:
    """For which purposes it could be told (AuthZEN 8.6)."""
    return _search("action", data, work, ground)


async def _answer(work: Work, ground: Ground, caller: Caller, asked: Evaluation, at: str = "#") -> Decision:
    """One decision; a question about a named child is recorded, with the facts of the register and of consent."""
    if not authzen.is_named(asked):
        return _hypothetical(work, ground, asked)
    request = _named(asked, at)
    try:
        answers = await answer_question(work, ground, caller, request)
    except Invalid as wrong:
        raise _moved(wrong, asked, at) from None
    return authzen.decision_of(ground.tables, answers.items[0], hypothetical=False)


def _hypothetical(work: Work, ground: Ground, asked: Evaluation) -> Decision:
    if not authzen.is_ours(asked):
        return authzen.not_understood(authzen.wrong_types(asked))
    try:
        raw, ignored = authzen.facts_of(asked)
        facts = read_facts(raw, ground.tables, today=work.now.astimezone(STOCKHOLM).date(), at="#/context")
    except Invalid as wrong:
        return authzen.not_understood(wrong.faults)
    return authzen.decision_of(ground.tables, suppose(ground.tables, facts), hypothetical=True, ignored=ignored)


def _named(asked: Evaluation, at: str) -> AskDecision:
    """The question in our own form. Raises Invalid where it asserts of a named child what is not the caller's to say."""
    context = asked.context
    said = {
        "child_ref": context["child_ref"],
        "purpose": asked.action.name,
        "model": context.get("model"),
        "items": [authzen.item_of(asked)],
    }
    try:
        request = msgspec.convert(said, AskDecision)
        read_items(request)
    except msgspec.ValidationError as error:
        raise _moved(Invalid("request-invalid", faults=[fault_of(str(error))]), asked, at) from None
    except Invalid as wrong:
        raise _moved(wrong, asked, at) from None
    return request


def _moved(wrong: Invalid, asked: Evaluation, at: str) -> Invalid:
    """Pointers into our own form as pointers into the request that it was made of."""
    places = {"discloser_unit": "subject/id", "category": "resource/id", "purpose": "action/name"}
    if "discloser" not in asked.context:
        places["discloser"] = "subject/properties"
    names = [(fault.pointer.removeprefix("#/items/0/").removeprefix("#/"), fault.detail) for fault in wrong.faults]
    return Invalid(wrong.code, faults=[Fault(f"{at}/{places.get(name, f'context/{name}')}", detail) for name, detail in names])


def _search(wanted: str, raw: dict[str, Any], work: Work, ground: Ground) -> Results:
    """Everything of one kind for which the same question is a yes; what could still become one stands in the context."""
    offset, limit = authzen.page_of(raw)
    kind = str(authzen.parse(authzen.EntityKind, raw.get(wanted), f"#/{wanted}").type) if wanted != "action" else None
    asked = [(code, _with(raw, wanted, code, kind)) for code in authzen.candidates(wanted)]
    if asked and authzen.is_named(asked[0][1]):
        raise Invalid("request-invalid", faults=[Fault("#/context/child_ref", "a search is hypothetical")])
    answers = [(code, _hypothetical(work, ground, one)) for code, one in asked]
    found = [code for code, answer in answers if answer.decision]
    shown = found[offset : offset + limit]
    page = {"next_token": authzen.next_token(raw, offset, limit, len(found)), "count": len(shown), "total": len(found)}
    return Results(
        page=page,
        context={"hypothetical": True, "not_yet": _not_yet(answers)},
        results=[{"name": code} if kind is None else {"type": kind, "id": code} for code in shown],
    )


def _with(raw: dict[str, Any], wanted: str, code: str, kind: str | None) -> Evaluation:
    """The searched question with one candidate in it."""
    given = raw.get(wanted) or {}
    candidate = {**given, "name": code} if kind is None else {**given, "type": kind, "id": code}
    evaluation: Evaluation = authzen.parse(Evaluation, {**raw, wanted: candidate})
    return evaluation


def _not_yet(answers: Sequence[tuple[str, Decision]]) -> dict[str, str]:
    return {code: str(d.context["answer"]) for code, d in answers if d.context["answer"] in {"attest", "wait"}}


ROUTES: list[Any] = [metadata, evaluate, evaluate_many, search_subject, search_resource, search_action]
