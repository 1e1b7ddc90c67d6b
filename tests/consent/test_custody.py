"""Facts about a family change what holds: statements by rank, judgements for one question, protected identity."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice
from services.consent.domain.wording import Language, Rendering
from services.consent.storage import people
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.list_consents import list_consents
from services.consent.usecases.list_requests import list_requests
from services.consent.usecases.name_child import Named, name_child
from services.consent.usecases.record_custody import NewStatement, Stated, StatedGuardian, record_custody
from services.consent.usecases.record_judgement import Judged, NewJudgement, record_judgement
from services.consent.usecases.show_request import show_request
from shared.auth import Caller
from shared.contracts.consent import CoverageState, Missing, SignerStatus
from shared.database import Connection
from shared.errors import AppError, NotFound, Refused
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import Custody, Maturity
from tests.consent.world import (
    CHILD,
    FATHER,
    ISSUER,
    MEANS,
    MOTHER,
    NOW,
    STAFF,
    STRANGER,
    SYSTEM,
    Family,
    ask,
    covered,
    family,
    login,
    number,
    registered,
    say,
    show,
    withdraw,
)

LATER = NOW + timedelta(hours=1)
UNKNOWN = registered(guardians=())


def statement(home: Family, *guardians: tuple[str, Custody], **facts: object) -> NewStatement:
    stated = tuple(StatedGuardian(number=who, custody=how) for who, how in guardians)
    return msgspec.structs.replace(NewStatement(child_ref=home.child_ref, guardians=stated), **facts)


DOCUMENT = {"document": "T 123-26", "second": f"{ISSUER} rektor", "last_day": date(2027, 6, 30)}


async def state(tx: Connection, caller: Caller, stated: NewStatement) -> Stated | AppError:
    return await record_custody(tx, MEANS, caller, stated, now=LATER)


async def test_with_no_guardian_known_a_human_is_asked(consent_tx: Connection) -> None:
    home = await family(consent_tx, found=UNKNOWN)
    event = await ask(consent_tx, home.subject_id)

    assert (await covered(consent_tx, event)).state is CoverageState.ASK_HUMAN


async def test_what_staff_say_does_not_beat_the_register(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)

    assert isinstance(await state(consent_tx, STAFF, statement(home, (STRANGER, Custody.SOLE))), Stated)

    await say(consent_tx, home.mother, event.request_id, now=LATER)
    assert (await covered(consent_tx, event, now=LATER)).missing == (
        Missing(role="child", number=1, status=SignerStatus.NO_ANSWER),
        Missing(role="guardian", number=1, status=SignerStatus.NO_ANSWER),
    )


async def named_without_register(tx: Connection) -> Family:
    child = number("20130602", 987)
    base = await family(tx)
    named = await name_child(tx, MEANS, STAFF, child, None, now=NOW)
    assert isinstance(named, Named)
    caller = await login(tx, child)
    person = await people.get(tx, MEANS.vault, UUID(caller.person_id))
    assert person is not None
    home = msgspec.structs.replace(base, number=child, subject_id=person.subject_id, child_ref=named.view.child_ref, child=caller)
    joint = statement(home, (MOTHER, Custody.JOINT), (FATHER, Custody.JOINT))
    assert isinstance(await record_custody(tx, MEANS, STAFF, joint, now=NOW), Stated)
    return home


async def given(tx: Connection, home: Family) -> object:
    event = await ask(tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(tx, who, event.request_id)
    assert (await covered(tx, event)).state is CoverageState.GIVEN
    return event


@pytest.mark.parametrize(
    ("caller", "facts"),
    [
        (STAFF, {}),
        (STAFF, {"document": "T 123-26"}),
        (STAFF, {**DOCUMENT, "second": STAFF.principal}),
        (STAFF, {**DOCUMENT, "second": f"{ISSUER} nobody"}),
        (STAFF, {**DOCUMENT, "last_day": None}),
        (SYSTEM, DOCUMENT),
        (msgspec.structs.replace(STAFF, acr="http://id.elegnamnden.se/loa/1.0/loa2"), DOCUMENT),
    ],
)
async def test_taking_a_guardian_away_takes_two_people_a_document_and_an_end(
    consent_tx: Connection, caller: Caller, facts: dict[str, object]
) -> None:
    home = await named_without_register(consent_tx)

    refused = await state(consent_tx, caller, statement(home, (MOTHER, Custody.SOLE), **facts))

    assert isinstance(refused, Refused)
    assert refused.code == "second-person-needed"


async def test_a_document_that_two_have_seen_takes_a_guardian_away_until_its_last_day(consent_tx: Connection) -> None:
    home = await named_without_register(consent_tx)
    event = await ask(consent_tx, home.subject_id)

    assert isinstance(await state(consent_tx, STAFF, statement(home, (MOTHER, Custody.SOLE), **DOCUMENT)), Stated)
    await say(consent_tx, home.child, event.request_id, now=LATER)
    await say(consent_tx, home.mother, event.request_id, now=LATER)
    during = await covered(consent_tx, event, now=LATER)

    assert during.state is CoverageState.GIVEN
    shown = await show_request(consent_tx, MEANS, home.father, event.request_id, Language.SWEDISH, Rendering.STANDARD, now=LATER)
    assert isinstance(shown, NotFound)


async def test_a_further_guardian_stops_what_they_have_not_agreed_to(consent_tx: Connection) -> None:
    home = await named_without_register(consent_tx)
    await given(consent_tx, home)
    third = ((MOTHER, Custody.APPOINTED), (FATHER, Custody.APPOINTED), (STRANGER, Custody.APPOINTED))

    stated = await state(consent_tx, STAFF, statement(home, *third))

    assert isinstance(stated, Stated)
    assert len(stated.stops) == 1


async def test_a_care_order_stops_everything_and_asks_a_human(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)

    both = ((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT))
    stated = await state(consent_tx, STAFF, statement(home, *both, care_order=True))

    assert isinstance(stated, Stated)
    assert len(stated.stops) == 1
    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.ASK_HUMAN


async def test_custody_of_a_child_that_the_organisation_has_not_named_is_not_found(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    foreign = msgspec.structs.replace(home, child_ref=UUID(int=5))
    assert isinstance(await state(consent_tx, STAFF, statement(foreign, (MOTHER, Custody.SOLE))), NotFound)


def judgement(home: Family, **facts: object) -> NewJudgement:
    plain = NewJudgement(child_ref=home.child_ref, unit="o5ek-u2", purpose=Purpose.SUPPORT, category=LeafCategory.PUPIL_HEALTH)
    return msgspec.structs.replace(plain, **facts)


async def test_a_mature_child_answers_alone_and_its_guardians_then_see_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)

    made = await record_judgement(consent_tx, MEANS, STAFF, judgement(home, maturity=Maturity.CHILD_ALONE), now=NOW)
    await say(consent_tx, home.child, event.request_id)
    after = await covered(consent_tx, event)

    assert isinstance(made, Judged)
    assert after.state is CoverageState.GIVEN
    assert after.row is not None
    assert (await list_requests(consent_tx, MEANS, home.mother, now=NOW)).requests == ()
    assert (await list_consents(consent_tx, MEANS, home.mother, now=NOW)).consents == ()
    assert isinstance(await withdraw(consent_tx, home.mother, after.row.consent_id), NotFound)


async def test_a_guardian_against_whom_it_is_secret_is_neither_asked_nor_told(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await record_judgement(consent_tx, MEANS, STAFF, judgement(home, secret_from=(FATHER,)), now=NOW)

    for who in (home.mother, home.child):
        await say(consent_tx, who, event.request_id)
    after = await covered(consent_tx, event)

    assert after.state is CoverageState.GIVEN
    assert (await list_requests(consent_tx, MEANS, home.father, now=NOW)).requests == ()
    assert (await list_consents(consent_tx, MEANS, home.father, now=NOW)).consents == ()


async def test_a_new_judgement_stops_what_somebody_now_required_has_not_given(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await record_judgement(consent_tx, MEANS, STAFF, judgement(home, maturity=Maturity.GUARDIANS), now=NOW)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father):
        await say(consent_tx, who, event.request_id)
    before = await covered(consent_tx, event)

    made = await record_judgement(consent_tx, MEANS, STAFF, judgement(home, maturity=Maturity.JOINT), now=LATER)

    assert before.state is CoverageState.GIVEN
    assert isinstance(made, Judged)
    assert len(made.stops) == 1


async def test_a_judgement_is_only_the_holders_to_make(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    assert isinstance(await record_judgement(consent_tx, MEANS, STAFF, judgement(home, unit="o2rg-u2"), now=NOW), NotFound)


async def test_protected_identity_stops_everything_and_is_asked_for_in_person(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    person = await people.get_subject(consent_tx, MEANS.vault, home.subject_id)
    assert person is not None

    stops = await learn_custody(consent_tx, MEANS.vault, person, registered(protected=True), now=LATER)

    assert len(stops) == 1
    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.ASK_HUMAN
    assert (await list_requests(consent_tx, MEANS, home.mother, now=LATER)).requests == ()


async def test_the_same_word_of_the_register_adds_nothing(consent_tx: Connection) -> None:
    await family(consent_tx)
    before = await consent_tx.fetchval("select count(*) from custody_statement")
    await name_child(consent_tx, MEANS, STAFF, CHILD, registered(), now=LATER)
    assert await consent_tx.fetchval("select count(*) from custody_statement") == before


async def test_a_register_out_of_reach_leaves_what_was_known(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await name_child(consent_tx, MEANS, STAFF, CHILD, None, now=LATER)
    assert (await covered(consent_tx, event)).state is CoverageState.PENDING


async def test_a_third_person_answers_for_their_own_data(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("relatives-data",), about=str(home.stranger.person_id))
    before = await covered(consent_tx, event)

    await say(consent_tx, home.stranger, event.request_id)
    after = await covered(consent_tx, event)

    assert before.missing == (Missing(role="third-person", number=1, status=SignerStatus.NO_ANSWER),)
    assert after.state is CoverageState.GIVEN
    assert (await list_requests(consent_tx, MEANS, home.mother, now=NOW)).requests == ()


CASES = [
    ("20180301", "o5ek-u2", "S_EH", "joint", {"guardian": 2}),
    ("20180301", "o5ek-u1", "S_SCH", "sole", {"guardian": 1}),
    ("20141201", "o5ek-u2", "S_EH", "joint", {"guardian": 2}),
    ("20141124", "o5ek-u2", "S_EH", "joint", {"guardian": 2, "child": 1}),
    ("20130601", "o5ek-u1", "S_SCH", "joint", {"guardian": 2}),
    ("20130601", "o5ek-u2", "S_EH", "sole", {"guardian": 1, "child": 1}),
    ("20111125", "o5ek-u1", "S_SCH", "joint", {"guardian": 2}),
    ("20111124", "o5ek-u1", "S_SCH", "joint", {"guardian": 2, "child": 1}),
    ("20100101", "o5ek-u2", "S_EH", "temporary", {"guardian": 1, "child": 1}),
    ("20100101", "o5ek-u2", "S_EH", "god-man", {"guardian": 1, "child": 1}),
    ("20081125", "o5ek-u1", "S_SCH", "joint", {"guardian": 2, "child": 1}),
    ("20081124", "o5ek-u1", "S_SCH", "joint", {"child": 1}),
    ("20080229", "o5ek-u1", "S_SCH", "nobody", {"child": 1}),
    ("20130601", "o5ek-u1", "S_SCH", "nobody", None),
    ("20130601", "o5ek-u1", "S_SCH", "half", None),
]


@pytest.mark.parametrize(("born", "unit", "regime", "custody", "missing"), CASES)
async def test_who_is_missing_follows_from_age_holder_and_custody(
    consent_tx: Connection, born: str, unit: str, regime: str, custody: str, missing: dict[str, int] | None
) -> None:
    guardians = {
        "joint": ((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT)),
        "half": ((MOTHER, Custody.JOINT),),
        "nobody": (),
    }.get(custody) or (((MOTHER, Custody(custody)),) if custody in set(Custody) else ())
    child = number(born, 988)
    home = await family(consent_tx, child=child, found=registered(child, guardians=guardians))
    event = await ask(consent_tx, home.subject_id, unit=unit, categories=("plan",))

    answer = await covered(consent_tx, event, regime=regime)

    if missing is None:
        assert answer.state is CoverageState.ASK_HUMAN
    else:
        assert answer.state is CoverageState.PENDING
        assert {one.role: one.number for one in answer.missing} == missing


async def test_a_14_year_old_is_heard_and_its_no_blocks(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    for who in (home.mother, home.father):
        await say(consent_tx, who, event.request_id)
    before = await covered(consent_tx, event, regime="S_SCH")

    answered = await say(consent_tx, home.child, event.request_id, Choice.NO, now=LATER)

    assert before.state is CoverageState.GIVEN
    assert len(answered.stops) == 1
    assert (await covered(consent_tx, event, regime="S_SCH", now=LATER)).state is CoverageState.REFUSED


async def test_the_page_is_in_every_language_and_for_three_readers(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    pages = set()
    for language in Language:
        for rendering in Rendering:
            shown = await show_request(consent_tx, MEANS, home.child, event.request_id, language, rendering, now=NOW)
            assert not isinstance(shown, NotFound)
            assert "BUP, Regionen" in shown.page.rows[0].sentence
            assert "2027-05-23" in shown.page.until
            pages.add(shown.page.sha256)
    assert len(pages) == len(Language) * len(Rendering)


async def test_a_page_that_was_asked_for_is_still_readable_when_the_texts_have_changed(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    before = await show(consent_tx, home.mother, event.request_id)
    text = msgspec.structs.replace(MEANS.texts.text, version=2, sv={})
    newer = replace(MEANS, texts=msgspec.structs.replace(MEANS.texts, text=text))

    after = await show_request(consent_tx, newer, home.mother, event.request_id, Language.SWEDISH, Rendering.STANDARD, now=NOW)

    assert not isinstance(after, NotFound)
    assert after.page == before.page
