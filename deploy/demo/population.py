"""A synthetic population register: families of people who do not exist, with numbers of the tax agency's test series."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
from stdnum import luhn

TEST_SERIES = range(980, 1000)
"""Birth numbers that are handed out to nobody, kept for tests."""


class Guardianship(msgspec.Struct, frozen=True, kw_only=True):
    """One guardian of a child as the register has it."""

    number: str
    custody: str


class Citizen(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the register file."""

    number: str
    """Twelve digits, no hyphen."""
    name: str
    protected: bool = False
    guardians: tuple[Guardianship, ...] = ()


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A child and those who have custody."""

    child: Citizen
    guardians: tuple[Citizen, ...]


def read(path: Path) -> list[Citizen]:
    """Everybody in the register; nobody when there is no file yet."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Citizen) for line in path.read_bytes().splitlines() if line]


def add_family(path: Path, child: str, age: int, guardians: list[str], custody: str, today: date, *, protected: bool = False) -> Family:
    """Append a family to the register file with numbers not used in it before; durable when this returns.

    The child had its birthday about half a year ago, so that the age holds for the rest of a run.
    """
    free = _free_numbers({citizen.number for citizen in read(path)}, today - timedelta(days=365 * age + age // 4 + 180))
    grown = _free_numbers({citizen.number for citizen in read(path)}, today - timedelta(days=365 * 41))
    adults = tuple(Citizen(number=next(grown), name=f"{name} Testsson", protected=protected) for name in guardians)
    minor = Citizen(
        number=next(free),
        name=f"{child} Testsson",
        protected=protected,
        guardians=tuple(Guardianship(number=adult.number, custody=custody) for adult in adults),
    )
    with path.open("ab") as file:
        for citizen in (*adults, minor):
            file.write(msgspec.json.encode(citizen) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return Family(child=minor, guardians=adults)


def _free_numbers(taken: set[str], born: date) -> Iterator[str]:
    """Numbers of the test series from this birthday backwards, day by day."""
    for days in range(3650):
        day = born - timedelta(days=days)
        for birth_number in TEST_SERIES:
            nine = f"{day:%y%m%d}{birth_number}"
            number = f"{day:%Y%m%d}{birth_number}{luhn.calc_check_digit(nine)}"
            if number not in taken:
                yield number
