"""Answers on paper and by word of mouth: recorded by staff or a system, verified by another person."""

from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.usecases.means import Means
from services.consent.usecases.record_answer import AnswerRecorded, NewRecordedAnswer, record_answer
from services.consent.usecases.verify_answer import RecordingList, list_recordings, verify_answer
from shared.auth import LOA3, Caller, Kind, requires
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work

BOTH = frozenset({Kind.PERSON, Kind.SYSTEM})


def recording(means: Means) -> Operation[NewRecordedAnswer, AnswerRecorded]:
    """`POST /v1/recorded-answers` and its NATS twin."""

    async def perform(work: Work, caller: Caller, request: NewRecordedAnswer) -> AnswerRecorded:
        """Record an answer on paper or by word of mouth. A no counts at once; a yes when another person has verified it."""
        view, _ = await through_barrier(work, means, lambda tx: record_answer(tx, means, caller, request, now=work.now))
        return view

    return Operation(
        name="record-answer",
        kind="in",
        path="/v1/recorded-answers",
        request=NewRecordedAnswer,
        answer=AnswerRecorded,
        perform=perform,
        scopes=("consent:ask",),
        kinds=BOTH,
    )


@get("/v1/recorded-answers", guards=[requires("consent:ask", kinds=frozenset({Kind.PERSON}))])
async def waiting(caller: TheCaller, work: TheWork, means: TheMeans) -> RecordingList:
    """What waits for a second person."""
    return await work.once(lambda tx: list_recordings(tx, means, caller, now=work.now))


@post(
    "/v1/recorded-answers/{recording_id:uuid}/verification",
    guards=[requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)],
    status_code=200,
)
async def verify(recording_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> AnswerRecorded:
    """Say that the record is what was signed or said. A system cannot, nor who recorded it."""
    view, _ = await through_barrier(work, means, lambda tx: verify_answer(tx, means, caller, recording_id, now=work.now))
    return view


ROUTES: list[HTTPRouteHandler] = [waiting, verify]
