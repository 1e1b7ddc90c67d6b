"""ID tokens at the desk, each wrong in exactly one way."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from samsyn_connect.config import LOA3, DeskConfig
from samsyn_connect.desk.login import Login

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ISSUER = "https://login.example"
DESK = DeskConfig(client_id="https://desk.example", client_key=Path("desk.json"), public_url="https://skrivbord.example", people=("p-1",))
KEY = ECKey.generate_key("P-256", {"kid": "provider-1"})
OTHER = ECKey.generate_key("P-256", {"kid": "provider-1"})
KEYS = KeySet.import_key_set({"keys": [KEY.as_dict(private=False)]})
RIGHT: dict[str, Any] = {
    "iss": ISSUER,
    "aud": DESK.client_id,
    "sub": "p-1",
    "nonce": "once",
    "acr": LOA3,
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(minutes=5)).timestamp()),
}
REFUSALS = (JoseError, ValueError, KeyError, TypeError)
"""What `finish` turns into a refused login."""


@pytest.fixture
async def login() -> Any:
    async with httpx2.AsyncClient(trust_env=False) as http:
        yield Login(ISSUER, "o5ek", DESK, KEY, http)


def mint(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in {**RIGHT, **changes}.items() if value is not None}
    heads = {"alg": "ES256", "kid": "provider-1", "typ": "JWT", **(header or {})}
    return jwt.encode(heads, claims, key, algorithms=[heads["alg"]])


async def test_the_right_token_is_taken(login: Login) -> None:
    assert login._id_token(mint(), KEYS, "once", NOW)["sub"] == "p-1"


WRONG = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "another client": {"aud": "https://other.example"},
    "two audiences": {"aud": [DESK.client_id, "https://other.example"]},
    "another login": {"nonce": "twice"},
    "no nonce": {"nonce": None},
    "too weak": {"acr": "http://id.elegnamnden.se/loa/1.0/loa2"},
    "no level": {"acr": None},
    "expired": {"iat": int((NOW - timedelta(minutes=5)).timestamp()), "exp": int(NOW.timestamp())},
    "from the future": {"iat": int((NOW + timedelta(minutes=1)).timestamp())},
    "living too long": {"exp": int((NOW + timedelta(hours=1)).timestamp())},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "a number as subject": {"sub": 7},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_claim_is_refused(login: Login, changes: dict[str, Any]) -> None:
    with pytest.raises(REFUSALS):
        login._id_token(mint(**changes), KEYS, "once", NOW)


async def test_another_key_under_the_same_name_is_refused(login: Login) -> None:
    with pytest.raises(REFUSALS):
        login._id_token(mint(OTHER), KEYS, "once", NOW)


async def test_an_access_token_is_no_id_token(login: Login) -> None:
    with pytest.raises(REFUSALS):
        login._id_token(mint(header={"typ": "at+jwt"}), KEYS, "once", NOW)


async def test_a_signature_with_the_public_key_as_a_secret_is_refused(login: Login) -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"provider-1","typ":"JWT"}').rstrip(b"=").decode()
    signed = f"{head}.{mint().split('.')[1]}"
    signature = base64.urlsafe_b64encode(hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")).rstrip(b"=").decode()
    with pytest.raises(REFUSALS):
        login._id_token(f"{signed}.{signature}", KEYS, "once", NOW)


async def test_an_unsigned_token_is_refused(login: Login) -> None:
    head, body, _ = mint().split(".")
    for unsigned in (f"{head}.{body}.", f"eyJhbGciOiJub25lIn0.{body}."):
        with pytest.raises(REFUSALS):
            login._id_token(unsigned, KEYS, "once", NOW)
