"""Consents that were collected before: who must answer is asked as always, a line is taken once, and a report names no number."""

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.consents import COLUMNS, consents, read_lines
from services.consent.domain.consent import Choice
from services.consent.domain.register import Registered
from services.consent.usecases.check_coverage import check_coverage
from services.consent.usecases.import_consent import ImportConsent, Imported, import_consent
from services.consent.usecases.list_given import GivenList, list_given
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.auth import Caller
from shared.contracts.consent import Coverage, CoverageNeed, RowKey
from shared.database import Connection
from shared.errors import AppError, NotFound, Refused
from shared.law.codes import LeafCategory, Purpose
from tests.consent.test_http import Client, Stage, client, home, stage
from tests.consent.world import CHILD, FATHER, MEANS, MOTHER, NOW, STRANGER, SYSTEM, Family, ask, family, registered, say, withdraw

__all__ = ["client", "home", "stage"]

LINE = itertools.count(2)


def made(**how: Any) -> ImportConsent:
    given: dict[str, Any] = {
        "file_sha256": "a" * 64,
        "line": next(LINE),
        "number": CHILD,
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": Purpose.SUPPORT,
        "categories": (LeafCategory.PUPIL_HEALTH,),
        "given_on": date(2026, 9, 1),
        "last_day": date(2027, 6, 11),
        "signers": (MOTHER, FATHER, CHILD),
    }
    return ImportConsent(**{**given, **how})


async def bring(tx: Connection, line: ImportConsent, *, caller: Caller = SYSTEM, found: Registered | None = None) -> Imported | AppError:
    return await import_consent(tx, MEANS, caller, line, found or registered(), now=NOW)


async def state(tx: Connection, home: Family) -> str:
    key = RowKey(
        subject_id=home.subject_id, discloser_unit="o5ek-u2", recipient_unit="o2rg-u2", purpose="P_SUPPORT", category="pupil-health"
    )
    answer = await check_coverage(tx, MEANS.vault, Coverage(needs=(CoverageNeed(key=key, regime="S_EH"),)), now=NOW)
    return answer.rows[0].state


async def test_what_all_have_signed_holds_is_marked_and_can_be_taken_back(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    line = made()
    taken, again = await bring(consent_tx, line), await bring(consent_tx, line)
    assert isinstance(taken, Imported)
    held = await state(consent_tx, home)
    listed = await list_given(consent_tx, MEANS, SYSTEM, home.child_ref, now=NOW)
    withdrawn = await withdraw(consent_tx, home.mother, taken.view.consent_id)

    assert again == taken
    assert held == "given"
    assert isinstance(listed, GivenList)
    assert [one.imported for one in listed.requests] == [True]
    assert isinstance(withdrawn, Withdrawn)
    assert await state(consent_tx, home) == "withdrawn"


async def test_it_never_holds_beyond_twelve_months_from_when_it_was_given(consent_tx: Connection) -> None:
    await family(consent_tx)

    taken = await bring(consent_tx, made(given_on=date(2026, 2, 28), last_day=date(2030, 1, 1)))

    assert isinstance(taken, Imported)
    assert taken.view.last_day == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"signers": (MOTHER, CHILD)}, "signer-missing"),
        ({"signers": (MOTHER, STRANGER, CHILD)}, "signer-missing"),
        ({"given_on": date(2025, 11, 1)}, "expired"),
        ({"last_day": date(2026, 11, 23)}, "expired"),
        ({"given_on": date(2026, 11, 25)}, "dates-wrong"),
        ({"last_day": date(2026, 8, 31)}, "dates-wrong"),
    ],
)
async def test_a_line_that_does_not_hold_is_refused_with_a_code(consent_tx: Connection, how: dict[str, Any], code: str) -> None:
    home = await family(consent_tx)

    refused = await bring(consent_tx, made(**how))

    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail) == ("import-refused", code)
    assert await state(consent_tx, home) == "not-asked"


async def test_what_a_family_has_said_here_stands_above_a_paper(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)

    refused = await bring(consent_tx, made())

    assert isinstance(refused, Refused)
    assert refused.detail == "asked-here"
    assert await state(consent_tx, home) == "refused"


async def test_what_only_a_human_may_answer_and_anothers_unit(consent_tx: Connection) -> None:
    await family(consent_tx)
    unknown = await bring(consent_tx, made(), found=registered(protected=True))

    assert isinstance(unknown, Refused)
    assert unknown.detail == "ask-human"
    assert isinstance(await bring(consent_tx, made(discloser_unit="o2rg-u2")), NotFound)


async def test_over_http_with_a_key(client: Client, stage: Stage, home: Family) -> None:
    stage.be(SYSTEM, "consent:ask")
    body = {
        "file_sha256": "b" * 64,
        "line": 2,
        "number": home.number,
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": "P_SUPPORT",
        "categories": ["plan"],
        "given_on": (NOW - timedelta(days=30)).date().isoformat(),
        "last_day": (NOW + timedelta(days=30)).date().isoformat(),
        "signers": [MOTHER],
    }

    refused = await client.post("/v1/imported-consents", json=body, headers={"Idempotency-Key": "x1"})
    taken = await client.post(
        "/v1/imported-consents", json={**body, "line": 3, "signers": [MOTHER, FATHER, home.number]}, headers={"Idempotency-Key": "x2"}
    )

    assert (refused.status_code, refused.json()["detail"]) == (403, "signer-missing")
    assert taken.status_code == 200, taken.text


def test_a_file_is_read_line_by_line_and_the_report_has_no_number(tmp_path: Path) -> None:
    head = ";".join(COLUMNS)
    good = f"{CHILD};o5ek-u2;o2rg-u2;P_SUPPORT;plan attendance;2026-09-01;2027-06-11;{MOTHER} {FATHER}"
    short = f"{CHILD};o5ek-u2"
    undated = good.replace("2026-09-01", "1 september")
    file = tmp_path / "old.csv"
    file.write_text(f"{head}\n{good}\n{short}\n\n{undated}\n", encoding="utf-8-sig")
    config = tmp_path / "kit.toml"
    config.touch()

    lines = list(read_lines(file.read_bytes()))
    told = CliRunner().invoke(consents, ["import", str(file), "--config", str(config), "--check"])

    assert [(line.number, line.code) for line in lines] == [(2, None), (3, "columns"), (5, "given_on-not-a-date")]
    assert lines[0].body["categories"] == ["plan", "attendance"]
    assert told.exit_code == 1
    assert told.output.splitlines() == ["old.csv:3: columns", "old.csv:5: given_on-not-a-date", "1 of 3 lines are well formed"]
    assert CHILD not in told.output
    with pytest.raises(ValueError, match="header"):
        list(read_lines(b"number;name\n"))
