"""A process of its own that acts for one person on consent's database: `python -m tests.consent.signer URL`.

Each line of standard input is a turn. It says `ready` when it has looked at the page, then waits for a lock that the test holds, acts,
and says what it was told.
"""

import asyncio
import sys
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.auth import Caller
from shared.database import Database
from tests.consent.world import MEANS, NOW, show, withdraw

GATE = 7_041_999
"""The advisory lock behind which the signers of one turn stand."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What to do when the gate opens: answer a question, take a consent back, or one after the other."""

    caller: Caller
    request_id: UUID
    choice: Choice | None = None
    consent_id: UUID | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the house said to this person."""

    complete: bool | None = None
    withdrawal: str | None = None


async def act(database: Database, turn: Turn) -> Told:
    """One turn."""
    complete = withdrawal = None
    async with database.transaction() as tx:
        shown = await show(tx, turn.caller, turn.request_id)
    print("ready", flush=True)  # noqa: T201  # the test reads it
    async with database.connection() as gate:
        await gate.execute("select pg_advisory_lock_shared($1)", GATE)
        await gate.execute("select pg_advisory_unlock_shared($1)", GATE)
    if turn.choice is not None:
        answers = [RowAnswer(row=row.row, choice=turn.choice) for row in shown.page.rows]
        async with database.transaction() as tx:
            answered = await answer_request(tx, MEANS, turn.caller, turn.request_id, shown.served_id, answers, now=NOW)
        complete = answered.view.complete if isinstance(answered, Answered) else None
    if turn.consent_id is not None:
        async with database.transaction() as tx:
            outcome = await withdraw(tx, turn.caller, turn.consent_id)
        withdrawal = outcome.view.state if isinstance(outcome, Withdrawn) else None
    return Told(complete=complete, withdrawal=withdrawal)


async def main(url: str) -> None:
    """Turns, until standard input ends."""
    database = await Database.open(url, size=2)
    for line in sys.stdin:
        told = await act(database, msgspec.json.decode(line, type=Turn))
        print(msgspec.json.encode(told).decode(), flush=True)  # noqa: T201  # the test reads it
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
