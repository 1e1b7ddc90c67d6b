"""The attack corpus of design/identity.md 1.6: each token is right in everything but the one thing that it is named for."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import Unauthenticated
from shared.tokens.strict_jose import encode_base64url
from tests.shared.tokens.conftest import World
from tests.shared.tokens.forge import AT, AUDIENCE, NOW, URL, Forge, compact, es256, es256_der, make_rsa, rs256

Build = Callable[[Forge], str]


def claims(**bend: Any) -> Build:
    return lambda forge: forge.token(forge.person(**bend))


def header(**bend: Any) -> Build:
    return lambda forge: forge.token(forge.person(), **bend)


def payload_text(change: Callable[[str], str | bytes]) -> Build:
    def build(forge: Forge) -> str:
        changed = change(json.dumps(forge.person()))
        return compact(forge.header, changed if isinstance(changed, bytes) else changed.encode(), forge.sign)

    return build


def header_text(change: Callable[[str], str | bytes]) -> Build:
    def build(forge: Forge) -> str:
        changed = change(json.dumps(forge.header))
        return compact(changed if isinstance(changed, bytes) else changed.encode(), forge.person(), forge.sign)

    return build


def signed(algorithm: str, sign: Callable[[Forge], Callable[[bytes], bytes]]) -> Build:
    return lambda forge: compact(forge.header | {"alg": algorithm}, forge.person(), sign(forge))


def bent(change: Callable[[str], str]) -> Build:
    return lambda forge: change(forge.token(forge.person()))


def public_pem(forge: Forge) -> bytes:
    return forge.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def hs256(secret: Callable[[Forge], bytes]) -> Callable[[Forge], Callable[[bytes], bytes]]:
    return lambda forge: lambda message: hmac.digest(secret(forge), message, "sha256")


LET_THROUGH_BY_PYJWT: dict[str, tuple[Build, str]] = {
    "id_token": (header(typ="JWT"), "another type of token"),
    "no_typ": (header(typ=None), "another type of token"),
    "logout_token": (header(typ="logout+jwt"), "another type of token"),
    "client_assertion": (header(typ="client-authentication+jwt"), "another type of token"),
    "dpop_proof_as_token": (header(typ="dpop+jwt"), "another type of token"),
    "typ_is_a_list": (header(typ=["at+jwt"]), "another type of token"),
    "doubled_sub": (payload_text(lambda text: '{"sub":"evil",' + text[1:]), "malformed JSON"),
    "doubled_exp": (payload_text(lambda text: text[:-1] + f',"exp":{AT + 200}}}'), "malformed JSON"),
    "doubled_member_inside": (payload_text(lambda text: text[:-1] + ',"x":{"a":1,"a":1}}'), "malformed JSON"),
    "doubled_alg": (header_text(lambda text: '{"alg":"none",' + text[1:]), "malformed JSON"),
    "jku": (header(jku="https://evil.example/jwks"), "header member not accepted"),
    "x5u": (header(x5u="https://evil.example/x5u"), "header member not accepted"),
    "x5c": (header(x5c=["MIIB"]), "header member not accepted"),
    "cty": (header(cty="JWT"), "header member not accepted"),
    "zip": (header(zip="DEF"), "header member not accepted"),
    "kid_with_a_path": (header(kid="../../dev/null"), "malformed key id"),
    "kid_with_sql": (header(kid="k1' or '1'='1"), "malformed key id"),
    "kid_too_long": (header(kid="k" * 129), "malformed key id"),
    "kid_with_a_line_end": (header(kid="k1\n"), "malformed key id"),
    "no_kid": (header(kid=None), "no key id"),
    "exp_as_digits": (claims(exp=str(AT + 200)), "claim exp missing or malformed"),
    "exp_as_float": (claims(exp=AT + 200.5), "claim exp missing or malformed"),
    "exp_far_away": (claims(exp=977_616_000_000_000), "claim exp missing or malformed"),
    "exp_negative": (claims(exp=-1), "claim exp missing or malformed"),
    "iat_as_bool": (claims(iat=True), "claim iat missing or malformed"),
    "lives_too_long": (claims(exp=AT - 30 + 3601), "lifetime not accepted"),
    "ends_before_it_begins": (claims(exp=AT - 31), "lifetime not accepted"),
    "payload_in_utf16": (payload_text(lambda text: text.encode("utf-16")), "malformed JSON"),
    "payload_in_utf16_without_mark": (payload_text(lambda text: text.encode("utf-16-le")), "malformed JSON"),
    "payload_with_byte_order_mark": (payload_text(lambda text: b"\xef\xbb\xbf" + text.encode()), "malformed JSON"),
    "header_with_byte_order_mark": (header_text(lambda text: b"\xef\xbb\xbf" + text.encode()), "malformed JSON"),
    "audience_list": (claims(aud=[AUDIENCE, "https://other.example"]), "another audience"),
    "audience_list_of_one": (claims(aud=[AUDIENCE]), "another audience"),
    "a_megabyte": (claims(scope="x" * 1_000_000), "too long"),
    "hs256_with_the_public_key": (signed("HS256", hs256(public_pem)), "algorithm not accepted"),
}

REFUSED_BY_PYJWT_TOO: dict[str, tuple[Build, str]] = {
    "unsigned": (lambda forge: compact(forge.header | {"alg": "none"}, forge.person(), lambda _: b"x"), "algorithm not accepted"),
    "unsigned_without_signature": (
        lambda forge: compact(forge.header | {"alg": "none"}, forge.person(), lambda _: b""),
        "not a compact JWS",
    ),
    "unsigned_in_capitals": (
        lambda forge: compact(forge.header | {"alg": "NoNe"}, forge.person(), lambda _: b"x"),
        "algorithm not accepted",
    ),
    "alg_in_small_letters": (header(alg="es256"), "algorithm not accepted"),
    "alg_not_listed": (signed("RS256", lambda _: rs256(make_rsa())), "algorithm not accepted"),
    "alg_is_a_list": (header(alg=["ES256"]), "algorithm not accepted"),
    "key_of_another_algorithm": (header(alg="PS256"), "unknown key"),
    "crit": (header(crit=["exp"]), "header member not accepted"),
    "crit_empty": (header(crit=[]), "header member not accepted"),
    "not_encoded": (header(b64=False), "header member not accepted"),
    "embedded_key": (header(jwk={"kty": "EC"}), "header member not accepted"),
    "kid_is_a_number": (header(kid=1), "malformed key id"),
    "kid_unknown": (header(kid="k2"), "unknown key"),
    "jti_is_a_number": (claims(jti=7), "claim jti missing or malformed"),
    "jti_missing": (claims(jti=None), "required claim missing"),
    "sub_is_a_number": (claims(sub=7), "claim sub missing or malformed"),
    "sub_missing": (claims(sub=None), "required claim missing"),
    "sub_empty": (claims(sub=""), "claim sub missing or malformed"),
    "sub_too_long": (claims(sub="s" * 256), "claim sub missing or malformed"),
    "sub_with_control_characters": (claims(sub="a\r\nb"), "claim sub missing or malformed"),
    "sub_of_another_client": (claims(sub="https://other.example"), "subject is another client's id"),
    "client_id_missing": (claims(client_id=None), "required claim missing"),
    "client_id_too_long": (claims(client_id="c" * 256), "claim client_id missing or malformed"),
    "iss_is_a_list": (claims(iss=["https://login.example"]), "claim iss missing or malformed"),
    "iss_unknown": (claims(iss="https://evil.example"), "unknown issuer"),
    "iss_with_a_slash": (claims(iss="https://login.example/"), "unknown issuer"),
    "iss_in_capitals": (claims(iss="https://LOGIN.example"), "unknown issuer"),
    "iss_missing": (claims(iss=None), "claim iss missing or malformed"),
    "expired": (claims(exp=AT), "expired"),
    "expired_long_ago": (claims(iat=AT - 3000, exp=AT - 10), "expired"),
    "exp_missing": (claims(exp=None), "required claim missing"),
    "exp_nan": (payload_text(lambda text: text.replace(f'"exp": {AT + 270}', '"exp": NaN')), "malformed JSON"),
    "exp_infinite": (payload_text(lambda text: text.replace(f'"exp": {AT + 270}', '"exp": 1e999')), "claim exp missing or malformed"),
    "exp_list": (claims(exp=[AT + 200]), "claim exp missing or malformed"),
    "exp_true": (claims(exp=True), "claim exp missing or malformed"),
    "nbf_in_the_future": (claims(nbf=AT + 59), "from the future"),
    "nbf_as_text": (claims(nbf=str(AT)), "claim nbf missing or malformed"),
    "iat_missing": (claims(iat=None), "required claim missing"),
    "aud_missing": (claims(aud=None), "required claim missing"),
    "aud_of_another_house": (claims(aud="https://audit.samsyn.example"), "another audience"),
    "aud_is_a_prefix": (claims(aud="https://sharing.samsyn"), "another audience"),
    "aud_is_longer": (claims(aud=AUDIENCE + "/"), "another audience"),
    "aud_nested": (claims(aud=[[AUDIENCE]]), "another audience"),
    "aud_object": (claims(aud={AUDIENCE: True}), "another audience"),
    "acr_is_a_list": (claims(acr=["http://id.elegnamnden.se/loa/1.0/loa3"]), "claim acr missing or malformed"),
    "auth_time_as_text": (claims(auth_time="now"), "claim auth_time missing or malformed"),
    "organisation_is_a_list": (claims(organisation=["o5ek", "o8st"]), "claim organisation missing or malformed"),
    "scope_is_a_list": (claims(scope=["sharing:read"]), "claim scope malformed"),
    "scope_with_a_line_end": (claims(scope="sharing:read\nhouse"), "claim scope malformed"),
    "scopes_without_end": (claims(scope=" ".join(f"s{number}" for number in range(65))), "claim scope malformed"),
    "sid_is_a_number": (claims(sid=4), "claim sid missing or malformed"),
    "payload_is_an_array": (lambda forge: compact(forge.header, [forge.person()], forge.sign), "not a JSON object"),
    "payload_nested_deep": (payload_text(lambda text: text[:-1] + ',"x":' + "[" * 2600 + "]" * 2600 + "}"), "malformed JSON"),
    "payload_nested_deeper_than_allowed": (payload_text(lambda _: "[" * 10_000 + "]" * 10_000), "too long"),
    "integer_of_5000_digits": (payload_text(lambda text: text[:-1] + ',"x":' + "9" * 5000 + "}"), "malformed JSON"),
    "payload_bad_utf8": (payload_text(lambda text: text.encode()[:-1] + b',"x":"\xff"}'), "malformed JSON"),
    "payload_empty": (lambda forge: compact(forge.header, b"{}", forge.sign), "claim iss missing or malformed"),
    "signature_cut": (bent(lambda token: token[:-2]), "signature does not verify"),
    "signature_padded": (bent(lambda token: token + "="), "not a compact JWS"),
    "signature_with_other_last_bits": (lambda forge: other_last_bits(forge.token(forge.person())), "malformed base64url"),
    "space_at_the_end": (bent(lambda token: token + " "), "not a compact JWS"),
    "line_end_at_the_end": (bent(lambda token: token + "\n"), "not a compact JWS"),
    "space_at_the_beginning": (bent(lambda token: " " + token), "not a compact JWS"),
    "standard_alphabet": (lambda forge: standard_alphabet(forge.token(forge.person())), "not a compact JWS"),
    "four_dots": (bent(lambda token: token + ".x.y"), "not a compact JWS"),
    "two_parts": (bent(lambda token: token.rsplit(".", 1)[0]), "not a compact JWS"),
    "json_serialisation": (
        bent(lambda token: json.dumps(dict(zip(("protected", "payload", "signature"), token.split("."), strict=True)))),
        "not a compact JWS",
    ),
    "nul": (bent(lambda token: token + "\0"), "not a compact JWS"),
    "letter_that_looks_like_another": (bent(lambda token: token.replace("e", "\u0435", 1)), "not a compact JWS"),
    "lone_surrogate": (bent(lambda token: token + "\ud800"), "not a compact JWS"),
    "empty": (lambda _: "", "not a compact JWS"),
    "zero_signature": (lambda forge: compact(forge.header, forge.person(), lambda _: bytes(64)), "signature does not verify"),
    "der_signature": (lambda forge: compact(forge.header, forge.person(), es256_der(forge.key)), "signature does not verify"),
    "signed_by_another_key": (lambda forge: compact(forge.header, forge.person(), es256(forge.holder)), "signature does not verify"),
    "payload_swapped": (lambda forge: swapped(forge, "o8st"), "signature does not verify"),
    "binding_unknown": (claims(cnf={"x": "y"}), "binding not accepted"),
    "binding_known_and_unknown": (claims(cnf={"jkt": "y", "kid": "z"}), "binding not accepted"),
    "binding_empty": (claims(cnf={}), "binding not accepted"),
    "binding_as_text": (claims(cnf="jkt"), "binding not accepted"),
    "binding_to_a_number": (claims(cnf={"jkt": 7}), "binding not accepted"),
}


def other_last_bits(token: str) -> str:
    """The same signature bytes, written with the unused bits of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def standard_alphabet(token: str) -> str:
    head, payload, _ = token.split(".")
    other = base64.b64encode(bytes([0xFB, 0xFF]) * 32).decode().rstrip("=")
    return f"{head}.{payload}.{other}"


