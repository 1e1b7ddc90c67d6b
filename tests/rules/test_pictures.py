"""README's pictures are there, small, and said in words to whoever does not see them."""

import re

from PIL import Image

from deploy.pictures import SHOWN, WIDEST
from tests.rules.code import ROOT

HEAVIEST = 80_000
SHOWS = re.compile(r'<img src="(docs/pictures/[^"]+)" width="\d+" alt="([^"]*)">')


def test_every_picture_in_the_readme_is_made_by_the_command_and_said_in_both_languages() -> None:
    shown = dict(SHOWS.findall((ROOT / "README.md").read_text(encoding="utf-8")))

    assert sorted(shown) == sorted(f"docs/pictures/{one.name}.webp" for one in SHOWN)
    assert all(re.search("[åäö]", text) and re.search(r"\b(the|what|from)\b", text.lower()) for text in shown.values()), shown


def test_pictures_in_the_repository_are_small() -> None:
    found = list((ROOT / "docs").rglob("*.webp"))

    assert found
    for path in found:
        assert path.stat().st_size < HEAVIEST, path
        with Image.open(path) as picture:
            assert picture.width <= WIDEST, path
    assert list((ROOT / "docs").rglob("*.png")) == []
