from datetime import date
from pathlib import Path

from stdnum.se import personnummer

from deploy.demo.population import add_family, read

TODAY = date(2026, 11, 24)


def test_numbers_are_valid_of_the_test_series_and_never_twice(tmp_path: Path) -> None:
    register = tmp_path / "population.jsonl"
    for _ in range(60):
        add_family(register, "Tindra", 13, ["Vera", "Ove"], "joint", TODAY)

    numbers = [citizen.number for citizen in read(register)]

    assert len(set(numbers)) == len(numbers) == 180
    assert all(personnummer.is_valid(number) and 980 <= int(number[8:11]) <= 999 for number in numbers)


def test_the_child_has_the_age_that_was_asked_for(tmp_path: Path) -> None:
    for age in range(18):
        family = add_family(tmp_path / "population.jsonl", "Tindra", age, [], "none-known", TODAY)
        born = date(int(family.child.number[:4]), int(family.child.number[4:6]), int(family.child.number[6:8]))
        years = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
        assert years == age
