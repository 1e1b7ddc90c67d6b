"""The way through the provider and back, and everything that can be wrong with it."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.login.return_to import is_own_path
from tests.shared.login.conftest import House, code_of
from tests.shared.tokens.forge import AT, compact, es256, make_ec
from tests.shared.tokens.small_issuer import CLIENT, LOA3, callback_query

LOA2 = "http://id.elegnamnden.se/loa/1.0/loa2"


async def refusal(house: House, *, query: str = "", **bend: str | None) -> tuple[int, str | None]:
    """What a login ends with after the provider's answer was bent; whatever it is, there is no session."""
    browser = house.browser()
    response = await browser.get(callback_query(house.issuer.approve(await house.begin(browser, query), **bend)))
    assert house.cookie not in browser.cookies
    return response.status_code, response.json().get("detail")


async def test_a_login_gives_a_session_of_the_person_that_the_house_knows(house: House) -> None:
    browser = house.browser()

    response = await house.log_in(browser, "?return_to=/cases?tab=2")

    assert (response.status_code, response.headers.get("location", response.text)) == (303, "/cases?tab=2")
    caller = (await browser.get("/who")).json()
    assert (caller["kind"], caller["issuer"], caller["subject"]) == ("person", house.issuer.base, "c-anna")
    assert (caller["person_id"], caller["acr"], caller["scopes"]) == ("person-of-anna", LOA3, ["consent:answer"])
    assert caller["client_id"] == CLIENT


async def test_the_browser_gets_random_bits_in_a_cookie_of_this_host_and_nothing_else(house: House) -> None:
    browser = house.browser()

    await house.log_in(browser)

    session = next(line for line in browser.set_cookies if line.startswith("__Host-samsyn-consent="))
    attributes = {part.strip().lower() for part in session.split(";")[1:]}
    assert attributes == {"path=/", "secure", "httponly", "samesite=lax"}
    assert list(browser.cookies) == ["__Host-samsyn-consent"]
    assert len(browser.cookies["__Host-samsyn-consent"]) == 43


async def test_the_request_goes_through_par_with_pkce_state_and_nonce_and_the_essential_level(house: House) -> None:
    address = await house.begin(house.browser())

    (form,) = house.issuer.forms("/par")
    assert set(dict(parse_qsl(urlsplit(address).query))) == {"client_id", "request_uri"}
    assert (form["response_type"], form["code_challenge_method"]) == ("code", "S256")
    assert form["redirect_uri"] == f"{house.base}/auth/callback"
    assert len(form["state"]) == len(form["nonce"]) == len(form["code_challenge"]) == 43
    assert json.loads(form["claims"])["id_token"]["acr"]["essential"] is True
    assert LOA3 in json.loads(form["claims"])["id_token"]["acr"]["values"]
    assert "code_verifier" not in form


async def test_without_par_the_same_request_goes_through_the_browser(house: House) -> None:
    house.issuer.metadata = {"pushed_authorization_request_endpoint": None}
    browser = house.browser()

    address = await house.begin(browser)

    assert dict(parse_qsl(urlsplit(address).query))["code_challenge_method"] == "S256"
    assert (await browser.get(callback_query(house.issuer.approve(address)))).status_code == 303


async def test_what_comes_in_the_address_does_not_go_into_the_request(house: House) -> None:
    await house.begin(house.browser(), "?login_hint=198009809990&prompt=none&client_id=evil&scope=all&redirect_uri=https://evil.example")

    (form,) = house.issuer.forms("/par")
    assert {"login_hint", "prompt"}.isdisjoint(form)
    assert (form["client_id"], form["redirect_uri"]) == (CLIENT, f"{house.base}/auth/callback")


@pytest.mark.parametrize("methods", [["plain"], [], ["plain", "s256"]])
async def test_a_provider_without_pkce_s256_is_not_used(house: House, methods: list[str]) -> None:
    house.issuer.metadata = {"code_challenge_methods_supported": methods}

    assert (await house.browser().get("/auth/login")).status_code == 503


async def test_metadata_of_another_issuer_stops_the_login(house: House) -> None:
    house.issuer.metadata = {"issuer": "https://evil.example"}

    assert (await house.browser().get("/auth/login")).status_code == 503


@pytest.mark.parametrize(
    ("named", "detail"),
    [(None, "answer does not name its issuer"), ("https://evil.example", "answer of another issuer"), ("", "answer of another issuer")],
)
async def test_mix_up_an_answer_that_does_not_name_our_provider_is_refused(house: House, named: str | None, detail: str) -> None:
    assert await refusal(house, iss=named) == (401, detail)
    assert house.issuer.forms("/token") == []


