"""What the provider is told: its issuer, its clients, its personas. Written by `deploy`, read once at start."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from joserfc.jwk import ECKey, KeySet

LOA3: Final = "http://id.elegnamnden.se/loa/1.0/loa3"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
OWN_SCOPES_OF_OPENID: Final = frozenset(
    {
        "openid",
        "profile",
        "offline_access",
        "https://id.oidc.se/scope/naturalPersonInfo",
        "https://id.oidc.se/scope/naturalPersonNumber",
    }
)
"""Scopes about the login itself; every client with redirect addresses may ask for those in its list, none of them reaches a resource."""


class ConfigFault(Exception):
    """The file asks for something that this provider does not do; the text says what."""


class Kind(StrEnum):
    """What a client may do at the token endpoint."""

    HOUSE = "house"
    """Logs people in, acts for them at other houses (token exchange) and as itself (client credentials)."""
    WEB = "web"
    """Logs people in: an organisation's desk."""
    SYSTEM = "system"
    """Acts as itself."""


class Persons(StrEnum):
    """Who may log in through a client."""

    STAFF = "staff"
    CITIZENS = "citizens"
    ALL = "all"


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown members in the file are mistakes."""


class Client(_Strict, frozen=True, kw_only=True):
    """One registered client. It proves itself with `private_key_jwt` and nothing else."""

    client_id: str
    """An https URL; never equal to a person's subject."""
    kind: Kind
    jwks: dict[str, Any]
    """Public keys (RFC 7517). `public_jwks` makes it from a private key file."""
    name: str
    """Shown to people who log in."""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    persons: Persons = Persons.ALL
    scopes: tuple[str, ...] = ()
    """What it may ask for a person: at login and in token exchange."""
    own_scopes: tuple[str, ...] = ()
    """What it may ask for itself with client credentials; all of them where it names none."""
    resources: tuple[str, ...] = ()
    """Audiences that it may ask tokens for (RFC 8707)."""
    serves: str | None = None
    """The audience that it is itself: tokens of people that it received there may be exchanged by it (RFC 8693)."""
    must_bind: bool = False
    """Its client-credentials tokens are given only with a DPoP proof."""


class StaffPersona(_Strict, frozen=True, kw_only=True):
    """An employee. One person with two employers is two personas."""

    subject: str
    name: str
    title: str
    organisation: str
    organisation_name: str = ""
    """Heading on the page; the id where empty."""
    acr: str = LOA3


class Config(_Strict, frozen=True, kw_only=True):
    """All of the file."""

    issuer: str
    """`http://127.0.0.1:<port>` or `http://localhost:<port>`, without a path; compared exactly."""
    data: Path
    """Folder for keys and the subject secret; made at start."""
    clients: tuple[Client, ...] = ()
    staff: tuple[StaffPersona, ...] = ()
    population: Path | None = None
    """The register file of `deploy.demo.population`, read at each login."""
    access_token_seconds: int = 600
    demands_dpop_nonce: bool = False


def write(path: Path, config: Config) -> None:
    """Write the file, readable by its owner alone, whole or not at all."""
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_bytes(msgspec.json.format(msgspec.json.encode(config, enc_hook=str), indent=1))
    half.rename(path)


def load(path: Path) -> Config:
    """The configuration in a file. Raises ConfigFault, OSError or msgspec.ValidationError."""
    config = msgspec.json.decode(path.read_bytes(), type=Config, dec_hook=lambda kind, value: kind(value))
    check(config)
    return config


def check(config: Config) -> None:
    """Raises ConfigFault for an issuer beyond loopback, doubled ids, private keys, and addresses that a browser would not keep exact."""
    issuer = urlsplit(config.issuer)
    if issuer.scheme != "http" or issuer.hostname not in LOOPBACK or issuer.port is None or issuer.path or issuer.query or issuer.fragment:
        raise ConfigFault("issuer must be http://<loopback>:<port> without a path: this provider is for development")
    clients = [client.client_id for client in config.clients]
    subjects = [persona.subject for persona in config.staff]
    if len({*clients, *subjects}) != len(clients) + len(subjects):
        raise ConfigFault("two clients or personas share an id")
    for client in config.clients:
        _check_client(client)


def _check_client(client: Client) -> None:
    if not client.jwks.get("keys") or any("d" in jwk or jwk.get("kty") == "oct" for jwk in client.jwks["keys"]):
        raise ConfigFault(f"{client.client_id}: jwks must hold public keys and only such")
    for address in (*client.redirect_uris, *client.post_logout_redirect_uris):
        parts = urlsplit(address)
        if parts.fragment or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
            raise ConfigFault(f"{client.client_id}: redirect addresses are https, or http on loopback, without fragment")
    if client.backchannel_logout_uri is not None and urlsplit(client.backchannel_logout_uri).hostname not in LOOPBACK:
        raise ConfigFault(f"{client.client_id}: this provider sends logout tokens to loopback only")


def public_jwks(*private_keys: Path) -> dict[str, Any]:
    """The JWKS of a client from its private EC key files; a key without `kid` gets its thumbprint."""
    keys = []
    for path in private_keys:
        key = ECKey.import_key(msgspec.json.decode(path.read_bytes()))
        keys.append({**key.as_dict(private=False), "kid": key.kid or key.thumbprint(), "use": "sig", "alg": "ES256"})
    return {"keys": keys}


def key_set(client: Client) -> KeySet:
    """The client's keys, ready to verify with."""
    return KeySet.import_key_set({"keys": client.jwks["keys"]})
