"""What consent hears from sharing, and what it answers the other houses."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from services.consent.app import person_of
from services.consent.domain.register import Registered
from services.consent.events.incoming import handles
from services.consent.events.questions import answers
from services.consent.usecases import changes_since as feed
from services.consent.usecases.open_request import open_request
from shared.contracts.consent import (
    Changes,
    ChangesSince,
    Child,
    ChildFound,
    Coverage,
    CoverageAnswer,
    CoverageNeed,
    CoverageState,
    Erased,
    Reference,
    ReferenceMade,
)
from shared.contracts.entry import Sequenced
from shared.contracts.sharing import ConsentWanted, Disclosed, GrantChanged, OrganisationChanged, TellHeld
from shared.database import Connection, Database
from shared.errors import Unavailable
from tests.consent.world import CHILD, ISSUER, MEANS, NOW, ask, family, grant, key_of, number, remember_world, say, wanted

ANSWERS = answers(MEANS)


async def test_every_event_of_the_table_has_its_use_case(consent_tx: Connection) -> None:
    table = handles(MEANS)
    home = await family(consent_tx)
    event = wanted(home.subject_id)

    await table[ConsentWanted](consent_tx, event, now=NOW)
    await table[GrantChanged](consent_tx, grant("somebody"), now=NOW)
    organisation = OrganisationChanged(organisation="o9kl", display_name="Kliniken", public=False, units=(), systems=(), revision=1)
    await table[OrganisationChanged](consent_tx, organisation, now=NOW)

    assert set(table) == {ConsentWanted, OrganisationChanged, GrantChanged, Sequenced, Disclosed, TellHeld, Erased}
    assert await consent_tx.fetchval("select count(*) from request where request_id = $1", event.request_id) == 1
    assert await consent_tx.fetchval("select count(*) from grant_seen where principal = 'somebody'") == 1
    assert await consent_tx.fetchval("select display_name from organisation_seen where organisation = 'o9kl'") == "Kliniken"


async def test_the_same_question_twice_is_asked_once_with_one_entry(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await open_request(consent_tx, MEANS, event, now=NOW + timedelta(minutes=1))

    bodies = await consent_tx.fetch("select body from outbox where name = 'entry'")
    actions = [msgspec.json.decode(row["body"])["action"] for row in bodies]
    assert actions.count("consent.asked") == 1
    assert await consent_tx.fetchval("select count(*) from request_row") == 1


async def test_a_question_from_a_unit_that_is_not_known_yet_waits(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    with pytest.raises(Unavailable):
        await open_request(consent_tx, MEANS, wanted(home.subject_id, unit="o9kl-u1"), now=NOW)


async def test_a_question_about_nobody_known_is_refused_with_an_entry(consent_tx: Connection) -> None:
    await remember_world(consent_tx)
    await open_request(consent_tx, MEANS, wanted(UUID(int=3)), now=NOW)

    bodies = await consent_tx.fetch("select body from outbox where name = 'entry'")
    assert [msgspec.json.decode(row["body"])["action"] for row in bodies] == ["request.refused"]
    assert await consent_tx.fetchval("select count(*) from request") == 0


async def test_the_houses_questions_are_answered(consent_db: Database) -> None:
    async with consent_db.transaction() as tx:
        home = await family(tx)
        event = await ask(tx, home.subject_id)
        for who in (home.mother, home.father, home.child):
            await say(tx, who, event.request_id)

    found = await ANSWERS[Child](consent_db, Child(organisation="o5ek", child_ref=home.child_ref), now=NOW)
    foreign = await ANSWERS[Child](consent_db, Child(organisation="o2rg", child_ref=home.child_ref), now=NOW)
    made = await ANSWERS[Reference](consent_db, Reference(subject_id=home.subject_id, organisation="o2rg"), now=NOW)
    nobody = await ANSWERS[Reference](consent_db, Reference(subject_id=UUID(int=3), organisation="o2rg"), now=NOW)
    needs = (CoverageNeed(key=key_of(event), regime="S_EH"),)
    covered = await ANSWERS[Coverage](consent_db, Coverage(needs=needs), now=NOW)
    changes = await ANSWERS[ChangesSince](consent_db, ChangesSince(epoch=0, since=0), now=NOW)

    assert found == ChildFound(subject_id=home.subject_id, birth_date=date(2013, 5, 17))
    assert foreign == ChildFound()
    assert isinstance(made, ReferenceMade)
    assert made.child_ref not in {None, home.child_ref}
    assert nobody == ReferenceMade()
    assert isinstance(covered, CoverageAnswer)
    assert covered.rows[0].state is CoverageState.GIVEN
    assert isinstance(changes, Changes)
    assert changes.rows[-1] == covered.rows[0].row
    assert changes.complete


@pytest.mark.parametrize("change", [{"regime": "X"}, {"category": "wellbeing"}, {"subject_id": UUID(int=3)}])
async def test_what_is_unknown_is_for_a_human_never_a_yes(consent_db: Database, change: dict[str, object]) -> None:
    async with consent_db.transaction() as tx:
        home = await family(tx)
        event = await ask(tx, home.subject_id, categories=("plan",))
    need = CoverageNeed(key=key_of(event), regime="S_EH")
    if "regime" in change:
        need = msgspec.structs.replace(need, **change)
    else:
        need = msgspec.structs.replace(need, key=msgspec.structs.replace(need.key, **change))

    answer = await ANSWERS[Coverage](consent_db, Coverage(needs=(need,)), now=NOW)

    assert isinstance(answer, CoverageAnswer)
    assert answer.rows[0].state is CoverageState.ASK_HUMAN


async def test_the_feed_comes_in_pages_without_gaps(consent_tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    home = await family(consent_tx, child=number("20130601", 991))
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "plan", "matter"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    first = await feed.changes_since(consent_tx, ChangesSince(epoch=0, since=0))
    monkeypatch.setattr(feed, "PAGE", 2)

    page = await feed.changes_since(consent_tx, ChangesSince(epoch=first.epoch, since=0))
    rest = await feed.changes_since(consent_tx, ChangesSince(epoch=first.epoch, since=page.position))
    end = await feed.changes_since(consent_tx, ChangesSince(epoch=first.epoch, since=rest.position))

    assert not page.complete
    assert page.rows + rest.rows == first.rows
    assert rest.complete
    assert (end.rows, end.complete, end.position) == ((), True, first.position)


class Register:
    """A register that knows one child."""

    async def look_up(self, number: str) -> Registered | None:
        return Registered(number=CHILD, name="Alva Provsson") if number == CHILD else None


@pytest.mark.parametrize("form", [CHILD, f"{CHILD[:8]}-{CHILD[8:]}"])
async def test_a_login_finds_the_person_with_the_number_that_the_provider_vouches_for(consent_db: Database, form: str) -> None:
    hook = person_of(consent_db, MEANS, Register(), ISSUER)

    first = await hook({"https://id.oidc.se/claim/personalIdentityNumber": form}, NOW)
    again = await hook({"https://id.oidc.se/claim/personalIdentityNumber": CHILD}, NOW)

    assert first == again
    assert first is not None
    assert UUID(first).version == 7


async def test_a_coordination_number_is_a_person_too(consent_db: Database) -> None:
    hook = person_of(consent_db, MEANS, Register(), ISSUER)
    assert await hook({"https://id.oidc.se/claim/coordinationNumber": number("20130577", 980)}, NOW) is not None


@pytest.mark.parametrize("claims", [{}, {"https://id.oidc.se/claim/personalIdentityNumber": "1"}, {"sub": CHILD}])
async def test_claims_without_a_number_are_nobody(consent_db: Database, claims: dict[str, str]) -> None:
    assert await person_of(consent_db, MEANS, Register(), ISSUER)(claims, NOW) is None
