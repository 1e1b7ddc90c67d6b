"""The synthetic world: organisations, people and agreements from `world.toml`, and the keys that they would hold themselves."""

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import ECKey, OKPKey
from samsyn_connect.countersign import KeyStatement, countersign

KEY_LIFE = timedelta(days=90)
GRANT_LIFE = timedelta(days=365)


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys in the file are mistakes."""


class Unit(_Strict, frozen=True, kw_only=True):
    """One unit with its secrecy regime."""

    id: str
    name: str
    regime: str


class Organisation(_Strict, frozen=True, kw_only=True):
    """One controller. `system`: it has a connected system; `registrar`: it countersigns unit keys."""

    id: str
    name: str
    principal: str
    public: bool
    system: bool = False
    registrar: bool = False
    units: tuple[Unit, ...] = ()


class Grant(_Strict, frozen=True, kw_only=True):
    """What one person may do."""

    role: str
    unit: str | None = None
    models: tuple[str, ...] = ()


class StaffMember(_Strict, frozen=True, kw_only=True):
    """One employee; `key` is how the story calls them."""

    key: str
    subject: str
    name: str
    title: str
    organisation: str
    grants: tuple[Grant, ...]


class Agreement(_Strict, frozen=True, kw_only=True):
    """Which organisations work by which model."""

    model: str
    organisations: tuple[str, ...]
    signed_by: str


class Child(_Strict, frozen=True, kw_only=True):
    """A child of a seeded family."""

    name: str
    age: int
    protected: bool = False


class SeededFamily(_Strict, frozen=True, kw_only=True):
    """A family that exists from the start."""

    child: Child
    guardians: tuple[str, ...]
    custody: str


class World(
    _Strict,
    frozen=True,
    kw_only=True,
    rename={"organisations": "organisation", "people": "person", "agreements": "agreement", "families": "family"},
):
    """All of `world.toml`."""

    operator: str
    organisations: tuple[Organisation, ...]
    people: tuple[StaffMember, ...]
    agreements: tuple[Agreement, ...]
    families: tuple[SeededFamily, ...]

    def person(self, key: str) -> StaffMember:
        """The employee whom the story calls so. Raises StopIteration for a name that is not in the file."""
        return next(person for person in self.people if person.key == key)

    def systems(self) -> Iterator[Organisation]:
        """Organisations with a connected system."""
        return (organisation for organisation in self.organisations if organisation.system)


def load() -> World:
    """The world of this package."""
    text = files("deploy.demo").joinpath("world.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), World)


def client_id(organisation: str) -> str:
    """The OIDC client of an organisation's connected system."""
    return f"https://system.{organisation}.samsyn.example"


def desk_client_id(organisation: str) -> str:
    """The OIDC client of the desk that an organisation runs itself."""
    return f"https://desk.{organisation}.samsyn.example"


def make_keys(world: World, folder: Path, now: datetime) -> None:
    """Each organisation's own key folder, made once; what is there stays. In real life these lie at the organisations."""
    registrars = {o.id: _make(folder / o.id / "signing.json", OKPKey, "Ed25519", o.id) for o in world.organisations if o.registrar}
    trust = {name: OKPKey.import_key(jwk).as_dict(private=False) for name, jwk in registrars.items()}
    for organisation in world.systems():
        home = folder / organisation.id
        _make(home / "signing.json", OKPKey, "Ed25519", f"{organisation.id}-sign-1")
        _make(home / "client.json", ECKey, "P-256", f"{organisation.id}-client-1")
        _make(home / "desk.json", ECKey, "P-256", f"{organisation.id}-desk-1")
        _write(home / "trust.json", trust)
        for unit in organisation.units:
            kid = f"{unit.id}-{now:%Y%m}"
            if not list((home / "units").glob(f"{unit.id}-*.json")):
                _make(home / "units" / f"{kid}.json", ECKey, "P-256", kid)
                _write(
                    home / "offers" / f"{unit.id}.json", _offer(organisation.id, unit.id, home / "units" / f"{kid}.json", registrars, now)
                )


def _offer(organisation: str, unit: str, key: Path, registrars: dict[str, dict[str, Any]], now: datetime) -> dict[str, Any]:
    """What the organisation hands to the register: its public key and what both registrars signed."""
    public = ECKey.import_key(msgspec.json.decode(key.read_bytes()))
    statement = KeyStatement(
        organisation=organisation,
        unit=unit,
        kid=str(public.kid),
        thumbprint=public.thumbprint(),
        valid_from=now.replace(microsecond=0),
        valid_until=now.replace(microsecond=0) + KEY_LIFE,
    )
    signatures = [countersign(statement, OKPKey.import_key(jwk)) for jwk in registrars.values()]
    return {
        "organisation": organisation,
        "unit": unit,
        "kid": statement.kid,
        "jwk": public.as_dict(private=False),
        "valid_from": statement.valid_from,
        "valid_until": statement.valid_until,
        "countersignatures": signatures,
    }


def register(world: World, folder: Path, issuer: str, now: datetime) -> dict[str, Any]:
    """What the operator registers: the file that `python -m services.sharing register` reads. No private key is in it."""
    until = now + GRANT_LIFE
    term = {"valid_from": now, "valid_until": until, "granted_by": f"{issuer} {world.person('operator').subject}"}
    organisations = []
    for o in world.organisations:
        signing = folder / o.id / "signing.json"
        systems = [{"principal": f"{issuer} {client_id(o.id)}", "signing_key": _public(signing)}] if o.system else []
        organisations.append(
            {
                "id": o.id,
                "display_name": o.name,
                "public": o.public,
                "principal": o.principal,
                "units": msgspec.to_builtins(o.units),
                "systems": systems,
            }
        )
    grants = [
        {
            "principal": f"{issuer} {p.subject}",
            "organisation": p.organisation,
            "unit": g.unit,
            "role": g.role,
            "models": list(g.models),
            **term,
        }
        for p in world.people
        for g in p.grants
    ] + [
        {"principal": f"{issuer} {client_id(o.id)}", "organisation": o.id, "unit": None, "role": "system", "models": [], **term}
        for o in world.systems()
    ]
    return {
        "operator": world.operator,
        "organisations": organisations,
        "registrars": {o.id: _public(folder / o.id / "signing.json") for o in world.organisations if o.registrar},
        "unit_keys": [
            msgspec.json.decode((folder / o.id / "offers" / f"{unit.id}.json").read_bytes()) for o in world.systems() for unit in o.units
        ],
        "agreements": [
            {
                "model": a.model,
                "organisations": list(a.organisations),
                "valid_from": now,
                "valid_until": until,
                "signed_by": a.signed_by,
            }
            for a in world.agreements
        ],
        "grants": grants,
    }


def _make(path: Path, kind: type[ECKey] | type[OKPKey], curve: str, kid: str) -> dict[str, Any]:
    if not path.exists():
        key = kind.generate_key(curve, {"kid": kid})  # type: ignore[arg-type]
        _write(path, key.as_dict(private=True))
    jwk: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return jwk


def _public(path: Path) -> dict[str, Any]:
    jwk: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return {name: value for name, value in jwk.items() if name != "d"}


def _write(path: Path, value: Any) -> None:
    """Readable by the owner alone, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_bytes(msgspec.json.encode(value))
    half.rename(path)
