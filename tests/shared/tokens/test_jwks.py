"""Keys of issuers over real HTTP: rotation, failure, and servers that mean harm."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Unavailable
from shared.tokens.fetch import Fetcher, FetchFailed
from shared.tokens.issuers import IssuerConfig
from shared.tokens.jwks import COOLDOWN, STALE_FOR, TTL, KeySets, load_keys
from shared.tokens.metadata import discover
from shared.tokens.strict_jose import JoseFault
from tests.shared.tokens.forge import ISSUER, NOW, ec_jwk, make_ec, make_rsa, private_jwk, rsa_jwk
from tests.shared.tokens.web import Web, trickle

KEY, NEXT = make_ec(), make_ec()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(production=False) as made:
        yield made


@pytest.fixture
def key_sets(pages: Web, fetcher: Fetcher) -> KeySets:
    pages.asked.clear()
    publish(pages, ec_jwk(KEY, "k1"))
    return KeySets([IssuerConfig(issuer=ISSUER, jwks_uri=f"{pages.base}/jwks")], fetcher)


def publish(pages: Web, *keys: dict[str, Any]) -> None:
    pages.json("/jwks", {"keys": list(keys)})


async def knows(key_sets: KeySets, kid: str, *, after: timedelta = timedelta()) -> bool:
    return await key_sets.find(ISSUER, kid, "ES256", now=NOW + after) is not None


async def test_a_hundred_requests_at_once_make_one_fetch(pages: Web, key_sets: KeySets) -> None:
    found = await asyncio.gather(*(knows(key_sets, "k1") for _ in range(100)))

    assert all(found)
    assert pages.asked == ["/jwks"]


async def test_fifty_unknown_kids_make_one_more_fetch_and_the_known_key_stays(pages: Web, key_sets: KeySets) -> None:
    await knows(key_sets, "k1")

    for number in range(50):
        assert not await knows(key_sets, f"evil{number}", after=COOLDOWN)

    assert pages.asked == ["/jwks", "/jwks"]
    assert await knows(key_sets, "k1", after=COOLDOWN)


async def test_a_rotation_with_overlap_is_followed_without_refusing_anybody(pages: Web, key_sets: KeySets) -> None:
    await knows(key_sets, "k1")
    publish(pages, ec_jwk(KEY, "k1"), ec_jwk(NEXT, "k2"))

    assert await knows(key_sets, "k2", after=COOLDOWN)
    assert await knows(key_sets, "k1", after=COOLDOWN)


async def test_a_rotation_without_overlap_ends_the_old_key_and_changes_the_version(pages: Web, key_sets: KeySets) -> None:
    await knows(key_sets, "k1")
    before = key_sets.version(ISSUER)
    publish(pages, ec_jwk(NEXT, "k2"))

    assert await knows(key_sets, "k2", after=COOLDOWN)
    assert not await knows(key_sets, "k1", after=COOLDOWN)
    assert key_sets.version(ISSUER) != before


async def test_a_rotation_taken_back_is_followed_back(pages: Web, key_sets: KeySets) -> None:
    await knows(key_sets, "k1")
    publish(pages, ec_jwk(NEXT, "k2"))
    await knows(key_sets, "k2", after=COOLDOWN)
    publish(pages, ec_jwk(KEY, "k1"))

    assert await knows(key_sets, "k1", after=2 * COOLDOWN)
    assert not await knows(key_sets, "k2", after=2 * COOLDOWN)


async def test_keys_are_fetched_in_the_background_before_their_time_is_out(pages: Web, key_sets: KeySets) -> None:
    assert await key_sets.run_once(NOW) == 1
    assert await key_sets.run_once(NOW + TTL / 3) == 0
    assert await key_sets.run_once(NOW + TTL * 0.6) == 1
    assert await knows(key_sets, "k1", after=TTL)
    assert pages.asked == ["/jwks", "/jwks"]


@pytest.mark.parametrize("status", [500, 503, 404, 201])
async def test_known_keys_serve_while_the_issuer_fails_and_not_for_ever(pages: Web, key_sets: KeySets, status: int) -> None:
    await knows(key_sets, "k1")
    pages.json("/jwks", {"keys": []}, status=status)

    assert await knows(key_sets, "k1", after=TTL * 2)
    assert key_sets.is_ready(ISSUER, now=NOW + TTL * 2)
    assert not await knows(key_sets, "k1", after=STALE_FOR + TTL)
    assert not key_sets.is_ready(ISSUER, now=NOW + STALE_FOR + TTL)


async def test_a_failing_issuer_is_asked_once_per_cooldown(pages: Web, key_sets: KeySets) -> None:
    await knows(key_sets, "k1")
    pages.json("/jwks", {}, status=500)

    for second in range(29):
        await knows(key_sets, "k1", after=TTL * 2 + timedelta(seconds=second))

    assert len(pages.asked) == 2


async def test_an_issuer_that_was_never_reached_is_unavailable_and_no_bad_token(pages: Web, key_sets: KeySets) -> None:
    pages.json("/jwks", {}, status=500)

    with pytest.raises(Unavailable):
        await knows(key_sets, "k1")


BAD_SETS: dict[str, Any] = {
    "private_members": {"keys": [private_jwk(KEY, "k9")]},
    "private_beside_public": {"keys": [ec_jwk(KEY, "k9"), private_jwk(NEXT, "k8")]},
    "symmetric": {"keys": [ec_jwk(KEY, "k9"), {"kty": "oct", "k": "c2VjcmV0", "kid": "k8", "use": "sig"}]},
    "doubled_kid": {"keys": [ec_jwk(KEY, "k9"), ec_jwk(NEXT, "k9")]},
    "no_keys": {},
    "keys_not_a_list": {"keys": {"k9": ec_jwk(KEY, "k9")}},
    "array": [ec_jwk(KEY, "k9")],
    "key_is_text": {"keys": [ec_jwk(KEY, "k9"), "k"]},
    "65_keys": {"keys": [ec_jwk(KEY, f"k{number}") for number in range(65)]},
    "ten_thousand_keys": {"keys": [{"kty": "EC", "kid": str(number)} for number in range(10_000)]},
}


@pytest.mark.parametrize("name", BAD_SETS)
async def test_a_key_set_that_nobody_should_trust_is_not_taken_and_the_known_keys_stay(pages: Web, key_sets: KeySets, name: str) -> None:
    await knows(key_sets, "k1")
    pages.json("/jwks", BAD_SETS[name])

    assert not await knows(key_sets, "k9", after=COOLDOWN)
    assert await knows(key_sets, "k1", after=COOLDOWN)


@pytest.mark.parametrize(
    "bend",
    [
        {"use": "enc"},
        {"use": None},
        {"kid": None},
        {"kid": 9},
        {"alg": "ES384"},
        {"alg": "none"},
        {"crv": "P-384"},
        {"crv": "P-521"},
        {"kty": "RSA"},
        {"x": "AAAA"},
        {"y": 5},
    ],
)
async def test_a_key_wrong_in_one_member_is_passed_over(pages: Web, key_sets: KeySets, bend: dict[str, Any]) -> None:
    publish(pages, ec_jwk(KEY, "k1"), ec_jwk(NEXT, "k9") | bend)

    assert not await knows(key_sets, "k9")
    assert await knows(key_sets, "k1", after=COOLDOWN)


def test_rsa_keys_below_2048_bits_and_algorithms_not_listed_are_passed_over() -> None:
    short, long = rsa_jwk(make_rsa(1024), "short"), rsa_jwk(make_rsa(2048), "long")

    keys = load_keys(_set(short, long), ("ES256", "PS256")).keys

    assert set(keys) == {("long", "PS256")}


@pytest.mark.parametrize("text", [b"", b"{", b'{"keys":[],"keys":[]}', b"\xff\xfe", b"[" * 100_000, b'{"keys":[NaN]}'])
def test_bytes_that_are_no_json_object_are_refused(text: bytes) -> None:
    with pytest.raises(JoseFault):
        load_keys(text, ("ES256",))


@pytest.mark.parametrize("location", [b"file:///etc/passwd", b"http://127.0.0.1:1/", b"https://evil.example/jwks", b"/jwks"])
async def test_a_redirect_is_not_followed(pages: Web, key_sets: KeySets, location: bytes) -> None:
    await knows(key_sets, "k1")
    publish(pages, ec_jwk(NEXT, "k9"))
    pages.pages["/elsewhere"] = pages.pages["/jwks"]
    pages.raw("/jwks", b"", status=302, headers=((b"location", location.replace(b"/jwks", b"/elsewhere")),))

    assert not await knows(key_sets, "k9", after=COOLDOWN)
    assert "/elsewhere" not in pages.asked


async def test_a_server_that_trickles_is_left_within_the_time_limit(pages: Web) -> None:
    pages.pages["/slow"] = trickle

    async with Fetcher(production=False, timeout=0.3) as hurried:
        with pytest.raises(FetchFailed, match="not reachable"):
            await asyncio.wait_for(hurried.get(f"{pages.base}/slow"), 5)


async def test_a_document_of_more_than_256_kibibytes_is_not_read(pages: Web, fetcher: Fetcher) -> None:
    pages.raw("/large", b" " * (256 * 1024 + 1))

    with pytest.raises(FetchFailed, match="too large"):
        await fetcher.get(f"{pages.base}/large")


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/jwks",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https://",
        "https://u:p@keys.example/",
        "//keys.example",
        "https://[::1",
    ],
)
def test_an_address_that_is_not_https_is_not_called(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchFailed):
        fetcher.check_url(url)


def test_plain_http_to_this_machine_is_for_development_only(fetcher: Fetcher) -> None:
    assert fetcher.check_url("http://127.0.0.1:9000/jwks")

    with pytest.raises(FetchFailed):
        Fetcher(production=True).check_url("http://127.0.0.1:9000/jwks")


def metadata(pages: Web, bend: dict[str, Any]) -> dict[str, Any]:
    return {"issuer": f"{pages.base}/op", "jwks_uri": f"{pages.base}/jwks", "token_endpoint": f"{pages.base}/token"} | bend


async def test_metadata_tells_where_the_keys_are(pages: Web, fetcher: Fetcher) -> None:
    pages.json("/op/.well-known/openid-configuration", metadata(pages, {}))
    publish(pages, ec_jwk(KEY, "k1"))
    key_sets = KeySets([IssuerConfig(issuer=f"{pages.base}/op")], fetcher)

    assert await key_sets.find(f"{pages.base}/op", "k1", "ES256", now=NOW) is not None


@pytest.mark.parametrize(
    "bend",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "{base}/op/"},
        {"jwks_uri": "http://evil.example/jwks"},
        {"jwks_uri": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": 7},
    ],
)
async def test_metadata_wrong_in_one_member_is_refused(pages: Web, fetcher: Fetcher, bend: dict[str, Any]) -> None:
    bent = {name: value.format(base=pages.base) if isinstance(value, str) else value for name, value in bend.items()}
    pages.json("/op/.well-known/openid-configuration", metadata(pages, bent))

    with pytest.raises(FetchFailed):
        await discover(fetcher, f"{pages.base}/op")


def _set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()
