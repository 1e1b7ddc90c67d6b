"""Searching, opening and proving entries: for the data-protection officer, with a login of level 3."""

from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.audit.http.views import FoundView, OpenedView, SearchLog, TheKeeper, principal_of
from services.audit.usecases.prove_inclusion import Pending, prove_inclusion
from services.audit.usecases.read_entry import read_entry
from services.audit.usecases.search_entries import Search, search_entries
from shared.auth import LOA3, Kind, requires
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import AppError, NotFound, Unavailable
from shared.ids import opaque_id
from shared.work import TheCaller, TheWork

OFFICER = requires("audit:read", kinds=frozenset({Kind.PERSON}), acr=LOA3)


@post("/v1/searches", guards=[OFFICER], opt={"reads": True}, status_code=200)
async def search(data: JSONBody[SearchLog], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> FoundView:
    """A page of one organisation's log. The search is an entry of that log before this answer leaves."""
    organisation = data.organisation or caller.organisation or keeper.operator
    subject_id = None
    if data.child_ref is not None:
        found = await work.ask(Child(organisation=organisation, child_ref=data.child_ref))
        subject_id = found.subject_id or opaque_id()  # a reference nobody made finds nothing, and cannot be told from one without entries
    wanted = Search(
        organisation=organisation,
        year=data.year,
        case_id=data.case_id,
        object_id=data.object_id,
        answer=data.answer,
        action=data.action,
        unit=data.unit,
        actor=bytes.fromhex(data.actor) if data.actor else None,
        subject_id=subject_id,
        since=data.since,
        until=data.until,
        professional=principal_of(data.professional, caller) if data.professional else None,
        purpose=data.purpose,
        reason=data.reason,
        before=data.before,
        limit=data.limit,
        held=data.held,
    )

    async def effect(tx: Connection) -> FoundView | AppError:
        page = await search_entries(tx, keeper, caller, wanted, now=work.now)
        return FoundView.of(page) if page else NotFound()

    return await work.once(effect)


@get("/v1/entries/{entry_id:uuid}", guards=[OFFICER])
async def open_entry(entry_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> OpenedView:
    """One entry with who acted. Opening it is an entry before this answer leaves."""

    async def effect(tx: Connection) -> OpenedView | AppError:
        opened = await read_entry(tx, keeper, caller, entry_id, now=work.now)
        return OpenedView.of(opened) if opened else NotFound()

    return await work.once(effect)


@get("/v1/proofs/{entry_id:uuid}", guards=[OFFICER], media_type="text/plain")
async def prove(entry_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[bytes]:
    """A C2SP tlog-proof with the entry's bytes in it; 503 for the second until a checkpoint covers the entry."""
    async with work.database.transaction() as tx:
        made = await prove_inclusion(tx, keeper, caller, entry_id, now=work.now)
    if isinstance(made, Pending):
        raise Unavailable
    if made is None:
        raise NotFound
    return Response(made, media_type="text/plain")


ROUTES: list[HTTPRouteHandler] = [search, open_entry, prove]
