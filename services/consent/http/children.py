"""Organisations name children and judge what a child may decide; who has custody is stated in `systems.py`."""

from litestar import post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, SkipValidation

from services.consent.domain.register import Register
from services.consent.http.barrier import through_barrier
from services.consent.http.views import NameChild
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import ChildNamed, name_child, number_in
from services.consent.usecases.record_judgement import JudgementMade, NewJudgement, record_judgement
from shared.auth import LOA3, Caller, Kind, requires
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work

TheMeans = NamedDependency[SkipValidation[Means]]
"""How a handler here asks for what the use cases need besides a transaction."""


def children(means: Means, register: Register) -> Operation[NameChild, ChildNamed]:
    """`POST /v1/children` and its NATS twin: the same answer again, so it needs no key."""

    async def name(work: Work, caller: Caller, request: NameChild) -> ChildNamed:
        """The caller organisation's own reference to the child with this number."""
        found = await register.look_up(number_in(request.number))
        view, _ = await through_barrier(work, means, lambda tx: name_child(tx, means, caller, request.number, found, now=work.now))
        return view

    return Operation(
        name="children",
        kind="ask",
        path="/v1/children",
        request=NameChild,
        answer=ChildNamed,
        perform=name,
        scopes=("consent:ask",),
        kinds=frozenset({Kind.PERSON, Kind.SYSTEM}),
    )


@post("/v1/judgements", guards=[requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)], status_code=201)
async def judge(data: JSONBody[NewJudgement], caller: TheCaller, work: TheWork, means: TheMeans) -> JudgementMade:
    """Judge maturity, confidence or secrecy towards a guardian, for one question."""
    view, _ = await through_barrier(work, means, lambda tx: record_judgement(tx, means, caller, data, now=work.now))
    return view


ROUTES: list[HTTPRouteHandler] = [judge]
