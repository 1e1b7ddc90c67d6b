"""The desks of the demo: what an organisation would set up on a machine of its own. They run only when somebody starts one."""

import json
import os
from pathlib import Path
from typing import Any, Final

from deploy.demo import world
from deploy.embedded.home import Running, write_whole
from deploy.embedded.parts import PROJECTS, Plan, audience, python
from deploy.embedded.ports import COMMAND_LINE, HOST, desk_ports
from deploy.provider.config import Client, Kind, Persons, public_jwks
from shared.subjects import BUS

USUAL: Final = {"o5ek": 8431, "o2rg": 8432}
"""Organisations with a desk, and its usual port."""


def write(plan: Plan, people: world.World) -> None:
    """The kit's configuration for each desk, `organisations/<id>/kit.toml`, and where they are, for sharing's pages."""
    desk_ports(plan.home, {**USUAL, COMMAND_LINE: 8430})
    for organisation in USUAL:
        write_whole(_config(plan.home.folder, organisation), _kit(plan, people, organisation).encode())
    write_whole(plan.config("desks.json"), json.dumps({one: _address(plan.home.folder, one) for one in USUAL}).encode())


def clients(plan: Plan, people: world.World) -> list[Client]:
    """The desks at the provider: each its own client, for staff."""
    names = {organisation.id: organisation.name for organisation in people.organisations}
    return [_client(plan, organisation, names[organisation]) for organisation in USUAL]


def become(running: Running, organisation: str) -> None:
    """This process becomes the organisation's desk. Raises KeyError for one that has none."""
    port = json.loads((running.home / "desks.json").read_bytes())[organisation]
    command = python("samsyn_connect.command", "desk", "--config", str(_config(running.home, organisation)), "--port", str(port))
    os.execve(command[0], command, {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PROJECTS))})  # noqa: S606  our own program


def address(running: Running, organisation: str) -> str:
    """Where that desk is when somebody runs it. Raises KeyError for one that has none."""
    return _address(running.home, organisation)


def _address(home: Path, organisation: str) -> str:
    return f"http://{HOST}:{json.loads((home / 'desks.json').read_bytes())[organisation]}"


def _config(home: Path, organisation: str) -> Path:
    return home / "organisations" / organisation / "kit.toml"


def _client(plan: Plan, organisation: str, name: str) -> Client:
    base = _address(plan.home.folder, organisation)
    return Client(
        client_id=world.desk_client_id(organisation),
        kind=Kind.WEB,
        jwks=public_jwks(plan.organisations / organisation / "desk.json"),
        name=f"Skrivbordet, {name}",
        redirect_uris=(f"{base}/auth/callback",),
        post_logout_redirect_uris=(f"{base}/",),
        persons=Persons.STAFF,
        scopes=("openid", "profile"),
    )


def _kit(plan: Plan, people: world.World, organisation: str) -> str:
    """TOML; its basic strings are written as JSON writes them."""
    settings = {
        "organisation": organisation,
        "issuer": plan.addresses["provider"],
        "client_id": world.client_id(organisation),
        "sharing_url": plan.addresses["sharing"],
        "sharing_audience": audience("sharing"),
        "bus_url": plan.addresses["bus"],
        "bus_audience": BUS,
        "client_key": "client.json",
        "signing_key": "signing.json",
        "unit_keys": "units",
        "trust": "trust.json",
    }
    desk = {
        "client_id": world.desk_client_id(organisation),
        "client_key": "desk.json",
        "public_url": _address(plan.home.folder, organisation),
        # Who works with children there: those with a grant for a unit.
        "people": [p.subject for p in people.people if p.organisation == organisation and any(g.unit for g in p.grants)],
    }
    units = {unit.id: unit.name for other in people.organisations for unit in other.units}
    tables: list[tuple[str, dict[str, Any]]] = [("", settings), ("[desk]", desk), ("[desk.units]", units)]
    return "\n".join(line for name, table in tables for line in (name, *(f"{key} = {json.dumps(value)}" for key, value in table.items())))
