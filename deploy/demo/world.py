"""The synthetic world: organisations, people and agreements from `world.toml`."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files

import msgspec


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys in the file are mistakes."""


class Unit(_Strict, frozen=True, kw_only=True):
    """One unit with its secrecy regime."""

    id: str
    name: str
    regime: str


class Organisation(_Strict, frozen=True, kw_only=True):
    """One controller. `system`: it has a connected system; `registrar`: it countersigns unit keys."""

    id: str
    name: str
    principal: str
    public: bool
    system: bool = False
    registrar: bool = False
    units: tuple[Unit, ...] = ()


class Grant(_Strict, frozen=True, kw_only=True):
    """What one person may do."""

    role: str
    unit: str | None = None
    models: tuple[str, ...] = ()


class StaffMember(_Strict, frozen=True, kw_only=True):
    """One employee; `key` is how the story calls them."""

    key: str
    subject: str
    name: str
    title: str
    organisation: str
    grants: tuple[Grant, ...]


class Agreement(_Strict, frozen=True, kw_only=True):
    """Which organisations work by which model."""

    model: str
    organisations: tuple[str, ...]
    signed_by: str


class Child(_Strict, frozen=True, kw_only=True):
    """A child of a seeded family."""

    name: str
    age: int
    protected: bool = False


class SeededFamily(_Strict, frozen=True, kw_only=True):
    """A family that exists from the start."""

    child: Child
    guardians: tuple[str, ...]
    custody: str


class World(
    _Strict,
    frozen=True,
    kw_only=True,
    rename={"organisations": "organisation", "people": "person", "agreements": "agreement", "families": "family"},
):
    """All of `world.toml`."""

    operator: str
    organisations: tuple[Organisation, ...]
    people: tuple[StaffMember, ...]
    agreements: tuple[Agreement, ...]
    families: tuple[SeededFamily, ...]

    def person(self, key: str) -> StaffMember:
        """The employee whom the story calls so. Raises StopIteration for a name that is not in the file."""
        return next(person for person in self.people if person.key == key)

    def systems(self) -> Iterator[Organisation]:
        """Organisations with a connected system."""
        return (organisation for organisation in self.organisations if organisation.system)


def load() -> World:
    """The world of this package."""
    text = files("deploy.demo").joinpath("world.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), World)


def client_id(organisation: str) -> str:
    """The OIDC client of an organisation's connected system."""
    return f"https://system.{organisation}.samsyn.example"


def desk_client_id(organisation: str) -> str:
    """The OIDC client of the desk that an organisation runs itself."""
    return f"https://desk.{organisation}.samsyn.example"
