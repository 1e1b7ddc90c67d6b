"""Every component on one page, as all look at it."""

import pytest
from playwright.async_api import Browser

from deploy.embedded.home import Running
from tests.browser.ground import GRID, ONE, Looks, person

DRAWN = """() => [...document.querySelectorAll(".chart .label")].map(one => {
  const it = one.getBoundingClientRect(), svg = one.closest("svg").getBoundingClientRect();
  const within = it.left >= svg.left && it.right <= svg.right && it.top >= svg.top && it.bottom <= svg.bottom;
  return [one.textContent, it.height, within];
})"""


@pytest.mark.parametrize("looks", [ONE, Looks("ar", "dark")], ids=str)
async def test_every_component_is_accessible(browser: Browser, running_suite: Running, looks: Looks) -> None:
    async with person(browser, running_suite, looks) as anybody:
        await anybody.open("consent", "/components")
        await anybody.check()


@pytest.mark.long
@pytest.mark.parametrize("looks", GRID, ids=str)
@pytest.mark.parametrize("house", ["consent", "sharing"])
async def test_every_component_is_accessible_in_the_whole_grid(browser: Browser, running_suite: Running, house: str, looks: Looks) -> None:
    async with person(browser, running_suite, looks) as anybody:
        await anybody.open(house, "/components")
        await anybody.check()


async def test_the_language_that_was_chosen_stays(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as anybody:
        await anybody.open("consent", "/components")
        await anybody.press("English")
        await anybody.open("consent", "/components")

        assert (await anybody.text()).startswith("Components")
        assert await anybody.page.locator("html").get_attribute("lang") == "en"


async def test_tab_comes_first_to_the_way_past_the_header(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as anybody:
        page = await anybody.open("consent", "/nowhere")
        await page.keyboard.press("Tab")

        assert await page.evaluate("document.activeElement.innerText") == "Till innehållet"


async def test_a_page_that_is_not_there_is_a_page(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as anybody:
        await anybody.open("sharing", "/nowhere")

        assert "inte din att se" in await anybody.text()
        await anybody.check()


async def test_the_words_of_a_chart_can_be_read_on_a_phone_and_stay_within_it(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as somebody:
        page = await somebody.open("consent", "/components")
        drawn = await page.evaluate(DRAWN)

        assert drawn
        assert [words for words, high, within in drawn if high < 11 or not within] == []
