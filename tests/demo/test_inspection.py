import base64

import pytest

from deploy.demo.inspection import disguises


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("after", ["", "a", "ab", "abc"])
def test_a_text_is_found_in_base64_wherever_it_begins(before: str, after: str) -> None:
    text = "rönnbär 1234567890"
    hidden = f"{before}{text}{after}".encode()

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert any(form in encode(hidden) for form in disguises(text))
    assert any(form in hidden.hex().encode() for form in disguises(text))


def test_another_text_is_not_found() -> None:
    assert not any(form in base64.b64encode(b"something else altogether") for form in disguises("rönnbär"))
