"""Systematic review: the officer plans and draws, asks, and another officer signs; the unit's manager answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.audit.domain.leaf import Leaf
from services.audit.domain.review import Asked, Explained, Item, Plan, Verdict
from services.audit.http.entries import OFFICER
from services.audit.http.views import Index, TheKeeper
from services.audit.usecases.follow_finding import answer_question, ask_unit, list_questions, sign_finding
from services.audit.usecases.list_reviews import Covered, list_reviews, read_review
from services.audit.usecases.plan_review import Draw, WantedReview, draw_sample, plan_review
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid
from shared.words import OpaqueId
from shared.work import TheCaller, TheWork


class PlanReview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan: which entries of this year's log, how many percent of each unit's, and when it is to be done."""

    since: datetime
    until: datetime
    share: Annotated[int, msgspec.Meta(ge=1, le=100)]
    due: datetime
    organisation: OpaqueId | None = None
    """Default: the caller's own."""
    unit: OpaqueId | None = None


class AskUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the manager of the unit is asked about one drawn entry."""

    index: Index
    question: Asked


class AnswerQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manager's answer."""

    index: Index
    explanation: Explained


class SignFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one drawn entry is closed."""

    index: Index
    verdict: Verdict


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it was logged. `index` is that of its own entry."""

    plan_id: UUID
    organisation: str
    index: int
    since: datetime
    until: datetime
    share: int
    upto: int
    due: datetime
    planned_at: datetime
    unit: str | None
    drawn_at: datetime | None

    @classmethod
    def of(cls, plan: Plan) -> "PlanView":
        """Without who planned it: that is in the entry."""
        return cls(
            plan_id=plan.plan_id,
            organisation=plan.organisation,
            index=plan.plan_index,
            since=plan.since,
            until=plan.until,
            share=plan.share,
            upto=plan.upto,
            due=plan.due,
            planned_at=plan.planned_at,
            unit=plan.unit,
            drawn_at=plan.drawn_at,
        )


class ReviewedView(msgspec.Struct, frozen=True, kw_only=True):
    """Where one drawn entry stands: `drawn`, `asked`, `answered`, `signed`."""

    plan_id: UUID
    index: int
    unit: str
    why: str
    state: str
    question: str | None
    explanation: str | None
    verdict: str | None
    changed_at: datetime

    @classmethod
    def of(cls, item: Item) -> "ReviewedView":
        """Without who asked, answered and signed: that is in the entries."""
        return cls(
            plan_id=item.plan_id,
            index=item.entry_index,
            unit=item.unit,
            why=item.why,
            state=item.state,
            question=item.question,
            explanation=item.explanation,
            verdict=item.verdict,
            changed_at=item.changed_at,
        )


