"""What the holds of an organisation keep and hide in one of its logs (audit.md 30)."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from services.audit.domain.holds import State
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log
from services.audit.storage import holds
from services.audit.usecases.name_people import Wanted, find_token
from shared.database import Connection


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """What ordinary views leave out of one log, and for how many holds."""

    subjects: tuple[bytes, ...] = ()
    cases: tuple[UUID, ...] = ()
    holds: int = 0


async def hidden_in(tx: Connection, keeper: Keeper, log: Log) -> Hidden:
    """What the holds in force are on, in this log's own tokens. A hold on somebody whom the log never met hides nothing in it."""
    subjects, cases, number = [], [], 0
    async for one, subject in _standing(tx, keeper, log):
        if one.state is State.PROPOSED:
            continue
        number += 1
        if one.case_id is not None:
            cases.append(one.case_id)
        elif subject is not None:
            subjects.append(subject)
    return Hidden(subjects=tuple(subjects), cases=tuple(cases), holds=number)


async def kept_in(tx: Connection, keeper: Keeper, log: Log) -> set[bytes]:
    """Whose keys are kept: the child under a hold, and everybody in entries about the child or of the case."""
    kept: set[bytes] = set()
    async for one, subject in _standing(tx, keeper, log):
        if one.case_id is not None:
            kept |= await holds.people_of_case(tx, log.log_id, one.case_id)
        elif subject is not None:
            kept |= {subject} | await holds.people_of_subject(tx, log.log_id, subject)
    return kept


def seal_child(keeper: Keeper, organisation: str, hold_id: UUID, subject_id: UUID, nonce: bytes) -> bytes:
    """Whom a hold is on, for the key store alone: a log that begins next year gives the child another token."""
    return keeper.ring.wrap(organisation, hold_id.bytes, subject_id.bytes, nonce)


async def _standing(tx: Connection, keeper: Keeper, log: Log) -> AsyncIterator[tuple[holds.Standing, bytes | None]]:
    for one in await holds.standing(tx, log.organisation):
        subject = None
        if one.box is not None:
            child = UUID(bytes=keeper.ring.unwrap(log.organisation, one.hold_id.bytes, one.box))
            subject = await find_token(tx, keeper, Wanted(log, "subject", str(child)))
        yield one, subject
