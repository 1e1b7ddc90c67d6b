"""The provider as one object: what it was told, what it remembers, and who it can be asked to be."""

import secrets
from collections.abc import Callable
from datetime import date, datetime

from deploy.provider.config import Client, Config, Persons
from deploy.provider.keys import KeyRing, kept_secret
from deploy.provider.minting import Minting
from deploy.provider.people import People, Persona
from deploy.provider.proofs import Proofs
from deploy.provider.state import State
from shared.clock import STOCKHOLM, utc_now

Clock = Callable[[], datetime]


class Provider:
    """Made once per process; handlers get it as a dependency."""

    def __init__(self, config: Config, clock: Clock = utc_now) -> None:
        now = clock()
        self.config = config
        self.clock = clock
        self.issuer = config.issuer
        self.clients: dict[str, Client] = {client.client_id: client for client in config.clients}
        self.keys = KeyRing.open(config.data / "signing-keys.json", now)
        secret = kept_secret(config.data / "subject-secret", lambda: secrets.token_bytes(32))
        self.people = People(config.staff, config.population, secret)
        self.minting = Minting(config, self.keys)
        self.proofs = Proofs(config.issuer, self.clients, started_at=now, demands_nonce=config.demands_dpop_nonce)
        self.state = State()

    def address(self, path: str) -> str:
        """An endpoint's public address."""
        return self.issuer + path

    def today(self) -> date:
        """The day in Sweden: ages are reached at 00:00 there."""
        return self.clock().astimezone(STOCKHOLM).date()

    def persona(self, subject: str) -> Persona | None:
        """Anybody, by subject."""
        return self.people.find(subject, Persons.ALL, self.today())
