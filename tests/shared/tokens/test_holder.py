"""Who holds the token: DPoP (RFC 9449) and client certificates (RFC 8705)."""

import hashlib
from datetime import timedelta

import pytest

from shared.auth import Caller, Kind
from shared.errors import Unauthenticated
from shared.tokens.dpop import Replays, make_proof, public_jwk, thumbprint, verify_proof
from shared.tokens.strict_jose import JoseFault, encode_base64url
from tests.shared.tokens.conftest import World
from tests.shared.tokens.forge import AT, NOW, URL, es256_twin, make_ec, make_rsa, private_jwk, ps256, rsa_jwk


async def system(world: World, token: str, *proofs: str, scheme: str = "DPoP", method: str = "POST", url: str = URL) -> Caller:
    return await world.validator.validate([f"{scheme} {token}"], dpop=proofs, method=method, url=url, now=NOW)


async def refusal(world: World, token: str, *proofs: str, scheme: str = "DPoP", method: str = "POST", url: str = URL) -> str | None:
    with pytest.raises(Unauthenticated) as caught:
        await system(world, token, *proofs, scheme=scheme, method=method, url=url)
    return caught.value.detail


def bound(world: World) -> str:
    return world.ours.token(world.ours.system())


async def test_a_system_with_its_proof_gets_the_organisation_that_the_register_gives_it(world: World) -> None:
    token = world.ours.token(world.ours.system(organisation="o2rg"))

    caller = await system(world, token, world.ours.proof(token))

    assert (caller.kind, caller.organisation, caller.acr) == (Kind.SYSTEM, "o5ek", None)


async def test_a_system_that_no_register_knows_is_refused(world: World) -> None:
    token = world.ours.token(world.ours.system(sub="https://nobody.example", client_id="https://nobody.example"))

    assert await refusal(world, token, world.ours.proof(token)) == "client not in the register"


async def test_a_house_is_known_by_its_scope_and_is_no_organisations_system(world: World) -> None:
    house = world.ours.token(world.ours.system(sub="https://consent.example", client_id="https://consent.example", scope="house"))
    impostor = world.ours.token(world.ours.system(scope="house sharing:send"))

    assert (await system(world, house, world.ours.proof(house))).kind is Kind.HOUSE
    assert await refusal(world, impostor, world.ours.proof(impostor)) == "client not in the register"


async def test_a_person_is_never_a_house(world: World) -> None:
    token = world.ours.token(world.ours.person(scope="house sharing:read"))

    caller = await system(world, token, scheme="Bearer")

    assert (caller.kind, caller.scopes) == (Kind.PERSON, frozenset({"sharing:read"}))


async def test_a_systems_plain_token_is_refused(world: World) -> None:
    token = world.ours.token(world.ours.system(cnf=None))

    assert await refusal(world, token, scheme="Bearer") == "token must be bound to a key"


async def test_a_bound_token_sent_as_bearer_is_refused(world: World) -> None:
    token = bound(world)

    assert await refusal(world, token, world.ours.proof(token), scheme="Bearer") == "scheme does not fit the token"


async def test_a_plain_token_sent_as_dpop_is_refused(world: World) -> None:
    token = world.ours.token(world.ours.person())

    assert await refusal(world, token, world.ours.proof(token)) == "scheme does not fit the token"


async def test_a_bound_token_without_proof_is_refused(world: World) -> None:
    assert await refusal(world, bound(world)) == "proof missing"


async def test_two_proofs_are_refused(world: World) -> None:
    token = bound(world)

    assert await refusal(world, token, world.ours.proof(token), world.ours.proof(token)) == "more than one proof"


async def test_a_proof_is_used_once(world: World) -> None:
    token = bound(world)
    proof = world.ours.proof(token)
    await system(world, token, proof)

    assert await refusal(world, token, proof) == "proof already used"


async def test_the_twin_signature_of_a_used_proof_is_the_same_proof(world: World) -> None:
    token = bound(world)
    await system(world, token, world.ours.proof(token, jti="once"))

    assert await refusal(world, token, world.ours.proof(token, jti="once", sign=es256_twin(world.ours.holder))) == "proof already used"


