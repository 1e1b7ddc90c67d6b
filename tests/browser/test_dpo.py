"""A data-protection officer at the log: one glance, a search, an entry with its proof, a review with four eyes, an export."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.questions import PUPIL_HEALTH
from deploy.demo.stage import Stage, until
from deploy.embedded.home import Running
from tests.browser.families import asked
from tests.browser.ground import GRID, Looks, Person, person, tab_to
from tests.eventually import eventually

OFFICER, OTHER_OFFICER, MANAGER = "Noor Lind", "Tove Alm", "Eli Rask"
PAGES = (
    "/",
    "/search",
    "/search?answer=done",
    "/child",
    "/reviews",
    "/flags",
    "/answers",
    "/statistics",
    "/export",
    "/processing",
    "/mine",
)


async def in_the_log(stage: Stage) -> None:
    """What the school's pupil health did has reached audit."""
    officer = await stage.staff("school-dpo", "audit")

    async def there() -> Any:
        found = await stage.call(officer, "POST", "audit", "/v1/searches", {"unit": PUPIL_HEALTH}, expect=200)
        return found["entries"] or None

    await until(there, "the acts reaching the log")


async def by_keyboard(somebody: Person, words: str) -> None:
    """Walk to a link or button, and go where it leads."""
    await tab_to(somebody.page, words)
    async with somebody.page.expect_navigation():
        await somebody.page.keyboard.press("Enter")
    somebody.clicks += 1


async def test_an_officer_sees_that_the_log_is_whole_and_proves_an_entry_in_2_clicks(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite, Looks(width=1280)) as officer:
        await officer.log_in(OFFICER, "audit", "/")

        async def there() -> bool:  # the register tells audit of the organisation soon after the first start
            await officer.open("audit", "/")
            return "Loggen är hel" in await officer.text()

        await eventually(there, within=20, every=0.5)
        await officer.check()

        await officer.press("Sök")
        await officer.check()
        await officer.page.locator("td a[href^='/entries/']").last.click()
        officer.clicks += 1
        await officer.check()
        assert officer.clicks == 2

        assert "Beviset håller" in await officer.text()
        assert "https://" not in await officer.text(), "no name without a reason"

        await officer.page.locator("summary", has_text="Visa vem").click()
        await officer.page.get_by_role("button", name="Visa vem").click()
        assert "Välj varför du behöver veta vem" in await officer.text()
        await officer.check()
        await officer.page.locator("summary", has_text="Visa vem").click()
        await officer.press("Ett klagomål")
        await officer.page.get_by_role("button", name="Visa vem").click()
        assert "stämmer med loggens sigill" in await officer.text()
        await officer.check()


async def test_a_review_by_keyboard_in_6_clicks_with_the_managers_answer_and_anothers_signature_in_5_clicks(
    browser: Browser, running_suite: Running
) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as officer:
        await in_the_log(family.stage)
        await officer.log_in(OFFICER, "audit", "/")
        await by_keyboard(officer, "Granskningar")
        await tab_to(officer.page, "Enhetens id")
        await officer.page.keyboard.type(PUPIL_HEALTH)
        await by_keyboard(officer, "Planera")
        await expect(officer.page.get_by_role("button", name="Dra urvalet")).to_be_visible()
        while await officer.page.get_by_role("button", name="Dra urvalet").count():
            officer.clicks = 2  # until a checkpoint covers the plan it is pressed again
            await by_keyboard(officer, "Dra urvalet")
        await officer.check()
        review = officer.page.url
        await by_keyboard(officer, "Post")
        await officer.check()
        post = officer.page.url.removeprefix(f"{review}/")
        await tab_to(officer.page, "Vilket ärende gällde det?")
        await officer.page.keyboard.press("Space")
        officer.clicks += 1
        await by_keyboard(officer, "Ställ frågan")
        assert officer.clicks == 6
        await expect(officer.page.locator("main")).to_contain_text("Frågan är ställd")

    async with person(browser, running_suite, javascript=False) as manager:
        await manager.log_in(MANAGER, "audit", "/")
        await manager.check(axe=False)
        while await manager.page.get_by_role("button", name="Svara").count():
            await manager.press("Det behövdes i arbetet")
            await manager.press("Svara")
            assert "Svaret är registrerat" in await manager.text()

    async with person(browser, running_suite, javascript=False) as other:
        await other.log_in(OTHER_OFFICER, "audit", "/")
        await other.press("Granskningar")
        await other.page.locator(f"td a[href='{urlsplit(review).path}'], th a[href='{urlsplit(review).path}']").click()
        await other.press(f"Post {post}")
        other.clicks += 1
        assert "Det behövdes i arbetet" in await other.text()
        await other.press("I sin ordning")
        await other.press("Skriv under")
        assert other.clicks == 5

        assert other.page.url.startswith(review)
        assert "Avslutad" in await other.text()


async def test_an_officer_exports_the_log_without_javascript_in_2_clicks(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite, javascript=False) as officer:
        await officer.log_in(OFFICER, "audit", "/")
        await officer.press("Exportera")
        async with officer.page.expect_download() as download:
            await officer.press("Hämta filen")

        assert (await download.value).suggested_filename.startswith("o5ek-")
        assert officer.clicks == 2
        await officer.press("Siffror")
        assert "Uppföljning i siffror" in await officer.text()


async def test_an_officer_takes_a_part_of_the_log_along_and_reads_the_record_of_processing(
    browser: Browser, running_suite: Running
) -> None:
    async with person(browser, running_suite) as officer:
        await officer.log_in(OFFICER, "audit", "/export")
        await officer.press("Hämta delen")
        await officer.check()
        assert "Skriv minst ett av fälten" in await officer.text()
        await officer.page.get_by_label("Från och med").fill("2025-01-01")
        async with officer.page.expect_download() as started:
            await officer.press("Hämta delen")
        assert (await started.value).suggested_filename.endswith("-scope.zip")

        await officer.press("Förteckning")
        await officer.check()
        assert "HLT" in await officer.text()
        assert "Samtycke gäller längst" in await officer.text()


async def test_a_professional_sees_their_own_look_ups_from_the_start_page_in_1_click(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as kim:
        await kim.log_in("Kim Ek", "sharing", "/")
        await kim.press("Det jag har gjort den här månaden")
        assert kim.clicks == 1
        if not kim.page.url.endswith("/mine"):
            await kim.choose("Kim Ek")
        await kim.check()
        assert kim.page.url == f"{running_suite.addresses['audit']}/mine"
        assert "En person" in await kim.text() or "Inget än." in await kim.text()
        assert await kim.page.get_by_role("link", name="Flaggor").count() == 0


async def test_who_has_no_part_in_it_finds_nothing(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as teacher:
        await teacher.log_in("Mika Sten", "audit", "/")

        assert "inte din att se" in await teacher.text()


@pytest.mark.long
@pytest.mark.parametrize("looks", GRID, ids=str)
async def test_every_page_of_an_officer_is_accessible_in_the_whole_grid(browser: Browser, running_suite: Running, looks: Looks) -> None:
    async with person(browser, running_suite, looks) as officer:
        await officer.log_in(OFFICER, "audit", "/")
        for path in PAGES:
            await officer.open("audit", path)
            await officer.check()
