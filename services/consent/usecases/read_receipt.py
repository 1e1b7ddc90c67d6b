"""A person reads their own receipts: names and words are added now, and the whole is signed."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.receipt import KIND, VERSION, Act, Acted, Receipt, ReceiptRow, Signer, TextShown, Words, canonical
from services.consent.domain.request import AskedRow, Request
from services.consent.domain.wording import Language, Texts
from services.consent.storage import organisations, people, receipts, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.show_request import unit_name
from shared.auth import Caller
from shared.database import Connection
from shared.errors import NotFound
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import Role


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """What it says, and the same as a compact JWS, which anybody can verify without us."""

    receipt: Receipt
    jws: str


class ReceiptListed(msgspec.Struct, frozen=True, kw_only=True):
    """One of the reader's own acts."""

    receipt_id: UUID
    act: Act
    acted_at: datetime
    request_id: UUID
    consent_id: UUID | None


class ReceiptList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    receipts: tuple[ReceiptListed, ...]


async def read_receipt(tx: Connection, means: Means, caller: Caller, receipt_id: UUID, *, now: datetime) -> ReceiptView | NotFound:
    """Only one's own act: it stays readable when one has no say any more. One entry in the discloser's log."""
    person_id = person_of(caller)
    acted = await receipts.get(tx, receipt_id)
    request = None if acted is None else await requests.get(tx, acted.request_id)
    if acted is None or request is None or acted.person_id != person_id:
        owner = means.operator if request is None else request.organisation
        return await refuse_access(tx, caller, owner=owner, object_id=receipt_id, now=now)
    rows = {row.row_number: row for row in await requests.rows(tx, request.request_id)}
    receipt = await _receipt(tx, means, acted, request, rows)
    child = await people.get(tx, means.vault, request.child_id)
    await record(
        tx,
        caller,
        "receipt.read",
        organisation=request.organisation,
        now=now,
        subject=None if child is None else child.subject_id,
        request=request,
        rows=[rows[number] for number in acted.row_numbers],
        object_id=receipt_id,
    )
    return ReceiptView(receipt=receipt, jws=means.receipts.sign(canonical(receipt)))


async def list_receipts(tx: Connection, caller: Caller, *, now: datetime) -> ReceiptList:
    """The reader's own; one entry for each discloser in the list."""
    own = await receipts.of_person(tx, person_of(caller))
    found = [await requests.get(tx, one.request_id) for one in own]
    for organisation in dict.fromkeys(request.organisation for request in found if request is not None):
        await record(tx, caller, "receipts.listed", organisation=organisation, now=now)
    return ReceiptList(
        receipts=tuple(
            ReceiptListed(
                receipt_id=one.receipt_id, act=one.act, acted_at=one.acted_at, request_id=one.request_id, consent_id=one.consent_id
            )
            for one in own
        )
    )


async def _receipt(tx: Connection, means: Means, acted: Acted, request: Request, rows: dict[int, AskedRow]) -> Receipt:
    texts = msgspec.convert(await requests.text(tx, request.text_sha256), Texts)
    unit = await organisations.unit(tx, request.discloser_unit)
    return Receipt(
        kind=KIND,
        version=VERSION,
        receipt_id=acted.receipt_id,
        act=acted.act,
        acted_at=acted.acted_at,
        signer=await _signer(tx, means, acted, request, [rows[number] for number in acted.row_numbers]),
        child=await people.name_of(tx, means.vault, request.child_id),
        organisation=request.organisation,
        organisation_name=request.organisation if unit is None else unit.display_name,
        discloser_unit=request.discloser_unit,
        discloser=request.discloser_unit if unit is None else unit.name,
        request_id=request.request_id,
        consent_id=acted.consent_id,
        rows=tuple(
            [
                await _row(tx, texts, rows[number], choice, acted.person_id)
                for number, choice in zip(acted.row_numbers, acted.choices, strict=True)
            ]
        ),
        last_day=request.last_day,
        text=await _text(tx, texts, acted, request),
    )


async def _signer(tx: Connection, means: Means, acted: Acted, request: Request, rows: list[AskedRow]) -> Signer:
    third = any(row.key.about == str(acted.person_id) for row in rows)
    role = Role.CHILD if acted.person_id == request.child_id else Role.THIRD_PERSON if third else Role.GUARDIAN
    return Signer(
        name=await people.name_of(tx, means.vault, acted.person_id),
        role=role,
        method=acted.way,
        issuer=acted.issuer,
        acr=acted.acr,
        authenticated_at=acted.authenticated_at,
    )


async def _row(tx: Connection, texts: Texts, row: AskedRow, choice: str, person_id: UUID) -> ReceiptRow:
    category, purpose = texts.labels.category[LeafCategory(row.key.category)], texts.labels.purpose[Purpose(row.key.purpose)]
    return ReceiptRow(
        row=row.row_number,
        recipient_unit=row.key.recipient_unit,
        recipient=await unit_name(tx, row.key.recipient_unit),
        category=Words(code=row.key.category, sv=category[Language.SWEDISH], en=category[Language.ENGLISH]),
        purpose=Words(code=row.key.purpose, sv=purpose[Language.SWEDISH], en=purpose[Language.ENGLISH]),
        about="yourself" if row.key.about == str(person_id) else "child",
        choice=choice,
    )


async def _text(tx: Connection, texts: Texts, acted: Acted, request: Request) -> TextShown:
    served = None if acted.served_id is None else await requests.served(tx, acted.served_id)
    return TextShown(
        text_id=texts.text.id,
        version=texts.text.version,
        sha256=request.text_sha256.hex(),
        language=None if served is None else served.language,
        rendering=None if served is None else served.rendering,
        shown_sha256=None if served is None else served.shown_sha256.hex(),
    )
