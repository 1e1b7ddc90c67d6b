"""A family is told that there is something to read, where it has chosen, and nothing else is said (I8, I9)."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.channel import Channel, Contact
from services.consent.storage.channels import SmtpChannel, WebhookChannel
from services.consent.usecases.choose_contact import choose_contact, show_contact
from services.consent.usecases.name_child import name_child
from services.consent.usecases.notify_family import notify_person
from services.consent.usecases.push_notices import GIVEN_UP_AFTER, PushNotices
from shared.database import Connection, Database
from shared.tokens.fetch import Fetcher
from tests.consent.world import CHILD, MEANS, NOW, STAFF, ask, family, registered

MAIL = "anna.kanariefagel@example.org"
PHONE = "+46701740605"
KEY = bytes(range(32))


class Server:
    """A mail server or an HTTP server, as much as is needed: keeps what it was sent, and refuses while it is told to."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.heads: list[str] = []
        self.refuses = False
        self.port = 0

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        body: list[bytes] | None = None
        while line := await reader.readline():
            if body is not None:
                body.append(line)
                if line == b".\r\n":
                    self.got.append(b"".join(body).decode())
                    body = None
                    writer.write(b"250 kept\r\n")
            elif line.startswith(b"DATA") and not self.refuses:
                body = []
                writer.write(b"354 go on\r\n")
            elif line.startswith(b"QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"451 later\r\n" if self.refuses and not line.startswith(b"EHLO") else b"250 ok\r\n")
        writer.close()

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(next(line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length")))
        body = (await reader.readexactly(length)).decode()
        if not self.refuses:
            self.got.append(body)
            self.heads.append(head)
        status = "503 Unavailable" if self.refuses else "204 No Content"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


@asynccontextmanager
async def channel_to(kind: str) -> AsyncIterator[tuple[Server, Channel]]:
    kept = Server()
    server = await asyncio.start_server(kept.smtp if kind == "smtp" else kept.http, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    async with server, Fetcher(production=False) as fetcher:
        if kind == "smtp":
            yield kept, SmtpChannel(f"smtp://127.0.0.1:{kept.port}", "samsyn@example.org")
        else:
            yield kept, WebhookChannel(fetcher, f"http://127.0.0.1:{kept.port}/told", KEY, lambda: 1_795_000_000)


async def noticed(tx: Connection, *, protected: bool = False) -> UUID:
    """The mother has chosen where, and then there is something to read."""
    home = await family(tx)
    event = await ask(tx, home.subject_id)
    await choose_contact(tx, MEANS, home.mother, Contact(email=MAIL, telephone=PHONE), now=NOW)
    person_id = UUID(home.mother.person_id)
    if protected:
        found = registered()
        guardians = tuple(msgspec.structs.replace(one, protected=True) for one in found.guardians)
        await name_child(tx, MEANS, STAFF, CHILD, msgspec.structs.replace(found, guardians=guardians), now=NOW)
    assert await notify_person(tx, person_id, "asked", event.request_id, None, now=NOW)
    return event.request_id


@pytest.fixture(autouse=True)
async def empty(consent_db: Database) -> None:
    async with consent_db.transaction() as tx:
        await tx.execute("update push set dead_at = $1 where sent_at is null", NOW)


@pytest.mark.parametrize("kind", ["smtp", "webhook"])
async def test_what_is_sent_says_nothing_but_that_there_is_something(consent_db: Database, kind: str) -> None:
    async with consent_db.transaction() as tx:
        request_id = await noticed(tx)
    async with channel_to(kind) as (server, channel):
        loop = PushNotices(consent_db, MEANS, channel)
        server.refuses = True
        assert await loop.run_once(NOW) == 0
        assert await loop.run_once(NOW) == 0  # not before its time
        server.refuses = False
        assert await loop.run_once(NOW + timedelta(hours=1)) == 1
        assert await loop.run_once(NOW + timedelta(days=3)) == 0

    (message,) = server.got
    assert "Samsyn" in message
    for secret in (CHILD, "Alva", "o5ek", "http", str(request_id), "pupil"):
        assert secret not in message
    if kind == "webhook":
        (head,) = server.heads
        made = hmac.new(KEY, b"1795000000." + message.encode(), sha256).hexdigest()
        assert f"samsyn-signature: t=1795000000,v1={made}" in head.lower()


async def test_what_never_gets_through_is_given_up_and_stays_to_be_seen(consent_db: Database) -> None:
    async with consent_db.transaction() as tx:
        await noticed(tx)
    async with channel_to("webhook") as (server, channel):
        server.refuses = True
        loop = PushNotices(consent_db, MEANS, channel)
        for day in range(GIVEN_UP_AFTER + 1):
            await loop.run_once(NOW + timedelta(days=day))

    async with consent_db.connection() as connection:
        row = await connection.fetchrow("select tries, failure, dead_at from push where failure = 'webhook-refused'")
    assert row is not None
    assert (row["tries"], row["dead_at"]) == (GIVEN_UP_AFTER, NOW + timedelta(days=GIVEN_UP_AFTER - 1))


async def test_nothing_goes_to_a_protected_identity(consent_tx: Connection) -> None:
    await noticed(consent_tx, protected=True)

    assert await consent_tx.fetchval("select count(*) from push where sent_at is null and dead_at is null") == 0


async def test_the_choice_is_sealed_and_can_be_read_by_the_person(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await choose_contact(consent_tx, MEANS, home.mother, Contact(email=MAIL, telephone=PHONE, language="en"), now=NOW)

    row = await consent_tx.fetchval("select contact::text from contact where person_id = $1", UUID(home.mother.person_id))
    assert MAIL.encode().hex() not in row
    assert PHONE.encode().hex() not in row
    assert await show_contact(consent_tx, MEANS, home.mother, now=NOW) == Contact(email=MAIL, telephone=PHONE, language="en")
    assert await show_contact(consent_tx, MEANS, home.father, now=NOW) == Contact()
