"""What a population register is asked and answers: a port, for every operator has another one."""

from typing import Protocol

import msgspec

from shared.law.disposers import Custody


class RegisteredGuardian(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian as the register has it."""

    number: str
    custody: Custody
    name: str | None = None
    protected: bool = False


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """One person as the register has it now."""

    number: str
    name: str
    protected: bool = False
    guardians: tuple[RegisteredGuardian, ...] = ()


class Register(Protocol):
    """A population register. Out of reach is None: no fact comes of it and what was known stands."""

    async def look_up(self, number: str) -> Registered | None:
        """The person with these twelve digits; None also for a number that the register does not know."""
        ...