class QuestionView(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a manager, with the act that it is about."""

    finding: ReviewedView
    entry: Leaf


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan and how far it is, by unit."""

    plan: PlanView
    units: tuple[Covered, ...]
    done: bool
    late: bool


class ReviewsView(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's plans, the newest first."""

    reviews: tuple[ProgressView, ...]


class QuestionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a manager's answer, the oldest first."""

    questions: tuple[QuestionView, ...]


class SampleView(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with its sample."""

    plan: PlanView
    items: tuple[ReviewedView, ...]


@post("/v1/reviews", guards=[OFFICER], status_code=200)
async def plan(data: JSONBody[PlanReview], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> PlanView:
    """Fix a plan. Nobody can know what will be drawn: that follows from what is signed after it."""
    if not data.since < data.until:
        raise Invalid("request-invalid", faults=[Fault("#/until", "not after since")])
    wanted = WantedReview(
        organisation=data.organisation or caller.organisation or keeper.operator,
        since=data.since,
        until=data.until,
        share=data.share,
        due=data.due,
        unit=data.unit,
    )

    async def effect(tx: Connection) -> PlanView | AppError:
        made = await plan_review(tx, keeper, caller, wanted, now=work.now)
        return made if isinstance(made, AppError) else PlanView.of(made)

    return await work.once(effect)


@get("/v1/reviews", guards=[OFFICER])
async def listed(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> ReviewsView:
    """The caller's organisation's reviews, the newest first, with how much of each unit was looked at."""
    organisation = caller.organisation or keeper.operator

    async def effect(tx: Connection) -> ReviewsView | AppError:
        found = await list_reviews(tx, keeper, caller, organisation, now=work.now)
        if isinstance(found, AppError):
            return found
        views = (ProgressView(plan=PlanView.of(one.plan), units=one.units, done=one.done, late=one.late) for one in found)
        return ReviewsView(reviews=tuple(views))

    return await work.once(effect)


@get("/v1/reviews/{plan_id:uuid}", guards=[OFFICER])
async def read(plan_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> SampleView:
    """One plan with where every drawn entry stands."""

    async def effect(tx: Connection) -> SampleView | AppError:
        sample = await read_review(tx, keeper, caller, plan_id, now=work.now)
        if isinstance(sample, AppError):
            return sample
        return SampleView(plan=PlanView.of(sample.plan), items=tuple(map(ReviewedView.of, sample.items)))

    return await work.once(effect)


@post("/v1/reviews/{plan_id:uuid}/draw", guards=[OFFICER], status_code=200)
async def draw(plan_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Draw:
    """Draw the sample; again: the same one. 503 for the second until a checkpoint covers the plan. Keep it for `samsyn-verify sample`."""
    return await work.once(lambda tx: draw_sample(tx, keeper, caller, plan_id, now=work.now))


@post("/v1/reviews/{plan_id:uuid}/questions", guards=[OFFICER], status_code=200)
async def ask(plan_id: FromPath[UUID], data: JSONBody[AskUnit], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> ReviewedView:
    """Ask the manager of the entry's unit."""

    async def effect(tx: Connection) -> ReviewedView | AppError:
        return _shown(await ask_unit(tx, keeper, caller, plan_id, data.index, data.question, now=work.now))

    return await work.once(effect)


@get("/v1/review-questions", guards=[OFFICER])
async def questions(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> QuestionsView:
    """What waits for an answer of the caller, as manager of a unit."""
    organisation = caller.organisation or keeper.operator

    async def effect(tx: Connection) -> QuestionsView:
        found = await list_questions(tx, keeper, caller, organisation, now=work.now)
        return QuestionsView(questions=tuple(QuestionView(finding=ReviewedView.of(one.item), entry=one.leaf) for one in found))

    return await work.once(effect)


@post("/v1/reviews/{plan_id:uuid}/explanations", guards=[OFFICER], status_code=200)
async def answer(
    plan_id: FromPath[UUID], data: JSONBody[AnswerQuestion], caller: TheCaller, work: TheWork, keeper: TheKeeper
) -> ReviewedView:
    """Answer as manager of the unit."""

    async def effect(tx: Connection) -> ReviewedView | AppError:
        return _shown(await answer_question(tx, keeper, caller, plan_id, data.index, data.explanation, now=work.now))

    return await work.once(effect)


@post("/v1/reviews/{plan_id:uuid}/signatures", guards=[OFFICER], status_code=200)
async def sign(plan_id: FromPath[UUID], data: JSONBody[SignFinding], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> ReviewedView:
    """Close one drawn entry, as another officer than who asked (or, where nobody asked, than who planned)."""

    async def effect(tx: Connection) -> ReviewedView | AppError:
        return _shown(await sign_finding(tx, keeper, caller, plan_id, data.index, data.verdict, now=work.now))

    return await work.once(effect)


def _shown(item: Item | AppError) -> ReviewedView | AppError:
    return item if isinstance(item, AppError) else ReviewedView.of(item)


ROUTES: list[HTTPRouteHandler] = [plan, listed, read, draw, ask, questions, answer, sign]
