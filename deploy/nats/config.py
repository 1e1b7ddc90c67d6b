"""The server's configuration: HOUSES for the houses, one account per organisation, AUTH for the callout, SYS for kicks.

An account per organisation, bound to HOUSES by service imports of exactly its own subjects, is what keeps organisations apart:
permissions on subjects alone do not (docs/decisions). Works from nats-server 2.10.27.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from shared import nkeys, subjects

SEEDS: Final = ("deploy", "callout", "monitor", "issuer", "xkey")
_KINDS: Final = {"issuer": nkeys.ACCOUNT, "xkey": nkeys.CURVE}


class Seeds(msgspec.Struct, frozen=True):
    """The static secrets of the bus. Nobody else logs in with a key of his own: all others bring an access token."""

    deploy: str
    """Makes streams and consumers, in HOUSES."""
    callout: str
    """The callout's own connection, in AUTH."""
    monitor: str
    """The callout's second one, in SYS: sees connections and ends them."""
    issuer: str
    """Signs the users that the callout makes. A change needs a restart of the server."""
    xkey: str
    """Seals what server and callout tell each other: it holds access tokens."""

    def __repr__(self) -> str:
        return "Seeds(***)"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server listens and stores."""

    port: int
    store: Path
    name: str = "samsyn"
    """What the server calls itself: whoever connects can tell it from another home's."""
    host: str = "127.0.0.1"
    ports_file_dir: Path | None = None
    certificate: Path | None = None
    """With `key`: TLS, needed everywhere but on one machine."""
    key: Path | None = None
    sync_always: bool = False


def read_seeds(folder: Path) -> Seeds:
    """The seeds in a closed folder, made where missing."""
    found = {}
    for name in SEEDS:
        path = folder / f"nats-{name}.seed"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(nkeys.new_seed(_KINDS.get(name, nkeys.USER)), encoding="ascii")
        found[name] = path.read_text(encoding="ascii").strip()
    return Seeds(**found)


def write_config(path: Path, place: Place, seeds: Seeds, organisations: Iterable[str], *, indent: int = 1) -> None:
    """Write the whole configuration. JSON is a subset of the server's own format."""
    _write(path, json.dumps(configuration(place, seeds, organisations), indent=indent))


def _write(path: Path, text: str) -> None:
    """Closed, and whole or not at all."""
    made = path.with_suffix(".new")
    made.touch(mode=0o600)
    made.write_text(text, encoding="utf-8")
    made.rename(path)


def add_accounts(path: Path, organisations: Iterable[str], *, indent: int = 1) -> None:
    """Add what is missing of these organisations to a configuration that was written before; it is written anew in any case."""
    whole: dict[str, Any] = json.loads(path.read_bytes())
    missing = {account_of(o): {"imports": _imports(o)} for o in organisations if account_of(o) not in whole["accounts"]}
    whole["accounts"] |= missing
    _write(path, json.dumps(whole, indent=indent))


def accounts_of(path: Path) -> set[str]:
    """Accounts that the server's configuration has."""
    return set(json.loads(path.read_bytes())["accounts"])


def configuration(place: Place, seeds: Seeds, organisations: Iterable[str]) -> dict[str, Any]:
    """The configuration as values."""
    public = {name: nkeys.public_of(getattr(seeds, name)) for name in SEEDS}
    made: dict[str, Any] = {
        "server_name": place.name,
        "host": place.host,
        "port": place.port,
        "max_payload": 1 << 20,
        "write_deadline": "5s",
        "jetstream": {"store_dir": str(place.store), **({"sync_interval": "always"} if place.sync_always else {})},
        "system_account": "SYS",
        "accounts": {
            "HOUSES": {"jetstream": "enabled", "users": [{"nkey": public["deploy"]}], "exports": _exports()},
            **{account_of(o): {"imports": _imports(o)} for o in sorted(set(organisations))},
            "AUTH": {"users": [{"nkey": public["callout"]}]},
            "SYS": {"users": [{"nkey": public["monitor"]}]},
        },
        "authorization": {
            "timeout": 3,
            "auth_callout": {
                "issuer": public["issuer"],
                "account": "AUTH",
                "auth_users": [public["callout"], public["monitor"], public["deploy"]],
                "xkey": public["xkey"],
            },
        },
    }
    if place.ports_file_dir is not None:
        made["ports_file_dir"] = str(place.ports_file_dir)
    if place.certificate is not None:
        made["tls"] = {"cert_file": str(place.certificate), "key_file": str(place.key)}
    return made


def account_of(organisation: str) -> str:
    """The account of an organisation."""
    return f"ORG_{subjects.token(organisation)}"


def _exports() -> list[dict[str, Any]]:
    return [
        {"service": f"$JS.API.CONSUMER.MSG.NEXT.{subjects.OUT}.*", "response_type": "stream"},
        {"service": f"$JS.ACK.{subjects.OUT}.*.>"},
        {"service": "samsyn.in.*.*"},
        {"service": "samsyn.ask.*.*"},
        {"service": "samsyn.witness.*"},
    ]


def _imports(organisation: str) -> list[dict[str, Any]]:
    return [{"service": {"account": "HOUSES", "subject": subject}, "share": True} for subject in organisation_publishes(organisation)]


def organisation_publishes(organisation: str) -> list[str]:
    """Everything an organisation may send to. The callout gives its users the same list, inside the account that has only these."""
    own = subjects.token(organisation)
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{subjects.OUT}.{own}",
        f"$JS.ACK.{subjects.OUT}.{own}.>",
        f"samsyn.in.{own}.*",
        f"samsyn.ask.{own}.*",
        f"samsyn.witness.{own}",
    ]
