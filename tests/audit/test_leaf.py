"""The bytes that are hashed: equal to RFC 8785, bounded, and a seal that tells nothing without its salt."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import leaf as leaves
from services.audit.domain.leaf import Leaf, LeafRefusedError

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def make_leaf(**fields: object) -> Leaf:
    given_ = {
        "v": 1,
        "entry_id": "01890000-0000-7000-8000-000000000001",
        "organisation": "o5ek",
        "at": "2026-11-24T10:00:00.000000Z",
        "action": "consent.given",
        "actor_kind": "person",
        "actor": "00" * 16,
        "actor_seal": "11" * 32,
        "producer": "consent",
    }
    return Leaf(**(given_ | fields))  # type: ignore[arg-type]


@given(words, st.lists(words, max_size=3), st.integers(0, leaves.MAX_INTEGER))
def test_stored_bytes_are_canonical_json(word: str, several: list[str], number: int) -> None:
    leaf = make_leaf(unit=word, reasons=tuple(several), producer_sequence=number)

    data = leaves.encode(leaf)

    assert data == rfc8785.dumps(leaves._normal(as_plain(leaf)))
    assert leaves.decode(data).producer_sequence == number


def as_plain(leaf: Leaf) -> dict[str, object]:
    plain: dict[str, object] = {
        name: getattr(leaf, name)
        for name, default in zip(Leaf.__struct_fields__[-len(Leaf.__struct_defaults__) :], Leaf.__struct_defaults__, strict=True)
        if getattr(leaf, name) != default
    }
    for name in ("v", "entry_id", "organisation", "at", "action", "actor_kind", "actor", "actor_seal", "producer"):
        plain[name] = getattr(leaf, name)
    return plain


def test_the_same_word_typed_in_two_ways_is_stored_in_one() -> None:
    assert leaves.encode(make_leaf(unit="e\u0301")) == leaves.encode(make_leaf(unit="\u00e9"))


def test_a_leaf_that_is_too_large_or_counts_too_far_is_refused() -> None:
    with pytest.raises(LeafRefusedError, match="leaf-too-large"):
        leaves.encode(make_leaf(unit="x" * leaves.MAX_LEAF))
    with pytest.raises(LeafRefusedError, match="integer-out-of-range"):
        leaves.encode(make_leaf(producer_sequence=2**53))


def test_times_are_utc_with_six_decimals() -> None:
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))

    assert leaves.timestamp(summer) == "2026-07-01T10:00:00.000000Z"
    assert leaves.timestamp(datetime(2026, 1, 1, 0, 0, 0, 7, UTC)) == "2026-01-01T00:00:00.000007Z"


def test_a_seal_depends_on_salt_and_part() -> None:
    child = leaves.subject_part(UUID(int=7), None)

    assert leaves.seal(bytes(32), child) != leaves.seal(b"\x01" * 32, child)
    assert leaves.seal(bytes(32), child) != leaves.seal(bytes(32), leaves.subject_part(UUID(int=7), "jwe"))
    with pytest.raises(ValueError, match="32 bytes"):
        leaves.seal(b"", child)


def test_a_newer_leaf_with_a_field_we_do_not_know_is_read() -> None:
    data = leaves.encode(make_leaf())

    assert leaves.decode(data.replace(b'"v":1', b'"v":1,"zz":"later"')).organisation == "o5ek"