@pytest.mark.parametrize("state", [None, "", "x" * 43, "short", "' or 1=1"])
async def test_an_answer_without_our_state_is_refused(house: House, state: str | None) -> None:
    assert await refusal(house, state=state) == (401, "no login under way")


async def test_state_fixation_an_answer_to_a_login_begun_in_another_browser_is_refused(house: House) -> None:
    attacker, victim = house.browser(), house.browser()
    answer = house.issuer.approve(await house.begin(attacker))
    await house.begin(victim)

    response = await victim.get(callback_query(answer))

    assert (response.status_code, response.json().get("detail")) == (401, "login begun in another browser")
    assert house.cookie not in victim.cookies


async def test_state_fixation_also_without_any_login_begun_in_the_victims_browser(house: House) -> None:
    answer = house.issuer.approve(await house.begin(house.browser()))

    response = await house.browser().get(callback_query(answer))

    assert response.json().get("detail") == "login begun in another browser"


async def test_an_answer_comes_once(house: House) -> None:
    browser = house.browser()
    answer = callback_query(house.issuer.approve(await house.begin(browser)))
    assert (await browser.get(answer)).status_code == 303

    assert (await browser.get(answer)).json().get("detail") == "no login under way"


async def test_an_answer_after_ten_minutes_is_too_late(house: House) -> None:
    browser = house.browser()
    answer = callback_query(house.issuer.approve(await house.begin(browser)))
    house.clock.pass_time(minutes=10, seconds=1)

    assert (await browser.get(answer)).json().get("detail") == "no login under way"


async def test_code_injection_a_code_of_another_login_is_refused_by_its_verifier(house: House) -> None:
    stolen = house.issuer.approve(await house.begin(house.browser()))["code"]

    assert await refusal(house, code=stolen) == (401, "the provider did not take the code")


async def test_code_injection_is_also_caught_by_the_nonce(house: House) -> None:
    house.issuer.id_token = {"nonce": "of-another-login"}

    assert await refusal(house) == (401, "nonce of another login")


async def test_two_logins_in_two_tabs_of_one_browser_both_come_through(house: House) -> None:
    browser = house.browser()
    one, two = await house.begin(browser, "?return_to=/one"), await house.begin(browser, "?return_to=/two")
    keep = dict(browser.cookies)

    assert (await browser.get(callback_query(house.issuer.approve(two)))).headers["location"] == "/two"
    browser.cookies |= keep
    assert (await browser.get(callback_query(house.issuer.approve(one)))).headers["location"] == "/one"


@pytest.mark.parametrize("twice", ["state", "code", "iss"])
async def test_a_repeated_parameter_in_the_answer_is_refused(house: House, twice: str) -> None:
    browser = house.browser()
    answer = house.issuer.approve(await house.begin(browser))

    response = await browser.get(callback_query(answer) + f"&{twice}=x")

    assert (response.status_code, code_of(response)) == (400, "malformed-parameters")


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        ("access_denied", "the provider refused"),
        ("unmet_authentication_requirements", "the provider could not give the login that was asked for"),
        ("<script>alert(1)</script>", "the provider refused"),
    ],
)
async def test_the_providers_no_is_told_in_our_words(house: House, error: str, detail: str) -> None:
    assert await refusal(house, code=None, error=error, error_description="<b>198009809990</b>") == (401, detail)


async def test_an_answer_without_code_is_refused(house: House) -> None:
    assert await refusal(house, code=None) == (401, "answer without code")


@pytest.mark.parametrize(
    ("bend", "detail"),
    [
        ({"aud": "https://other.example"}, "another audience"),
        ({"aud": [CLIENT, "https://other.example"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"azp": "https://other.example"}, "another audience"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"nonce": None}, "nonce of another login"),
        ({"exp": AT + 301}, "lifetime not accepted"),
        ({"iat": AT - 200, "exp": AT - 1}, "expired"),
        ({"iat": AT + 59, "exp": AT + 300}, "from the future"),
        ({"exp": None}, "claim exp missing or malformed"),
        ({"auth_time": None}, "claim auth_time missing or malformed"),
        ({"auth_time": AT + 59}, "from the future"),
        ({"sub": None}, "claim sub missing or malformed"),
        ({"acr": LOA2}, "login weaker than was asked for"),
        ({"acr": None}, "login weaker than was asked for"),
        ({"acr": [LOA3]}, "login weaker than was asked for"),
        ({"acr": LOA3.upper()}, "login weaker than was asked for"),
    ],
)
async def test_an_id_token_wrong_in_one_claim_gives_no_session(house: House, bend: dict[str, Any], detail: str) -> None:
    house.issuer.id_token = bend

    assert await refusal(house) == (401, detail)


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({"typ": "at+jwt"}, "another type of token"),
        ({"typ": "logout+jwt"}, "another type of token"),
        ({"alg": "none"}, "algorithm not accepted"),
        ({"kid": "k2"}, "unknown key"),
        ({"jwk": {}}, "header member not accepted"),
    ],
)
async def test_an_id_token_wrong_in_one_header_member_gives_no_session(house: House, header: dict[str, Any], detail: str) -> None:
    house.issuer.id_token_header = header

    assert await refusal(house) == (401, detail)


