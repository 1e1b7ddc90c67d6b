"""The authorization endpoint: what it refuses, and how it tells the client."""

import json

import httpx2
import pytest

from deploy.provider.browser import read_forms
from deploy.provider.config import LOA3
from tests.deploy.provider.conftest import GUARDIAN, NUMBER_SCOPE, Ground
from tests.deploy.provider.party import returned

LOA4 = LOA3.replace("loa3", "loa4")


async def test_a_login_comes_back_with_a_code_the_state_and_the_issuer(ground: Ground) -> None:
    answer = await ground.consent.log_in("p-1")

    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == "the-state"
    assert answer["iss"] == ground.provider.issuer


async def test_every_page_says_that_it_is_for_development_only(ground: Ground) -> None:
    pages = [
        await ground.consent.ask(),
        await ground.consent.ask(ui_locales="en"),
        await ground.consent.ask(redirect_uri="https://evil.example/"),
        await ground.consent.http.get(ground.provider.issuer + "/logout"),
    ]

    assert all("Endast utveckling" in page.text for page in pages)
    assert ['<html lang="en">' in page.text for page in pages] == [False, True, False, False]


async def test_the_page_works_in_both_languages_without_a_script(ground: Ground) -> None:
    page = await ground.consent.ask()
    assert "<script" not in page.text
    form = read_forms(page.text)[0]

    english = await ground.consent.http.get(ground.provider.issuer + "/login", params=form.hidden | {"ui_locales": "en"})

    assert "Who do you want to be?" in english.text
    assert "code" in await ground.consent.choose(english, "p-1")


async def test_personas_are_grouped_by_organisation_and_family(ground: Ground) -> None:
    page = (await ground.consent.ask()).text

    assert page.index("Skolnämnden") < page.index("Kim Ek") < page.index("Familj: Elis Testsson") < page.index("Frank Testsson")
    assert "13 år" in page
    assert GUARDIAN not in page


async def test_a_house_for_staff_shows_no_citizens_and_takes_none(ground: Ground) -> None:
    page = await ground.sharing.ask()
    form = read_forms(page.text)[0]
    assert "Frank" not in page.text

    answer = await ground.sharing.http.post(ground.provider.issuer + "/login", data=form.hidden | {"number": GUARDIAN})

    assert answer.status_code == 400


