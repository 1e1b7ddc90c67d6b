"""C2SP signed-note and tlog-checkpoint: published notes and keys by value, and what must be refused."""

import base64

import proofbundle.checkpoint as other
import pytest

from services.audit.domain import checkpoint
from services.audit.domain.checkpoint import Head, SigningRefusedError
from services.audit.domain.tree import EMPTY_ROOT, Range, leaf_hash

# The example of golang.org/x/mod/sumdb/note, and the key of sum.golang.org.
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
NOTE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SUM_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

KEY = checkpoint.log_key(bytes(range(32)), "audit.samsyn.example/audit/o5ek/2026")
ONE, TWO = leaf_hash(b"one"), leaf_hash(b"two")


def head(*leaves: bytes) -> Head:
    grown = Range()
    for leaf in leaves:
        grown.append(leaf)
    return Head(size=grown.size, root=grown.root())


def test_published_keys_have_the_published_ids() -> None:
    assert checkpoint.parse_key(NOTE_KEY) is not None
    assert checkpoint.parse_key(SUM_KEY) is not None


def test_the_published_note_is_split_and_its_signature_holds() -> None:
    parts = checkpoint._split(NOTE)
    assert parts is not None
    text, lines = parts

    assert text.endswith(b"problem is.\n")
    assert checkpoint.verify(NOTE, NOTE_KEY) is None  # signed, but no checkpoint
    assert lines[0][0] == "PeterNeumann"
    assert lines[0][1][:4].hex() == "c74f20a3"


def test_a_signed_checkpoint_verifies_here_and_by_somebody_elses_code() -> None:
    note = checkpoint.sign(KEY, head(ONE), None, [])

    seen = checkpoint.verify(note, KEY.verifier_key)

    assert seen is not None
    assert (seen.origin, seen.size, seen.root) == (KEY.name, 1, ONE)
    assert other.verify_checkpoint(note.decode(), KEY.verifier_key)["tree_size"] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda n: n.replace(b"\n1\n", b"\n2\n"),
        lambda n: n.replace("— ".encode(), b"- "),
        lambda n: n[:-1],
        lambda n: n + b"\n",
        lambda n: n.replace(b"\n\n", b"\n"),
        lambda n: n.replace(b"o5ek", b"o8st"),
        lambda n: b"\x01" + n,
        lambda n: b"\xff" + n,
        lambda n: n.replace(b"=\n\n", b"\n\n"),
        lambda n: n.replace(b"\n1\n", b"\n01\n"),
        lambda n: b"x" * 200_000 + n,
    ],
)
def test_a_note_changed_in_one_way_is_refused(change: object) -> None:
    note = checkpoint.sign(KEY, head(ONE), None, [])

    assert callable(change)
    assert checkpoint.verify(change(note), KEY.verifier_key) is None


def test_lines_of_unknown_keys_are_ignored_but_a_wrong_one_of_ours_rejects_the_note() -> None:
    note = checkpoint.sign(KEY, head(ONE), None, [])
    witness = f"— witness.example {base64.b64encode(bytes(76)).decode()}\n".encode()
    forged = base64.b64encode(checkpoint.key_id(KEY.name, KEY.public) + bytes(64)).decode()

    assert checkpoint.verify(note + witness, KEY.verifier_key) is not None
    assert checkpoint.verify(note + f"— {KEY.name} {forged}\n".encode(), KEY.verifier_key) is None
    assert checkpoint.verify(note, checkpoint.log_key(bytes(32), KEY.name).verifier_key) is None


@pytest.mark.parametrize("key", ["", "x", "x+00000000+AQ==", NOTE_KEY.replace("c74f20a3", "c74f20a4"), NOTE_KEY.replace("+AR", "+BR")])
def test_a_verifier_key_that_does_not_fit_its_id_is_none(key: str) -> None:
    assert checkpoint.parse_key(key) is None
    assert checkpoint.verify(NOTE, key) is None


def test_the_signer_goes_on_only_from_what_it_signed_last() -> None:
    assert checkpoint.sign(KEY, head(ONE, TWO), head(ONE), [TWO])


@pytest.mark.parametrize(
    ("new", "last", "path"),
    [
        (head(ONE), head(ONE, TWO), []),  # smaller
        (head(TWO), head(ONE), []),  # another root at the same size
        (head(TWO, ONE), head(ONE), [TWO]),  # a fork
        (head(ONE, TWO), head(ONE), []),  # no proof
    ],
)
def test_the_signer_refuses_a_rollback_and_a_fork(new: Head, last: Head, path: list[bytes]) -> None:
    with pytest.raises(SigningRefusedError):
        checkpoint.sign(KEY, new, last, path)


def test_each_log_has_its_own_key() -> None:
    assert checkpoint.log_key(bytes(32), "a").public != checkpoint.log_key(bytes(32), "b").public


def test_text_that_is_no_checkpoint_is_none() -> None:
    root = base64.b64encode(EMPTY_ROOT).decode()
    for text in (f"a\n0\n{root}", f"a\n-1\n{root}\n", "a\n0\nAAAA\n", f"\n0\n{root}\n", f"a\n0\n{root}\n\n", "a\n0\n!\n"):
        assert checkpoint.parse(text.encode()) is None, text
    assert checkpoint.parse(f"a\n0\n{root}\nextension\n".encode()) is not None
