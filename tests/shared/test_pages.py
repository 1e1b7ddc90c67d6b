"""The base of the pages: what an operator may colour, and whose form comes back after a login."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.auth import Caller, Kind
from shared.pages.assets import HTMX, HTMX_SRI, integrity
from shared.pages.drafts import FOR, LIFE, Drafts
from shared.pages.languages import language_of
from shared.pages.theme import Theme, contrast, on

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DRAFTS = Drafts(bytes(range(32)))
ANNA = Caller(kind=Kind.PERSON, issuer="https://id.example", subject="anna", client_id="consent")
BO = Caller(kind=Kind.PERSON, issuer="https://id.example", subject="bo", client_id="consent")


def kept(owner: Caller = ANNA) -> str:
    (cookie,) = DRAFTS.keep("/questions/1", [("row-1", "no"), ("csrf", "secret"), (FOR, DRAFTS.owner(owner))], now=NOW)
    assert cookie.value is not None
    return cookie.value


def test_a_form_comes_back_to_the_one_whose_it_was() -> None:
    assert DRAFTS.open(kept(), "/questions/1", ANNA, now=NOW) == {"row-1": ["no"]}


def test_the_next_person_at_the_device_gets_an_empty_form() -> None:
    assert DRAFTS.open(kept(), "/questions/1", BO, now=NOW) == {}


@pytest.mark.parametrize(("path", "later"), [("/questions/2", timedelta()), ("/questions/1", LIFE + timedelta(seconds=1))])
def test_a_form_comes_back_to_its_own_page_and_not_for_ever(path: str, later: timedelta) -> None:
    assert DRAFTS.open(kept(), path, ANNA, now=NOW + later) == {}


def test_a_draft_that_was_altered_or_does_not_say_whose_it_is_is_none() -> None:
    sealed = kept()
    assert DRAFTS.open(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), "/questions/1", ANNA, now=NOW) == {}
    assert DRAFTS.keep("/questions/1", [("row-1", "no")], now=NOW) == []


def test_a_colour_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(ValueError, match="text needs"):
        Theme(accent="#9fd0d8", accent_dark="#7cc7d6")
    assert "--accent:#0b5563" in Theme(accent="#0b5563", accent_dark="#7cc7d6").style


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert (on("#0b5563"), on("#7cc7d6")) == ("#ffffff", "#000000")


def test_htmx_is_the_file_that_its_hash_says() -> None:
    assert integrity(HTMX) == HTMX_SRI


def test_the_language_is_the_address_then_the_choice_then_the_browser() -> None:
    assert language_of("en", "sv", kept="sv") == "en"
    assert language_of(None, "en-GB,en;q=0.8", kept="sv") == "sv"
    assert language_of(None, "de, en;q=0.5") == "en"
    assert language_of("ar", None) == "sv", "not every page has Arabic"
