"""The page that says who has read: units in sentences, in the reader's language, and honest when the log cannot be read."""

from datetime import timedelta

import pytest

from services.consent.domain.wording import Language
from services.consent.pages.family import ACTS, OTHER_ACT, Labels
from services.consent.pages.site import FOLDER, LANGUAGES
from services.consent.usecases.list_seen import SeenAct, SeenList
from shared.ids import new_id
from shared.pages.frame import render
from tests.consent.world import MEANS, NOW

PLACE = "BUP, Regionen"


def page(language: Language, *, available: bool = True, action: str | None = "delivery.fetched") -> str:
    act = SeenAct(
        at=NOW,
        child_name="Alva",
        unit=PLACE,
        action=action or "",
        purpose="P_SUPPORT",
        categories=("pupil-health",),
        basis=(),
        entry_id=new_id(NOW),
    )
    read = SeenList(available=available, since=NOW - timedelta(days=730), more=False, acts=() if action is None else (act,))
    return render(
        FOLDER,
        "seen.html",
        language.value,
        path="/seen",
        among=LANGUAGES,
        days=[],
        labels=Labels(MEANS, language),
        read=read,
        read_days=[(one.at.date(), [one]) for one in read.acts],
        acts=ACTS,
        other=OTHER_ACT,
    )


@pytest.mark.parametrize(
    ("language", "said"), [(Language.SWEDISH, f"{PLACE} hämtade uppgifterna."), (Language.ENGLISH, f"{PLACE} fetched the information.")]
)
def test_a_reading_is_a_sentence_about_a_unit_with_what_and_why(language: Language, said: str) -> None:
    shown = page(language)

    assert said in shown
    assert Labels(MEANS, language).category("pupil-health") in shown
    assert Labels(MEANS, language).purpose("P_SUPPORT") in shown


def test_an_act_without_words_is_said_without_its_code() -> None:
    shown = page(Language.SWEDISH, action="something.new")

    assert f"{PLACE} arbetade med uppgifterna." in shown
    assert "something.new" not in shown


def test_a_log_that_cannot_be_read_is_no_empty_list() -> None:
    assert "Ingen har läst något av det ännu." in page(Language.SWEDISH, action=None)
    assert "Loggen går inte att läsa just nu" in page(Language.SWEDISH, action=None, available=False)
    assert "Ingen har läst något av det ännu." not in page(Language.SWEDISH, action=None, available=False)
