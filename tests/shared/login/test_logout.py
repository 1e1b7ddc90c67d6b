"""Ending: by the person, and by the provider (Back-Channel Logout 1.0)."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.shared.login.conftest import AUDIENCE, Browser, House
from tests.shared.login.test_sessions import is_known, logged_in
from tests.shared.tokens.forge import AT, es256, make_ec
from tests.shared.tokens.small_issuer import CLIENT


async def send(house: House, token: str) -> tuple[int, str | None]:
    response = await house.browser().post("/auth/backchannel-logout", {"logout_token": token})
    if response.status_code == 200:
        assert response.headers["cache-control"] == "no-store"
        return 200, None
    return response.status_code, response.json().get("detail")


async def test_a_logout_token_ends_the_sessions_of_its_login_and_no_other(house: House) -> None:
    browser = await logged_in(house)
    house.issuer.id_token = {"sid": "sid-2"}
    other = await logged_in(house)

    assert await send(house, house.issuer.logout_token(sub=None)) == (200, None)

    assert not await is_known(browser)
    assert await is_known(other)


async def test_a_logout_token_without_sid_ends_all_sessions_of_its_subject(house: House) -> None:
    browser = await logged_in(house)
    house.issuer.id_token = {"sub": "c-bo"}
    house.issuer.user_info = {"sub": "c-bo"}
    other = await logged_in(house)

    assert await send(house, house.issuer.logout_token(sid=None)) == (200, None)

    assert not await is_known(browser)
    assert await is_known(other)


async def test_a_logout_token_for_a_login_that_is_not_here_is_answered_alike(house: House) -> None:
    assert await send(house, house.issuer.logout_token(sid="elsewhere")) == (200, None)


async def test_access_tokens_of_an_ended_login_are_refused(house: House) -> None:
    forge = house.issuer.forge
    token = forge.token(forge.person(aud=AUDIENCE, sid="sid-1"))
    browser = house.browser()
    assert (await browser.get("/who", authorization=f"Bearer {token}")).status_code == 200

    await send(house, house.issuer.logout_token())

    response = await browser.get("/who", authorization=f"Bearer {token}")
    assert (response.status_code, response.json().get("detail")) == (401, "login has ended")


@pytest.mark.parametrize(
    ("bend", "detail"),
    [
        ({"nonce": "n"}, "a logout token has no nonce"),
        ({"nonce": ""}, "a logout token has no nonce"),
        ({"events": None}, "no logout event"),
        ({"events": {}}, "no logout event"),
        ({"events": {"http://schemas.openid.net/event/backchannel-logout": None}}, "no logout event"),
        ({"events": ["http://schemas.openid.net/event/backchannel-logout"]}, "no logout event"),
        ({"sid": None, "sub": None}, "nobody to log out"),
        ({"sid": 7}, "claim sid missing or malformed"),
        ({"jti": None}, "claim jti missing or malformed"),
        ({"aud": "https://other.example"}, "another audience"),
        ({"aud": [CLIENT, "https://other.example"]}, "another audience"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iat": AT - 121}, "logout token not fresh"),
        ({"iat": AT + 61}, "logout token not fresh"),
        ({"iat": None}, "claim iat missing or malformed"),
        ({"exp": AT}, "logout token not fresh"),
        ({"exp": None}, "claim exp missing or malformed"),
    ],
)
async def test_a_logout_token_wrong_in_one_claim_ends_nothing(house: House, bend: dict[str, Any], detail: str) -> None:
    browser = await logged_in(house)

    assert await send(house, house.issuer.logout_token(**bend)) == (400, detail)

    assert await is_known(browser)


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({"typ": "JWT"}, "another type of token"),
        ({"typ": "at+jwt"}, "another type of token"),
        ({"typ": None}, "another type of token"),
        ({"alg": "none"}, "algorithm not accepted"),
        ({"kid": "k2"}, "unknown key"),
        ({"crit": []}, "header member not accepted"),
    ],
)
async def test_a_logout_token_wrong_in_one_header_member_ends_nothing(house: House, header: dict[str, Any], detail: str) -> None:
    browser = await logged_in(house)

    assert await send(house, house.issuer.logout_token(header)) == (400, detail)

    assert await is_known(browser)


async def test_a_logout_token_signed_by_another_key_ends_nothing(house: House) -> None:
    browser = await logged_in(house)
    house.issuer.forge.sign = es256(make_ec())

    assert await send(house, house.issuer.logout_token()) == (400, "signature does not verify")

    assert await is_known(browser)


async def test_a_logout_token_is_used_once(house: House) -> None:
    token = house.issuer.logout_token()
    assert await send(house, token) == (200, None)

    assert await send(house, token) == (400, "logout token already used")


async def test_an_access_token_is_no_logout_token(house: House) -> None:
    forge = house.issuer.forge

    assert await send(house, forge.token(forge.person(aud=CLIENT))) == (400, "another type of token")


async def test_a_logout_token_is_no_access_token(house: House) -> None:
    token = house.issuer.logout_token(aud=AUDIENCE, client_id=CLIENT)

    response = await house.browser().get("/who", authorization=f"Bearer {token}")

    assert (response.status_code, response.json().get("detail")) == (401, "another type of token")


@pytest.mark.parametrize("form", [{}, {"logout_token": ""}, {"logout_token": "x" * 40_000}, {"token": "x"}])
async def test_a_form_without_a_logout_token_is_400(house: House, form: dict[str, str]) -> None:
    assert (await house.browser().post("/auth/backchannel-logout", form)).status_code == 400


async def log_out(browser: Browser, **headers: str) -> tuple[int, str]:
    response = await browser.post("/auth/logout", None, **headers)
    return response.status_code, response.headers.get("location", "")


async def test_a_person_logs_out_here_and_is_sent_on_to_the_provider(house: House) -> None:
    browser = await logged_in(house)
    stolen = house.browser()
    stolen.cookies = dict(browser.cookies)
    token = (await browser.get("/auth/session")).json()["csrf_token"]

    response = await browser.post("/auth/logout", {"csrf": token}, origin=house.base)

    address = urlsplit(response.headers["location"])
    assert (response.status_code, f"{address.scheme}://{address.netloc}{address.path}") == (303, f"{house.issuer.base}/logout")
    assert dict(parse_qsl(address.query)) == {"client_id": CLIENT, "post_logout_redirect_uri": f"{house.base}/"}
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert browser.cookies == {}
    assert not await is_known(stolen)


async def test_another_site_cannot_log_somebody_out(house: House) -> None:
    browser = await logged_in(house)

    token = (await browser.get("/auth/session")).json()["csrf_token"]
    assert (await log_out(browser))[0] == 403
    assert (await log_out(browser, origin=house.base, x_csrf_token="x" * 43))[0] == 403
    assert (await log_out(browser, origin="https://evil.example", x_csrf_token=token))[0] == 403
    assert (await browser.get("/auth/logout")).status_code == 405

    assert await is_known(browser)


async def test_logging_out_twice_is_no_fault(house: House) -> None:
    browser = await logged_in(house)
    token = (await browser.get("/auth/session")).json()["csrf_token"]
    await browser.post("/auth/logout", {"csrf": token}, origin=house.base)

    assert (await log_out(browser))[0] == 303


async def test_a_session_page_without_a_session_is_401(house: House) -> None:
    assert (await house.browser().get("/auth/session")).status_code == 401
