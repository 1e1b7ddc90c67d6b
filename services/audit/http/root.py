"""The root log: its cosigned checkpoint, and the proof that a log's checkpoint is in it. Its leaves are hashes of what only owners see."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, SkipValidation

from services.audit.domain.cosignature import Policy
from services.audit.http.logs import READER, check_name
from services.audit.http.views import TheKeeper
from services.audit.usecases.witness_root import WitnessedProof, prove_witnessed, read_root
from shared.errors import NotFound
from shared.work import TheCaller, TheWork

ThePolicy = NamedDependency[SkipValidation[Policy]]


@get("/v1/root/checkpoint", guards=[READER])
async def root_checkpoint(work: TheWork, policy: ThePolicy) -> Response[bytes]:
    """The newest checkpoint of the root log that enough witnesses signed, with their lines; without a quorum the newest."""
    async with work.database.transaction() as tx:
        note = await read_root(tx, policy)
    if note is None:
        raise NotFound
    return Response(note, media_type="text/plain")


@get("/v1/root/proofs/{organisation:str}/{year:int}", guards=[READER])
async def witnessed(
    organisation: FromPath[str], year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper, policy: ThePolicy
) -> WitnessedProof:
    """A log's newest witnessed checkpoint, and that its hash is in the root log."""
    check_name(organisation, year)
    async with work.database.transaction() as tx:
        proof = await prove_witnessed(tx, keeper, policy, caller, organisation, year, now=work.now)
    if proof is None:
        raise NotFound
    return proof


ROUTES: list[HTTPRouteHandler] = [root_checkpoint, witnessed]
