"""C2SP tlog-tiles: the paths and numbers of its own examples, and every node's hash against the naive model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import tiles
from services.audit.domain.tiles import Tile, TilePath
from services.audit.domain.tree import Node, leaf_hash, subtree


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 1234067, 256, "0/x001/x234/067"),
        (0, 273, 112, "0/273.p/112"),
        (1, 1, 17, "1/001.p/17"),
        (2, 0, 1, "2/000.p/1"),
        (63, 0, 256, "63/000"),
        (None, 1000, 256, "entries/x001/000"),
        (None, 0, 5, "entries/000.p/5"),
    ],
)
def test_published_paths_are_written_and_read(level: int | None, n: int, width: int, path: str) -> None:
    assert tiles.format_path(level, n, width) == path
    assert tiles.parse_path(path) == TilePath(level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "64/000",
        "00/000",
        "0/0",
        "0/0000",
        "0/x000/001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000/",
        "0/x001",
        "entries/",
        "-1/000",
        "0/٠٠٠",
        "0/000.p/",
    ],
)
def test_other_spellings_are_no_tile(path: str) -> None:
    assert tiles.parse_path(path) is None


def test_the_standards_example_of_70_000_entries() -> None:
    found = tiles.all_tiles(70_000)

    assert [width for tile, width in found if tile.level == 0] == [256] * 273 + [112]
    assert [(tile, width) for tile, width in found if tile.level > 0] == [(Tile(1, 0), 256), (Tile(1, 1), 17), (Tile(2, 0), 1)]
    assert tiles.all_tiles(256) == [(Tile(0, 0), 256), (Tile(1, 0), 1)]
    assert tiles.width_at(0, 1, 256) == 0


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_growing_in_two_steps_completes_the_same_tiles(a: int, b: int) -> None:
    low, high = sorted((a, b))

    assert sorted(tiles.completed(0, low) + tiles.completed(low, high)) == sorted(tiles.completed(0, high))


@given(st.integers(0, 7), st.data())
def test_a_nodes_hash_is_found_in_its_tile(height: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, (256 >> height) - 1))
    hashes = [leaf_hash(bytes([i])) for i in range(256)]
    start = position << height

    node = Node(height, position + (256 >> height) * 3)

    assert tiles.tile_of(node) == Tile(0, 3)
    assert tiles.hash_in(node, b"".join(hashes)) == subtree(hashes[start : start + (1 << height)])


def test_a_tile_that_is_too_narrow_is_noticed() -> None:
    with pytest.raises(LookupError):
        tiles.hash_in(Node(1, 1), bytes(32 * 3))


def test_a_bundle_is_length_and_bytes() -> None:
    assert tiles.bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
