"""What is kept, and how: never a number or a name in plain text, one reference for each organisation, copies that never go back."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidTag

from services.consent.storage import organisations, people
from services.consent.storage.population_register import FileRegister, NoRegister
from services.consent.storage.vault import Vault
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.remember_organisation import remember_organisation
from shared.contracts.sharing import OrganisationChanged, UnitSeen
from shared.database import Connection, Database
from shared.law.disposers import Custody
from tests.consent.world import CHILD, FATHER, MEANS, MOTHER, NOW, STAFF, ask, family, grant, say

ALVA, OTHER = UUID(int=1), UUID(int=2)


class TestVault:
    def test_what_is_sealed_opens_only_in_its_own_place(self) -> None:
        sealed = MEANS.vault.seal(ALVA, "number", CHILD)

        assert MEANS.vault.open(ALVA, "number", sealed) == CHILD
        for person, field in ((OTHER, "number"), (ALVA, "name")):
            with pytest.raises(InvalidTag):
                MEANS.vault.open(person, field, sealed)

    def test_two_seals_of_the_same_text_share_no_bytes_that_tell(self) -> None:
        assert MEANS.vault.seal(ALVA, "name", "x") != MEANS.vault.seal(ALVA, "name", "x")

    def test_another_key_finds_nobody_and_opens_nothing(self) -> None:
        other = Vault(bytes(32))
        assert other.lookup(CHILD) != MEANS.vault.lookup(CHILD)
        with pytest.raises(InvalidTag):
            other.open(ALVA, "number", MEANS.vault.seal(ALVA, "number", CHILD))

    @pytest.mark.parametrize("length", [0, 16, 31, 33])
    def test_a_key_of_another_length_is_refused(self, length: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Vault(bytes(length))

    def test_the_key_is_read_from_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_bytes(bytes(range(32)))
        assert Vault.read(tmp_path / "key").lookup(CHILD) == MEANS.vault.lookup(CHILD)


async def test_no_table_holds_a_number_or_a_name_in_plain_text(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)

    tables = await consent_tx.fetch("select tablename from pg_tables where schemaname = 'public'")
    for table in tables:
        for row in await consent_tx.fetch(f"select t::text as whole from {table['tablename']} t"):  # noqa: S608  the schema's own names
            for secret in (CHILD, MOTHER, FATHER, "Provsson", "Alva"):
                assert secret not in row["whole"]
                assert secret.encode().hex() not in row["whole"]


async def test_each_organisation_has_its_own_reference_and_keeps_it(consent_tx: Connection) -> None:
    person = await people.ensure(consent_tx, MEANS.vault, CHILD, name=None, now=NOW)

    first = await people.reference(consent_tx, "o5ek", person.person_id, now=NOW)
    again = await people.reference(consent_tx, "o5ek", person.person_id, now=NOW)
    other = await people.reference(consent_tx, "o2rg", person.person_id, now=NOW)

    assert first == again != other
    assert await people.find_child(consent_tx, MEANS.vault, "o2rg", first) is None


async def test_a_person_is_made_once_and_a_name_is_not_forgotten(consent_tx: Connection) -> None:
    first = await people.ensure(consent_tx, MEANS.vault, CHILD, name="Alva Provsson", now=NOW)
    again = await people.ensure(consent_tx, MEANS.vault, CHILD, name=None, now=NOW)
    await people.describe(consent_tx, MEANS.vault, first.person_id, name=None)

    found = await people.get(consent_tx, MEANS.vault, first.person_id)

    assert first == again
    assert found is not None
    assert await people.name_of(consent_tx, MEANS.vault, first.person_id) == "Alva Provsson"


def seen(revision: int, *, name: str = "Skolan", units: tuple[str, ...] = ("o5ek-u1",)) -> OrganisationChanged:
    return OrganisationChanged(
        organisation="o5ek",
        display_name=name,
        public=True,
        units=tuple(UnitSeen(unit=unit, name=unit, regime="S_SCH") for unit in units),
        systems=(f"{STAFF.issuer} system",),
        revision=revision,
    )


async def test_an_older_picture_of_an_organisation_changes_nothing(consent_tx: Connection) -> None:
    await remember_organisation(consent_tx, seen(2, name="Nya skolan", units=("o5ek-u1", "o5ek-u2")), now=NOW)
    await remember_organisation(consent_tx, seen(1), now=NOW)
    unit = await organisations.unit(consent_tx, "o5ek-u2")

    assert unit is not None
    assert unit.display_name == "Nya skolan"


async def test_a_newer_picture_of_an_organisation_drops_units_that_are_gone(consent_tx: Connection) -> None:
    await remember_organisation(consent_tx, seen(1, units=("o5ek-u1", "o5ek-u2")), now=NOW)
    await remember_organisation(consent_tx, seen(2), now=NOW)

    assert await organisations.unit(consent_tx, "o5ek-u2") is None


async def test_a_system_belongs_to_the_one_organisation_that_names_it(consent_tx: Connection) -> None:
    await remember_organisation(consent_tx, seen(1), now=NOW)

    assert await organisations.of_system(consent_tx, f"{STAFF.issuer} system") == "o5ek"
    await remember_organisation(consent_tx, msgspec.structs.replace(seen(1, units=("o2rg-u1",)), organisation="o2rg"), now=NOW)
    assert await organisations.of_system(consent_tx, f"{STAFF.issuer} system") is None
    assert await organisations.of_system(consent_tx, "nobody") is None


async def test_a_revoked_grant_opens_nothing_and_an_older_event_does_not_bring_it_back(consent_tx: Connection) -> None:
    given = grant(STAFF.principal)
    await remember_grant(consent_tx, given, now=NOW)
    before = await organisations.has_grant(consent_tx, STAFF.principal, "o5ek", now=NOW)
    await remember_grant(consent_tx, msgspec.structs.replace(given, revision=2, revoked_at=NOW), now=NOW)
    await remember_grant(consent_tx, given, now=NOW)

    assert before
    assert not await organisations.has_grant(consent_tx, STAFF.principal, "o5ek", now=NOW)
    assert not await organisations.has_grant(consent_tx, STAFF.principal, "o2rg", now=NOW)


@pytest.mark.parametrize("table", ["answer", "served", "stop", "consent", "custody_statement", "judgement", "request", "change"])
async def test_the_house_itself_cannot_change_or_remove_what_has_been_said(consent_db: Database, table: str) -> None:
    async with consent_db.connection() as connection:
        for right in ("update", "delete"):
            assert not await connection.fetchval("select has_table_privilege(current_user, $1, $2)", table, right)


LINES = (
    f'{{"number": "{CHILD}", "name": "Alva Provsson", "guardians": [{{"number": "{MOTHER}", "custody": "joint"}},'
    f' {{"number": "{FATHER}", "custody": "joint"}}]}}\n'
    f'{{"number": "{MOTHER}", "name": "Mor Provsson", "protected": true}}\n'
)


class TestRegister:
    async def test_it_answers_from_the_file_as_it_is_now(self, tmp_path: Path) -> None:
        file = tmp_path / "register.jsonl"
        file.write_text(LINES, encoding="utf-8")
        register = FileRegister(file)

        found = await register.look_up(CHILD)
        file.write_text(LINES.replace("joint", "sole", 1), encoding="utf-8")
        later = await register.look_up(CHILD)

        assert found is not None
        assert later is not None
        assert [(one.number, one.custody, one.name) for one in found.guardians] == [
            (MOTHER, Custody.JOINT, "Mor Provsson"),
            (FATHER, Custody.JOINT, None),
        ]
        assert found.guardians[0].protected
        assert later.guardians[0].custody is Custody.SOLE

    @pytest.mark.parametrize("content", [None, "{", '{"number": 1}', f'{{"number": "{CHILD}", "name": "x", "guardians": [{{}}]}}'])
    async def test_a_register_that_cannot_be_read_says_nothing(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "register.jsonl"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        assert await FileRegister(file).look_up(CHILD) is None

    async def test_a_number_that_it_does_not_have_is_nobody(self, tmp_path: Path) -> None:
        file = tmp_path / "register.jsonl"
        file.write_text(LINES, encoding="utf-8")
        assert await FileRegister(file).look_up(FATHER) is None

    async def test_without_a_register_nothing_is_known(self) -> None:
        assert await NoRegister().look_up(CHILD) is None