@pytest.mark.parametrize(
    ("bend", "reason"),
    [
        ({"htm": "GET"}, "proof for another method"),
        ({"htm": "post"}, "proof for another method"),
        ({"htm": None}, "proof for another method"),
        ({"htu": "https://audit.samsyn.example/v1/items"}, "proof for another address"),
        ({"htu": URL + "/x"}, "proof for another address"),
        ({"htu": "http://sharing.samsyn.example/v1/items"}, "proof for another address"),
        ({"htu": "https://sharing.samsyn.example:99999/v1/items"}, "malformed address in proof"),
        ({"htu": None}, "claim htu missing or malformed"),
        ({"ath": "x"}, "proof for another token"),
        ({"ath": None}, "proof for another token"),
        ({"jti": None}, "claim jti missing or malformed"),
        ({"jti": "j" * 256}, "claim jti missing or malformed"),
        ({"iat": None}, "claim iat missing or malformed"),
        ({"iat": str(AT)}, "claim iat missing or malformed"),
        ({"iat": AT - 61}, "proof too old or from the future"),
        ({"iat": AT + 59}, "proof too old or from the future"),
        ({"iat": AT + 61}, "proof too old or from the future"),
    ],
)
async def test_a_proof_wrong_in_one_claim_is_refused(world: World, bend: dict[str, object], reason: str) -> None:
    token = bound(world)

    assert await refusal(world, token, world.ours.proof(token, **bend)) == reason  # type: ignore[arg-type]


@pytest.mark.parametrize("age", [-59, 9])
async def test_a_proof_within_the_skew_is_accepted(world: World, age: int) -> None:
    token = bound(world)

    await system(world, token, world.ours.proof(token, iat=AT + age))


@pytest.mark.parametrize("htu", [URL + "?x=1#y", "HTTPS://Sharing.Samsyn.example:443/v1/items"])
async def test_the_address_is_compared_without_query_and_by_meaning(world: World, htu: str) -> None:
    token = bound(world)

    await system(world, token, world.ours.proof(token, htu=htu))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "at+jwt"}, "another type of token"),
        ({"typ": None}, "another type of token"),
        ({"alg": "none"}, "algorithm not accepted"),
        ({"alg": "HS256"}, "algorithm not accepted"),
        ({"alg": "RS256"}, "algorithm not accepted"),
        ({"alg": "PS256"}, "proof key does not fit its algorithm"),
        ({"jwk": None}, "proof key missing or not public"),
        ({"jwk": {"kty": "oct", "k": "c2VjcmV0"}}, "proof key missing or not public"),
        ({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "proof key does not fit its algorithm"),
        ({"jwk": []}, "proof key missing or not public"),
        ({"jku": "https://evil.example"}, "header member not accepted"),
        ({"crit": ["jwk"]}, "header member not accepted"),
    ],
)
async def test_a_proof_wrong_in_one_header_member_is_refused(world: World, header: dict[str, object], reason: str) -> None:
    token = bound(world)

    assert await refusal(world, token, world.ours.proof(token, header=header)) == reason


async def test_a_proof_that_carries_its_private_key_is_refused(world: World) -> None:
    token = bound(world)

    proof = world.ours.proof(token, header={"jwk": private_jwk(world.ours.holder, "k")})

    assert await refusal(world, token, proof) == "proof key missing or not public"


async def test_a_proof_by_a_key_that_the_token_is_not_bound_to_is_refused(world: World) -> None:
    token = bound(world)

    assert await refusal(world, token, world.ours.proof(token, key=make_ec())) == "proof by another key"


async def test_a_proof_that_names_the_right_key_and_is_signed_by_another_is_refused(world: World) -> None:
    token = bound(world)

    proof = world.ours.proof(token, key=make_ec(), header={"jwk": public_jwk(world.ours.holder)})

    assert await refusal(world, token, proof) == "signature does not verify"


