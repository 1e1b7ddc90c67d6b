"""What an inbox does with what it should not get, and that a dead letter can be read and taken again."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.contracts.consent import RowsChanged
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.dead_letters import DeadLetter, list_dead_letters, replay_dead_letter
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.inbox import Handles, Inbox
from tests.eventually import eventually
from tests.shared.messages.conftest import LATER, NOW, Houses, take_note, wanted

SUBJECT = "samsyn.sharing.consent-wanted.v1"


async def refuse(_tx: Connection, _event: ConsentWanted, *, now: datetime) -> None:  # noqa: ARG001  the form of a use case
    raise NotFound


class Sender:
    """Puts messages into sharing's stream by hand."""

    def __init__(self, houses: Houses) -> None:
        self.houses = houses
        self.receipts: list[UUID] = []

    async def send(self, body: bytes, *, subject: str = SUBJECT, **headers: str) -> None:
        await self.houses.sharing_bus.js.publish(subject, body, headers={"ce-id": str(new_id(NOW)), **headers})

    async def letters(self) -> list[DeadLetter]:
        async with self.houses.consent.connection() as tx:
            return await list_dead_letters(tx)

    async def pending(self) -> int:
        info = await self.houses.sharing_bus.js.consumer_info("SHARING", "consent")
        return int(info.num_ack_pending or 0) + int(info.num_pending or 0)

    async def has_nothing_pending(self) -> bool:
        """Whether the server has heard of every acknowledgement: it travels by itself, after the transaction."""
        return await self.pending() == 0


@pytest.fixture
async def sender(houses: Houses) -> Sender:
    return Sender(houses)


def body(**more: Any) -> bytes:
    return msgspec.json.encode(msgspec.to_builtins(wanted()) | more)


async def test_an_unknown_field_is_ignored(houses: Houses, sender: Sender) -> None:
    await sender.send(body(added_in_a_later_release=True))

    assert await houses.inbox.run_once(NOW) == 1
    assert (await houses.effects(), await sender.letters()) == (1, [])


@pytest.mark.parametrize(
    ("raw", "headers", "reason"),
    [
        (b"{", {}, "cannot-be-read"),
        (b"{}", {}, "cannot-be-read"),
        (b"\xff", {}, "cannot-be-read"),
        (b"[" * 10_000, {}, "cannot-be-read"),
        (body(), {"ce-id": "none"}, "id-missing"),
    ],
    ids=["no_json", "no_fields", "no_utf8", "too_deep", "no_id"],
)
async def test_what_can_never_be_taken_is_dead_once_and_does_not_come_back(
    houses: Houses, sender: Sender, raw: bytes, headers: dict[str, str], reason: str
) -> None:
    await sender.send(raw, **headers)

    assert await houses.inbox.run_once(NOW) == 0
    assert [letter.reason for letter in await sender.letters()] == [reason]
    await eventually(sender.has_nothing_pending)
    assert await houses.effects() == 0


async def test_a_handler_that_goes_on_refusing_is_tried_again_and_then_the_message_is_dead(houses: Houses, sender: Sender) -> None:
    handles: Handles = {ConsentWanted: refuse}
    houses.inbox = Inbox("consent", "sharing", houses.consent, houses.consent_bus, handles, within=1, most_tries=2)
    await sender.send(body())

    await houses.inbox.run_once(NOW)
    assert (await sender.letters(), await sender.pending()) == ([], 1)
    await houses.inbox.run_once(NOW)

    assert [letter.reason for letter in await sender.letters()] == ["not-found"]
    await eventually(sender.has_nothing_pending)


async def test_a_dead_letter_is_taken_again_once_when_its_cause_is_gone(houses: Houses, sender: Sender) -> None:
    message_id = new_id(NOW)
    async with houses.consent.transaction() as tx:
        await tx.execute(
            "insert into dead_letter values ($1, 'sharing', 'consent-wanted', $2, '{}', $3, 'handler-failed', $4, null)",
            message_id,
            SUBJECT,
            body(),
            NOW,
        )

    for _ in range(2):
        async with houses.consent.transaction() as tx:
            letter = await replay_dead_letter(tx, {ConsentWanted: take_note}, message_id, now=NOW + LATER)
        assert letter.replayed_at == NOW + LATER

    assert await houses.effects() == 1
    assert [seen.replayed_at for seen in await sender.letters()] == [NOW + LATER]


async def test_a_letter_that_this_house_still_cannot_take_stays(houses: Houses, sender: Sender) -> None:
    await sender.send(b"{}")
    await houses.inbox.run_once(NOW)
    (letter,) = await sender.letters()

    for wrong, error in ((letter.id, Conflict), (new_id(NOW), NotFound)):
        with pytest.raises(error):
            async with houses.consent.transaction() as tx:
                await replay_dead_letter(tx, {ConsentWanted: take_note}, wrong, now=NOW)


async def test_another_houses_event_under_this_houses_subject_is_not_taken(houses: Houses, sender: Sender) -> None:
    taken: list[object] = []

    async def take(_tx: Connection, event: RowsChanged, *, now: datetime) -> None:  # noqa: ARG001  the form of a use case
        taken.append(event)

    inbox = Inbox("audit", "sharing", houses.consent, houses.consent_bus, {RowsChanged: take}, within=0.3)
    await houses.sharing_bus.js.publish("samsyn.sharing.grant-changed.v1", msgspec.json.encode(RowsChanged(position=1, rows=())))
    await houses.sharing_bus.js.publish("samsyn.sharing.rows-changed.v1", msgspec.json.encode(RowsChanged(position=1, rows=())))

    await inbox.run_once(NOW)

    assert taken == []
    assert await sender.letters() == []


async def test_what_is_sent_straight_to_the_inboxs_own_subject_is_dropped(houses: Houses, sender: Sender) -> None:
    await houses.inbox.run_once(NOW)
    own = houses.inbox._pull._subscription
    assert own is not None

    await houses.sharing_bus.publish(own.subject, body(), {"ce-id": str(new_id(NOW))})
    await houses.sharing_bus.client.flush()
    await houses.inbox.run_once(NOW)

    assert (await houses.effects(), await sender.letters()) == (0, [])
