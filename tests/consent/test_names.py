"""Names go to the discloser's own staff in their case, and to nobody else."""

from typing import Any

import msgspec

from services.consent.domain.consent import Choice
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.tell_names import tell_names
from shared.contracts.consent import Names, NamesFound, SignerStatus
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.ids import new_id, opaque_id
from tests.consent.world import ISSUER, MEANS, NOW, STAFF, Family, ask, family, grant, say


def question(home: Family, event: ConsentWanted, **how: Any) -> Names:
    given: dict[str, Any] = {
        "issuer": STAFF.issuer,
        "subject": STAFF.subject,
        "acr": STAFF.acr,
        "organisation": "o5ek",
        "unit": "o5ek-u2",
        "case_id": event.case_id,
        "subject_id": home.subject_id,
    }
    return Names(**{**given, **how})


async def entries(tx: Connection) -> list[tuple[str, str, str]]:
    rows = await tx.fetch("select body from outbox where name = 'entry' order by position")
    found = [msgspec.json.decode(row["body"]) for row in rows]
    return [(one["organisation"], one["person"]["actor"], one["answer"]) for one in found if one["action"] == "names.read"]


async def test_staff_read_the_child_and_who_has_not_answered_yet(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    await say(consent_tx, home.child, event.request_id, Choice.YES)

    found = await tell_names(consent_tx, MEANS, question(home, event), now=NOW)

    assert (found.allowed, found.child) == (True, "Alva Provsson")
    assert [(one.role, one.name, one.status) for one in found.missing] == [("guardian", "Förälder Provsson", SignerStatus.NO_ANSWER)]
    assert await entries(consent_tx) == [("o5ek", f"{ISSUER} kurator", "done")]


async def test_without_grant_naming_or_unit_of_ones_own_there_is_nothing_and_an_entry(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await remember_grant(consent_tx, grant(f"{ISSUER} bup", organisation="o2rg"), now=NOW)

    for how in (
        {"subject": "nobody"},
        {"unit": "o2rg-u2"},
        {"organisation": "o2rg"},
        {"organisation": "o2rg", "unit": "o2rg-u2", "subject": "bup"},
        {"subject_id": opaque_id()},
    ):
        assert await tell_names(consent_tx, MEANS, question(home, event, **how), now=NOW) == NamesFound()

    assert [answer for _, _, answer in await entries(consent_tx)] == ["refused"] * 5


async def test_another_case_names_no_signers_and_protected_identity_nobody(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    other = await tell_names(consent_tx, MEANS, question(home, event, case_id=new_id(NOW)), now=NOW)
    await consent_tx.execute("update person set protected = true where subject_id = $1", home.subject_id)

    assert other.missing == ()
    assert await tell_names(consent_tx, MEANS, question(home, event), now=NOW) == NamesFound()
