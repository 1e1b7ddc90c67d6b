"""What is to be trusted, as one text that is signed and logged whenever it changes: keys of logs and registrars, witnesses, quorum.

samsyn-trust-v1
host audit.samsyn.example
version 3
previous <SHA-256 of the signed text of version 2, or ->
since 2026-11-24T10:00:00.000000Z
log <verifier key>              each log's, the root log's first, old ones too
attest <verifier key>           what signs manifests and this text
registrar <organisation> <Ed25519 public key, base64>
witness|group|quorum ...        the lines of the C2SP tlog-policy
"""

import base64
import binascii
from collections.abc import Iterable, Mapping

FORMAT = "samsyn-trust-v1"
_HEAD = 5  # lines that are another in each version
_KEY = 32


def body(log_keys: Iterable[str], attest_keys: Iterable[str], registrars: Mapping[str, str], policy: str) -> str:
    """All that says whom to trust. `registrars`: public key by organisation; `policy`: the policy file's text, whose `log` lines go."""
    lines = [*(f"log {key}" for key in log_keys), *(f"attest {key}" for key in attest_keys)]
    lines += [f"registrar {name} {registrars[name]}" for name in sorted(registrars)]
    said = (" ".join(line.partition("#")[0].split()) for line in policy.splitlines())
    lines += [line for line in said if line and not line.startswith("log ")]
    return "".join(f"{line}\n" for line in lines)


def text(host: str, version: int, previous: str | None, since: str, said: str) -> bytes:
    """The whole text, ready to be signed. `previous`: of the version before, in hex."""
    head = [FORMAT, f"host {host}", f"version {version}", f"previous {previous or '-'}", f"since {since}"]
    return "".join(f"{line}\n" for line in head).encode() + said.encode()


def body_of(note: bytes) -> str:
    """What a signed version says, without its head and its signatures."""
    return "".join(note.rpartition(b"\n\n")[0].decode().splitlines(keepends=True)[_HEAD:]) + "\n"


def registrar_key(jwk: Mapping[str, object]) -> str:
    """A registrar's public Ed25519 JWK as it stands in the text. Raises ValueError for another key."""
    try:
        raw = base64.urlsafe_b64decode(f"{jwk['x']}==")
    except (KeyError, binascii.Error) as error:
        raise ValueError("no public key of a registrar") from error
    if jwk.get("crv") != "Ed25519" or len(raw) != _KEY:
        raise ValueError("no public key of a registrar")
    return base64.b64encode(raw).decode()
