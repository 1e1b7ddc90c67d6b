"""The request around the token: headers, and what is remembered between two requests."""

from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.errors import Unauthenticated
from shared.tokens.jwks import KeySets
from shared.tokens.strict_jose import encode_base64url
from shared.tokens.validator import Validator
from tests.shared.tokens.conftest import World
from tests.shared.tokens.forge import AUDIENCE, NOW, URL, compact


async def refusal(world: World, *authorization: str, url: str = URL) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as caught:
        await world.validator.validate(authorization, dpop=[], method="POST", url=url, now=NOW)
    return caught.value


async def test_a_request_without_token_is_told_which_schemes_there_are(world: World) -> None:
    refused = await refusal(world)

    assert (refused.code, refused.challenge) == ("not-logged-in", 'DPoP algs="ES256 PS256", Bearer')


async def test_a_refused_token_is_challenged_without_anything_of_the_token(world: World) -> None:
    token = world.ours.token(world.ours.person(aud="https://other.example"))

    refused = await refusal(world, f"Bearer {token}")

    assert refused.challenge == 'DPoP algs="ES256 PS256", error="invalid_token", Bearer error="invalid_token"'
    assert refused.detail == "another audience"


async def test_a_token_in_the_query_is_no_token(world: World) -> None:
    token = world.ours.token(world.ours.person())

    assert (await refusal(world, url=f"{URL}?access_token={token}")).code == "not-logged-in"


@pytest.mark.parametrize(
    "form",
    [
        "Bearer  {0}",
        "Bearer {0} ",
        "Bearer\t{0}",
        "Bearer {0}, Bearer {0}",
        "Bearer {0},{0}",
        "Basic {0}",
        "{0}",
        "Bearer",
        "Bearer ",
        "",
        'Bearer="{0}"',
    ],
)
async def test_a_header_in_another_form_is_refused(world: World, form: str) -> None:
    token = world.ours.token(world.ours.person())

    assert (await refusal(world, form.format(token))).code == "token-refused"


async def test_two_headers_are_refused_even_when_they_are_equal(world: World) -> None:
    header = f"Bearer {world.ours.token(world.ours.person())}"

    assert (await refusal(world, header, header)).detail == "more than one Authorization header"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_read_in_any_case(world: World, scheme: str) -> None:
    token = world.ours.token(world.ours.person())

    await world.validator.validate([f"{scheme} {token}"], dpop=[], method="POST", url=URL, now=NOW)


async def test_a_remembered_token_ends_with_its_own_time(world: World) -> None:
    token = world.ours.token(world.ours.person())
    await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)

    with pytest.raises(Unauthenticated) as caught:
        await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW + timedelta(seconds=270))

    assert caught.value.detail == "expired"


async def test_a_remembered_token_is_refused_as_soon_as_its_login_has_ended(world: World) -> None:
    token = world.ours.token(world.ours.person(sid="s1"))
    await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)

    world.ended.add(world.ours.issuer, "s1", until=NOW + timedelta(hours=1))

    assert (await refusal(world, f"Bearer {token}")).detail == "login has ended"


async def test_a_login_ended_at_one_issuer_lives_on_at_another(world: World) -> None:
    world.ended.add(world.second.issuer, "s2", until=NOW + timedelta(hours=1))
    token = world.ours.token(world.ours.person(sid="s2"))

    await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)


async def test_a_system_taken_out_of_the_register_is_refused_at_its_next_request(world: World) -> None:
    register = {"https://system.school.example": "o5ek"}

    async def organisation_of(_issuer: str, client_id: str) -> str | None:
        return register.get(client_id)

    validator = Validator(world.key_sets, audience=AUDIENCE, organisation_of=organisation_of)
    token = world.ours.token(world.ours.system())
    await validator.validate([f"DPoP {token}"], dpop=[world.ours.proof(token)], method="POST", url=URL, now=NOW)

    register.clear()

    with pytest.raises(Unauthenticated) as caught:
        await validator.validate([f"DPoP {token}"], dpop=[world.ours.proof(token)], method="POST", url=URL, now=NOW)
    assert caught.value.detail == "client not in the register"


async def bent_issuer(world: World, **bend: object) -> Validator:
    config = world.key_sets.issuers[world.ours.issuer]
    key_sets = KeySets([msgspec.structs.replace(config, **bend)], world.key_sets._fetcher)

    async def nobody(_issuer: str, _client_id: str) -> str | None:
        return None

    return Validator(key_sets, audience=AUDIENCE, organisation_of=nobody)


async def test_tokens_from_before_an_issuers_cut_off_are_refused(world: World) -> None:
    validator = await bent_issuer(world, not_before=NOW)
    token = world.ours.token(world.ours.person())

    with pytest.raises(Unauthenticated) as caught:
        await validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)
    assert caught.value.detail == "issued before the issuer's cut-off"


async def test_an_audience_list_is_read_only_from_an_issuer_marked_so(world: World) -> None:
    validator = await bent_issuer(world, allows_audience_list=True)
    token = world.ours.token(world.ours.person(aud=["https://x.example", AUDIENCE]))

    await validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)
    assert (await refusal(world, f"Bearer {token}")).detail == "another audience"


async def test_the_organisation_is_read_from_the_claim_that_the_issuer_uses(world: World) -> None:
    validator = await bent_issuer(world, organisation_claim="https://id.oidc.se/claim/orgNumber")
    token = world.ours.token(world.ours.person() | {"https://id.oidc.se/claim/orgNumber": "2021005489"})

    caller = await validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)

    assert caller.organisation == "2021005489"


@pytest.mark.parametrize("name", ["Ed25519", "EdDSA"])
async def test_an_issuer_configured_so_may_sign_with_ed25519_under_either_name(world: World, name: str) -> None:
    key = Ed25519PrivateKey.generate()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(key.public_key().public_bytes_raw()), "kid": "e1", "use": "sig"}
    world.web.json("/ed", {"keys": [jwk]})
    validator = await bent_issuer(world, algorithms=(name,), jwks_uri=f"{world.web.base}/ed")
    token = compact({"typ": "at+jwt", "alg": name, "kid": "e1"}, world.ours.person(), key.sign)

    await validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)
    assert (await refusal(world, f"Bearer {token}")).detail == "algorithm not accepted"
