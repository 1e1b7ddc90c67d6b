"""`/entries/<id>`: one entry in plain words, what belongs to it, its proof drawn as a tree, and who acted for whoever says why they ask."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, row, rows
from services.audit.pages.words import WHYS, said
from services.audit.usecases.read_entry import Opened, Why, read_entry
from services.audit.usecases.show_entry import show_entry
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.pages import AnyRequest, Site, TheSite, forms
from shared.work import TheCaller, TheWork, Work


@get("/entries/{entry_id:uuid}", guards=[OFFICER], include_in_schema=False)
async def show(
    request: AnyRequest, entry_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite
) -> Response[str]:
    """Without a name. That it was shown is an entry, and so is each opening of a name."""
    shown = await work.once(lambda tx: show_entry(tx, keeper, caller, entry_id, now=work.now))
    return _page(request, site, shown)


@post("/entries/{entry_id:uuid}", guards=[OFFICER], status_code=200, include_in_schema=False)
async def reveal(
    request: AnyRequest, entry_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite
) -> Response[str]:
    """Who acted, against a reason that is recorded with it."""
    form = await forms.read(request)
    why = form.chosen("why", tuple(Why))
    opened = await _open(work, keeper, caller, entry_id, Why(why)) if why else None
    shown = await work.once(lambda tx: show_entry(tx, keeper, caller, entry_id, now=work.now))
    if opened is None:
        faults = {"why": site.words(request).gettext("Välj varför du behöver veta vem")}
        return _page(request, site, shown, faults=faults, status=400)
    return _page(request, site, shown, opened=opened)


async def _open(work: Work, keeper: Any, caller: Any, entry_id: UUID, why: Why) -> Opened:
    async def effect(tx: Connection) -> Opened | AppError:
        return await read_entry(tx, keeper, caller, entry_id, why, now=work.now) or NotFound()

    return await work.once(effect)


def _page(request: AnyRequest, site: Site, shown: Any, *, status: int = 200, opened: Opened | None = None, **values: Any) -> Response[str]:
    words = site.words(request)
    proof = shown.proof
    return site.page(
        request,
        "entry.html",
        status=status,
        shown=shown,
        line=row(words, shown.seen),
        leaf=shown.seen.leaf,
        related=rows(words, shown.related),
        path=[(step.hash, step.side) for step in proof.path] if proof else [],
        opened=opened,
        whys=[(str(code), said(words, WHYS, code)) for code in WHYS],
        short=SHORT,
        **({"faults": {}} | values),
    )


ROUTES: list[HTTPRouteHandler] = [show, reveal]
