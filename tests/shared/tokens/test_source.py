"""Our own tokens against an issuer over HTTP that fails in every way."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import stamina

from shared.errors import Unavailable
from shared.tokens.client_key import ClientKey, read_client_key
from shared.tokens.dpop import access_token_hash, public_jwk, thumbprint
from shared.tokens.fetch import Fetcher
from shared.tokens.source import TokenRefused, TokenSource
from shared.tokens.strict_jose import take_apart
from tests.eventually import eventually
from tests.shared.tokens.forge import NOW, URL, make_ec, make_rsa, private_jwk, rsa_jwk
from tests.shared.tokens.small_issuer import CLIENT, SmallIssuer
from tests.shared.tokens.web import Door, door


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
async def issuer_door() -> AsyncIterator[Door]:
    async with door() as made:
        yield made


@pytest.fixture
def issuer(issuer_door: Door) -> SmallIssuer:
    made = SmallIssuer(issuer_door.base)
    issuer_door.app = made
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def source(issuer: SmallIssuer, clock: Clock) -> AsyncIterator[TokenSource]:
    async with Fetcher(production=False) as fetcher:
        with stamina.set_testing(True, attempts=3):
            yield TokenSource(
                fetcher,
                issuer=issuer.base,
                client_id=CLIENT,
                key=ClientKey("c1", make_ec()),
                audience="https://bus.samsyn.example",
                scopes=["sharing:send", "sharing:fetch"],
                clock=clock,
            )


def asked(issuer: SmallIssuer) -> list[dict[str, str]]:
    return issuer.forms("/token")


async def test_a_token_is_asked_for_one_audience_with_an_assertion_in_the_strict_form(issuer: SmallIssuer, source: TokenSource) -> None:
    await source.token()

    (form,) = asked(issuer)
    assert (form["grant_type"], form["resource"]) == ("client_credentials", "https://bus.samsyn.example")
    assert form["scope"] == "sharing:fetch sharing:send"
    assert take_apart(form["client_assertion"]).header == {"alg": "ES256", "kid": "c1", "typ": "client-authentication+jwt"}


async def test_fifty_tasks_share_one_request(issuer: SmallIssuer, source: TokenSource) -> None:
    tokens = await asyncio.gather(*(source.token() for _ in range(50)))

    assert len(set(tokens)) == 1
    assert len(asked(issuer)) == 1


async def test_a_token_is_renewed_at_two_thirds_of_its_life_and_not_before(issuer: SmallIssuer, source: TokenSource, clock: Clock) -> None:
    first = await source.token()
    clock.now = NOW + timedelta(seconds=199)
    assert await source.token() == first

    clock.now = NOW + timedelta(seconds=200)

    assert await source.token() != first
    assert len(asked(issuer)) == 2


async def test_while_the_issuer_is_away_the_present_token_serves_until_its_end(
    issuer: SmallIssuer, source: TokenSource, clock: Clock
) -> None:
    first = await source.token()
    issuer.token_failures = [(503, {})] * 20
    clock.now = NOW + timedelta(seconds=299)
    assert await source.token() == first

    clock.now = NOW + timedelta(seconds=300)

    with pytest.raises(Unavailable):
        await source.token()


async def test_a_renewal_that_failed_is_not_tried_again_at_once(issuer: SmallIssuer, source: TokenSource, clock: Clock) -> None:
    await source.token()
    issuer.token_failures = [(503, {})] * 20
    clock.now = NOW + timedelta(seconds=250)

    for _ in range(10):
        await source.token()

    assert len(asked(issuer)) == 1 + 3


async def test_a_server_error_is_tried_again_with_a_new_assertion(issuer: SmallIssuer, source: TokenSource) -> None:
    issuer.token_failures = [(500, {}), (429, {})]

    await source.token()

    assert len({form["client_assertion"] for form in asked(issuer)}) == 3


async def test_a_refusal_is_not_tried_again_and_names_its_code(issuer: SmallIssuer, source: TokenSource) -> None:
    issuer.token_failures = [(401, {"error": "invalid_client"})]

    with pytest.raises(TokenRefused) as caught:
        await source.token()

    assert caught.value.error == "invalid_client"
    assert len(asked(issuer)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"token_type": "Bearer"}, "token_not_bound"),
        ({"token_type": None}, "token_not_bound"),
        ({"access_token": None}, "token_not_bound"),
        ({"expires_in": "300"}, "lifetime_not_accepted"),
        ({"expires_in": None}, "lifetime_not_accepted"),
        ({"expires_in": 0}, "lifetime_not_accepted"),
        ({"expires_in": 864000}, "lifetime_not_accepted"),
    ],
)
async def test_an_answer_wrong_in_one_member_is_no_token(
    issuer: SmallIssuer, source: TokenSource, answer: dict[str, object], error: str
) -> None:
    issuer.token_answer = answer

    with pytest.raises(TokenRefused) as caught:
        await source.token()

    assert caught.value.error == error


async def test_an_issuer_that_asks_for_a_nonce_gets_it(issuer: SmallIssuer, source: TokenSource) -> None:
    issuer.nonce = "n1"

    await source.token()

    proofs = [take_apart(headers["dpop"]) for path, _, headers in issuer.requests if path == "/token"]
    assert [proof.claims.get("nonce") for proof in proofs] == [None, "n1"]
    assert proofs[0].claims["jti"] != proofs[1].claims["jti"]


async def test_each_use_gets_a_proof_of_its_own_by_the_key_that_the_token_was_asked_with(issuer: SmallIssuer, source: TokenSource) -> None:
    one, two = await source.credentials("POST", URL), await source.credentials("POST", URL)

    key = take_apart(issuer.requests[-1][2]["dpop"]).header["jwk"]
    first, second = take_apart(one.proof), take_apart(two.proof)
    assert one.token == two.token
    assert first.claims["jti"] != second.claims["jti"]
    assert first.claims["ath"] == access_token_hash(one.token)
    assert first.header["jwk"] == second.header["jwk"] == key
    assert one.headers() == {"Authorization": f"DPoP {one.token}", "DPoP": one.proof}


async def test_a_task_that_gives_up_waiting_does_not_take_the_token_from_the_others(issuer: SmallIssuer, source: TokenSource) -> None:
    issuer.gate = asyncio.Event()
    impatient = asyncio.ensure_future(source.token())
    await eventually(lambda: len(issuer.requests) == 1, within=10)
    patient = asyncio.ensure_future(source.token())

    impatient.cancel()
    issuer.gate.set()

    assert (await patient).startswith("token-")


def written(folder: Path, content: object) -> Path:
    file = folder / "key.json"
    file.write_text(json.dumps(content))
    return file


def test_a_client_key_is_read_from_its_file_and_named_by_its_thumbprint_where_it_has_no_name(tmp_path: Path) -> None:
    key = make_ec()
    jwk = private_jwk(key, "c1")

    assert read_client_key(written(tmp_path, jwk)).kid == "c1"
    del jwk["kid"]
    assert read_client_key(written(tmp_path, jwk)).kid == thumbprint(public_jwk(key))


def test_a_client_key_never_shows_itself(tmp_path: Path) -> None:
    assert repr(read_client_key(written(tmp_path, private_jwk(make_ec(), "c1")))) == "ClientKey('c1')"


def test_a_file_that_holds_no_private_p256_key_is_refused_without_its_content(tmp_path: Path) -> None:
    public = {name: value for name, value in private_jwk(make_ec(), "c1").items() if name != "d"}
    wrong: list[object] = [public, rsa_jwk(make_rsa(), "c1"), {"kty": "oct", "k": "c2VjcmV0"}, [], "secret"]
    for content in wrong:
        with pytest.raises(ValueError, match=r"^the client key") as caught:
            read_client_key(written(tmp_path, content))
        assert "secret" not in str(caught.value)
