"""A person's own receipts, as JSON, as PDF, and the keys to verify them with."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.consent.http.children import TheMeans
from services.consent.http.receipt_pdf import pdf_of
from services.consent.http.requests import FAMILY
from services.consent.usecases.read_receipt import ReceiptList, ReceiptView, list_receipts, read_receipt
from shared.work import TheCaller, TheWork


@get("/v1/receipts", guards=[FAMILY])
async def list_own(caller: TheCaller, work: TheWork) -> ReceiptList:
    """For each answer and each withdrawal of one's own."""
    return await work.once(lambda tx: list_receipts(tx, caller, now=work.now))


@get("/v1/receipts/{receipt_id:uuid}", guards=[FAMILY])
async def show(receipt_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> ReceiptView:
    """What it says, and the signed text."""
    return await work.once(lambda tx: read_receipt(tx, means, caller, receipt_id, now=work.now))


@get("/v1/receipts/{receipt_id:uuid}/pdf", guards=[FAMILY], media_type="application/pdf")
async def paper(receipt_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> Response[bytes]:
    """The same on paper."""
    view = await work.once(lambda tx: read_receipt(tx, means, caller, receipt_id, now=work.now))
    headers = {"Content-Disposition": f'attachment; filename="samsyn-{receipt_id}.pdf"'}
    return Response(pdf_of(view), media_type="application/pdf", headers=headers)


@get("/v1/receipt-keys", opt={"public": True})
async def keys(means: TheMeans) -> dict[str, Any]:
    """The public keys as a JWK Set (RFC 7517)."""
    return means.receipts.public


ROUTES: list[HTTPRouteHandler] = [list_own, show, paper, keys]
