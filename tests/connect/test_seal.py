import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey
from samsyn_connect import content
from samsyn_connect.binding import Binding, NotSealedForUs
from samsyn_connect.countersign import KeyStatement, OfferedKey, countersign, trusted_key
from samsyn_connect.seal import Item, UnitKey, open_sealed, seal

from services.sharing.domain.envelope import Bound, mismatch, read_header

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AUTHOR = OKPKey.generate_key("Ed25519", {"kid": "o5ek-sign-1"})
P256 = ECKey.generate_key("P-256", {"kid": "o2rg-u2-1"})
X25519 = OKPKey.generate_key("X25519", {"kid": "o2rg-u2-2"})


def make_binding(**changes: object) -> Binding:
    binding = Binding(
        permit=UUID(int=1),
        item=UUID(int=2),
        discloser="o5ek-u1",
        recipient="o2rg-u2",
        purpose="P_SUPPORT",
        category="attendance",
        use_by=NOW + timedelta(days=30),
        schema=content.newest("attendance").sha256,
    )
    return msgspec.structs.replace(binding, **changes)


def make_item(**changes: object) -> Item:
    item = Item(
        binding=make_binding(),
        author="Kim Ek, kurator",
        written_at=NOW,
        child={"name": "Kanariefågel"},
        content={"from": "2026-08-17", "to": "2026-11-20", "possible_days": 66, "absent_days": 19.5, "unexcused_days": 7},
    )
    return msgspec.structs.replace(item, **changes)


@pytest.mark.parametrize("key", [P256, X25519], ids=["P-256", "X25519"])
def test_what_is_sealed_is_opened_unchanged(key: UnitKey) -> None:
    item = make_item()
    assert open_sealed(seal(item, AUTHOR, key), key, AUTHOR, item.binding) == item


def test_the_broker_reads_the_binding_and_nothing_else() -> None:
    item = make_item()
    sealed = seal(item, AUTHOR, P256)

    header = read_header(sealed)

    assert header is not None
    bound = Bound(**{f: getattr(item.binding, f) for f in Bound.__struct_fields__})
    assert mismatch(header, bound, frozenset({"o2rg-u2-1"}), now=NOW) is None
    assert "Kanarief" not in base64.urlsafe_b64decode(sealed.split(".")[0] + "==").decode()


def test_length_tells_only_the_size_class() -> None:
    short = seal(make_item(author="A"), AUTHOR, P256)
    longer = seal(make_item(author="A" * 20), AUTHOR, P256)
    assert len(short) == len(longer)


@pytest.mark.parametrize("field", ["permit", "item", "discloser", "recipient", "purpose", "category", "use_by", "schema"])
def test_a_cipher_of_another_permit_is_refused(field: str) -> None:
    other = {"permit": UUID(int=9), "item": UUID(int=9), "use_by": NOW}.get(field, "other")
    sealed = seal(make_item(), AUTHOR, P256)
    with pytest.raises(NotSealedForUs, match="bound-to-other"):
        open_sealed(sealed, P256, AUTHOR, make_binding(**{field: other}))


def test_an_inner_binding_lifted_into_another_envelope_is_refused() -> None:
    item = make_item()
    signed = jws.serialize_compact(
        {"alg": "Ed25519", "kid": "k", "typ": "samsyn-item+jws"}, msgspec.json.encode(item), AUTHOR, algorithms=["Ed25519"]
    )
    elsewhere = make_binding(recipient="o8st-u1")
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "typ": "samsyn-item+jwe", "kid": "k", **elsewhere.members()}
    registry = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
    lifted = jwe.encrypt_compact(header, signed, P256, registry=registry)
    with pytest.raises(NotSealedForUs, match="bound-to-other"):
        open_sealed(lifted, P256, AUTHOR, elsewhere)


def test_another_author_is_refused() -> None:
    stranger = OKPKey.generate_key("Ed25519", {"kid": "o5ek-sign-1"})
    with pytest.raises(NotSealedForUs, match="not-authentic"):
        open_sealed(seal(make_item(), stranger, P256), P256, AUTHOR, make_binding())


def test_every_changed_byte_is_noticed() -> None:
    sealed = seal(make_item(), AUTHOR, P256)
    for part in range(5):
        pieces = sealed.split(".")
        pieces[part] = pieces[part][:-2] + ("AA" if not pieces[part].endswith("AA") else "BB")
        with pytest.raises(NotSealedForUs):
            open_sealed(".".join(pieces), P256, AUTHOR, make_binding())


