"""The register: what is let in, by whom, and that the same again does nothing."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from joserfc.jwk import ECKey

from deploy.demo import registration
from deploy.demo import world as demo
from services.sharing.domain.countersigning import read_trust, thumbprint_of
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.usecases.change_register import RevokeKey, revoke_key
from services.sharing.usecases.find_system import find_system
from services.sharing.usecases.grant_access import grant_access
from services.sharing.usecases.hand_out_keys import AskKeys, hand_out_keys
from services.sharing.usecases.load_world import World, load_world
from services.sharing.usecases.register_organisation import register_organisation
from services.sharing.usecases.register_unit_key import register_unit_key
from services.sharing.usecases.revoke_access import revoke_access
from services.sharing.usecases.sign_agreement import SignAgreement, sign_agreement
from services.sharing.usecases.throw_switch import SwitchKind, ThrowSwitch, throw_switch
from shared.contracts.entry import Entry
from shared.contracts.sharing import GrantChanged, OrganisationChanged
from shared.database import Connection, Database
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import opaque_id
from tests.conftest import Clone, Cluster
from tests.sharing.conftest import House
from tests.sharing.world import (
    BUP,
    COUNSELLOR,
    HEALTH,
    ISSUER,
    NOW,
    OPERATING,
    REGION,
    REGISTRARS,
    SCHOOL,
    SIGNING,
    UNTIL,
    grant,
    organisation,
    person,
    register_world,
    system,
    unit_key,
)


async def _events(tx: Connection, name: str) -> list[bytes]:
    return [row["body"] for row in await tx.fetch("select body from outbox where name = $1 order by position", name)]


async def test_the_same_world_again_does_nothing(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    before = await sharing_tx.fetchval("select count(*) from outbox")

    await register_world(sharing_tx)

    assert await sharing_tx.fetchval("select count(*) from outbox") == before > 0


async def test_the_other_houses_hear_of_units_systems_and_grants(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    organisations = [msgspec.json.decode(body, type=OrganisationChanged) for body in await _events(sharing_tx, "organisation-changed")]
    grants = [msgspec.json.decode(body, type=GrantChanged) for body in await _events(sharing_tx, "grant-changed")]

    school = [o for o in organisations if o.organisation == SCHOOL][-1]
    assert [(u.unit, u.regime) for u in school.units] == [("o5ek-u1", "S_SCH"), ("o5ek-u2", "S_EH")]
    assert school.systems == (f"{ISSUER} {system(SCHOOL).client_id}",)
    assert {(g.principal, g.unit) for g in grants if g.role == "counsellor"} == {
        (COUNSELLOR.principal, "o5ek-u1"),
        (COUNSELLOR.principal, "o5ek-u2"),
    }


async def _last_of_school(tx: Connection) -> OrganisationChanged:
    told = [msgspec.json.decode(body, type=OrganisationChanged) for body in await _events(tx, "organisation-changed")]
    return max((one for one in told if one.organisation == SCHOOL), key=lambda one: one.revision)


async def test_the_other_houses_hear_when_a_system_may_speak_no_longer_and_when_it_may_again(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    speaking = (f"{ISSUER} {system(SCHOOL).client_id}",)
    off = ThrowSwitch(kind=SwitchKind.ORGANISATION, value=SCHOOL, off=True)

    await throw_switch(sharing_tx, OPERATING, off, now=NOW)
    assert (await _last_of_school(sharing_tx)).systems == ()
    await throw_switch(sharing_tx, OPERATING, msgspec.structs.replace(off, off=False), now=NOW)
    assert (await _last_of_school(sharing_tx)).systems == speaking

    grant_id = await sharing_tx.fetchval("select grant_id from access_grant where principal = $1", system(SCHOOL).principal)
    await revoke_access(sharing_tx, OPERATING, grant_id, now=NOW)
    assert (await _last_of_school(sharing_tx)).systems == ()


async def test_a_changed_organisation_is_told_with_a_greater_revision(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    before = await _last_of_school(sharing_tx)

    await register_organisation(sharing_tx, OPERATING, organisation(SCHOOL, ("o5ek-u9", "S_EMI")), now=NOW)

    last = await _last_of_school(sharing_tx)
    assert last.revision == before.revision + 1
    assert [unit.unit for unit in last.units] == ["o5ek-u1", "o5ek-u2", "o5ek-u9"]


async def test_only_the_operator_registers_an_organisation(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    outcome = await register_organisation(sharing_tx, COUNSELLOR, organisation("o7zz"), now=NOW)

    assert outcome == Denied(code="not-the-operator", reasons=("not-the-operator",))


async def test_a_unit_or_system_of_another_organisation_is_not_taken_over(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    with pytest.raises(Conflict) as unit:
        await register_organisation(sharing_tx, OPERATING, organisation(REGION, (HEALTH, "H_REG")), now=NOW)
    stolen = msgspec.structs.replace(
        organisation(REGION), systems=(msgspec.structs.replace(organisation(SCHOOL).systems[0], organisation=REGION),)
    )
    with pytest.raises(Conflict) as client:
        await register_organisation(sharing_tx, OPERATING, stolen, now=NOW)

    assert (unit.value.code, client.value.code) == ("unit-of-another-organisation", "system-already-connected")


@pytest.mark.parametrize("signers", [(), ("o3ra",), ("o3ra", "o3ra")], ids=["none", "one", "the same twice"])
async def test_a_unit_key_needs_two_different_registrars(sharing_tx: Connection, signers: tuple[str, ...]) -> None:
    await register_world(sharing_tx)
    key = unit_key(ECKey.generate_key("P-256", {"kid": "new"}), signers=signers)

    outcome = await register_unit_key(sharing_tx, OPERATING, key, REGISTRARS, now=NOW)

    assert outcome == Denied(code="key-not-countersigned", reasons=("key-not-countersigned",))


@pytest.mark.parametrize("changed", [{"valid_until": NOW + timedelta(days=81)}, {"unit": "o2rg-u1"}, {"kid": "another"}])
async def test_a_countersignature_is_over_every_member_of_the_statement(sharing_tx: Connection, changed: dict[str, object]) -> None:
    await register_world(sharing_tx)
    key = msgspec.structs.replace(unit_key(ECKey.generate_key("P-256", {"kid": "new"})), **changed)

    assert isinstance(await register_unit_key(sharing_tx, OPERATING, key, REGISTRARS, now=NOW), Denied)


async def test_a_private_key_or_a_wrong_thumbprint_is_no_unit_key(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    whole = ECKey.generate_key("P-256", {"kid": "new"})
    private = msgspec.structs.replace(unit_key(whole), public=whole.as_dict(private=True))

    with pytest.raises(Invalid):
        await register_unit_key(sharing_tx, OPERATING, private, REGISTRARS, now=NOW)
    assert thumbprint_of({"kty": "oct", "k": "AA"}) is None


async def test_a_key_id_is_used_once(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    other = unit_key(ECKey.generate_key("P-256", {"kid": f"{BUP}-1"}))

    with pytest.raises(Conflict):
        await register_unit_key(sharing_tx, OPERATING, other, REGISTRARS, now=NOW)


async def test_each_act_on_a_key_stands_with_its_thumbprint_in_the_organisation_s_log_and_the_registrars(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    await register_organisation(sharing_tx, OPERATING, organisation("o3ra"), now=NOW)
    new = unit_key(ECKey.generate_key("P-256", {"kid": "new"}))
    await register_unit_key(sharing_tx, OPERATING, new, REGISTRARS, now=NOW)
    for unit, kid in ((BUP, "new"), (None, f"{REGION}-sign-1")):
        await revoke_key(sharing_tx, OPERATING, RevokeKey(organisation=REGION, kid=kid, unit=unit), now=NOW)

    entries = [msgspec.json.decode(body, type=Entry) for body in await _events(sharing_tx, "entry")]
    seen = {(one.action, one.organisation, one.reasons) for one in entries if "key" in one.action}
    first, signing = unit_key().thumbprint, SIGNING[REGION].thumbprint()
    assert {one for one in seen if one[1] != SCHOOL} == {
        ("signing-key.registered", REGION, (f"{REGION}-sign-1", signing)),
        ("signing-key.revoked", REGION, (f"{REGION}-sign-1", signing)),
        ("unit-key.registered", REGION, (f"{BUP}-1", first, "o3ra", "o4rb")),
        ("unit-key.rotated", REGION, ("new", new.thumbprint, "o3ra", "o4rb")),
        ("unit-key.revoked", REGION, ("new", new.thumbprint)),
        ("unit-key.countersigned", "o3ra", ("new", new.thumbprint)),
    }, "who is trusted and not registered: has no log, and an entry for it would hold up all others"


async def test_keys_are_handed_out_while_they_are_in_force(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    now = await hand_out_keys(sharing_tx, AskKeys(unit=BUP), now=NOW)
    after = await hand_out_keys(sharing_tx, AskKeys(unit=BUP), now=NOW + timedelta(days=80))
    await throw_switch(sharing_tx, OPERATING, ThrowSwitch(kind=SwitchKind.KEY, value=f"{BUP}-1", off=True), now=NOW)
    off = await hand_out_keys(sharing_tx, AskKeys(unit=BUP), now=NOW)

    assert ([k.kid for k in now.keys], [k.kid for k in now.signing_keys]) == ([f"{BUP}-1"], [f"{REGION}-sign-1"])
    assert after.keys == off.keys == ()


async def test_keys_of_a_unit_that_is_not_there_are_not_found(sharing_tx: Connection) -> None:
    with pytest.raises(NotFound):
        await hand_out_keys(sharing_tx, AskKeys(unit="none"), now=NOW)


async def test_a_grant_names_a_unit_of_its_organisation_and_a_period(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    with pytest.raises(Invalid) as unit:
        await grant_access(sharing_tx, OPERATING, grant(COUNSELLOR, BUP, "counsellor"), now=NOW)
    with pytest.raises(Invalid) as period:
        await grant_access(sharing_tx, OPERATING, msgspec.structs.replace(grant(COUNSELLOR, HEALTH, "x"), valid_until=NOW), now=NOW)

    assert [unit.value.faults[0].pointer, period.value.faults[0].pointer] == ["#/unit", "#/valid_until"]


async def test_an_administrator_gives_grants_in_their_own_organisation_only(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    head = person("p-head", SCHOOL)
    await grant_access(sharing_tx, OPERATING, grant(head, None, "administrator"), now=NOW)

    own = await grant_access(sharing_tx, head, grant(person("p-new", SCHOOL), HEALTH, "nurse"), now=NOW)
    other = await grant_access(sharing_tx, head, grant(person("p-new", REGION), BUP, "nurse"), now=NOW)

    assert not isinstance(own, Denied)
    assert isinstance(other, Denied)


async def test_a_revoked_grant_is_told_and_stays_revoked(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    given = await grant_access(sharing_tx, OPERATING, grant(person("p-new", SCHOOL), HEALTH, "nurse"), now=NOW)
    assert not isinstance(given, Denied)

    revoked = await revoke_access(sharing_tx, OPERATING, given.grant_id, now=NOW)
    again = await revoke_access(sharing_tx, OPERATING, given.grant_id, now=NOW + timedelta(hours=1))

    assert again == revoked
    last = msgspec.json.decode((await _events(sharing_tx, "grant-changed"))[-1], type=GrantChanged)
    assert (last.revision, last.revoked_at) == (2, NOW)


async def test_revoking_what_is_not_yours_or_never_was_is_hidden(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    given = await grant_access(sharing_tx, OPERATING, grant(person("p-new", SCHOOL), HEALTH, "nurse"), now=NOW)
    assert not isinstance(given, Denied)

    assert await revoke_access(sharing_tx, person("p-x", REGION), given.grant_id, now=NOW) == Hidden()
    assert await revoke_access(sharing_tx, OPERATING, opaque_id(), now=NOW) == Hidden()


async def test_an_agreement_is_between_registered_organisations(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    request = SignAgreement(model="hlt-team", organisations=(SCHOOL, "none"), signed_by="x", valid_from=NOW, valid_until=UNTIL)

    with pytest.raises(Invalid) as error:
        await sign_agreement(sharing_tx, OPERATING, request, now=NOW)

    assert error.value.faults[0].pointer == "#/organisations/1"


async def test_only_the_operator_throws_a_switch_and_signs_agreements(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    agreement = SignAgreement(model="m", organisations=(SCHOOL,), signed_by="x", valid_from=NOW, valid_until=UNTIL)

    assert isinstance(await sign_agreement(sharing_tx, COUNSELLOR, agreement, now=NOW), Denied)
    switch = ThrowSwitch(kind=SwitchKind.UNIT, value=BUP, off=True)
    assert isinstance(await throw_switch(sharing_tx, COUNSELLOR, switch, now=NOW), Denied)


async def test_a_switch_can_be_reset_and_changes_only_once(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)
    off, on = (ThrowSwitch(kind=SwitchKind.UNIT, value=BUP, off=off) for off in (True, False))

    assert [await throw_switch(sharing_tx, OPERATING, s, now=NOW) for s in (off, off, on, on)] == [True, False, True, False]


async def test_a_client_speaks_for_its_organisation_while_it_is_in_the_register(house: House) -> None:
    client = system(SCHOOL).client_id

    assert await find_system(house.database, ISSUER, client, now=NOW) == SCHOOL
    assert await find_system(house.database, "https://other.test", client, now=NOW) is None
    assert await find_system(house.database, ISSUER, client, now=UNTIL) is None


async def test_the_callouts_role_reads_the_connected_systems_and_nothing_else(cluster: Cluster, clone: Clone) -> None:
    async with clone("sharing") as name:
        owner = await Database.open(cluster.url("sharing", name))
        async with owner.transaction() as tx:
            await register_world(tx)
        await owner.close()
        callout = await Database.open(cluster.url("callout", name))

        rows = await callout.pool.fetch("select issuer, client_id, organisation, valid_until, revoked_at from connected_system")
        with pytest.raises(Exception, match="permission denied"):
            await callout.pool.fetch("select * from organisation")
        await callout.close()

    assert (ISSUER, system(REGION).client_id, REGION) in {(r["issuer"], r["client_id"], r["organisation"]) for r in rows}


async def test_the_demonstration_world_is_registered_and_may_be_again(sharing_tx: Connection, tmp_path: Path) -> None:
    synthetic = demo.load()
    registration.make_keys(synthetic, tmp_path, NOW)
    file = msgspec.convert(msgspec.json.decode(msgspec.json.encode(registration.register(synthetic, tmp_path, ISSUER, NOW))), World)
    trusted = read_trust((tmp_path / "o5ek" / "trust.json").read_bytes())

    await load_world(sharing_tx, file, trusted, now=NOW)
    once = await sharing_tx.fetchval("select count(*) from outbox")
    await load_world(sharing_tx, file, trusted, now=NOW)

    assert await sharing_tx.fetchval("select count(*) from outbox") == once
    assert await sharing_tx.fetchval("select count(*) from unit_key") == sum(len(o.units) for o in synthetic.systems())


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"a": {"kty": "oct", "k": "AA"}, "b": {"kty": "oct", "k": "AA"}}'])
def test_a_trust_file_names_two_registrars_with_signing_keys(content: bytes) -> None:
    with pytest.raises(ValueError, match="trust file"):
        read_trust(content)
