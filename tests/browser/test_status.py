"""Who runs the service sees how each house stands, and has a message taken again that could not be taken."""

import msgspec
from playwright.async_api import Browser

from deploy.embedded.home import Running
from tests.browser.ground import person
from tests.journeys.order import superuser
from tests.journeys.test_operating import KNOWN, bury

WHO = "Toni Berg"


async def test_the_operator_comes_from_the_start_page_to_a_dead_letter_and_takes_it_again_in_3_clicks_without_javascript(
    browser: Browser, running_suite: Running
) -> None:
    letter = await bury(running_suite, "sharing", "consent", "person-erased", b"{}")
    known = await bury(running_suite, "audit", "sharing", KNOWN.name, msgspec.json.encode(KNOWN))
    try:
        async with person(browser, running_suite, javascript=False) as me:
            await me.log_in(WHO, "audit", "/status")
            await me.check(axe=False)
            assert "Granskningar som är försenade" in await me.text()
            await me.page.locator(f"button[value='{known}']").click()
            await me.check(axe=False)
            assert "Meddelandet är taget" in await me.text()
            assert await me.page.locator(f"button[value='{known}']").count() == 0

            await me.log_in(WHO, "sharing", "/")
            await me.press("Administration")
            await me.press("Driftläget här")
            await me.page.locator(f"button[value='{letter}']").click()
            me.clicks += 1
            assert me.clicks == 3
            await me.check(axe=False)
            assert me.page.url.endswith("/status")
            assert "Något behöver dig" in await me.text()
            assert await me.page.locator(f"button[value='{letter}']").count() == 1
    finally:
        for house in ("sharing", "audit"):
            async with superuser(running_suite, house) as connection:
                await connection.execute("delete from dead_letter where id = any($1)", [letter, known])


async def test_the_operator_sees_consent_and_nobody_else_sees_anything(browser: Browser, running_suite: Running) -> None:
    letter = await bury(running_suite, "consent", "sharing", KNOWN.name, b"{}")
    async with person(browser, running_suite) as me, person(browser, running_suite) as other:
        await me.log_in(WHO, "consent", "/status")
        await me.check()
        assert "Databasen svarar" in await me.text()
        assert str(letter) in await me.text()
        async with superuser(running_suite, "consent") as connection:
            await connection.execute("delete from dead_letter where id = $1", letter)
        await other.log_in("Kim Ek", "sharing", "/status")
        assert "Databasen svarar" not in await other.text()
        assert await other.page.locator("h1").inner_text() == "Finns inte"
