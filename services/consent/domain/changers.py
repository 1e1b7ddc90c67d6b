"""Who can change what a row says now, as roles and numbers: for a professional who must know whom to turn to, never by name."""

from collections import Counter

import msgspec

from services.consent.domain.consent import RowRecord, State
from shared.contracts.consent import Missing
from shared.law.disposers import AskHuman

HOLDER = "holder"
"""The unit that holds the information: it asks, or lifts what it has paused."""
_HOLDERS = frozenset({State.NOT_ASKED, State.PAUSED, State.ENDED, State.STRUCK_OUT, State.EXPIRED, State.NOT_REACHED})


class Changer(msgspec.Struct, frozen=True, kw_only=True):
    """So many of one role."""

    role: str
    """`holder`, `guardian`, `child`, `third-person`."""
    number: int


def changers(record: RowRecord, state: State, missing: tuple[Missing, ...]) -> tuple[Changer, ...]:
    """Where the row holds, those who can take it back; else those whose answer is missing, and the holder where it must act first."""
    if isinstance(record.who, AskHuman):
        return (Changer(role=HOLDER, number=1),)
    if state is State.GRANTED:
        counts = Counter(str(one.role) for one in record.who.needed)
    else:
        counts = Counter[str]()
        for one in missing:
            counts[one.role] += one.number
    first = (Changer(role=HOLDER, number=1),) if state in _HOLDERS else ()
    return (*first, *(Changer(role=role, number=number) for role, number in sorted(counts.items())))
