"""Where things listen: the usual ports, free ones when those are taken, the same again at the next start."""

import socket
from collections.abc import Mapping

from deploy.embedded.home import Home

HOST = "127.0.0.1"
USUAL = {"provider": 8420, "consent": 8421, "sharing": 8422, "audit": 8423, "bus": 8424}
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
