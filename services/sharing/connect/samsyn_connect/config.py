"""How an organisation's kit is set up: one TOML file and a folder of keys that only this organisation can read."""

import tomllib
from pathlib import Path

import msgspec
from joserfc.jwk import ECKey, JWKRegistry, OKPKey

LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"


class DeskConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of the file that the desk needs (`[desk]`)."""

    client_id: str
    """The desk's own OpenID client: authorization code with PKCE, `private_key_jwt`."""
    client_key: Path
    """Private JWK (ES256) of that client."""
    public_url: str
    """Where browsers reach the desk, without a slash at the end; the redirect address is `<public_url>/auth/callback`."""
    people: tuple[str, ...]
    """Subjects at the provider who may write and read here. Nobody else: the desk holds content."""
    acr: tuple[str, ...] = (LOA3,)
    organisation_claim: str = "organisation"
    units: dict[str, str] = {}
    """Names of units, shown instead of their ids."""

    @property
    def redirect_uri(self) -> str:
        """Registered at the provider and compared there exactly."""
        return f"{self.public_url}/auth/callback"


class WitnessConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a witness needs (`[witness]`)."""

    key: Path
    """32 random bytes, made at the first use: the witness's own Ed25519 key, and nobody else's."""
    log_key: str
    """The root log's verifier key, compared by you with the operator's over another way."""
    state: Path
    """What was signed last. Never put an old one back."""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Addresses and key files. Relative paths count from the file's folder."""

    organisation: str
    issuer: str
    """The OpenID provider that knows this organisation's system."""
    client_id: str
    sharing_url: str
    sharing_audience: str
    bus_url: str
    bus_audience: str
    client_key: Path
    """Private JWK (ES256) of the system's client, for `private_key_jwt` and DPoP."""
    signing_key: Path
    """Private JWK (Ed25519) that signs this organisation's items and receipts."""
    unit_keys: Path
    """Folder of private JWKs, one file per unit key, named `<kid>.json`."""
    trust: Path
    """JSON {registrar organisation: public JWK}."""
    desk: DeskConfig | None = None
    witness: WitnessConfig | None = None

    @classmethod
    def load(cls, path: Path) -> "Config":
        """The configuration with absolute paths. Raises msgspec.ValidationError naming the wrong setting."""
        config = msgspec.convert(
            tomllib.loads(path.read_text(encoding="utf-8")), cls, strict=False, dec_hook=lambda kind, value: kind(value)
        )
        paths = {name: path.parent / getattr(config, name) for name in ("client_key", "signing_key", "unit_keys", "trust")}
        if config.desk is not None:
            desk = msgspec.structs.replace(config.desk, client_key=path.parent / config.desk.client_key)
            config = msgspec.structs.replace(config, desk=desk)
        if config.witness is not None:
            own = {name: path.parent / getattr(config.witness, name) for name in ("key", "state")}
            config = msgspec.structs.replace(config, witness=msgspec.structs.replace(config.witness, **own))
        return msgspec.structs.replace(config, **paths)


class KeyStore:
    """The organisation's keys, read once. Private halves never leave this process."""

    def __init__(self, config: Config) -> None:
        self.client = read_client_key(config.client_key)
        self.signing = OKPKey.import_key(_read(config.signing_key))
        self.registrars = {
            name: OKPKey.import_key({**jwk, "kid": name}) for name, jwk in msgspec.json.decode(config.trust.read_bytes()).items()
        }
        self._unit_keys = config.unit_keys

    def unit_key(self, kid: str) -> ECKey | OKPKey | None:
        """The private unit key by its id, or None when it has been destroyed or never was here."""
        if not kid.replace("-", "").isalnum():
            return None
        path = self._unit_keys / f"{kid}.json"
        if not path.is_file():
            return None
        key = JWKRegistry.import_key(_read(path))
        return key if isinstance(key, ECKey | OKPKey) else None


def read_client_key(path: Path) -> ECKey:
    """A client's private key (ES256)."""
    return ECKey.import_key(_read(path))


def _read(path: Path) -> dict[str, str | list[str]]:
    jwk: dict[str, str | list[str]] = msgspec.json.decode(path.read_bytes())
    return jwk