async def test_a_short_rsa_key_proves_nothing(world: World) -> None:
    key = make_rsa(1024)
    jwk = {name: value for name, value in rsa_jwk(key, "k").items() if name in {"kty", "n", "e"}}
    token = world.ours.token(world.ours.system(cnf={"jkt": thumbprint(jwk)}))

    proof = world.ours.proof(token, header={"alg": "PS256", "jwk": jwk}, sign=ps256(key))

    assert await refusal(world, token, proof) == "proof key does not fit its algorithm"


async def test_a_proof_for_one_token_is_no_proof_for_another(world: World) -> None:
    assert await refusal(world, bound(world), world.ours.proof(bound(world))) == "proof for another token"


async def test_a_person_may_bind_a_token_too(world: World) -> None:
    token = world.ours.token(world.ours.person(cnf={"jkt": thumbprint(public_jwk(world.ours.holder))}))

    assert (await system(world, token, world.ours.proof(token))).kind is Kind.PERSON
    assert await refusal(world, token) == "proof missing"


async def test_a_certificate_binds_the_token_to_its_connection(world: World) -> None:
    token = world.ours.token(world.ours.system(cnf={"x5t#S256": encode_base64url(hashlib.sha256(b"der").digest())}))

    async def with_certificate(certificate: bytes | None) -> Caller:
        return await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW, certificate=certificate)

    assert (await with_certificate(b"der")).kind is Kind.SYSTEM
    for other in (b"forged", None):
        with pytest.raises(Unauthenticated) as caught:
            await with_certificate(other)
        assert caught.value.detail == "another client certificate"


async def test_over_nats_a_proof_for_a_token_that_is_not_bound_is_refused(world: World) -> None:
    token = world.ours.token(world.ours.person())
    proof = make_proof(world.ours.holder, htm="CONNECT", htu="nats://bus", now=NOW, token=token)

    with pytest.raises(Unauthenticated) as caught:
        await world.validator.validate_bearer(token, proof, "CONNECT", "nats://bus", NOW)

    assert caught.value.detail == "proof for a token that is not bound"


async def test_over_nats_there_is_no_scheme_but_the_same_proof(world: World) -> None:
    token = bound(world)
    htu = "nats://bus.samsyn.example"
    proof = make_proof(world.ours.holder, htm="CONNECT", htu=htu, now=NOW, token=token)

    accepted = await world.validator.accept(token, proof, htm="CONNECT", htu=htu, now=NOW)

    assert (accepted.caller.organisation, accepted.expires_at) == ("o5ek", NOW + timedelta(seconds=270))
    with pytest.raises(Unauthenticated):
        await world.validator.validate_bearer(token, proof, "CONNECT", htu, NOW)


def check(world: World, token: str, proof: str, nonces: set[str] | None) -> None:
    verify_proof(
        proof,
        token=token,
        key_thumbprint=thumbprint(public_jwk(world.ours.holder)),
        htm="POST",
        htu=URL,
        replays=Replays(),
        now=NOW,
        nonces=nonces,
    )


async def test_where_a_nonce_is_asked_for_a_proof_without_it_is_refused(world: World) -> None:
    token = bound(world)
    check(world, token, world.ours.proof(token, nonce="n1"), {"n1"})

    for nonce in (None, "n0"):
        with pytest.raises(JoseFault, match="nonce"):
            check(world, token, world.ours.proof(token, nonce=nonce), {"n1"})


def test_a_full_replay_memory_refuses_until_identifiers_have_run_out() -> None:
    replays = Replays(size=2)
    until = NOW + timedelta(seconds=60)
    assert replays.is_first("a", until=until, now=NOW)
    assert replays.is_first("b", until=until, now=NOW)

    assert not replays.is_first("c", until=until, now=NOW)
    assert replays.is_first("c", until=until + timedelta(hours=1), now=until + timedelta(seconds=1))


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC", "crv": "P-256", "x": "AA"}, {"kty": ["EC"]}])
def test_what_is_no_public_key_has_no_thumbprint(jwk: dict[str, object]) -> None:
    with pytest.raises(JoseFault, match="unknown kind"):
        thumbprint(jwk)


def test_the_thumbprint_is_the_one_of_rfc_7638() -> None:
    jwk = {
        "kty": "RSA",
        "n": (
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
            "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn"
            "1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        ),
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }

    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
