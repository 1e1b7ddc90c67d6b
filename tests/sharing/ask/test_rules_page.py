"""The page that a lawyer reads and prints: everything that the engine answers by, for everybody, without a script."""

import gzip
import inspect
import itertools
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import httpx2 as httpx
import pytest

from services.sharing.domain import overrides
from services.sharing.domain.case_file import shipped
from services.sharing.domain.tables import Tables
from shared.pages.assets import content
from tests.sharing.ask.conftest import Stage


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name))]


@pytest.fixture
async def answer(client: httpx.AsyncClient, stage: Stage) -> httpx.Response:
    """The Swedish page, asked for by nobody in particular."""
    stage.caller = None
    return await client.get("/rules", params={"lang": "sv"})


async def test_anybody_may_read_it_and_it_runs_nothing(answer: httpx.Response) -> None:
    page = Page(answer.text)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert not {"script", "style", "form", "iframe", "img"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]


async def test_every_row_model_case_and_the_checksum_stand_in_it(answer: httpx.Response, tables: Tables) -> None:
    page = Page(answer.text)
    ids = set(page.all("id"))

    assert {row.id for row in tables.rows} | {f"model-{name}" for name in tables.models} <= ids
    assert {f"case-{case.id}" for case in shipped(tables)} <= ids
    assert all(case.name_sv in page.text for case in shipped(tables))
    assert all(reference in page.text for row in tables.rows for reference in (*row.law, *(b for way in row.paths for b in way.basis)))
    assert tables.sha256 in page.text


async def test_every_override_that_the_engine_knows_stands_before_the_rows(answer: httpx.Response) -> None:
    known = set(re.findall(r"\bX[0-9]+\b", inspect.getsource(overrides)))

    assert known <= set(Page(answer.text).all("id"))
    assert len(known) > 5


async def test_its_headings_ids_and_links_hold_together(answer: httpx.Response) -> None:
    page = Page(answer.text)
    ids = Counter(page.all("id"))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3", "h4"}]

    assert max(ids.values()) == 1
    assert {link[1:] for link in page.all("href") if link.startswith("#")} <= ids.keys()
    assert set(page.all("aria-labelledby")) <= ids.keys()
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


async def test_no_code_of_the_tables_is_left_for_a_human_to_read(answer: httpx.Response, client: httpx.AsyncClient) -> None:
    english = await client.get("/rules", params={"lang": "en"})

    for text in (Page(answer.text).text, Page(english.text).text):
        assert not [mark for mark in ("A_", "P_", "I_", "T_", "S_SCH", "H_REG", "label-", "consent-", "whom-") if mark in text]


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ({}, "", "sv"),
        ({}, "en-GB,en;q=0.9,sv;q=0.8", "en"),
        ({}, "fi, sv;q=0.8, en;q=0.5", "sv"),
        ({"lang": "en"}, "sv", "en"),
        ({"lang": "xx"}, "", "sv"),
    ],
)
async def test_the_language_is_the_addresss_else_the_browsers_else_swedish(
    client: httpx.AsyncClient, query: dict[str, Any], header: str, language: str
) -> None:
    answer = await client.get("/rules", params=query, headers={"Accept-Language": header})

    page = Page(answer.text)
    assert page.tags[0] == ("html", {"lang": language, "dir": "ltr"})
    assert ("The rules" in page.text) is (language == "en")
    assert answer.headers["vary"] == "Accept-Language, Cookie"


async def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(content("samsyn.css"))) < 15_000