async def test_an_id_token_signed_by_another_key_gives_no_session(house: House) -> None:
    house.issuer.forge.sign = es256(make_ec())

    assert await refusal(house) == (401, "signature does not verify")


@pytest.mark.parametrize("answer", [{"id_token": None}, {"id_token": 7}, {"id_token": "a.b.c"}])
async def test_a_token_answer_without_an_id_token_gives_no_session(house: House, answer: dict[str, Any]) -> None:
    house.issuer.token_answer = answer

    assert (await refusal(house))[0] == 401


@pytest.mark.parametrize(
    ("bend", "detail"),
    [
        ({"sub": "c-bo"}, "UserInfo about somebody else"),
        ({"sub": None}, "claim sub missing or malformed"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"aud": "https://other.example"}, "another audience"),
    ],
)
async def test_user_info_wrong_in_one_claim_gives_no_session(house: House, bend: dict[str, Any], detail: str) -> None:
    house.issuer.user_info = bend

    assert await refusal(house) == (401, detail)


async def test_user_info_without_a_signature_gives_no_session(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.issuer, "make_user_info", lambda: json.dumps({"sub": "c-anna"}).encode())

    assert await refusal(house) == (401, "not a compact JWS")


async def test_user_info_with_alg_none_gives_no_session(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {"iss": house.issuer.base, "aud": CLIENT, "sub": "c-anna"}
    unsigned = compact({"typ": "JWT", "alg": "none", "kid": "k1"}, claims, lambda _: b"x")
    monkeypatch.setattr(house.issuer, "make_user_info", unsigned.encode)

    assert await refusal(house) == (401, "algorithm not accepted")


async def test_a_step_up_asks_for_a_fresh_login_and_takes_no_old_one(house: House) -> None:
    house.issuer.id_token = {"auth_time": AT - 11}

    assert await refusal(house, query="?fresh=true") == (401, "login older than was asked for")
    assert house.issuer.forms("/par")[0]["max_age"] == "0"


async def test_a_scope_that_the_provider_does_not_grant_is_not_in_the_session(house: House) -> None:
    house.issuer.token_answer = {"scope": "openid"}
    browser = house.browser()
    await house.log_in(browser)

    assert (await browser.get("/who")).json()["scopes"] == []


async def test_a_scope_that_was_not_asked_for_is_not_in_the_session_either(house: House) -> None:
    house.issuer.token_answer = {"scope": "openid consent:answer house audit:read"}
    browser = house.browser()
    await house.log_in(browser)

    assert (await browser.get("/who")).json()["scopes"] == ["consent:answer"]


async def test_a_person_that_the_house_does_not_know_gets_a_session_without_a_person(house: House) -> None:
    house.issuer.user_info = {"https://id.oidc.se/claim/personalIdentityNumber": "199009819991"}
    browser = house.browser()
    await house.log_in(browser)

    assert (await browser.get("/who")).json()["person_id"] is None


@pytest.mark.parametrize("status", [500, 503])
async def test_a_provider_that_fails_while_the_code_is_redeemed_is_unavailable(house: House, status: int) -> None:
    house.issuer.token_failures = [(status, {})]
    browser = house.browser()

    assert (await house.log_in(browser)).status_code == 503
    assert house.cookie not in browser.cookies


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/5f1c?tab=2&x=%C3%A5", "/a-b_c.~/@:"])
def test_a_path_of_ours_is_a_place_to_return_to(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/\t/evil.example",
        "/\n/evil.example",
        "/x\r\nSet-Cookie: a=b",
        "/x#//evil",
        "/x//evil.example",
        "/\u2044evil.example",
        " /x",
        "/auth/login",
        "/auth/logout",
        "/" + "x" * 512,
    ],
)
async def test_anything_else_is_not(house: House, path: str) -> None:
    assert not is_own_path(path)

    response = await house._client.get(f"{house.base}/auth/login", params={"return_to": path})

    assert response.status_code == 400
    assert code_of(response) == "return-to-refused"
