"""The token endpoint: what each grant gives, and everything that it refuses."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.provider.config import LOA3
from tests.deploy.provider.conftest import BUS, CHILD, CONSENT, GUARDIAN, NUMBER_SCOPE, SHARING, Ground
from tests.deploy.provider.party import error, header

INFO_SCOPE = "https://id.oidc.se/scope/naturalPersonInfo"
NUMBER_CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def info(ground: Ground, token: str) -> dict[str, Any]:
    answer = await ground.consent.http.get(ground.provider.issuer + "/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/jwt"
    return await ground.consent.verified(answer.text)


async def test_an_id_token_says_who_how_and_when_for_five_minutes(ground: Ground) -> None:
    tokens = await ground.consent.tokens("p-1")

    claims = await ground.consent.verified(tokens["id_token"])

    at = int(ground.clock.now.timestamp())
    assert header(tokens["id_token"])["typ"] == "JWT"
    assert claims.pop("jti")
    assert claims.pop("sid")
    assert claims == {
        "iss": ground.provider.issuer,
        "sub": "p-1",
        "aud": ground.consent.client_id,
        "iat": at,
        "exp": at + 300,
        "auth_time": at,
        "nonce": "the-nonce",
        "acr": LOA3,
        "organisation": "o5ek",
    }


async def test_an_access_token_is_of_rfc_9068_and_for_one_resource(ground: Ground) -> None:
    tokens = await ground.sharing.tokens("p-1", scope="openid sharing:decide", resource=SHARING)

    claims = await ground.sharing.verified(tokens["access_token"])

    assert header(tokens["access_token"])["typ"] == "at+jwt"
    assert header(tokens["access_token"])["kid"]
    assert claims["aud"] == SHARING
    assert claims["scope"] == "sharing:decide"
    assert {"iss", "exp", "sub", "client_id", "iat", "jti", "acr", "auth_time", "organisation", "sid"} <= claims.keys()
    assert tokens["token_type"] == "Bearer"


async def test_a_number_leaves_only_in_user_info_and_only_when_asked_for(ground: Ground) -> None:
    subject = ground.provider.people.subject_of(CHILD)
    plain = await ground.consent.tokens(subject)
    asked = await ground.consent.tokens(subject, scope=f"openid {NUMBER_SCOPE}")

    assert await info(ground, plain["access_token"]) == {
        "iss": ground.provider.issuer,
        "aud": ground.consent.client_id,
        "sub": subject,
        "iat": int(ground.clock.now.timestamp()),
    }
    assert (await info(ground, asked["access_token"]))[NUMBER_CLAIM] == CHILD
    for name in ("id_token", "access_token"):
        assert CHILD not in str(await ground.consent.verified(asked[name]))


async def test_a_name_is_released_by_its_scope(ground: Ground) -> None:
    tokens = await ground.consent.tokens("p-1", scope="openid profile")

    claims = await info(ground, tokens["access_token"])

    assert (claims["name"], claims["given_name"], claims["family_name"]) == ("Kim Ek", "Kim", "Ek")


async def test_user_info_is_not_for_a_token_of_a_resource(ground: Ground) -> None:
    tokens = await ground.sharing.tokens("p-1", scope="openid sharing:decide", resource=SHARING)

    answer = await ground.sharing.http.get(
        ground.provider.issuer + "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )

    assert error(answer) == (401, "invalid_token")
    assert "invalid_token" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("name", ["id_token", "none"])
async def test_user_info_takes_access_tokens_only(ground: Ground, name: str) -> None:
    tokens = await ground.consent.tokens("p-1")
    headers = {"Authorization": f"Bearer {tokens[name]}"} if name in tokens else {}

    answer = await ground.consent.http.get(ground.provider.issuer + "/userinfo", headers=headers)

    assert error(answer) == (401, "invalid_token")


async def test_a_code_that_comes_again_ends_what_it_gave(ground: Ground) -> None:
    code = (await ground.consent.log_in("p-1", scope="openid offline_access"))["code"]
    tokens = (await ground.consent.redeem(code)).json()

    again = await ground.consent.redeem(code)

    assert error(again) == (400, "invalid_grant")
    refreshed = await ground.consent.send("/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert error(refreshed) == (400, "invalid_grant")
    user = await ground.consent.http.get(
        ground.provider.issuer + "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert user.status_code == 401


async def test_a_code_lives_for_a_minute(ground: Ground) -> None:
    code = (await ground.consent.log_in("p-1"))["code"]
    ground.clock.pass_by(seconds=60)

    assert error(await ground.consent.redeem(code)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": ""}]
)
async def test_a_code_needs_its_verifier_and_its_redirect_address(ground: Ground, changed: dict[str, str]) -> None:
    code = (await ground.consent.log_in("p-1"))["code"]

    assert error(await ground.consent.redeem(code, **changed)) == (400, "invalid_grant")


async def test_another_clients_code_is_refused_and_stays_good_for_its_own(ground: Ground) -> None:
    code = (await ground.consent.log_in("p-1"))["code"]

    assert error(await ground.sharing.redeem(code, redirect_uri=ground.consent.redirect_uri)) == (400, "invalid_grant")
    assert (await ground.consent.redeem(code)).status_code == 200


async def test_a_code_bound_to_a_key_needs_a_proof_of_it(ground: Ground) -> None:
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    first = (await ground.consent.log_in("p-1", dpop_jkt=key.thumbprint()))["code"]
    second = (await ground.consent.log_in("p-1", dpop_jkt=key.thumbprint()))["code"]

    stolen = await ground.consent.redeem(first, proof=ground.consent.proof("/token", key=other))
    own = await ground.consent.redeem(second, proof=ground.consent.proof("/token", key=key))

    assert error(stolen) == (400, "invalid_dpop_proof")
    assert own.json()["token_type"] == "DPoP"


async def test_a_refresh_token_is_used_once_and_a_second_use_ends_the_line(ground: Ground) -> None:
    first = (await ground.consent.tokens("p-1", scope="openid offline_access"))["refresh_token"]

    second = (await ground.consent.send("/token", grant_type="refresh_token", refresh_token=first)).json()["refresh_token"]
    stolen = await ground.consent.send("/token", grant_type="refresh_token", refresh_token=first)
    rightful = await ground.consent.send("/token", grant_type="refresh_token", refresh_token=second)

    assert error(stolen) == (400, "invalid_grant")
    assert error(rightful) == (400, "invalid_grant")


async def test_there_is_no_refresh_token_unless_asked_for(ground: Ground) -> None:
    assert "refresh_token" not in await ground.consent.tokens("p-1")


async def test_a_refresh_gives_no_wider_scope(ground: Ground) -> None:
    token = (await ground.consent.tokens("p-1", scope="openid offline_access"))["refresh_token"]

    answer = await ground.consent.send("/token", grant_type="refresh_token", refresh_token=token, scope="openid profile")

    assert error(answer) == (400, "invalid_scope")


async def test_a_system_gets_a_token_as_itself_bound_to_its_key(ground: Ground) -> None:
    key = ECKey.generate_key("P-256")

    answer = await ground.system.send(
        "/token",
        proof=ground.system.proof("/token", key=key),
        grant_type="client_credentials",
        scope="sharing:send",
        resource=BUS,
    )

    assert answer.status_code == 200, answer.text
    claims = await ground.system.verified(answer.json()["access_token"])
    assert claims["sub"] == claims["client_id"] == ground.system.client_id
    assert claims["aud"] == BUS
    assert claims["scope"] == "sharing:send"
    assert claims["cnf"] == {"jkt": key.thumbprint()}
    assert "organisation" not in claims
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"scope": "sharing:decide"}, "invalid_scope"),
        ({"scope": "sharing:send house"}, "invalid_scope"),
        ({"resource": CONSENT}, "invalid_target"),
        ({"resource": ""}, "invalid_target"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unauthorized_client"),
        ({"grant_type": EXCHANGE}, "unauthorized_client"),
    ],
)
async def test_a_system_gets_nothing_beyond_its_register(ground: Ground, form: dict[str, str], expected: str) -> None:
    proof = ground.system.proof("/token", key=ECKey.generate_key("P-256"))
    right = {"grant_type": "client_credentials", "scope": "sharing:send", "resource": BUS}

    assert error(await ground.system.send("/token", proof=proof, **right | form)) == (400, expected)


async def test_a_client_that_must_bind_gets_no_plain_token(ground: Ground) -> None:
    answer = await ground.system.send("/token", grant_type="client_credentials", resource=BUS)

    assert error(answer) == (400, "invalid_dpop_proof")


WRONG_ASSERTIONS: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "no own type": lambda _issuer, _at: {"typ": "JWT"},
    "aud in a list": lambda issuer, _at: {"aud": [issuer]},
    "aud of two": lambda issuer, _at: {"aud": [issuer, "https://other.example"]},
    "aud is the token endpoint": lambda issuer, _at: {"aud": issuer + "/token"},
    "another aud": lambda _issuer, _at: {"aud": "https://other.example"},
    "another iss": lambda _issuer, _at: {"iss": "https://other.example"},
    "unknown client": lambda _issuer, _at: {"iss": "https://other.example", "sub": "https://other.example"},
    "no jti": lambda _issuer, _at: {"jti": None},
    "expired": lambda _issuer, at: {"iat": at - 60, "exp": at},
    "lives an hour": lambda _issuer, at: {"exp": at + 3600},
    "from the future": lambda _issuer, at: {"iat": at + 30, "exp": at + 60},
    "another key": lambda _issuer, _at: {"key": ECKey.generate_key("P-256")},
}


@pytest.mark.parametrize("fault", WRONG_ASSERTIONS)
async def test_a_client_assertion_that_is_wrong_in_one_way_is_refused(ground: Ground, fault: str) -> None:
    ground.clock.pass_by(minutes=2)  # so that one made a minute ago is not refused for being older than the provider
    wrong = WRONG_ASSERTIONS[fault](ground.provider.issuer, int(ground.clock.now.timestamp()))
    form = {"grant_type": "client_credentials", "scope": "house"}

    assert error(await ground.consent.send("/token", assertion=ground.consent.assertion(**wrong), **form)) == (401, "invalid_client")
    assert (await ground.consent.send("/token", **form)).status_code == 200


async def test_a_client_assertion_is_used_once(ground: Ground) -> None:
    assertion = ground.consent.assertion()
    form = {"grant_type": "client_credentials", "scope": "house"}

    first = await ground.consent.send("/token", assertion=assertion, **form)
    second = await ground.consent.send("/token", assertion=assertion, **form)

    assert first.status_code == 200
    assert error(second) == (401, "invalid_client")


async def test_an_unsigned_client_assertion_is_refused(ground: Ground) -> None:
    head, body, _ = ground.consent.assertion().split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiY2xpZW50LWF1dGhlbnRpY2F0aW9uK2p3dCJ9." + body + "."

    for assertion in (unsigned, f"{head}.{body}.", "not a token"):
        assert error(await ground.consent.send("/token", assertion=assertion, grant_type="client_credentials")) == (401, "invalid_client")


@pytest.mark.parametrize("header_name", ["Authorization", "none"])
async def test_no_other_way_of_client_authentication_is_taken(ground: Ground, header_name: str) -> None:
    headers = {"Authorization": "Basic YTpi"} if header_name == "Authorization" else {}
    form = {"grant_type": "client_credentials", "client_id": ground.consent.client_id, "client_secret": "x"}

    answer = await ground.consent.http.post(ground.provider.issuer + "/token", data=form, headers=headers)

    assert error(answer) == (401, "invalid_client")


async def test_a_repeated_parameter_parameters_in_the_address_and_json_are_refused(ground: Ground) -> None:
    address, http = ground.provider.issuer + "/token", ground.consent.http
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    twice = await http.post(address, content=b"grant_type=a&grant_type=b", headers=form)
    query = await http.post(address + "?grant_type=client_credentials", data={"scope": "house"})
    json = await http.post(address, json={"grant_type": "client_credentials"})

    assert [error(answer) for answer in (twice, query, json)] == [(400, "invalid_request")] * 3


@pytest.mark.parametrize("changed", [{"htm": "GET"}, {"htu": "https://other.example/token"}, {"iat": 0}, {"ath": "x"}, {"jti": ""}])
async def test_a_proof_that_is_wrong_in_one_way_is_refused(ground: Ground, changed: dict[str, Any]) -> None:
    proof = ground.system.proof("/token", key=ECKey.generate_key("P-256"), **changed)

    answer = await ground.system.send("/token", proof=proof, grant_type="client_credentials", resource=BUS)

    assert error(answer) == (400, "invalid_dpop_proof")


async def test_a_proof_is_used_once_and_never_holds_a_private_key(ground: Ground) -> None:
    key = ECKey.generate_key("P-256")
    proof = ground.system.proof("/token", key=key)
    claims = {"jti": "1", "htm": "POST", "htu": ground.provider.issuer + "/token", "iat": int(ground.clock.now.timestamp())}
    telling = jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=True)}, claims, key)
    form = {"grant_type": "client_credentials", "resource": BUS}

    answers = [await ground.system.send("/token", proof=given, **form) for given in (proof, proof, telling)]

    assert answers[0].status_code == 200
    assert [error(answer) for answer in answers[1:]] == [(400, "invalid_dpop_proof")] * 2


async def exchanged(ground: Ground, subject_token: str, **changed: str) -> httpx2.Response:
    form = {
        "grant_type": EXCHANGE,
        "subject_token": subject_token,
        "subject_token_type": ACCESS_TOKEN,
        "resource": CONSENT,
        "scope": "consent:ask",
    }
    return await ground.sharing.send("/token", **form | changed)


async def test_a_house_acts_for_a_person_at_another_house_and_the_token_says_so(ground: Ground) -> None:
    own = await ground.sharing.tokens("p-1", scope="openid sharing:decide")

    answer = await exchanged(ground, own["access_token"])

    assert answer.status_code == 200, answer.text
    assert answer.json()["issued_token_type"] == ACCESS_TOKEN
    claims = await ground.sharing.verified(answer.json()["access_token"])
    assert claims["sub"] == "p-1"
    assert claims["aud"] == CONSENT
    assert claims["client_id"] == ground.sharing.client_id
    assert claims["act"] == {"sub": ground.sharing.client_id}
    assert claims["scope"] == "consent:ask"
    assert (claims["acr"], claims["organisation"]) == (LOA3, "o5ek")


async def test_an_exchanged_token_ends_with_the_one_it_came_of(ground: Ground) -> None:
    own = await ground.sharing.tokens("p-1")
    ends = (await ground.sharing.verified(own["access_token"]))["exp"]
    ground.clock.pass_by(minutes=9)

    answer = await exchanged(ground, own["access_token"])

    assert (await ground.sharing.verified(answer.json()["access_token"]))["exp"] == ends


async def test_a_house_exchanges_a_token_that_it_received_as_a_resource(ground: Ground) -> None:
    received = await exchanged(ground, (await ground.sharing.tokens("p-1"))["access_token"], resource=CONSENT)
    form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN, "resource": SHARING}

    answer = await ground.consent.send("/token", subject_token=received.json()["access_token"], **form)

    claims = await ground.consent.verified(answer.json()["access_token"])
    assert claims["act"] == {"sub": ground.consent.client_id, "act": {"sub": ground.sharing.client_id}}


async def test_what_a_house_may_not_exchange(ground: Ground) -> None:
    own = await ground.sharing.tokens("p-1")
    foreign = await ground.consent.tokens("p-1")
    itself = (await ground.consent.send("/token", grant_type="client_credentials", scope="house")).json()

    answers = {
        "another client's": await exchanged(ground, foreign["access_token"]),
        "an id token": await exchanged(ground, own["id_token"]),
        "a client's own": await exchanged(ground, itself["access_token"]),
        "wider scope": await exchanged(ground, own["access_token"], scope="openid"),
        "unknown resource": await exchanged(ground, own["access_token"], resource=BUS),
        "no resource": await exchanged(ground, own["access_token"], resource=""),
        "other kind": await exchanged(ground, own["access_token"], subject_token_type="urn:ietf:params:oauth:token-type:id_token"),
        "actor token": await exchanged(ground, own["access_token"], actor_token="x"),
    }
    ground.clock.pass_by(minutes=11)
    answers["expired"] = await exchanged(ground, own["access_token"])

    assert {name: error(answer)[1] for name, answer in answers.items()} == {
        "another client's": "invalid_grant",
        "an id token": "invalid_request",
        "a client's own": "invalid_grant",
        "wider scope": "invalid_scope",
        "unknown resource": "invalid_target",
        "no resource": "invalid_target",
        "other kind": "invalid_request",
        "actor token": "invalid_request",
        "expired": "invalid_request",
    }


async def test_a_guardians_subject_tells_nothing_and_is_the_same_next_time(ground: Ground) -> None:
    subject = ground.provider.people.subject_of(GUARDIAN)

    tokens = await ground.consent.tokens(subject)

    claims = await ground.consent.verified(tokens["id_token"])
    assert claims["sub"] == subject
    assert GUARDIAN[2:] not in subject
    assert "organisation" not in claims