def swapped(forge: Forge, organisation: str) -> str:
    head, _, signature = forge.token(forge.person()).split(".")
    return f"{head}.{encode_base64url(json.dumps(forge.person(organisation=organisation)).encode())}.{signature}"


CORPUS = LET_THROUGH_BY_PYJWT | REFUSED_BY_PYJWT_TOO


async def refusal(world: World, token: str) -> str | None:
    with pytest.raises(Unauthenticated) as caught:
        await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)
    assert caught.value.code == "token-refused"
    return caught.value.detail


@pytest.mark.parametrize("name", CORPUS)
async def test_a_token_wrong_in_one_thing_is_refused_for_that(world: World, name: str) -> None:
    build, reason = CORPUS[name]

    assert await refusal(world, build(world.ours)) == reason


async def test_the_token_that_nobody_bent_is_accepted(world: World) -> None:
    caller = await world.validator.validate([f"Bearer {world.ours.token(world.ours.person())}"], dpop=[], method="POST", url=URL, now=NOW)

    assert (caller.subject, caller.organisation, caller.scopes) == ("5f1c", "o5ek", frozenset({"sharing:decide", "sharing:read"}))


async def test_one_issuers_key_does_not_verify_under_the_others_name_even_with_the_same_kid(world: World) -> None:
    foreign = compact(world.ours.header, world.ours.person(), world.second.sign)
    renamed = compact(world.ours.header, world.ours.person(iss=world.second.issuer), world.ours.sign)

    assert await refusal(world, foreign) == "signature does not verify"
    assert await refusal(world, renamed) == "signature does not verify"


@pytest.mark.parametrize("ahead", [59, 61])
async def test_a_token_from_more_than_ten_seconds_ahead_is_refused(world: World, ahead: int) -> None:
    token = world.ours.token(world.ours.person(iat=AT + ahead, exp=AT + ahead + 300))

    assert await refusal(world, token) == "from the future"


@pytest.mark.parametrize("ahead", [-61, -59, 9])
async def test_a_token_within_the_skew_is_accepted(world: World, ahead: int) -> None:
    token = world.ours.token(world.ours.person(iat=AT + ahead, nbf=AT + ahead, exp=AT + ahead + 300))

    await world.validator.validate([f"Bearer {token}"], dpop=[], method="POST", url=URL, now=NOW)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_no_bytes_make_anything_else_than_a_refusal(world: World, data: st.DataObject) -> None:
    token = world.ours.token(world.ours.person())
    position = data.draw(st.integers(0, len(token) - 1))
    noise = data.draw(st.text(max_size=5))

    changed = token[:position] + noise + token[position + len(noise) :]

    if changed != token:
        await refusal(world, changed)
