"""What witnesses sign (C2SP tlog-cosignature), and how many of them are enough (C2SP tlog-policy)."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COSIGNATURE = 0x04
_KEY, _ID, _TIME, _SIGNATURE = 32, 4, 8, 64
_NONE = "none"


class PolicyError(ValueError):
    """The policy's text says nothing that can be followed; `str` names the line."""


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose cosignature counts."""

    name: str
    public: bytes
    url: str | None = None
    """Where it takes `add-checkpoint`; None: it asks us."""

    @property
    def key_id(self) -> bytes:
        """What its lines are named by."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([COSIGNATURE]) + self.public).digest()[:_ID]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Witnesses, groups of them, and the group that must have signed."""

    witnesses: dict[str, Witness] = {}
    """By the name that the policy gives them."""
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum: str = _NONE

    def is_enough(self, signed: Iterable[str]) -> bool:
        """Whether these witnesses (by their policy names) make the quorum."""
        names = set(signed)
        return self.quorum == _NONE or self._holds(self.quorum, names)

    def _holds(self, name: str, signed: set[str]) -> bool:
        if name not in self.groups:
            return name in signed
        needed, members = self.groups[name]
        return sum(self._holds(member, signed) for member in members) >= needed


def parse_policy(text: str) -> Policy:
    """A tlog-policy: `witness NAME KEY [URL]`, `group NAME all|any|N MEMBER...`, `quorum NAME|none`. Raises PolicyError."""
    witnesses: dict[str, Witness] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum = _NONE
    for number, line in enumerate(text.splitlines(), 1):
        match line.partition("#")[0].split():
            case []:
                continue
            case ["log", _, *_]:
                continue  # whose policy it is stands in the settings
            case ["witness", name, key, *url] if name not in witnesses and name not in groups and len(url) <= 1:
                witnesses[name] = _witness(key, url[0] if url else None, number)
            case ["group", name, count, *members] if name not in witnesses and name not in groups and members:
                groups[name] = _group(count, members, witnesses, groups, number)
            case ["quorum", name] if name == _NONE or name in groups or name in witnesses:
                quorum = name
            case _:
                raise PolicyError(f"line {number}")
    return Policy(witnesses=witnesses, groups=groups, quorum=quorum)


def read_line(line: str, text: bytes, witnesses: Iterable[Witness]) -> tuple[Witness, int] | None:
    """Who cosigned this checkpoint's text, and when (Unix seconds); None when no known witness did, or the signature is false."""
    parts = line.removesuffix("\n").split(" ")
    raw = decode(parts[2]) if len(parts) == 3 and parts[0] == "—" else None  # noqa: PLR2004  dash, name, signature
    if raw is None or len(raw) != _ID + _TIME + _SIGNATURE:
        return None
    for witness in witnesses:
        if witness.name == parts[1] and witness.key_id == raw[:_ID]:
            moment = int.from_bytes(raw[_ID : _ID + _TIME], "big")
            try:
                Ed25519PublicKey.from_public_bytes(witness.public).verify(raw[_ID + _TIME :], signed_text(text, moment))
            except (InvalidSignature, ValueError):
                return None
            return witness, moment
    return None


def make_line(name: str, public: bytes, sign: Callable[[bytes], bytes], text: bytes, moment: int) -> str:
    """A cosignature over a checkpoint's text."""
    raw = Witness(name=name, public=public).key_id + moment.to_bytes(_TIME, "big") + sign(signed_text(text, moment))
    return f"— {name} {base64.b64encode(raw).decode()}\n"


def signed_text(text: bytes, moment: int) -> bytes:
    """The bytes that a witness signs: that it saw this checkpoint as the log's newest, and when."""
    return b"cosignature/v1\ntime %d\n" % moment + text


def decode(text: str) -> bytes | None:
    """Standard base64 in its one canonical form."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _witness(key: str, url: str | None, number: int) -> Witness:
    name, _, rest = key.partition("+")
    identifier, _, encoded = rest.partition("+")
    raw = decode(encoded)
    if not name or raw is None or len(raw) != 1 + _KEY or raw[0] != COSIGNATURE:
        raise PolicyError(f"line {number}")
    witness = Witness(name=name, public=raw[1:], url=url)
    if witness.key_id.hex() != identifier:
        raise PolicyError(f"line {number}")
    return witness


def _group(
    count: str, members: list[str], witnesses: dict[str, Witness], groups: dict[str, tuple[int, tuple[str, ...]]], number: int
) -> tuple[int, tuple[str, ...]]:
    words = {"all": len(members), "any": 1}
    needed = words.get(count) or (int(count) if count.isascii() and count.isdecimal() else 0)
    if not 1 <= needed <= len(members) or len(set(members)) != len(members) or not all(m in witnesses or m in groups for m in members):
        raise PolicyError(f"line {number}")
    return needed, tuple(members)
