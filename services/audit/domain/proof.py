"""The text form of an inclusion proof: C2SP tlog-proof, checkable without a network."""

import base64
from collections.abc import Sequence


def format_proof(index: int, path: Sequence[bytes], checkpoint: bytes, entry: bytes) -> bytes:
    """The proof with the entry's stored bytes as `extra`, from which whoever checks makes the leaf hash anew."""
    hashes = "".join(f"{base64.b64encode(value).decode()}\n" for value in path)
    head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(entry).decode()}\nindex {index}\n{hashes}\n"
    return head.encode() + checkpoint
