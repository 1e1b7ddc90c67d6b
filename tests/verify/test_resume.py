"""Going on from what was verified before: only what is new is hashed, and a log that went back or was rewritten is found."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samsyn_verify import state as states
from samsyn_verify.archive import check_archive
from samsyn_verify.merkle import Tree, leaf_hash
from samsyn_verify.verdict import BROKEN, CANNOT_TELL, WHOLE, Verdict

from services.audit.domain.tree import Range
from tests.verify.make import KEY, keys, make_rows, write_archive
from tests.verify.test_archive import replaced, rewritten, run

ROWS = make_rows(1500)
SEEN = 1000
SIZES = (900, SEEN, 1500)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("archives")
    return {size: write_archive(folder / f"{size}.zip", ROWS[:size], [n for n in (1, 300, 700, 1000, 1200) if n < size]) for size in SIZES}


@pytest.fixture
def state(archives: dict[int, Path], tmp_path: Path) -> Path:
    """What is written when a thousand entries are found whole."""
    path = tmp_path / "state.json"
    assert check_archive(archives[SEEN], keys=keys(), state=path).exit == WHOLE
    return path


def hashed(verdict: Verdict) -> object:
    return dict(verdict.done)["step-hashed"]["count"]


def test_only_what_is_new_is_hashed_and_the_verdict_says_so(archives: dict[int, Path], state: Path) -> None:
    verdict = check_archive(archives[1500], keys=keys(), state=state)

    assert (verdict.exit, hashed(verdict), verdict.remarks) == (WHOLE, 500, [("resumed", {"count": SEEN})])
    assert [code for code, _ in verdict.done][-3:] == ["step-root", "step-earlier", "step-proofs"]
    again = check_archive(archives[1500], keys=keys(), state=state)
    assert (again.exit, hashed(again)) == (WHOLE, 0)
    anew = check_archive(archives[1500], keys=keys(), state=state, anew=True)
    assert (anew.exit, hashed(anew), anew.remarks) == (WHOLE, 1500, [])


def test_a_log_that_is_shorter_than_what_was_verified_is_found(archives: dict[int, Path], state: Path) -> None:
    before = state.read_bytes()

    verdict = check_archive(archives[900], keys=keys(), state=state)

    assert (verdict.exit, verdict.findings) == (BROKEN, [("log-shrank", {"signed": SEEN, "size": 900})])
    assert state.read_bytes() == before


@pytest.mark.parametrize("index", [100, 999, 1100])
def test_a_log_rewritten_and_signed_anew_is_found_where_it_was_verified_before(state: Path, tmp_path: Path, index: int) -> None:
    rows = [*ROWS[:index], ROWS[index].replace(b"decision.made", b"decision.lost"), *ROWS[index + 1 :]]
    forged = write_archive(tmp_path / "forged.zip", rows)

    verdict = check_archive(forged, keys=keys(), state=state)

    if index < SEEN:
        assert verdict.findings == [("rewritten-between", {"first": 0, "last": SEEN - 1, "size": SEEN})]
    else:
        assert verdict.exit == WHOLE  # nobody had seen that entry


def test_an_altered_row_among_the_new_ones_is_named(archives: dict[int, Path], state: Path, tmp_path: Path) -> None:
    changed = rewritten(archives[1500], tmp_path / "changed.zip", lambda rows: [*rows[:1400], rows[0], *rows[1401:]])
    verdict = check_archive(changed, keys=keys(), state=state)
    assert [(code, facts["index"]) for code, facts in verdict.findings] == [("entry-altered", 1400)]
    short = replaced(archives[1500], tmp_path / "short.zip", "entries.ndjson", b"\n".join([*ROWS[:1300], b""]))
    assert check_archive(short, keys=keys(), state=state).findings[0] == ("entries-too-few", {"count": 1300, "size": 1500})


def test_an_interrupted_check_goes_on_where_it_ended(archives: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "_EVERY", 256)
    path = tmp_path / "state.json"

    def stop(done: int, _size: int) -> None:
        if done > 1100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_archive(archives[1500], keys=keys(), state=path, progress=stop)
    verdict = check_archive(archives[1500], keys=keys(), state=path)

    assert (verdict.exit, hashed(verdict), verdict.remarks) == (WHOLE, 1500 - 1024, [("resumed", {"count": 1024})])
    assert hashed(check_archive(archives[1500], keys=keys(), state=path)) == 0


def test_a_state_that_is_none_that_lies_or_is_of_another_log_makes_nothing_whole(
    archives: dict[int, Path], state: Path, tmp_path: Path
) -> None:
    good = state.read_text()
    junk = tmp_path / "junk.json"
    for text in ("", "{}", "[1]", "x" * 10, good.replace("samsyn-verify-state-v1", "v2"), good.replace('"size": 1000', '"size": 1001')):
        junk.write_text(text)
        assert check_archive(archives[1500], keys=keys(), state=junk).findings == [("state-unreadable", {"name": str(junk)})]
    peaks = good.split('"peaks": ["')[1].split('"')[0]
    junk.write_text(good.replace(peaks, "A" * 43 + "="))  # a tree that does not lead to the signed root: everything is hashed
    assert hashed(check_archive(archives[1500], keys=keys(), state=junk)) == 1500
    junk.write_text(good.replace(KEY.name, KEY.name.replace("o5ek", "o8st")))
    assert check_archive(archives[1500], keys=keys(), state=junk).exit == CANNOT_TELL
    untrusted = tmp_path / "untrusted.json"
    assert [code for code, _ in check_archive(archives[1500], state=untrusted).remarks] == ["own-keys", "state-needs-trust"]
    assert not untrusted.exists()


@given(st.lists(st.integers(0, 70), max_size=12))
def test_leaves_added_in_any_pieces_make_the_tree_that_one_by_one_makes(pieces: list[int]) -> None:
    grown, one_by_one, at = Tree(), Range(), 0
    for piece in pieces:
        leaves = [leaf_hash(b"%d" % i) for i in range(at, at + piece)]
        grown.extend(leaves)
        for leaf in leaves:
            one_by_one.append(leaf)
        at += piece
    assert (grown.size, grown.root(), b"".join(grown.peaks())) == (at, one_by_one.root(), one_by_one.packed())
    assert Tree(grown.size, grown.peaks()).root() == grown.root()


@pytest.mark.long
def test_a_hundred_thousand_entries_are_verified_interrupted_gone_on_with_and_shown(tmp_path: Path) -> None:
    rows, trust, kept = make_rows(250_000), tmp_path / "keys.txt", tmp_path / "state.json"
    trust.write_text(KEY.verifier_key)
    half = write_archive(tmp_path / "half.zip", rows[:100_000], range(500, 100_000, 500))
    whole = write_archive(tmp_path / "whole.zip", rows, [100_000])

    began = time.perf_counter()
    verdict = check_archive(half, keys=keys())
    rate = 100_000 / (time.perf_counter() - began)
    assert (verdict.exit, hashed(verdict)) == (WHOLE, 100_000)
    assert rate > 20_000, f"{rate:.0f} rows a second"  # 350 000 on an idle core; here whatever else runs is counted too

    shown = [run("archive", archive, "--trust", trust, "--state", kept, "--lang", "en") for archive in (half, whole)]
    assert [one.returncode for one in shown] == [WHOLE, WHOLE]
    assert "150000 entries hashed anew" in shown[1].stdout
    assert "The first 100000 entries were verified another time" in shown[1].stdout
    assert "of 250000 entries (" in shown[1].stderr
