"""Two decide, the key is destroyed, every house answers; what was answered stays and names nobody (I7)."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from joserfc import jws
from joserfc.jwk import OKPKey

from services.consent.domain.channel import Contact
from services.consent.domain.receipt import canonical
from services.consent.domain.register import Registered
from services.consent.storage import erasures, organisations, people
from services.consent.usecases.ask_coverage import AskCoverage, RowAsked, ask_coverage
from services.consent.usecases.choose_contact import choose_contact
from services.consent.usecases.erase_person import (
    OVERDUE,
    EraseReason,
    Erasing,
    ErasureShown,
    FoundHere,
    confirm_erasure,
    decide_erasure,
    erase_again,
    list_erasures,
    preview_erasure,
    show_erasure,
)
from services.consent.usecases.hear_erased import hear_erased
from services.consent.usecases.identify_person import identify_person
from services.consent.usecases.list_given import list_given
from services.consent.usecases.name_child import Named, name_child
from services.consent.usecases.read_receipt import ReceiptView, read_receipt
from services.consent.usecases.record_judgement import NewJudgement, record_judgement
from shared.auth import Caller, Kind
from shared.contracts.consent import Erased, PersonErased
from shared.database import Connection
from shared.errors import NotFound, Refused
from shared.ids import new_id
from shared.law.codes import LeafCategory, Purpose
from tests.consent.world import (
    CHILD,
    ISSUER,
    LOA3,
    MEANS,
    MOTHER,
    NOW,
    RECEIPTS,
    STAFF,
    STRANGER,
    Family,
    ask,
    family,
    grant,
    registered,
    say,
)
from tests.persons import insert, left

LATER = NOW + timedelta(hours=1)


def operators(subject: str) -> Caller:
    return Caller(kind=Kind.PERSON, issuer=ISSUER, subject=subject, client_id="consent", organisation="o1op", acr=LOA3)


FIRST, SECOND = operators("first"), operators("second")


async def grant_operators(tx: Connection) -> None:
    for caller in (FIRST, SECOND):
        await organisations.save_grant(tx, grant(caller.principal, organisation="o1op"))


async def erase(tx: Connection, number: str = CHILD) -> Erasing:
    await grant_operators(tx)
    decided = await decide_erasure(tx, MEANS, FIRST, number, EraseReason.REQUEST, now=NOW)
    assert isinstance(decided, ErasureShown)
    erased = await confirm_erasure(tx, MEANS, SECOND, decided.erasure_id, now=LATER)
    assert isinstance(erased, Erasing)
    return erased


async def whole(tx: Connection) -> str:
    """Every row of the database as text, as a dump would hold it; sealed bytes in hex."""
    tables = await tx.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'keystore')"
    )
    parts = []
    for table in tables:
        if await tx.fetchval("select has_table_privilege(current_user, $1, 'select')", table["name"]):
            rows = await tx.fetch(f"select t::text as line from {table['name']} t")  # noqa: S608  names from the catalogue
            parts += [row["line"] for row in rows]
    return "\n".join(parts)


async def test_nothing_is_destroyed_by_one_alone(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await grant_operators(consent_tx)

    decided = await decide_erasure(consent_tx, MEANS, FIRST, CHILD, EraseReason.REQUEST, now=NOW)
    assert isinstance(decided, ErasureShown)
    again = await confirm_erasure(consent_tx, MEANS, FIRST, decided.erasure_id, now=NOW)

    assert isinstance(again, Erasing)
    assert again.view.state == "second-person-needed"
    assert await people.get_subject(consent_tx, MEANS.vault, home.subject_id) is not None


async def test_what_stands_on_the_child_is_stopped_and_the_other_houses_are_told(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await identify_person(consent_tx, MEANS.vault, CHILD, None, now=NOW, principal=f"{ISSUER} alva")
    event = await ask(consent_tx, home.subject_id)
    for caller in (home.child, home.mother, home.father):
        await say(consent_tx, caller, event.request_id)

    erased = await erase(consent_tx)

    assert len(erased.stops) == 1
    assert [row.key.subject_id for row in erased.stops[0].rows] == [home.subject_id]
    assert erased.view.state == "running"
    assert erased.view.waiting_for == ("audit", "sharing")
    body = await consent_tx.fetchval("select body from outbox where name = 'person-erased'")
    told = msgspec.json.decode(body, type=PersonErased)
    assert (told.subject_id, told.principals) == (home.subject_id, (f"{ISSUER} alva",))


async def test_a_guardian_who_is_erased_leaves_no_consent_that_nobody_can_take_back(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for caller in (home.child, home.mother, home.father):
        await say(consent_tx, caller, event.request_id)

    erased = await erase(consent_tx, MOTHER)

    assert [row.key.subject_id for stop in erased.stops for row in stop.rows] == [home.subject_id]
    assert await people.get_subject(consent_tx, MEANS.vault, home.subject_id) is not None


async def test_no_byte_of_the_identity_is_left_and_the_answers_are(consent_tx: Connection) -> None:
    home = await family(consent_tx, found=msgspec.structs.replace(registered(), name="Alva Kanariefågel"))
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    sealed: bytes = await consent_tx.fetchval("select number_sealed from person where subject_id = $1", home.subject_id)
    lookup = MEANS.vault.lookup(CHILD).hex()
    before = await whole(consent_tx)
    assert sealed.hex() in before
    assert lookup in before
    assert str(home.child_ref) in before
    answers = await consent_tx.fetch("select * from answer order by answer_id")

    await erase(consent_tx)

    after = await whole(consent_tx)
    for gone in (CHILD, "Kanariefågel", sealed.hex(), lookup):
        assert gone not in after
    assert await consent_tx.fetch("select * from answer order by answer_id") == answers
    assert await consent_tx.fetchval("select count(*) from child_ref where child_ref = $1", home.child_ref) == 0
    assert await people.get_subject(consent_tx, MEANS.vault, home.subject_id) is None


async def fill(tx: Connection, home: Family, request_id: UUID, principal: str) -> list[str]:
    """Something of the child wherever an erasure empties; by what it can be found there."""
    child, mother = UUID(home.child.person_id), UUID(home.mother.person_id)
    await choose_contact(tx, MEANS, home.child, Contact(email="alva@kanariefagel.example", telephone=None, language="sv"), now=NOW)
    await people.note_login(tx, child, principal)
    await insert(tx, "register_check", person_id=child, tried_at=NOW)
    question = {"discloser_unit": "o5ek-u2", "purpose": "P_SUPPORT", "category": "plan", "child_id": child}
    judged = {"in_confidence": False, "secret_from": [mother], "judged_by": "x", "judged_at": NOW}
    await insert(tx, "judgement", judgement_id=new_id(NOW), **question, **judged)
    attested = {"reason": "ill", "document": "dnr 1", "last_day": NOW.date(), "attested_by": "x", "attested_at": NOW}
    await insert(tx, "guardian_exception", exception_id=new_id(NOW), guardian_id=mother, organisation="o5ek", **question, **attested)
    served = await tx.fetchval("select served_id from served where person_id = $1", mother)
    said = {"document_sha256": b"", "witness": "x", "reason": "other", "answered_at": NOW, "recorded_by": "x", "recorded_at": NOW}
    for person, way, other in ((child, "oral", mother), (mother, "paper", child)):
        recorded = {"recording_id": new_id(NOW), "request_id": request_id, "served_id": served, "together_with": other}
        await insert(tx, "recorded_answer", person_id=person, way=way, **recorded, **said)
        await insert(tx, "recorded_row", recording_id=recorded["recording_id"], row_number=1, choice="yes")
    told = str(home.child_ref).encode()
    for caller in ("system", principal):
        await insert(tx, "idempotency", caller=caller, key="k", request_hash=b"", status=200, answer=told, created_at=NOW)
    await insert(tx, "outbox", id=new_id(NOW), name="n", organisation="o5ek", body=told, receivers=[], created_at=NOW)
    letter = {"source": "sharing", "name": "n", "subject": "s", "headers": {}, "body": told, "reason": "r", "died_at": NOW}
    await insert(tx, "dead_letter", id=new_id(NOW), **letter)
    await name_child(tx, MEANS, STAFF, CHILD, registered(protected=True), now=NOW)
    return [str(child), str(home.subject_id), str(home.child_ref), principal]


async def test_every_place_that_is_to_be_emptied_is_empty(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    named = await fill(consent_tx, home, event.request_id, f"{ISSUER} alva")
    there = {place for place, counts in left("consent").items() if await consent_tx.fetchval(counts, named)}
    assert len(there) > 15

    await erase(consent_tx)

    assert {place for place, counts in left("consent").items() if await consent_tx.fetchval(counts, named)} == set()
    assert await consent_tx.fetchval("select count(*) from contact") == 0


async def test_a_guardian_who_is_erased_is_in_nobodys_judgement_and_beside_nobody(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    await fill(consent_tx, home, event.request_id, f"{ISSUER} alva")
    places = [left("consent")[name] for name in ("judgement.secret_from", "recorded_answer.together_with")]
    assert [await consent_tx.fetchval(counts, [home.mother.person_id]) for counts in places] == [1, 1]

    await erase(consent_tx, MOTHER)

    assert [await consent_tx.fetchval(counts, [home.mother.person_id]) for counts in places] == [0, 0]
    assert await consent_tx.fetchval("select count(*) from judgement") == 1


async def test_a_receipt_keeps_no_name_and_what_was_answered_verifies_still(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    said = await say(consent_tx, home.mother, event.request_id)
    receipt_id = said.view.receipt_id
    assert receipt_id is not None
    before = await read_receipt(consent_tx, MEANS, home.mother, receipt_id, now=NOW)
    assert isinstance(before, ReceiptView)
    assert before.receipt.child == "Alva Provsson"

    await erase(consent_tx)

    after = await read_receipt(consent_tx, MEANS, home.mother, receipt_id, now=LATER)
    assert isinstance(after, ReceiptView)
    assert after.receipt.child is None
    assert msgspec.structs.replace(before.receipt, child=None) == after.receipt  # its rows, its text and the hash of what was shown stand
    public = OKPKey.import_key(RECEIPTS.public["keys"][0])
    for one in (before, after):
        assert jws.deserialize_compact(one.jws, public, algorithms=["Ed25519"]).payload == canonical(one.receipt)


async def test_an_old_copy_of_the_row_cannot_be_read_once_the_key_is_gone(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    old = await consent_tx.fetchrow("select person_id, number_sealed from person where subject_id = $1", home.subject_id)
    assert old is not None

    await erase(consent_tx)

    assert await people.key_of(consent_tx, MEANS.vault, old["person_id"]) is None
    with pytest.raises(InvalidTag):
        MEANS.vault.open(old["person_id"], "number", old["number_sealed"])


async def test_the_same_number_later_is_somebody_new(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await erase(consent_tx)

    named = await name_child(consent_tx, MEANS, STAFF, CHILD, None, now=LATER)

    assert isinstance(named, Named)
    assert named.view.child_ref != home.child_ref


async def test_who_is_back_after_a_restore_is_erased_once_more(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    row = await consent_tx.fetchrow("select * from person where subject_id = $1", home.subject_id)
    assert row is not None
    erased = await erase(consent_tx)
    await consent_tx.execute(  # the data as an older dump has them; the key store is no part of a dump
        "update person set lookup = $2, number_sealed = $3, erased_at = null where person_id = $1",
        row["person_id"],
        row["lookup"],
        row["number_sealed"],
    )
    assert await people.get(consent_tx, MEANS.vault, row["person_id"]) is None

    assert await erase_again(consent_tx, now=LATER) == 1

    assert row["lookup"].hex() not in await whole(consent_tx)
    assert await erase_again(consent_tx, now=LATER) == 0
    told = await consent_tx.fetch("select body from outbox where name = 'person-erased'")
    assert {msgspec.json.decode(one["body"])["erasure_id"] for one in told} == {str(erased.view.erasure_id)}


async def test_it_is_done_when_every_house_has_answered_and_overdue_after_a_day(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    erasure_id = (await erase(consent_tx)).view.erasure_id

    async def shown(now: object) -> ErasureShown:
        found = await show_erasure(consent_tx, MEANS, FIRST, erasure_id, now=now)  # type: ignore[arg-type]
        assert isinstance(found, ErasureShown)
        return found

    assert (await shown(LATER + OVERDUE)).overdue is False
    assert (await shown(LATER + OVERDUE + timedelta(seconds=1))).overdue is True
    for house in ("sharing", "audit", "audit"):
        answer = Erased(erasure_id=erasure_id, subject_id=home.subject_id, house=house, destroyed={"keys": 1}, at=LATER)
        await hear_erased(consent_tx, MEANS, answer, now=LATER)
    done = await shown(LATER + OVERDUE + timedelta(days=9))
    assert (done.state, done.waiting_for, done.overdue) == ("done", (), False)
    assert [one.house for one in done.houses] == ["audit", "consent", "sharing"]
    assert await erasures.list_open(consent_tx) == []


async def test_only_the_operators_own_staff_may_and_each_try_has_its_entry(consent_tx: Connection) -> None:
    await family(consent_tx)
    await grant_operators(consent_tx)

    for outcome in (
        await decide_erasure(consent_tx, MEANS, STAFF, CHILD, EraseReason.REQUEST, now=NOW),
        await preview_erasure(consent_tx, MEANS, STAFF, CHILD, now=NOW),
        await list_erasures(consent_tx, MEANS, operators("nobody"), now=NOW),
    ):
        assert isinstance(outcome, Refused)
    assert isinstance(await decide_erasure(consent_tx, MEANS, FIRST, STRANGER, EraseReason.MISTAKE, now=NOW), ErasureShown | NotFound)
    assert isinstance(await show_erasure(consent_tx, MEANS, FIRST, UUID(int=7), now=NOW), NotFound)
    actions = [msgspec.json.decode(row["body"]) for row in await consent_tx.fetch("select body from outbox where name = 'entry'")]
    assert [one["action"] for one in actions if one["answer"] == "refused"] == [
        "erasure.decided", "erasure.previewed", "erasures.listed", "access.refused"
    ]  # fmt: skip


async def test_the_dry_run_counts_and_changes_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await grant_operators(consent_tx)

    found = await preview_erasure(consent_tx, MEANS, FIRST, CHILD, now=NOW)

    assert isinstance(found, FoundHere)
    assert found.subject_id == home.subject_id
    assert found.kinds == {"references": 1, "custody-statements": 1}
    assert await people.get_subject(consent_tx, MEANS.vault, home.subject_id) is not None


async def test_persons_from_before_the_keys_get_their_own(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    person_id: UUID = await consent_tx.fetchval("select person_id from person where subject_id = $1", home.subject_id)
    await consent_tx.execute("delete from keystore.person_key where person_id = $1", person_id)
    await consent_tx.execute(
        "update person set own_key = false, number_sealed = $2, name_sealed = null where person_id = $1",
        person_id,
        MEANS.vault.seal(person_id, "number", CHILD),
    )
    assert (await people.get(consent_tx, MEANS.vault, person_id)) is not None

    assert await people.give_keys(consent_tx, MEANS.vault, 10) == 1

    assert (await people.get(consent_tx, MEANS.vault, person_id)) is not None
    assert await people.give_keys(consent_tx, MEANS.vault, 10) == 0


async def test_a_protected_identitys_key_stands_under_the_other_house_key(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    found: Registered = registered(protected=True)

    await name_child(consent_tx, MEANS, STAFF, CHILD, found, now=LATER)

    row = await consent_tx.fetchrow(
        "select person_id, wrapped, person_key.restricted from keystore.person_key join person using (person_id) where subject_id = $1",
        home.subject_id,
    )
    assert row is not None
    assert row["restricted"] is True
    with pytest.raises(InvalidTag):
        MEANS.vault.key_of(row["person_id"], row["wrapped"], restricted=False)
    assert (await people.get(consent_tx, MEANS.vault, row["person_id"])) is not None


async def test_no_entry_of_an_act_on_a_child_holds_the_organisations_reference_to_it(consent_tx: Connection) -> None:
    """What stands in the leaf stands for ever, and the organisation keeps the reference beside the name (decision 0066)."""
    home = await family(consent_tx)
    judged = NewJudgement(child_ref=home.child_ref, unit="o5ek-u2", purpose=Purpose.SUPPORT, category=LeafCategory.PUPIL_HEALTH)
    await record_judgement(consent_tx, MEANS, STAFF, judged, now=NOW)
    asked = RowAsked(
        child_ref=home.child_ref,
        discloser_unit="o5ek-u2",
        recipient_unit="o2rg-u2",
        purpose=Purpose.SUPPORT,
        category=LeafCategory.PUPIL_HEALTH,
    )
    await ask_coverage(consent_tx, MEANS, STAFF, AskCoverage(rows=(asked,)), now=NOW)
    await list_given(consent_tx, MEANS, STAFF, home.child_ref, now=NOW)

    held = [msgspec.json.decode(row["body"]) for row in await consent_tx.fetch("select body from outbox where name = 'entry'")]

    assert {"child.named", "judgement.made", "coverage.read", "consents.read"} <= {one["action"] for one in held}
    assert [one["action"] for one in held if str(home.child_ref) in str(one)] == []
    assert all(one["person"]["subject"] == str(home.subject_id) for one in held if one["action"] in {"child.named", "coverage.read"})
