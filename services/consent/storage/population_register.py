"""A population register as a file: one JSON object a line, read anew at each look-up so that it may be replaced at any time."""

import asyncio
from pathlib import Path

import msgspec

from services.consent.domain.register import Registered, RegisteredGuardian
from shared.law.disposers import Custody


class _Guardian(msgspec.Struct, frozen=True):
    number: str
    custody: Custody


class _Line(msgspec.Struct, frozen=True):
    number: str
    name: str
    protected: bool = False
    guardians: tuple[_Guardian, ...] = ()


class FileRegister:
    """The file adapter of the register port. A file that cannot be read or has a broken line is a register out of reach."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(_Line)

    async def look_up(self, number: str) -> Registered | None:
        """The whole file is read whether the number is there or not: the time tells nothing."""
        return await asyncio.to_thread(self._look_up, number)

    def _look_up(self, number: str) -> Registered | None:
        try:
            lines = self._decoder.decode_lines(self._path.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None
        people = {line.number: line for line in lines}
        found = people.get(number)
        if found is None:
            return None
        guardians = tuple(_guardian(one, people.get(one.number)) for one in found.guardians)
        return Registered(number=found.number, name=found.name, protected=found.protected, guardians=guardians)


class NoRegister:
    """An operator without a register: custody comes from documents and staff."""

    async def look_up(self, number: str) -> Registered | None:  # noqa: ARG002  the port's form
        """Nothing is known."""
        return None


def _guardian(guardian: _Guardian, line: _Line | None) -> RegisteredGuardian:
    return RegisteredGuardian(
        number=guardian.number,
        custody=guardian.custody,
        name=None if line is None else line.name,
        protected=line is not None and line.protected,
    )
