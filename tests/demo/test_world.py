from datetime import UTC, datetime
from pathlib import Path

import msgspec
from joserfc.jwk import OKPKey
from samsyn_connect.countersign import OfferedKey, trusted_key

from deploy.demo import registration, world

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ISSUER = "http://127.0.0.1:8420"


def test_every_unit_key_is_vouched_for_by_both_registrars(tmp_path: Path) -> None:
    people = world.load()
    registration.make_keys(people, tmp_path, NOW)
    registered = registration.register(people, tmp_path, ISSUER, NOW)
    registrars = {name: OKPKey.import_key({**jwk, "kid": name}) for name, jwk in registered["registrars"].items()}

    for offered in msgspec.convert(registered["unit_keys"], list[dict[str, object]]):
        key = msgspec.convert({n: offered[n] for n in OfferedKey.__struct_fields__}, OfferedKey)
        assert trusted_key(str(offered["organisation"]), str(offered["unit"]), [key], registrars, now=NOW).kid == key.kid


def test_no_private_key_is_registered(tmp_path: Path) -> None:
    people = world.load()
    registration.make_keys(people, tmp_path, NOW)
    assert b'"d":' not in msgspec.json.encode(registration.register(people, tmp_path, ISSUER, NOW))


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    people = world.load()
    registration.make_keys(people, tmp_path, NOW)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}

    registration.make_keys(people, tmp_path, NOW.replace(month=12))

    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json")} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in before)
