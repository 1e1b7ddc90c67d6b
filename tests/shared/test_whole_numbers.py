"""A number in a form is anything that somebody types."""

import pytest

from shared.pages import forms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("7", 7),
        ("9" * 15, 10**15 - 1),
        ("9" * 16, None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("\u0663", None),
    ],
    ids=["none", "seven", "the largest", "too large", "endless", "empty", "below none", "a part", "other digits"],
)
def test_a_whole_number_is_read_and_nothing_else(text: str, number: int | None) -> None:
    assert forms.whole(text) == number
