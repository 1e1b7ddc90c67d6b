"""Tokens over real HTTP, through the frame: what arrives as headers, and what is none."""

import hashlib
from typing import Any

import httpx2 as httpx
import pytest

from shared.tokens.dpop import make_proof, public_jwk, thumbprint
from shared.tokens.strict_jose import encode_base64url
from tests.shared.login.conftest import AUDIENCE, House, code_of
from tests.shared.tokens.forge import NOW


def token(house: House, **bend: Any) -> str:
    forge = house.issuer.forge
    return forge.token(forge.person(aud=AUDIENCE, **bend))


async def ask(house: House, *headers: tuple[str, str], path: str = "/who") -> httpx.Response:
    return await house._client.get(house.base + path, headers=httpx.Headers(list(headers)))


async def test_a_token_in_its_header_is_a_caller(house: House) -> None:
    assert (await ask(house, ("Authorization", f"Bearer {token(house)}"))).json()["subject"] == "5f1c"


async def test_a_token_in_the_query_is_none(house: House) -> None:
    response = await ask(house, path=f"/who?access_token={token(house)}")

    assert (response.status_code, code_of(response)) == (401, "not-logged-in")
    assert response.headers["www-authenticate"]


@pytest.mark.parametrize("second", ["authorization", "AUTHORIZATION"])
async def test_two_authorization_headers_are_refused_in_any_case_of_their_names(house: House, second: str) -> None:
    one = f"Bearer {token(house)}"

    response = await ask(house, ("Authorization", one), (second, one))

    assert (response.status_code, response.json()["detail"]) == (401, "more than one Authorization header")


async def test_a_forged_client_certificate_header_proves_nothing(house: House) -> None:
    bound = token(house, cnf={"x5t#S256": encode_base64url(hashlib.sha256(b"der").digest())})

    response = await ask(house, ("Authorization", f"Bearer {bound}"), ("Client-Cert", ":ZGVy:"))

    assert (response.status_code, response.json()["detail"]) == (401, "another client certificate")


async def test_a_proof_is_for_the_public_address_and_path_as_sent(house: House) -> None:
    holder = house.issuer.forge.holder
    bound = token(house, cnf={"jkt": thumbprint(public_jwk(holder))})

    def headers(path: str) -> list[tuple[str, str]]:
        proof = make_proof(holder, htm="GET", htu=house.base + path, now=NOW, token=bound)
        return [("Authorization", f"DPoP {bound}"), ("DPoP", proof)]

    assert (await ask(house, *headers("/who"), path="/who?x=1")).status_code == 200
    assert (await ask(house, *headers("/w%68o"), path="/w%68o")).status_code == 200
    assert (await ask(house, *headers("/who"), path="/w%68o")).json()["detail"] == "proof for another address"
    assert (await ask(house, *headers("/change"))).json()["detail"] == "proof for another address"


async def test_two_proofs_are_refused(house: House) -> None:
    response = await ask(house, ("Authorization", f"Bearer {token(house)}"), ("DPoP", "a.b.c"), ("DPoP", "a.b.c"))

    assert response.json()["detail"] == "more than one proof"


async def test_an_issuer_that_was_never_reached_is_503_and_no_bad_token(house: House) -> None:
    house.issuer.metadata = {"issuer": "https://evil.example"}

    response = await ask(house, ("Authorization", f"Bearer {token(house)}"))

    assert (response.status_code, code_of(response)) == (503, "issuer-unavailable")
    assert response.headers["retry-after"]
