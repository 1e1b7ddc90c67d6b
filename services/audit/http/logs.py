"""Each log at the paths of C2SP tlog-tiles, behind OIDC: for its officer and for its organisation's own connected systems."""

import base64
import re
import tempfile
from collections.abc import AsyncIterator
from typing import IO

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from services.audit.domain.log import FIRST_YEAR, LAST_YEAR
from services.audit.domain.tiles import WIDTH, parse_path
from services.audit.http.scope_pdf import pdf_of
from services.audit.http.views import ConsistencyView, ExportLog, TheKeeper
from services.audit.usecases.export_archive import export_archive
from services.audit.usecases.export_scope import Scope, export_scope
from services.audit.usecases.prove_consistency import prove_consistency
from services.audit.usecases.read_log import read_checkpoint, read_key, read_tiles
from shared.auth import LOA3, Kind, requires
from shared.contracts.consent import Child
from shared.errors import NotFound
from shared.ids import opaque_id
from shared.work import TheCaller, TheWork, Work

READER = requires("audit:read", kinds=frozenset({Kind.PERSON, Kind.SYSTEM}), acr=LOA3)
EXPORTER = requires("audit:export", kinds=frozenset({Kind.PERSON}), acr=LOA3)

_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_TEXT = "text/plain"  # Litestar adds the charset
FOR_EVER = "private, max-age=31536000, immutable"
_CHUNK = 1 << 16


def check_name(organisation: str, year: int) -> None:
    """What can be no log's name is not asked for in the database."""
    if not _ORGANISATION.fullmatch(organisation) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound


@get("/v1/logs/{organisation:str}/{year:int}/checkpoint", guards=[READER])
async def checkpoint(
    organisation: FromPath[str], year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper
) -> Response[bytes]:
    """The latest signed checkpoint. Keep it: it fixes everything before it."""
    check_name(organisation, year)
    async with work.database.transaction() as tx:
        note = await read_checkpoint(tx, keeper, caller, organisation, year, now=work.now)
    if note is None:
        raise NotFound
    return Response(note, media_type=_TEXT)


@get("/v1/logs/{organisation:str}/{year:int}/key", guards=[READER])
async def key(organisation: FromPath[str], year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[str]:
    """The log's verifier key, as a line of a trust file."""
    check_name(organisation, year)
    async with work.database.transaction() as tx:
        line = await read_key(tx, keeper, caller, organisation, year, now=work.now)
    if line is None:
        raise NotFound
    return Response(f"{line}\n", media_type=_TEXT)


@get("/v1/logs/{organisation:str}/{year:int}/tile/{path:path}", guards=[READER])
async def tile(
    organisation: FromPath[str], year: FromPath[int], path: FromPath[str], caller: TheCaller, work: TheWork, keeper: TheKeeper
) -> Response[bytes]:
    """`<L>/<N>[.p/<W>]`: hashes. `entries/<N>[.p/<W>]`: a bundle of entries, and so a reading."""
    check_name(organisation, year)
    wanted = parse_path(str(path).removeprefix("/"))
    if wanted is None:
        raise NotFound
    async with work.database.transaction() as tx:
        data = await read_tiles(tx, keeper, caller, organisation, year, wanted, now=work.now)
    if data is None:
        raise NotFound
    lasting = {"cache-control": FOR_EVER} if wanted.width == WIDTH and wanted.level is not None else {}
    return Response(data, media_type="application/octet-stream", headers=lasting)


@get("/v1/logs/{organisation:str}/{year:int}/consistency/{first:int}/{second:int}", guards=[READER])
async def consistency(
    organisation: FromPath[str],
    year: FromPath[int],
    first: FromPath[int],
    second: FromPath[int],
    caller: TheCaller,
    work: TheWork,
    keeper: TheKeeper,
) -> ConsistencyView:
    """That the log of size `second` begins with all of the log of size `first`."""
    check_name(organisation, year)
    async with work.database.transaction() as tx:
        path = await prove_consistency(tx, keeper, caller, organisation, year, first, second, now=work.now)
    if path is None:
        raise NotFound
    return ConsistencyView(first=first, second=second, hashes=tuple(base64.b64encode(value).decode() for value in path))


@post("/v1/exports", guards=[EXPORTER], status_code=200)
async def export(data: JSONBody[ExportLog], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Stream:
    """A log, or a part of it, as a zip that `samsyn-verify archive` checks. The export is an entry before its first byte leaves."""
    scope = None if data.is_whole else await _scope(data, work)
    spool = tempfile.TemporaryFile()  # noqa: SIM115  closed by the stream, after the last byte
    made = False
    try:
        async with work.database.transaction() as tx:
            if scope is None:
                made = await export_archive(tx, keeper, caller, data.organisation, data.year, spool, now=work.now)
            else:
                made = await export_scope(tx, keeper, caller, scope, pdf_of, spool, now=work.now)
    finally:
        if not made:
            spool.close()
    if not made:
        raise NotFound
    name = f"{data.organisation}-{data.year}{'' if scope is None else '-scope'}.zip"
    return Stream(_chunks(spool), media_type="application/zip", headers={"content-disposition": f'attachment; filename="{name}"'})


async def _scope(data: ExportLog, work: Work) -> Scope:
    subject_id = None
    if data.child_ref is not None:
        found = await work.ask(Child(organisation=data.organisation, child_ref=data.child_ref))
        subject_id = found.subject_id or opaque_id()
    return Scope(
        organisation=data.organisation, year=data.year, subject_id=subject_id, case_id=data.case_id, since=data.since, until=data.until
    )


async def _chunks(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        spool.seek(0)
        while chunk := spool.read(_CHUNK):
            yield chunk


@get("/v1/attest/key", guards=[READER])
async def attest_key(keeper: TheKeeper) -> Response[str]:
    """The verifier key of manifests and reports, as a line of a trust file."""
    return Response("".join(f"{line}\n" for line in await keeper.signer.keys(keeper.attest_name)), media_type=_TEXT)


ROUTES: list[HTTPRouteHandler] = [attest_key, checkpoint, key, tile, consistency, export]
