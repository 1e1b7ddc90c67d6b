"""A receipt says one's own act and nothing else, and anybody can verify it without us."""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from samsyn_verify.command import main as verify

from services.consent.domain.consent import Choice
from services.consent.http.receipt_pdf import pdf_of
from services.consent.usecases.read_receipt import ReceiptView, list_receipts, read_receipt
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.auth import Caller
from shared.database import Connection
from shared.errors import NotFound
from tests.consent.test_http import Client, Stage, client, given, home, stage
from tests.consent.world import FATHER, MEANS, NOW, STAFF, Family, ask, family, say, withdraw

__all__ = ["client", "home", "stage"]


async def read(tx: Connection, caller: Caller, receipt_id: Any) -> ReceiptView:
    view = await read_receipt(tx, MEANS, caller, receipt_id, now=NOW)
    assert isinstance(view, ReceiptView)
    return view


def check(folder: Path, text: str, *, keys: Any = None) -> int:
    (folder / "receipt.jws").write_text(text)
    (folder / "keys.json").write_text(json.dumps(keys or MEANS.receipts.public))
    return verify(["receipt", str(folder / "receipt.jws"), "--keys", str(folder / "keys.json"), "--lang", "en"])


async def test_an_answer_gives_a_receipt_that_names_what_was_said_and_which_text(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    answered = await say(consent_tx, home.mother, event.request_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)

    view = await read(consent_tx, home.mother, answered.view.receipt_id)

    (row,) = view.receipt.rows
    assert (row.choice, row.category.code, row.category.sv, row.recipient_unit) == (
        "yes",
        "pupil-health",
        "elevhälsans bedömning",
        "o2rg-u2",
    )
    assert (view.receipt.signer.role, view.receipt.signer.acr, view.receipt.acted_at) == ("guardian", home.mother.acr, NOW)
    assert view.receipt.text.sha256 == MEANS.texts.sha256.hex()
    assert view.receipt.text.shown_sha256 is not None


async def test_one_guardians_receipt_is_the_same_whatever_the_other_has_done(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    answered = await say(consent_tx, home.mother, event.request_id)
    before = await read(consent_tx, home.mother, answered.view.receipt_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)

    assert await read(consent_tx, home.mother, answered.view.receipt_id) == before


async def test_the_same_answer_again_is_no_new_act(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    first = await say(consent_tx, home.mother, event.request_id)

    own = (await list_receipts(consent_tx, home.mother, now=NOW)).receipts

    assert [one.receipt_id for one in own] == [first.view.receipt_id]
    assert (await list_receipts(consent_tx, home.father, now=NOW)).receipts == ()


async def test_anothers_receipt_and_none_are_the_same(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    answered = await say(consent_tx, home.mother, event.request_id)

    assert isinstance(await read_receipt(consent_tx, MEANS, home.father, answered.view.receipt_id, now=NOW), NotFound)  # type: ignore[arg-type]


async def test_a_withdrawal_gives_one_too_also_by_telephone_and_never_to_staff(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "attendance"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    consent_id = await consent_tx.fetchval("select consent_id from consent where request_id = $1", event.request_id)
    pressed = await withdraw(consent_tx, home.mother, consent_id, 1)
    called = await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, FATHER, "called-back", 2, now=NOW)  # type: ignore[arg-type]
    assert isinstance(pressed, Withdrawn)
    assert isinstance(called, Withdrawn)
    mothers = await read(consent_tx, home.mother, pressed.view.receipt_id)
    fathers = next(one for one in (await list_receipts(consent_tx, home.father, now=NOW)).receipts if one.act == "withdrawal")

    assert [(row.row, row.choice) for row in mothers.receipt.rows] == [(1, "withdrawn")]
    assert mothers.receipt.consent_id == consent_id
    assert called.view.receipt_id is None
    assert (await read(consent_tx, home.father, fathers.receipt_id)).receipt.signer.method == "telephone"


async def test_it_verifies_offline_and_a_changed_letter_does_not(
    consent_tx: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    view = await read(consent_tx, home.mother, (await say(consent_tx, home.mother, event.request_id)).view.receipt_id)
    head, payload, signature = view.jws.split(".")
    said = base64.urlsafe_b64decode(payload + "==").replace(b'"choice":"yes"', b'"choice":"no"')
    forged = ".".join([head, base64.urlsafe_b64encode(said).decode().rstrip("="), signature])

    genuine = check(tmp_path, view.jws), check(tmp_path, msgspec.json.encode(view).decode())
    shown = capsys.readouterr().out
    others = {"keys": [{**MEANS.receipts.public["keys"][0], "kid": "another"}]}

    assert genuine == (0, 0)
    assert "GENUINE" in shown
    assert "pupil-health assessment" in shown
    assert check(tmp_path, forged) == 1
    assert check(tmp_path, view.jws, keys=others) == 2
    assert check(tmp_path, "x.y") == 2
    assert check(tmp_path, view.jws, keys={"x": 1}) == 2
    assert [key for key in MEANS.receipts.public["keys"] if "d" in key] == []


async def test_the_paper_holds_the_signed_text(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    view = await read(consent_tx, home.mother, (await say(consent_tx, home.mother, event.request_id)).view.receipt_id)

    assert pdf_of(view).startswith(b"%PDF-")


async def test_over_http(client: Client, stage: Stage, home: Family, consent_db: Any) -> None:
    await given(client, stage, home, consent_db)
    stage.be(home.father)
    listed = (await client.get("/v1/receipts")).json()["receipts"]
    one = await client.get(f"/v1/receipts/{listed[0]['receipt_id']}")
    paper = await client.get(f"/v1/receipts/{listed[0]['receipt_id']}/pdf")
    stage.caller = None
    keys = await client.get("/v1/receipt-keys")

    assert one.json()["receipt"]["act"] == "answer"
    assert paper.headers["content-type"] == "application/pdf"
    assert keys.json()["keys"][0]["crv"] == "Ed25519"
