"""Who beside the log's own key signed a checkpoint (C2SP tlog-cosignature), and whether that is enough (C2SP tlog-policy)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .merkle import HASH
from .note import NoteError, decode, split

_COSIGNATURE = 4
_ID, _TIME = 4, 8


@dataclass(frozen=True)
class Policy:
    """`witnesses`: (name in the key, public key) by the name in the policy; `groups`: how many of which members."""

    witnesses: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = "none"

    def holds(self, signed: Iterable[str], name: str | None = None) -> bool:
        """Whether these have signed enough."""
        wanted = self.quorum if name is None else name
        if wanted not in self.groups:
            return wanted == "none" or wanted in set(signed)
        needed, members = self.groups[wanted]
        return sum(self.holds(signed, member) for member in members) >= needed


def read_policy(text: str) -> Policy:
    """Raises NoteError for a line that cannot be followed: a policy half read would be none."""
    witnesses: dict[str, tuple[str, bytes]] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum = "none"
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        known = {*witnesses, *groups}
        if words[:1] == ["witness"] and len(words) in {3, 4} and words[1] not in known:
            witnesses[words[1]] = _key(words[2])
        elif words[:1] == ["group"] and len(words) > 3 and words[1] not in known and {*words[3:]} <= known:  # noqa: PLR2004  a member
            needed = {"all": len(words) - 3, "any": 1}.get(words[2]) or (int(words[2]) if words[2].isdecimal() else 0)
            if not 0 < needed <= len({*words[3:]}):
                raise NoteError("malformed")
            groups[words[1]] = (needed, tuple(words[3:]))
        elif words[:1] == ["quorum"] and len(words) == 2 and words[1] in {*known, "none"}:  # noqa: PLR2004  its name
            quorum = words[1]
        elif words and words[0] != "log":
            raise NoteError("malformed")
    return Policy(witnesses, groups, quorum)


def cosigned(note: bytes, policy: Policy) -> dict[str, int]:
    """Which of the policy's witnesses signed this note, and when (Unix seconds). Raises NoteError for a false line of one of them."""
    text, signatures = split(note)
    found = {}
    for name, (signer, public) in policy.witnesses.items():
        for line, raw in signatures:
            if line == signer and raw[:_ID] == _id(signer, public):
                moment = int.from_bytes(raw[_ID : _ID + _TIME], "big")
                try:  # a line of another length is a false signature too
                    Ed25519PublicKey.from_public_bytes(public).verify(raw[_ID + _TIME :], b"cosignature/v1\ntime %d\n" % moment + text)
                except (InvalidSignature, ValueError) as error:
                    raise NoteError("wrong-signature") from error
                found[name] = moment
    return found


def _id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([_COSIGNATURE]) + public).digest()[:_ID]


def _key(text: str) -> tuple[str, bytes]:
    name, _, rest = text.partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode(encoded)
    if not name or len(raw) != 1 + HASH or raw[0] != _COSIGNATURE or _id(name, raw[1:]).hex() != identifier:
        raise NoteError("malformed")
    return name, raw[1:]
