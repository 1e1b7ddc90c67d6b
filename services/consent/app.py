"""The only file of the consent house that knows all rooms."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.consent.domain.register import Register
from services.consent.http import children, consents, requests
from services.consent.settings import Settings
from services.consent.storage.population_register import FileRegister, NoRegister
from services.consent.storage.texts import load
from services.consent.storage.vault import Vault
from services.consent.usecases.identify_person import identify_person
from services.consent.usecases.means import Means
from shared import operations
from shared.database import Database
from shared.operations import Operation


def means_of(settings: Settings) -> Means:
    """Key and texts. Raises ValueError for a missing text or a key of the wrong length: the house does not start."""
    return Means(vault=Vault.read(settings.secret_key), texts=load(), operator=settings.operator)


def register_of(settings: Settings) -> Register:
    """The population register, or none."""
    return NoRegister() if settings.population_register is None else FileRegister(settings.population_register)


def operations_of(means: Means, register: Register) -> list[Operation[Any, Any]]:
    """What connected systems may do, over HTTP and NATS alike."""
    return [children.children(means, register)]


def routes_of(means: Means, register: Register) -> Sequence[ControllerRouterHandler]:
    """All routes of the house."""
    router = Router(
        path="/",
        route_handlers=[*children.ROUTES, *requests.ROUTES, *consents.ROUTES],
        dependencies={"means": Provide(lambda: means, sync_to_thread=False)},
    )
    return [router, *operations.routes(operations_of(means, register))]


def person_of(
    database: Database, means: Means, register: Register, claim: str
) -> Callable[[Mapping[str, Any], datetime], Awaitable[str | None]]:
    """The login's hook: from the provider's claims to the person here. The number goes no further."""

    async def person(claims: Mapping[str, Any], now: datetime) -> str | None:
        number = claims.get(claim)
        if not isinstance(number, str):
            return None
        found = await register.look_up(number.replace("-", ""))
        async with database.transaction() as tx:
            return await identify_person(tx, means.vault, number, found, now=now)

    return person