@pytest.mark.parametrize(
    ("alg", "enc", "extra"),
    [
        ("ECDH-ES", "A256GCM", {}),
        ("ECDH-ES+A128KW", "A256GCM", {}),
        ("ECDH-ES+A256KW", "A128GCM", {}),
        ("ECDH-ES+A256KW", "A256CBC-HS512", {}),
        ("ECDH-ES+A256KW", "A256GCM", {"zip": "DEF"}),
        ("ECDH-ES+A256KW", "A256GCM", {"surprise": "x"}),
    ],
)
def test_other_algorithms_zip_and_unknown_members_are_refused_on_both_sides(alg: str, enc: str, extra: dict[str, str]) -> None:
    header = {"alg": alg, "enc": enc, "typ": "samsyn-item+jwe", "kid": "k", **make_binding().members(), **extra}
    registry = jwe.JWERegistry(algorithms=[alg, enc, "DEF"], strict_check_header=False)
    sealed = jwe.encrypt_compact(header, b"x", P256, registry=registry)

    assert read_header(sealed) is None
    with pytest.raises(NotSealedForUs):
        open_sealed(sealed, P256, AUTHOR, make_binding())


def test_content_that_does_not_fit_is_not_sealed_and_the_error_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match="/absent_days") as caught:
        seal(make_item(content={**make_item().content, "absent_days": "Kanariefågel"}), AUTHOR, P256)
    assert "Kanariefågel" not in str(caught.value)


def test_a_schema_of_another_category_is_refused() -> None:
    with pytest.raises(NotSealedForUs, match="schema-unknown"):
        seal(make_item(binding=make_binding(schema=content.newest("pupil-health").sha256)), AUTHOR, P256)


REGISTRARS = {name: OKPKey.generate_key("Ed25519", {"kid": name}) for name in ("o3ra", "o4rb")}


def make_offer(*signers: str, **changes: object) -> OfferedKey:
    statement = KeyStatement(
        organisation="o2rg",
        unit="o2rg-u2",
        kid="o2rg-u2-1",
        thumbprint=P256.thumbprint(),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=89),
    )
    signed = tuple(countersign(statement, REGISTRARS[name]) for name in signers)
    offer = OfferedKey(
        kid="o2rg-u2-1",
        jwk=P256.as_dict(private=False),
        valid_from=statement.valid_from,
        valid_until=statement.valid_until,
        countersignatures=signed,
    )
    return msgspec.structs.replace(offer, **changes)


def test_a_key_that_both_registrars_vouch_for_is_trusted() -> None:
    key = trusted_key("o2rg", "o2rg-u2", [make_offer("o3ra", "o4rb")], REGISTRARS, now=NOW)
    assert (key.kid, key.thumbprint()) == ("o2rg-u2-1", P256.thumbprint())


SWAPPED = ECKey.generate_key("P-256").as_dict(private=False)


@pytest.mark.parametrize(
    ("unit", "offer", "now"),
    [
        ("o2rg-u2", make_offer("o3ra"), NOW),
        ("o2rg-u2", make_offer("o3ra", "o3ra"), NOW),
        ("o2rg-u2", make_offer(), NOW),
        ("o2rg-u2", make_offer("o3ra", "o4rb", jwk=SWAPPED), NOW),
        ("o2rg-u1", make_offer("o3ra", "o4rb"), NOW),
        ("o2rg-u2", make_offer("o3ra", "o4rb", valid_until=NOW + timedelta(days=900)), NOW),
        ("o2rg-u2", make_offer("o3ra", "o4rb"), NOW + timedelta(days=89)),
        ("o2rg-u2", make_offer("o3ra", "o4rb"), NOW - timedelta(days=2)),
    ],
    ids=["one", "the-same-twice", "none", "swapped-key", "other-unit", "longer-validity", "run-out", "not-yet"],
)
def test_a_key_without_two_honest_countersignatures_is_refused(unit: str, offer: OfferedKey, now: datetime) -> None:
    with pytest.raises(NotSealedForUs, match="key-not-countersigned"):
        trusted_key("o2rg", unit, [offer], REGISTRARS, now=now)
