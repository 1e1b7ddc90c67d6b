"""The only file of the library that knows all rooms."""

from shared.house import House, Parts, Wiring
from shared.settings import HouseSettings
from tests.shared.library.http import OPERATIONS, PEOPLE
from tests.shared.library.storage import CONFLICTS


async def organisation_of(_issuer: str, _client_id: str) -> str | None:
    """The library knows no systems."""
    return None


def wire(_parts: Parts[HouseSettings]) -> Wiring:
    """Everything that runs in a process of the library."""
    return Wiring(organisation_of=organisation_of, routes=PEOPLE, operations=OPERATIONS)


HOUSE = House(name="library", settings=HouseSettings, wire=wire, conflicts=CONFLICTS, package="tests.shared.library")
