"""A second opinion on thousands of proofs, good and mutated, and parsers that take anything without falling over (rules 46 and 48)."""

import contextlib
import random
from pathlib import Path

import msgspec
import proofbundle.merkle as other
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from samsyn_connect.witness import NotWitnessed, Witness
from samsyn_verify.note import NoteError
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import WHOLE
from samsyn_verify.witnesses import cosigned, read_policy

from services.audit.domain import checkpoint, cosignature, tree
from services.audit.domain.cosignature import PolicyError, parse_policy, read_line
from services.audit.domain.leaf import decode as decode_entry
from services.audit.domain.tiles import parse_path
from tests.audit.make import NOW, key_of

SIZES, PROOFS = 700, 3000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
WITNESSES = [cosignature.Witness(name="w", public=KEY.public_key().public_bytes_raw())]
LEAVES = [tree.leaf_hash(n.to_bytes(2, "big")) for n in range(SIZES)]


def test_two_implementations_agree_on_thousands_of_random_and_mutated_proofs() -> None:
    chance = random.Random(6962)  # noqa: S311  not for a secret
    agreed = 0
    for _ in range(PROOFS):
        size = chance.randint(1, SIZES)
        index = chance.randrange(size)
        grown = tree.Range()
        for leaf in LEAVES[:size]:
            grown.append(leaf)
        path = tree.proof(tree.inclusion_plan(index, size), lambda n: tree.subtree(LEAVES[n.position << n.height :][: 1 << n.height]))
        if path and chance.random() < 0.5:
            place = chance.randrange(len(path))
            path[place] = bytes([path[place][0] ^ 1, *path[place][1:]])
        if chance.random() < 0.2:
            index = chance.randrange(size)
        ours = tree.verify_inclusion(LEAVES[index], index, size, path, grown.root())
        assert ours == other.verify_inclusion(index.to_bytes(2, "big"), index, size, path, grown.root())
        agreed += ours
    assert PROOFS // 4 < agreed < PROOFS


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_parser_falls_over_whatever_it_is_given(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    checkpoint.parse(data)
    checkpoint.parse_key(text)
    checkpoint.verify(data, text)
    parse_path(text)
    with contextlib.suppress(msgspec.DecodeError):
        decode_entry(data)
    read_line(text, data, WITNESSES)
    with contextlib.suppress(NotWitnessed):
        Witness("w", KEY, key_of("log"), Path("/nowhere/at/all")).add_checkpoint(data, NOW)
    with contextlib.suppress(NoteError):
        cosigned(data, read_policy(""))
    with contextlib.suppress(PolicyError):
        parse_policy(text)
    with contextlib.suppress(NoteError):
        read_policy(text)
    assert check_proof(data, keys=[]).exit != WHOLE
