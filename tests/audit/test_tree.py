"""RFC 6962 and 9162 by published values, good and bad (those of transparency-dev/merkle), and against a naive model."""

import base64

import proofbundle.merkle as other
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import tree

LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    bytes.fromhex(h)
    for h in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = [
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 "
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b "
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
        ),
    ),
    (2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (
        1,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d "
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
        ),
    ),
]
CONSISTENCY = [
    (1, 8, INCLUSION[0][2]),
    (
        6,
        8,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a "
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
        ),
    ),
    (
        2,
        5,
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (
        6,
        7,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a "
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f "
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
        ),
    ),
]
SOME_HASH = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def hashes(text: str) -> list[bytes]:
    return [bytes.fromhex(part) for part in text.split()]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not leaves:
        return tree.EMPTY_ROOT
    if len(leaves) == 1:
        return tree.leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def node_of(leaves: list[bytes], node: tree.Node) -> bytes:
    start = node.position << node.height
    return naive_root(leaves[start : start + (1 << node.height)])


def bad_inclusions(index: int, size: int, path: list[bytes], root: bytes, leaf: bytes) -> list[tuple[int, int, list[bytes], bytes, bytes]]:
    bad = [
        (index - 1, size, path, root, leaf),
        (index + 1, size, path, root, leaf),
        (index ^ 2, size, path, root, leaf),
        (index, size * 2, path, root, leaf),
        (index, size // 2, path, root, leaf),
        (index, size, path, root, b"WrongLeaf"),
        (index, size, path, tree.EMPTY_ROOT, leaf),
        (index, size, path, SOME_HASH, leaf),
        (index, size, [*path, b""], root, leaf),
        (index, size, [*path, root], root, leaf),
        (index, size, [b"", *path], root, leaf),
        (index, size, [root, *path], root, leaf),
        (index, size, path[:-1], root, leaf),
    ]
    flipped = [[*path[:i], bytes([path[i][0] ^ 8]) + path[i][1:], *path[i + 1 :]] for i in range(len(path))]
    return bad + [(index, size, wrong, root, leaf) for wrong in flipped]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    grown = tree.Range()
    for leaf in LEAVES[:size]:
        grown.append(tree.leaf_hash(leaf))

    assert grown.root() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_published_inclusion_proofs_are_made_and_verify(index: int, size: int, path: str) -> None:
    made = tree.proof(tree.inclusion_plan(index, size), lambda node: node_of(LEAVES, node))

    assert made == hashes(path)
    assert tree.verify_inclusion(tree.leaf_hash(LEAVES[index]), index, size, made, ROOTS[size])


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_published_wrong_inclusion_proofs_are_refused(index: int, size: int, path: str) -> None:
    for i, n, wrong, root, leaf in bad_inclusions(index, size, hashes(path), ROOTS[size], tree.leaf_hash(LEAVES[index])):
        assert not tree.verify_inclusion(leaf, i, n, wrong, root), (i, n)


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_published_consistency_proofs_are_made_and_verify(first: int, second: int, path: str) -> None:
    made = tree.proof(tree.consistency_plan(first, second), lambda node: node_of(LEAVES, node))

    assert made == hashes(path)
    assert tree.verify_consistency(first, second, made, ROOTS[first], ROOTS[second])


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_published_wrong_consistency_proofs_are_refused(first: int, second: int, path: str) -> None:
    good, r1, r2 = hashes(path), ROOTS[first], ROOTS[second]
    bad = [
        (first - 1, second, r1, r2, good),
        (first + 1, second, r1, r2, good),
        (first ^ 2, second, r1, r2, good),
        (first, second * 2, r1, r2, good),
        (first, second // 2, r1, r2, good),
        (first, second, b"WrongRoot", r2, good),
        (first, second, r1, b"WrongRoot", good),
        (first, second, r2, r1, good),
        (first, second, r1, r2, []),
        (first, second, r1, r2, [*good, b""]),
        (first, second, r1, r2, [*good, r1]),
        (first, second, r1, r2, [*good, r2]),
        (first, second, r1, r2, [b"", *good]),
        (first, second, r1, r2, [r1, *good]),
        (first, second, r1, r2, [r2, *good]),
        (first, second, r1, r2, [good[0], *good]),
        (first, second, r1, r2, good[:-1]),
    ]
    bad += [(first, second, r1, r2, [*good[:i], bytes([good[i][0] ^ 16]) + good[i][1:], *good[i + 1 :]]) for i in range(len(good))]
    for a, b, root_a, root_b, wrong in bad:
        assert not tree.verify_consistency(a, b, wrong, root_a, root_b), (a, b)


def test_a_published_bad_vector_in_its_own_encoding_is_refused() -> None:
    path = [
        base64.b64decode(h)
        for h in (
            "hqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
            "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
            "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
        )
    ]

    assert not tree.verify_consistency(1, 8, path, ROOTS[1], ROOTS[8])


def test_an_empty_tree_is_the_beginning_of_every_tree_and_needs_no_proof() -> None:
    assert tree.verify_consistency(0, 8, [], tree.EMPTY_ROOT, ROOTS[8])
    assert not tree.verify_consistency(0, 8, [], SOME_HASH, ROOTS[8])
    assert not tree.verify_consistency(0, 8, [SOME_HASH], tree.EMPTY_ROOT, ROOTS[8])
    assert not tree.verify_consistency(1, 1, [SOME_HASH], ROOTS[1], ROOTS[1])
    assert not tree.verify_consistency(2, 1, [], ROOTS[2], ROOTS[1])


@given(st.integers(1, 70), st.data())
def test_every_proof_agrees_with_the_naive_model_and_a_second_opinion(size: int, data: st.DataObject) -> None:
    leaves = [bytes([i]) for i in range(size)]
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, first_root = naive_root(leaves), naive_root(leaves[:first])

    path = tree.proof(tree.inclusion_plan(index, size), lambda node: node_of(leaves, node))
    consistency = tree.proof(tree.consistency_plan(first, size), lambda node: node_of(leaves, node))

    assert path == other.inclusion_proof(leaves, index)
    assert tree.verify_inclusion(tree.leaf_hash(leaves[index]), index, size, path, root)
    assert other.verify_inclusion(leaves[index], index, size, path, root)
    assert tree.verify_consistency(first, size, consistency, first_root, root)
    assert other.verify_consistency(first, size, consistency, first_root, root)


@given(
    st.integers(1, 300), st.integers(0, 300), st.lists(st.binary(min_size=32, max_size=32), max_size=9), st.binary(min_size=32, max_size=32)
)
def test_random_proofs_never_verify_and_never_raise(size: int, index: int, path: list[bytes], root: bytes) -> None:
    assert not tree.verify_inclusion(tree.leaf_hash(b"x"), index, size, path, root)
    assert tree.verify_consistency(index, size, path, SOME_HASH, root) is False


@given(st.lists(st.binary(max_size=3), max_size=40), st.integers(0, 40))
def test_a_compact_range_goes_on_after_it_was_stored(leaves: list[bytes], pause: int) -> None:
    grown = tree.Range()
    for leaf in leaves[:pause]:
        grown.append(tree.leaf_hash(leaf))

    again = tree.Range.of(grown.size, grown.packed())
    for leaf in leaves[pause:]:
        again.append(tree.leaf_hash(leaf))

    assert again.root() == naive_root(leaves)


def test_a_range_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="set bit"):
        tree.Range.of(3, bytes(32))
    with pytest.raises(ValueError, match="set bit"):
        tree.Range(2, [bytes(32), bytes(32)])


def test_plans_outside_the_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="inside"):
        tree.inclusion_plan(3, 3)
    with pytest.raises(ValueError, match="shrinks"):
        tree.consistency_plan(4, 3)
