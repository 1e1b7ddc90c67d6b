"""Where things listen: the usual ports, free ones when those are taken, the same again at the next start."""

import hashlib
import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.home import Home

HOST = "127.0.0.1"
COMMAND_LINE = "command"
"""Beside the desks: the port that a browser comes back to when somebody logs in at a command line."""
USUAL = {"provider": 8420, "consent": 8421, "sharing": 8422, "audit": 8423, "bus": 8424}
_LONGEST_PATH = 100
FIXED = frozenset({"provider"})
"""The provider's address is the issuer, and grants in the database name it: once chosen it cannot move."""


class PortTaken(Exception):
    """A port that cannot move belongs to another program now."""


def listen(home: Home) -> dict[str, socket.socket]:
    """Listening sockets by name, held by us and handed to the services: no race, and callers wait while a service restarts.

    The bus opens its own: close its socket right before it is started.
    """
    stored = home.read("ports.json") or {}
    sockets = {name: _open(name, usual, stored.get(name)) for name, usual in USUAL.items()}
    home.write("ports.json", numbers(sockets))
    return sockets


def signer_socket(home: Home) -> Path:
    """Where audit finds its signer. A Unix socket's path has room for a hundred bytes, so a deep home's lies elsewhere."""
    inside = home.folder / "signer.socket"
    if len(os.fsencode(inside)) < _LONGEST_PATH:
        return inside
    return Path(tempfile.gettempdir()) / f"samsyn-signer-{hashlib.sha256(os.fsencode(home.folder)).hexdigest()[:16]}"


def listen_for_signer(home: Home) -> socket.socket:
    """The signer's listening socket, held by us as the others are; only its owner may connect."""
    path = signer_socket(home)
    path.unlink(missing_ok=True)  # the home is held: nobody listens there any more
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        opened.bind(str(path))
    finally:
        os.umask(before)
    opened.listen(16)
    return opened


def numbers(sockets: Mapping[str, socket.socket]) -> dict[str, int]:
    """The port of each."""
    return {name: opened.getsockname()[1] for name, opened in sockets.items()}


def desk_ports(home: Home, usual: Mapping[str, int]) -> dict[str, int]:
    """The port of each organisation's desk: the usual one where it was free, and never another once chosen.

    The provider knows each desk by its address. A desk opens its port itself, when somebody starts it.
    """
    stored: dict[str, int] = home.read("desks.json") or {}
    for name, wanted in usual.items():
        if name not in stored:
            opened = _open(name, wanted, None)
            stored[name] = opened.getsockname()[1]
            opened.close()
    home.write("desks.json", stored)
    return stored


def free_port() -> int:
    """A port that nobody has now; for a program that opens its own."""
    with socket.create_server((HOST, 0)) as opened:
        return int(opened.getsockname()[1])


def _open(name: str, usual: int, stored: int | None) -> socket.socket:
    for port in (usual, 0) if stored is None else (stored,) if name in FIXED else (stored, 0):
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((HOST, port))
            opened.listen(256)
        except OSError:
            opened.close()
            continue
        return opened
    raise PortTaken(
        f"port {stored} is taken by another program, and this home's {name} cannot move from it: free the port or use another --data"
    )
