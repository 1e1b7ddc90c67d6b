"""May I share this? In a case, about a named child, or hypothetically; for people and, with a NATS twin, for systems."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from services.sharing.domain.views import DecisionView, RequestsView
from services.sharing.http.outcomes import told
from services.sharing.usecases.ask_about_child import ask_about_child, question_of, read_items
from services.sharing.usecases.ask_hypothetical import Answers, AskDecision, ask_hypothetical
from services.sharing.usecases.decide_items import DecideItems, decide_items
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.learn_facts import learn_child, learn_for_case, learn_for_question
from services.sharing.usecases.want_consent import WantConsent, want_consent
from shared.auth import Caller, Kind, requires
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work

STAFF = frozenset({Kind.PERSON})
On = NamedDependency[SkipValidation[Ground]]


@post("/v1/decisions", guards=[requires("sharing:decide", kinds=STAFF)], status_code=201)
async def decide(data: JSONBody[AskDecision], caller: TheCaller, work: TheWork, ground: On) -> Response[DecisionView | Answers]:
    """May I share this? Recorded with a case or a child (201); without either nothing is stored and any fact may be supposed (200)."""
    if data.case_id is None:
        answers = await answer_question(work, ground, caller, data)
        return Response(answers, status_code=200 if answers.hypothetical else 201)
    return Response(await _decide_in_case(work, ground, caller, data), status_code=201)


async def answer_question(work: Work, ground: Ground, caller: Caller, request: AskDecision) -> Answers:
    """A question outside any case; behind people's route, the operation and AuthZEN alike. Raises Invalid for one with a case."""
    if request.case_id is not None:
        raise Invalid("request-invalid", faults=[Fault("#/case_id", "a decision in a case is a person's: POST /v1/decisions")])
    if request.child_ref is None:
        return ask_hypothetical(request, tables=ground.tables, now=work.now)
    items = read_items(request)
    child = await learn_child(work.ask, caller, request.child_ref)
    question = question_of(request, caller, ground.tables, child, now=work.now)
    learned = await learn_for_question(work.database, work.ask, ground, caller, question, items, now=work.now)

    async def effect(tx: Connection) -> Answers | AppError:
        trusted = ground.lease.holds()
        outcome = await ask_about_child(tx, caller, question, items, tables=ground.tables, learned=learned, trusted=trusted, now=work.now)
        return told(outcome)

    return await work.once(effect)


async def _decide_in_case(work: Work, ground: Ground, caller: Caller, asked: AskDecision) -> DecisionView:
    faults = [Fault(f"#/{name}", "the case says it") for name in ("child_ref", "model", "purpose") if getattr(asked, name) is not None]
    if asked.case_id is None or faults:
        raise Invalid("request-invalid", faults=faults)
    data = DecideItems(case_id=asked.case_id, items=read_items(asked))
    learned = await learn_for_case(work.database, work.ask, ground, caller, data.case_id, data.items, now=work.now)

    async def effect(tx: Connection) -> DecisionView | AppError:
        trusted = ground.lease.holds()
        return told(await decide_items(tx, caller, data, tables=ground.tables, learned=learned, trusted=trusted, now=work.now))

    return await work.once(effect)


class _Decision:
    """May our organisation share this? Recorded with a child, hypothetical without."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: AskDecision) -> Answers:
        return await answer_question(work, self._ground, caller, request)


class _Wish:
    """Ask the family for what a decision waits for, on behalf of the person who decided or who answers for the case."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: WantConsent) -> RequestsView:
        async def effect(tx: Connection) -> RequestsView | AppError:
            return told(await want_consent(tx, caller, request, tables=self._ground.tables, now=work.now))

        return await work.once(effect)


def operations(ground: Ground) -> list[Operation[Any, Any]]:
    """The question as a system asks it, and its wish to ask the family."""
    return [
        Operation(
            name="decision",
            kind="ask",
            path="/v1/decision",
            request=AskDecision,
            answer=Answers,
            perform=_Decision(ground),
            scopes=("sharing:decide",),
        ),
        Operation(
            name="consent-request",
            kind="in",
            path="/v1/consent-request",
            request=WantConsent,
            answer=RequestsView,
            perform=_Wish(ground),
            scopes=("sharing:decide",),
        ),
    ]


ROUTES: list[Any] = [decide]
