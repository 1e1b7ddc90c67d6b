"""The keys that the organisations of the synthetic world hold themselves, and what the operator registers of them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import ECKey, OKPKey
from samsyn_connect.countersign import KeyStatement, countersign

from deploy.demo.world import World, client_id

KEY_LIFE = timedelta(days=90)
GRANT_LIFE = timedelta(days=365)


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
