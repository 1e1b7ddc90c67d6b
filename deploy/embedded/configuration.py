"""The files that deploy writes for the parts at each start: the bus, the provider with its clients, whom sharing trusts for keys."""

import json
from pathlib import Path

import msgspec

from deploy import signing_in
from deploy.demo import registration, world
from deploy.embedded import desks, witnesses
from deploy.embedded.home import write_whole
from deploy.embedded.parts import Plan, audience
from deploy.embedded.ports import COMMAND_LINE
from deploy.embedded.roles import HOUSES
from deploy.nats.config import Place, Seeds, read_seeds, write_config
from deploy.nats.reload import declare_streams as declare
from deploy.provider.config import Client, Config, Kind, Persons, StaffPersona, public_jwks
from deploy.provider.config import write as write_provider
from shared.clock import utc_now
from shared.subjects import BUS

PEOPLE = {
    "consent": (Persons.ALL, ("consent:ask", "consent:answer")),
    "sharing": (Persons.STAFF, ("sharing:decide", "sharing:confirm", "sharing:read", "consent:ask")),
    "audit": (Persons.STAFF, ("audit:read", "audit:export")),
}
"""Who logs in at a house, and what a session there may do."""

SYSTEM_SCOPES = ("consent:ask", "sharing:decide", "sharing:send", "sharing:fetch", "sharing:read")
"""What an organisation's connected system may ask for itself."""

IDENTITY_SCOPES = ("openid", "profile", "https://id.oidc.se/scope/naturalPersonInfo", "https://id.oidc.se/scope/naturalPersonNumber")


def write(plan: Plan) -> None:
    """All of them, and the organisations' own keys where they are missing. What is there and still right stays."""
    folder = plan.config("")
    folder.mkdir(mode=0o700, exist_ok=True)
    people = world.load()
    registration.make_keys(people, plan.organisations, utc_now())
    trust = {o.id: _public(plan.organisations / o.id / "signing.json") for o in people.organisations if o.registrar}
    write_whole(plan.config("trust.json"), json.dumps(trust).encode())
    desks.write(plan, people)
    witnesses.write(plan, people)
    write_config(plan.config("nats.json"), place(plan), seeds(plan), organisations(people))
    write_provider(plan.config("provider.json"), provider(plan, people))
    register = registration.register(people, plan.organisations, plan.addresses["provider"], utc_now())
    write_whole(plan.config("register.json"), msgspec.json.encode(register))


def place(plan: Plan) -> Place:
    """Where the bus listens and stores."""
    return Place(name=plan.bus_name, port=plan.ports["bus"], store=plan.home.folder / "nats")


def seeds(plan: Plan) -> Seeds:
    """The keys of the bus itself."""
    return read_seeds(plan.home.secrets)


def organisations(people: world.World) -> list[str]:
    """Those with an account on the bus."""
    return [organisation.id for organisation in people.systems()]


async def declare_streams(plan: Plan) -> None:
    """Streams and durables, made or brought up to date."""
    await declare(plan.addresses["bus"], seeds(plan), organisations(world.load()))


def provider(plan: Plan, people: world.World) -> Config:
    """The development provider: the houses, the connected systems, and the people of the world."""
    names = {o.id: o.name for o in people.organisations}
    return Config(
        issuer=plan.addresses["provider"],
        data=plan.home.folder / "provider",
        clients=(
            *(_house(plan, house) for house in HOUSES),
            *(_system(plan, o) for o in people.systems()),
            *desks.clients(plan, people),
            _command_line(plan),
        ),
        staff=tuple(
            StaffPersona(
                subject=p.subject, name=p.name, title=p.title, organisation=p.organisation, organisation_name=names[p.organisation]
            )
            for p in people.people
        ),
        population=plan.population,
    )


def _house(plan: Plan, house: str) -> Client:
    base, (persons, scopes) = plan.addresses[house], PEOPLE[house]
    return Client(
        client_id=audience(house),
        kind=Kind.HOUSE,
        jwks=public_jwks(plan.keys.client_key(house)),
        name=f"Samsyn {house}",
        redirect_uris=(f"{base}/auth/callback",),
        post_logout_redirect_uris=(f"{base}/",),
        backchannel_logout_uri=f"{base}/auth/backchannel-logout",
        persons=persons,
        scopes=(*IDENTITY_SCOPES, *scopes),
        own_scopes=("house",),
        resources=(*(audience(other) for other in HOUSES), BUS),
        serves=audience(house),
    )


def _command_line(plan: Plan) -> Client:
    return Client(
        client_id=signing_in.CLIENT,
        kind=Kind.WEB,
        jwks=public_jwks(plan.keys.client_key(COMMAND_LINE)),
        name="samsyn",
        redirect_uris=(signing_in.redirect_uri(plan.home.read("desks.json")[COMMAND_LINE]),),
        persons=Persons.STAFF,
        scopes=tuple(dict.fromkeys(scope for _, scopes in PEOPLE.values() for scope in scopes if scope != "consent:answer")),
        resources=tuple(audience(house) for house in HOUSES),
    )


def _system(plan: Plan, organisation: world.Organisation) -> Client:
    return Client(
        client_id=world.client_id(organisation.id),
        kind=Kind.SYSTEM,
        jwks=public_jwks(plan.organisations / organisation.id / "client.json"),
        name=f"System, {organisation.name}",
        own_scopes=SYSTEM_SCOPES,
        resources=(audience("consent"), audience("sharing"), BUS),
        must_bind=True,
    )


def _public(path: Path) -> dict[str, str]:
    return {name: value for name, value in json.loads(path.read_bytes()).items() if name != "d"}
