"""The root log: its cosigned checkpoint, and the proof that a log's checkpoint is in it. Its leaves are hashes of what only owners see."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, SkipValidation

from services.audit.domain.tiles import WIDTH, parse_path
from services.audit.http.logs import FOR_EVER, READER, check_name
from services.audit.http.views import TheKeeper
from services.audit.usecases.log_trust import TrustProof, prove_trust
from services.audit.usecases.read_log import read_root_keys, read_root_tiles
from services.audit.usecases.watch_quorum import Witnessed, Witnessing, read_witnessing
from services.audit.usecases.witness_root import WitnessedProof, prove_witnessed, read_root
from shared.errors import NotFound
from shared.work import TheCaller, TheWork

TheWitnessed = NamedDependency[SkipValidation[Witnessed]]


@get("/v1/root/checkpoint", guards=[READER])
async def root_checkpoint(work: TheWork, witnessed: TheWitnessed) -> Response[bytes]:
    """The newest checkpoint of the root log that enough witnesses signed, with their lines; without a quorum the newest."""
    async with work.database.transaction() as tx:
        note = await read_root(tx, witnessed.policy)
    if note is None:
        raise NotFound
    return Response(note, media_type="text/plain")


@get("/v1/root/proofs/{organisation:str}/{year:int}", guards=[READER])
async def proof(
    organisation: FromPath[str], year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper, witnessed: TheWitnessed
) -> WitnessedProof:
    """A log's newest witnessed checkpoint, and that its hash is in the root log."""
    check_name(organisation, year)
    async with work.database.transaction() as tx:
        found = await prove_witnessed(tx, keeper, witnessed.policy, caller, organisation, year, now=work.now)
    if found is None:
        raise NotFound
    return found


@get("/v1/root/witnesses", guards=[READER])
async def witnesses(work: TheWork, witnessed: TheWitnessed) -> Witnessing:
    """Witnessed by how many of how many, and since when not."""
    async with work.database.transaction() as tx:
        return await read_witnessing(tx, witnessed.policy, witnessed.stop, now=work.now)


@get("/v1/root/key", guards=[READER])
async def root_key(work: TheWork, keeper: TheKeeper) -> Response[str]:
    """The root log's verifier keys, as lines of a trust file: what a witness pins, once it has compared them over another way."""
    async with work.database.transaction() as tx:
        keys = await read_root_keys(tx, keeper)
    return Response("".join(f"{line}\n" for line in keys), media_type="text/plain")


@get("/v1/root/tile/{path:path}", guards=[READER])
async def root_tile(path: FromPath[str], work: TheWork) -> Response[bytes]:
    """`<L>/<N>[.p/<W>]`, or `entries/<N>[.p/<W>]`: each entry is the SHA-256 of a checkpoint that only its owner sees."""
    wanted = parse_path(str(path).removeprefix("/"))
    async with work.database.transaction() as tx:
        data = await read_root_tiles(tx, wanted) if wanted else None
    if wanted is None or data is None:
        raise NotFound
    lasting = {"cache-control": FOR_EVER} if wanted.width == WIDTH else {}
    return Response(data, media_type="application/octet-stream", headers=lasting)


@get("/v1/trust", guards=[READER])
async def trust(work: TheWork, witnessed: TheWitnessed) -> TrustProof:
    """Which keys, registrars and witnesses are to be trusted: signed, with the proof that it is logged. `samsyn-verify trust` checks it."""
    async with work.database.transaction() as tx:
        found = await prove_trust(tx, witnessed.policy)
    if found is None:
        raise NotFound
    return found


ROUTES: list[HTTPRouteHandler] = [root_checkpoint, proof, witnesses, root_key, root_tile, trust]