async def test_a_citizen_who_came_a_moment_ago_can_log_in_by_number(ground: Ground) -> None:
    assert ground.provider.config.population is not None
    with ground.provider.config.population.open("a") as register:
        register.write('\n{"number":"198601019800","name":"Ny Testsson"}\n')
    form = read_forms((await ground.consent.ask()).text)[1]

    answer = await ground.consent.http.post(ground.provider.issuer + "/login", data=form.hidden | {"number": "198601019800"})

    assert "code" in returned(answer, ground.consent.redirect_uri)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "https://unknown.example/client"},
        {"client_id": "https://system.o5ek.samsyn.example"},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/auth/callback"},
        {"redirect_uri": "https://consent.samsyn.example/auth/callback/"},
        {"redirect_uri": "https://consent.samsyn.example/auth/callback?x=1"},
        {"request_uri": "urn:ietf:params:oauth:request_uri:made-up"},
    ],
)
async def test_nothing_is_sent_to_an_address_that_was_not_checked(ground: Ground, changed: dict[str, str]) -> None:
    answer = await ground.consent.ask(**changed)

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid sharing:decide"}, "invalid_scope"),
        ({"scope": f"{NUMBER_SCOPE}"}, "invalid_scope"),
        ({"resource": "https://audit.samsyn.example"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"claims": '{"id_token":'}, "invalid_request"),
        ({"request": "e30.e30.e30"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/request"}, "request_uri_not_supported"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_a_refusal_goes_back_with_state_and_issuer(ground: Ground, changed: dict[str, str], error: str) -> None:
    answer = returned(await ground.consent.ask(**changed), ground.consent.redirect_uri)

    assert answer["error"] == error
    assert answer["state"] == "the-state"
    assert answer["iss"] == ground.provider.issuer
    assert "code" not in answer


async def test_a_repeated_parameter_is_refused(ground: Ground) -> None:
    twice = httpx2.QueryParams([*ground.consent.wanted().items(), ("scope", "openid profile")])

    answer = await ground.consent.http.get(ground.provider.issuer + "/authorize", params=twice)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": [LOA3, LOA4]}}})},
        {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": LOA3}}})},
        {"acr_values": f"{LOA4} {LOA3}"},
    ],
)
async def test_a_level_that_the_login_does_not_reach_is_said_and_never_lowered(ground: Ground, asked: dict[str, str]) -> None:
    weak = await ground.consent.log_in("p-2", **asked)
    strong = await ground.consent.log_in("p-1", **asked)

    assert weak["error"] == "unmet_authentication_requirements"
    assert "code" not in weak
    assert "code" in strong


async def test_a_level_that_is_only_a_wish_lets_the_login_through(ground: Ground) -> None:
    wish = json.dumps({"id_token": {"acr": {"values": [LOA3]}}})

    assert "code" in await ground.consent.log_in("p-2", claims=wish)


async def test_a_live_login_is_used_without_a_page_only_when_asked(ground: Ground) -> None:
    await ground.consent.log_in("p-1")

    assert "code" in returned(await ground.sharing.ask(prompt="none"), ground.sharing.redirect_uri)
    assert (await ground.sharing.ask()).status_code == 200  # Sweden Connect: no prompt means login


async def test_an_old_login_does_not_do_where_a_fresh_one_is_asked_for(ground: Ground) -> None:
    await ground.consent.log_in("p-1")
    ground.clock.pass_by(minutes=6)

    assert "code" in returned(await ground.sharing.ask(prompt="none", max_age="600"), ground.sharing.redirect_uri)
    assert returned(await ground.sharing.ask(prompt="none", max_age="300"), ground.sharing.redirect_uri)["error"] == "login_required"


async def test_the_session_lasts_an_hour_at_most(ground: Ground) -> None:
    await ground.consent.log_in("p-1")
    ground.clock.pass_by(minutes=60)

    assert returned(await ground.sharing.ask(prompt="none"), ground.sharing.redirect_uri)["error"] == "login_required"


async def test_cancelling_goes_back_to_the_client(ground: Ground) -> None:
    form = next(form for form in read_forms((await ground.consent.ask()).text) if form.buttons[0].name == "cancel")

    answer = await ground.consent.http.post(ground.provider.issuer + form.action, data=form.hidden | {"cancel": "yes"})

    assert returned(answer, ground.consent.redirect_uri)["error"] == "access_denied"


async def test_a_choice_counts_once_and_only_from_our_own_page(ground: Ground) -> None:
    form = read_forms((await ground.consent.ask()).text)[0]
    choice = form.hidden | {"persona": "p-1"}
    address = ground.provider.issuer + form.action

    foreign = await ground.consent.http.post(address, data=choice, headers={"Sec-Fetch-Site": "cross-site"})
    first = await ground.consent.http.post(address, data=choice)
    second = await ground.consent.http.post(address, data=choice)

    assert [answer.status_code for answer in (foreign, first, second)] == [400, 303, 400]


async def test_a_pushed_request_is_used_once_by_its_own_client_and_within_a_minute(ground: Ground) -> None:
    pushed = await ground.consent.send("/par", **ground.consent.wanted())
    assert pushed.status_code == 201, pushed.text
    assert pushed.json()["expires_in"] == 60
    reference = {"client_id": ground.consent.client_id, "request_uri": pushed.json()["request_uri"]}
    late = (await ground.consent.send("/par", **ground.consent.wanted())).json()["request_uri"]
    address = ground.provider.issuer + "/authorize"

    first = await ground.consent.http.get(address, params=reference)
    second = await ground.consent.http.get(address, params=reference)
    ground.clock.pass_by(seconds=61)
    too_late = await ground.consent.http.get(address, params=reference | {"request_uri": late})

    assert "code" in await ground.consent.choose(first, "p-1")
    assert [second.status_code, too_late.status_code] == [400, 400]


async def test_another_clients_pushed_request_is_refused(ground: Ground) -> None:
    uri = (await ground.consent.send("/par", **ground.consent.wanted())).json()["request_uri"]

    answer = await ground.sharing.http.get(
        ground.provider.issuer + "/authorize", params={"client_id": ground.sharing.client_id, "request_uri": uri}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("changed", "error"), [({"nonce": ""}, "invalid_request"), ({"redirect_uri": "https://evil.example"}, "invalid_request")]
)
async def test_a_pushed_request_is_checked_when_it_is_pushed(ground: Ground, changed: dict[str, str], error: str) -> None:
    answer = await ground.consent.send("/par", **ground.consent.wanted(**changed))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_stranger_name_that_points_at_loopback_gets_nothing(ground: Ground) -> None:
    answer = await ground.consent.http.get(ground.provider.issuer + "/jwks", headers={"Host": "rebound.example"})

    assert answer.status_code == 421
