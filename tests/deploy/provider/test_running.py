"""Keys, restarts, logout, nonces, and where the provider refuses to run."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from joserfc.jwk import ECKey

from deploy.provider import config as configuration
from deploy.provider.app import make_app
from deploy.provider.browser import read_forms
from deploy.provider.config import Client, Config, ConfigFault, Kind, StaffPersona, check, load, public_jwks, write
from tests.deploy.provider.conftest import BUS, GUARDIAN, Ground, running
from tests.deploy.provider.party import error, header
from tests.shared.tokens.web import Page, Web


async def published(ground: Ground) -> list[str]:
    return [key["kid"] for key in (await ground.consent.http.get(ground.provider.issuer + "/jwks")).json()["keys"]]


async def test_both_well_known_paths_say_the_same_and_promise_only_s256(ground: Ground) -> None:
    paths = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

    first, second = [(await ground.consent.http.get(ground.provider.issuer + path)).json() for path in paths]

    assert first == second
    assert first["issuer"] == ground.provider.issuer
    assert first["code_challenge_methods_supported"] == ["S256"]
    assert first["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert first["authorization_response_iss_parameter_supported"] is True
    assert first["ui_locales_supported"] == ["sv", "en"]


async def test_published_keys_are_public(ground: Ground) -> None:
    keys = (await ground.consent.http.get(ground.provider.issuer + "/jwks")).json()["keys"]

    assert keys
    assert all(key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_stays_until_its_tokens_are_gone(tmp_path: Path, told: Web) -> None:
    async with running(tmp_path, told) as ground:
        (old,) = await published(ground)
        new = ground.provider.keys.rotate(ground.clock.now)
        assert await published(ground) == [old, new]
        assert header((await ground.consent.tokens("p-1"))["id_token"])["kid"] == old

        ground.clock.pass_by(minutes=11)
        assert header((await ground.consent.tokens("p-1"))["id_token"])["kid"] == new

        ground.clock.pass_by(hours=3)
        newest = ground.provider.keys.rotate(ground.clock.now)
        assert await published(ground) == [new, newest]


async def test_a_restart_keeps_keys_and_subjects_and_forgets_used_assertions_safely(tmp_path: Path, told: Web) -> None:
    async with running(tmp_path, told) as ground:
        before = await ground.consent.tokens("p-1")
        captured = ground.consent.assertion()
        ground.clock.pass_by(seconds=2)
        restarted = make_app(ground.provider.config, ground.clock).state.provider

        assert restarted.minting.read_own(before["access_token"], "at+jwt", ground.clock.now)["sub"] == "p-1"
        assert restarted.people.subject_of(GUARDIAN) == ground.provider.people.subject_of(GUARDIAN)
        form = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": captured}
        with pytest.raises(Exception, match="invalid_client"):
            restarted.proofs.client(form, ground.clock.now)


async def test_private_files_are_the_owners_alone(ground: Ground) -> None:
    files = list(ground.provider.config.data.iterdir())

    assert {file.name for file in files} == {"signing-keys.json", "subject-secret"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_a_logout_at_one_house_is_told_to_every_house(ground: Ground) -> None:
    taken: dict[str, str] = {}
    for house in ("consent", "sharing"):
        ground.told.pages[f"/{house}"] = _taker(house, taken)
    tokens = await ground.consent.tokens("p-1", scope="openid offline_access")
    other = await ground.sharing.tokens("p-1")

    answer = await ground.consent.http.get(
        ground.provider.issuer + "/logout",
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://consent.samsyn.example/", "state": "s"},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "https://consent.samsyn.example/?state=s")
    assert taken.keys() == {"consent", "sharing"}
    claims = await ground.sharing.verified(taken["sharing"])
    assert header(taken["sharing"])["typ"] == "logout+jwt"
    assert claims["aud"] == ground.sharing.client_id
    assert claims["sid"] == (await ground.sharing.verified(other["id_token"]))["sid"]
    assert claims["sub"] == "p-1"
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    refreshed = await ground.consent.send("/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert error(refreshed) == (400, "invalid_grant")


async def test_without_a_hint_the_person_is_asked_first(ground: Ground) -> None:
    await ground.consent.log_in("p-1")
    address = ground.provider.issuer + "/logout"
    asked = {"client_id": ground.consent.client_id, "post_logout_redirect_uri": "https://consent.samsyn.example/"}

    page = await ground.consent.http.get(address, params=asked)
    assert ground.told.asked == []
    form = read_forms(page.text)[0]
    foreign = await ground.consent.http.post(address, data=form.hidden, headers={"Sec-Fetch-Site": "cross-site"})
    done = await ground.consent.http.post(address, data=form.hidden)

    assert foreign.status_code == 400
    assert (done.status_code, done.headers["location"]) == (303, "https://consent.samsyn.example/")
    assert ground.told.asked == ["/consent"]


@pytest.mark.parametrize(
    "asked",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": "https://evil.example/", "client_id": "https://consent.samsyn.example/client"},
        {"id_token_hint": "e30.e30.e30"},
    ],
)
async def test_a_logout_is_no_open_redirector(ground: Ground, asked: dict[str, str]) -> None:
    answer = await ground.consent.http.get(ground.provider.issuer + "/logout", params=asked)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_nonce_is_demanded_where_configured_and_works_once_given(tmp_path: Path, told: Web) -> None:
    async with running(tmp_path, told, demands_dpop_nonce=True) as ground:
        key = ECKey.generate_key("P-256")
        form = {"grant_type": "client_credentials", "resource": BUS}

        first = await ground.system.send("/token", proof=ground.system.proof("/token", key=key), **form)
        nonce = first.headers["dpop-nonce"]
        second = await ground.system.send("/token", proof=ground.system.proof("/token", key=key, nonce=nonce), **form)
        ground.clock.pass_by(minutes=11)
        third = await ground.system.send("/token", proof=ground.system.proof("/token", key=key, nonce=nonce), **form)

        assert [error(first), error(third)] == [(400, "use_dpop_nonce")] * 2
        assert second.status_code == 200


async def test_what_nobody_expected_is_logged_without_its_words(tmp_path: Path, told: Web, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path, told) as ground:
        assert ground.provider.config.population is not None
        ground.provider.config.population.write_text(f'{{"number":"{GUARDIAN}","name":7}}')

        answer = await ground.consent.ask()

    assert answer.status_code == 500
    assert "unexpected ValidationError" in caplog.text
    assert GUARDIAN not in caplog.text + answer.text


def _taker(house: str, taken: dict[str, str]) -> Page:
    async def page(receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message["more_body"]:
                break
        taken[house] = parse_qs(body.decode())["logout_token"][0]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return page


def small(folder: Path, **changed: object) -> Config:
    key = folder / "key.json"
    key.write_bytes(msgspec.json.encode(ECKey.generate_key("P-256").as_dict(private=True)))
    client = Client(client_id="https://a.example", kind=Kind.SYSTEM, jwks=public_jwks(key), name="A", resources=("https://r.example",))
    config = Config(issuer="http://127.0.0.1:1", data=folder / "data", clients=(client,))
    return msgspec.structs.replace(config, **changed)


def run(config: Config, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = folder / "provider.json"
    write(path, config)
    command = [sys.executable, "-m", "deploy.provider", "--config", str(path), *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=20, check=False)


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    config = small(tmp_path, staff=(StaffPersona(subject="p-1", name="Kim", title="Kurator", organisation="o5ek"),), population=tmp_path)

    write(tmp_path / "c.json", config)

    assert load(tmp_path / "c.json") == config
    assert (tmp_path / "c.json").stat().st_mode & 0o077 == 0
    assert '"d"' not in (tmp_path / "c.json").read_text()


def test_it_refuses_to_run_in_production(tmp_path: Path) -> None:
    done = run(small(tmp_path), tmp_path, "--port", "0", SAMSYN_PRODUCTION="true")

    assert done.returncode == 2
    assert "production" in done.stderr


def test_it_refuses_a_socket_that_the_network_reaches(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104  that it is refused is the test
        path = tmp_path / "c.json"
        write(path, small(tmp_path, issuer=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        command = [sys.executable, "-m", "deploy.provider", "--config", str(path), "--fd", str(listener.fileno())]
        done = subprocess.run(command, pass_fds=[listener.fileno()], capture_output=True, text=True, timeout=20, check=False)

    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_it_refuses_another_port_than_the_issuers(tmp_path: Path) -> None:
    assert "port" in run(small(tmp_path), tmp_path, "--port", "0").stderr


def test_the_command_rotates_the_key_of_a_running_provider(tmp_path: Path) -> None:
    first, second = (run(small(tmp_path), tmp_path, "--rotate").stdout.strip() for _ in range(2))

    assert first
    assert second
    assert first != second


@pytest.mark.parametrize(
    "issuer", ["http://op.example:80", "https://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1", "http://0.0.0.0:1"]
)
def test_an_issuer_beyond_loopback_is_refused(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(ConfigFault, match="loopback"):
        check(small(tmp_path, issuer=issuer))


def test_a_private_key_in_the_register_is_refused(tmp_path: Path) -> None:
    config = small(tmp_path)
    private = {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}

    with pytest.raises(ConfigFault, match="public"):
        check(small(tmp_path, clients=(msgspec.structs.replace(config.clients[0], jwks=private),)))


@pytest.mark.parametrize("address", ["http://evil.example/callback", "https://a.example/#x", "ftp://a.example"])
def test_a_redirect_address_that_could_leak_is_refused(tmp_path: Path, address: str) -> None:
    client = msgspec.structs.replace(small(tmp_path).clients[0], redirect_uris=(address,))

    with pytest.raises(ConfigFault, match="redirect"):
        check(small(tmp_path, clients=(client,)))


def test_a_client_is_never_mistaken_for_a_person(tmp_path: Path) -> None:
    persona = StaffPersona(subject="https://a.example", name="Kim", title="Kurator", organisation="o5ek")

    with pytest.raises(ConfigFault, match="share an id"):
        check(small(tmp_path, staff=(persona,)))


def test_logout_tokens_go_nowhere_but_to_loopback(tmp_path: Path) -> None:
    client = msgspec.structs.replace(small(tmp_path).clients[0], backchannel_logout_uri="http://10.0.0.1/logout")

    with pytest.raises(ConfigFault, match="loopback"):
        check(small(tmp_path, clients=(client,)))


def test_keys_outlive_the_caches_that_hold_them() -> None:
    from deploy.provider.keys import AHEAD, KEPT, MAX_AGE

    assert AHEAD > MAX_AGE
    assert timedelta(seconds=configuration.Config(issuer="", data=Path()).access_token_seconds) < KEPT
