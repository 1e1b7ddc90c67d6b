"""Environment to frozen struct, or exit naming everything that is missing. What protects has no default."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from shared.clock import TEST_CLOCK
from shared.testpoints import TEST_PAUSE

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T", bound="HouseSettings")


class Secret(str):
    """Text that never shows itself: `repr` is `***`. Pass `reveal()` only to the driver that needs it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)


class HouseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every house needs. Each field is the variable `SAMSYN_<FIELD>`; see `deploy/README.md`."""

    database_url: Secret
    """`postgresql://role:password@/name?host=/socket/folder`; the house's own role and database."""
    nats_url: str
    """`nats://host:port`, `tls://` outside one machine."""
    issuer: str
    """The OpenID provider's issuer, compared exactly (RFC 8414 3.3)."""
    audience: str
    """This house's resource identifier: the `aud` that an access token must carry (RFC 9068)."""
    public_url: str
    """Where people and systems reach this house; redirect addresses and DPoP `htu` are made from it."""
    client_id: str
    client_key: Path
    """Private JWK of this house's OIDC client, for `private_key_jwt` (RFC 7523)."""
    secret_key: Path
    """32 random bytes for what this house encrypts at rest; never in the database or its dump."""
    production: bool
    """Refuses the development provider, plain http and the test clock."""
    otlp_endpoint: str | None = None
    """Where OpenTelemetry goes over OTLP/HTTP; nothing is sent while it is unset."""
    log_level: str = "INFO"
    database_connections: int = 8
    """Of one process to PostgreSQL. Transactions take milliseconds, so more would wait for the disk; each takes memory there."""
    theme_accent: str | None = None
    """`#rrggbb` of links and buttons on pages, light; with `theme_accent_dark`, both readable or the house does not start."""
    theme_accent_dark: str | None = None
    theme_logo: Path | None = None
    """SVG or PNG file beside the name."""


def read(kind: type[T], environment: Mapping[str, str] | None = None) -> T:
    """The settings of one house, read once in `__main__`. Names every missing or wrong one, never a value, and exits 2."""
    return read_struct(kind, os.environ if environment is None else environment)


def read_struct(kind: type[S], env: Mapping[str, str]) -> S:
    """The settings of a helper process that is no house; exits 2 as `read` does, over the same things."""
    given: dict[str, Any] = {}
    missing = []
    for field in msgspec.structs.fields(kind):
        text = env.get(f"SAMSYN_{field.name.upper()}")
        if text is not None:
            given[field.name] = text
        elif field.required:
            missing.append(f"SAMSYN_{field.name.upper()}")
    if missing:
        _refuse("missing settings: " + ", ".join(missing))
    try:
        settings = msgspec.convert(given, kind, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        return cast("S", _refuse(f"wrong setting: {error}"))
    if getattr(settings, "production", False):
        _refuse_what_only_tests_use(settings, env)
    return settings


def _refuse_what_only_tests_use(settings: msgspec.Struct, env: Mapping[str, str]) -> None:
    for name in (TEST_CLOCK, TEST_PAUSE):
        if env.get(name):
            _refuse(f"{name} is set: what tests steer a process with has no place in production")
    if any(str(getattr(settings, name, "")).startswith("http://") for name in ("issuer", "public_url")):
        _refuse("SAMSYN_ISSUER and SAMSYN_PUBLIC_URL must be https in production")


def _decode(kind: type, value: Any) -> Any:
    if kind in {Secret, Path}:
        return kind(value)
    raise NotImplementedError(kind)


def _refuse(reason: str) -> Any:
    sys.stderr.write(f"samsyn: {reason}\n")
    raise SystemExit(2)
