"""What a session is worth, and when it ends."""

import asyncio
from datetime import timedelta

import pytest

from shared.database import Database
from shared.login.sessions import Sessions, csrf_token, digest, new_random
from shared.tokens.revocation import EndedLogins
from tests.shared.login.conftest import Browser, House, code_of
from tests.shared.tokens.forge import AT
from tests.shared.tokens.small_issuer import callback_query


async def logged_in(house: House) -> Browser:
    browser = house.browser()
    assert (await house.log_in(browser)).status_code == 303
    return browser


async def is_known(browser: Browser) -> bool:
    response = await browser.get("/who")
    assert response.status_code in {200, 401}
    return response.status_code == 200


async def test_session_fixation_a_cookie_planted_before_the_login_is_worth_nothing_after_it(house: House) -> None:
    planted = new_random()
    browser = house.browser()
    browser.cookies[house.cookie] = planted

    await house.log_in(browser)

    assert browser.cookies[house.cookie] != planted
    thief = house.browser()
    thief.cookies[house.cookie] = planted
    assert not await is_known(thief)


async def test_a_step_up_gives_a_new_id_and_ends_the_old_one(house: House) -> None:
    browser = await logged_in(house)
    former = house.browser()
    former.cookies = dict(browser.cookies)
    house.issuer.id_token = {"auth_time": AT}

    await house.log_in(browser, "?strong=true&fresh=true")

    assert await is_known(browser)
    assert not await is_known(former)


async def test_a_session_ends_after_twenty_minutes_without_use(house: House) -> None:
    browser = await logged_in(house)
    house.clock.pass_time(minutes=19, seconds=59)
    assert await is_known(browser)

    house.clock.pass_time(minutes=20)

    assert not await is_known(browser)


async def test_a_session_in_use_ends_at_its_absolute_limit(house: House) -> None:
    browser = await logged_in(house)
    for _ in range(7):
        house.clock.pass_time(minutes=17)
        assert await is_known(browser)

    house.clock.pass_time(minutes=1)

    assert not await is_known(browser)


async def test_staff_at_a_house_of_families_are_logged_out_after_an_hour(house: House) -> None:
    house.issuer.id_token = {"organisation": "o5ek"}
    browser = await logged_in(house)
    for _ in range(3):
        house.clock.pass_time(minutes=19)
        assert await is_known(browser)

    house.clock.pass_time(minutes=3)

    assert not await is_known(browser)


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 44, "\u00e5" * 43, "'--"])
async def test_a_made_up_cookie_is_nobody(house: House, cookie: str) -> None:
    assert await house.party.sessions.caller(cookie, house.clock()) is None


async def test_of_two_cookies_with_one_name_none_counts(house: House) -> None:
    browser = await logged_in(house)
    cookie = browser.cookies.pop(house.cookie)

    response = await browser.get("/who", cookie=f"{house.cookie}={cookie}; {house.cookie}={new_random()}")

    assert response.status_code == 401


async def test_what_the_database_holds_opens_no_session(house: House, consent_db: Database) -> None:
    browser = await logged_in(house)

    async with consent_db.connection() as connection:
        rows = await connection.fetch("select * from session")

    assert digest(browser.cookies[house.cookie]) in {row["id_hash"] for row in rows}
    assert browser.cookies[house.cookie] not in repr(rows)
    assert "198009809990" not in repr(rows)


async def csrf_of(browser: Browser) -> str:
    return str((await browser.get("/auth/session")).json()["csrf_token"])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "own"},
        {"origin": "own", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin"},
        {"origin": "null", "sec_fetch_site": "same-origin"},
    ],
)
async def test_a_change_from_a_page_of_this_session_is_let_through(house: House, headers: dict[str, str]) -> None:
    browser = await logged_in(house)
    token = await csrf_of(browser)
    sent = {name: house.base if value == "own" else value for name, value in headers.items()}

    assert (await browser.post("/change", None, x_csrf_token=token, **sent)).json()["subject"] == "c-anna"
    assert (await browser.post("/change", {"csrf": token}, **sent)).json()["subject"] == "c-anna"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "null", "sec_fetch_site": "cross-site"},
        {"origin": "own", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "none"},
        {"referer": "https://evil.example"},
    ],
)
async def test_a_change_from_anywhere_else_is_refused_even_with_the_right_token(house: House, headers: dict[str, str]) -> None:
    browser = await logged_in(house)
    sent = {name: house.base if value == "own" else value for name, value in headers.items()}

    response = await browser.post("/change", None, x_csrf_token=await csrf_of(browser), **sent)

    assert (response.status_code, code_of(response)) == (403, "cross-site-request")


@pytest.mark.parametrize("token", [None, "", "x" * 43, csrf_token(new_random())], ids=["none", "empty", "long", "another"])
async def test_a_change_without_this_sessions_token_is_refused_even_from_our_page(house: House, token: str | None) -> None:
    browser = await logged_in(house)
    sent = {} if token is None else {"x_csrf_token": token}

    response = await browser.post("/change", None, origin=house.base, **sent)

    assert (response.status_code, code_of(response)) == (403, "cross-site-request")


async def test_a_token_wins_over_a_session_also_when_it_is_wrong(house: House) -> None:
    browser = await logged_in(house)

    response = await browser.get("/who", authorization="Bearer a.b.c")

    assert (response.status_code, code_of(response)) == (401, "token-refused")


async def test_an_administrator_ends_all_sessions_of_one_person(house: House) -> None:
    one, two = await logged_in(house), await logged_in(house)

    await house.party.sessions.end_person(house.issuer.base, "c-anna")

    assert not await is_known(one)
    assert not await is_known(two)


async def test_what_has_run_out_is_dropped(house: House, consent_db: Database) -> None:
    await logged_in(house)
    await house.begin(house.browser())

    await house.party.sessions.run_once(house.clock() + timedelta(hours=3))

    async with consent_db.connection() as connection:
        assert await connection.fetchval("select count(*) from session") == 0
        assert await connection.fetchval("select count(*) from login_attempt") == 0


async def test_ten_answers_at_once_for_one_login_give_one_session(house: House) -> None:
    browser = house.browser()
    answer = callback_query(house.issuer.approve(await house.begin(browser)))

    responses = await asyncio.gather(*(browser.get(answer) for _ in range(10)))

    assert sorted(response.status_code for response in responses) == [303] + [401] * 9


async def test_a_login_ended_in_one_replica_is_learnt_by_the_others(house: House, consent_db: Database) -> None:
    elsewhere = EndedLogins()
    replica = Sessions(consent_db, house.party.config, elsewhere)
    await house.party.sessions.end_login(house.issuer.base, sid="s9", subject=None, jti="j9", now=house.clock())
    assert not elsewhere.has(house.issuer.base, "s9")

    await replica.run_once(house.clock())

    assert elsewhere.has(house.issuer.base, "s9")
