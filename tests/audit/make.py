"""Entries and messages that are valid by default."""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from services.audit.domain.checkpoint import Head, log_key
from services.audit.domain.keeper import Keeper
from services.audit.domain.vault import Keyring
from services.audit.signer.office import Office
from services.audit.signer.store import Store
from services.audit.storage import register
from services.audit.usecases.append_entries import Incoming
from services.audit.usecases.open_log import open_operators_log
from services.audit.usecases.remember_register import remember_grant, remember_organisation
from shared.auth import Caller, Kind
from shared.chain import GENESIS, next_link
from shared.contracts.entry import Entry, Person
from shared.contracts.sharing import GrantChanged, OrganisationChanged
from shared.database import Connection
from shared.ids import new_id, opaque_id

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SEED = bytes(range(32, 64))


class HereSigner:
    """The signer's office in this process, on a store of its own; `forget` before each test, for databases come and go."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="samsyn-signer-"))
        self.office = Office(SEED, Store(self.folder))
        if folder is None:
            atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.now = NOW

    def forget(self) -> None:
        for known in self.folder.glob("*.json"):
            known.unlink()

    async def last(self, origin: str, /) -> Head | None:
        return self.office.last(origin)

    async def sign(self, origin: str, head: Head, path: Sequence[bytes], /) -> bytes:
        return self.office.sign(origin, head, path, now=self.now)

    async def keys(self, origin: str, /) -> tuple[str, ...]:
        return self.office.keys(origin)

    async def attest(self, name: str, text: bytes, /) -> bytes:
        return self.office.attest(name, text)


SIGNER = HereSigner()
KEEPER = Keeper(ring=Keyring(bytes(range(32))), signer=SIGNER, host="audit.samsyn.example", operator="o1op")


def key_of(origin: str) -> str:
    """The first verifier key of a log."""
    return log_key(SEED, origin).verifier_key


CHILD = UUID("7b1c0000-0000-4000-8000-000000000980")
ISSUER = "https://login.example"


def make_entry(*, organisation: str = "o5ek", actor: str = f"{ISSUER} anna", subject: UUID | None = CHILD, **fields: object) -> Entry:
    at = fields.pop("at", NOW)
    assert isinstance(at, datetime)
    given: dict[str, object] = {"action": "decision.made", "answer": "yes", "unit": "o5ek-u2", "reasons": ("path-open",)}
    person = Person(actor_kind="person", actor=actor, subject=subject, sealed_reason="eyJ.sealed")
    return Entry(entry_id=new_id(at), organisation=organisation, at=at, person=person, **(given | fields))  # type: ignore[arg-type]


class Producer:
    """A house's relay, as far as numbering and linking go."""

    def __init__(self, name: str = "sharing") -> None:
        self.name = name
        self.sequence = 0
        self.link = GENESIS

    def send(self, *entries: Entry | bytes) -> list[Incoming]:
        return [self._send(entry) for entry in entries]

    def _send(self, entry: Entry | bytes) -> Incoming:
        self.sequence += 1
        body = msgspec.json.encode(entry) if isinstance(entry, Entry) else entry
        message_id = entry.entry_id if isinstance(entry, Entry) else opaque_id()
        message = Incoming(producer=self.name, message_id=message_id, sequence=self.sequence, previous_hash=self.link, body=body)
        self.link = next_link(self.link, self.sequence, body)
        return message


def make_organisation(organisation: str = "o5ek", revision: int = 1) -> OrganisationChanged:
    return OrganisationChanged(organisation=organisation, display_name=organisation, public=True, units=(), systems=(), revision=revision)


def make_grant(organisation: str = "o5ek", subject: str = "disa", **fields: object) -> GrantChanged:
    given: dict[str, object] = {
        "grant_id": opaque_id(),
        "organisation": organisation,
        "unit": None,
        "principal": f"{ISSUER} {subject}",
        "role": "dpo",
        "models": (),
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "valid_until": datetime(2027, 1, 1, tzinfo=UTC),
        "revision": 1,
    }
    return GrantChanged(**(given | fields))  # type: ignore[arg-type]


def make_officer(organisation: str = "o5ek", subject: str = "disa") -> Caller:
    return Caller(
        kind=Kind.PERSON,
        issuer=ISSUER,
        subject=subject,
        client_id="audit",
        organisation=organisation,
        acr="http://id.elegnamnden.se/loa/1.0/loa3",
        scopes=frozenset({"audit:read", "audit:export"}),
    )


async def make_world(tx: Connection, *organisations: str, now: datetime = NOW) -> None:
    """The operator's log, and for each organisation its log and an officer called disa."""
    await open_operators_log(tx, KEEPER, now=now)
    for organisation in organisations or ("o5ek",):
        await remember_organisation(tx, make_organisation(organisation), keeper=KEEPER, now=now)
        await remember_grant(tx, make_grant(organisation), now=now)
    assert await register.is_known(tx, KEEPER.operator)
