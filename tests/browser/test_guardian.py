"""A guardian and a child at the family's pages, following only what is written there."""

from playwright.async_api import Browser, expect

from deploy.embedded.home import Running
from shared.clock import machine_now
from tests.browser.families import asked
from tests.browser.ground import Looks, Person, person, tab_to


async def open_question(somebody: Person) -> None:
    """From the start page, by the link that says who asks about whom."""
    await somebody.page.get_by_role("link", name="frågar om").first.click()
    await somebody.settled()
    somebody.clicks += 1


async def answers_yes(somebody: Person, number: str) -> None:
    await somebody.log_in(number, "consent", "/home")
    await open_question(somebody)
    await somebody.press("Ja")
    await somebody.press("Fortsätt")
    await somebody.press("Skicka mitt svar")
    assert somebody.clicks == 4


async def test_guardians_and_a_child_answer_in_4_clicks_and_one_stops_in_3_clicks(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as mother:
        await mother.log_in(family.mother, "consent", "/home")
        await mother.check()
        await open_question(mother)
        await mother.check()
        assert "BUP Ekdala" in await mother.text()
        assert await mother.page.locator("input:checked").count() == 0, "nothing is chosen beforehand"

        await mother.press("Fortsätt")
        await mother.check()
        assert "Det finns ett problem" in await mother.text()
        mother.clicks -= 1  # the empty form was no step on the way
        await mother.press("Ja")
        await mother.press("Fortsätt")
        await mother.check()
        await mother.press("Skicka mitt svar")
        await mother.check()
        assert "Ditt svar är registrerat" in await mother.text()
        assert mother.clicks == 4

        for other in (family.father, family.child):
            async with person(browser, running_suite, javascript=False) as somebody:
                await answers_yes(somebody, other)
        await family.settled()

        mother.clicks = 0
        await mother.press("Det du har sagt ja till")
        await mother.check()
        await mother.page.get_by_role("link", name="Stoppa").first.click()
        mother.clicks += 1
        await mother.check()
        await mother.press("Stoppa nu")
        assert mother.clicks == 3
        await expect(mother.page.locator("#live")).to_contain_text("bekräftat av alla")
        await mother.check()
        for words in ("Vem har tagit del?", "Meddelanden", "Kvitton", "Kontakt", "Tillgänglighet", "Om Samsyn"):
            await mother.press(words)
            await mother.check()


async def test_a_guardian_never_sees_what_the_other_has_answered(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as father:
        await father.log_in(family.father, "consent", "/home")
        await father.page.get_by_role("link", name="frågar om").first.click()
        before = await father.text()
        async with person(browser, running_suite) as mother:
            await answers_yes(mother, family.mother)
            receipt = mother.page.url
        await father.page.reload()
        assert await father.text() == before

        await father.page.goto(receipt)
        assert "inte din att se" in await father.text()


async def test_a_child_of_13_reads_its_own_words_with_the_keyboard_alone(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite, Looks(width=1280)) as child:
        await child.log_in(family.child, "consent", "/questions")
        page = child.page
        await page.get_by_role("link", name="frågar om").first.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_load_state()
        assert "Får vi berätta om dig?" in await child.text()
        assert "Jag vill prata med någon först" in await child.text()
        await page.locator("input[type=radio]").first.focus()
        await page.keyboard.press("Space")
        await tab_to(page, "Fortsätt")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Kontrollera dina svar")
        await tab_to(page, "Skicka mitt svar")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Klart")


async def test_a_form_sent_after_the_session_ended_is_still_there_after_the_login(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as mother:
        await mother.log_in(family.mother, "consent", "/home")
        await mother.page.get_by_role("link", name="frågar om").first.click()
        await mother.press("Nej")
        await mother.context.clear_cookies(name="__Host-samsyn-consent")
        await mother.press("Fortsätt")
        await mother.choose(family.mother)

        assert "Du har loggat in igen" in await mother.text()
        assert await mother.page.locator("input:checked").get_attribute("value") == "no"


async def test_the_question_in_arabic_reads_from_right_to_left(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite, Looks("ar", "dark")) as mother:
        await mother.log_in(family.mother, "consent", "/questions")
        await mother.page.locator('main a[href^="/questions/"]').first.click()
        assert await mother.page.locator("html").get_attribute("dir") == "rtl"
        assert "هل يجوز لنا أن نُخبر؟" in await mother.text()
        await mother.check()


async def by_keyboard(somebody: Person, words: str) -> None:
    """Walk there by Tab, and go where it leads."""
    await tab_to(somebody.page, words)
    async with somebody.page.expect_navigation():
        await somebody.page.keyboard.press("Enter")


async def test_a_guardian_answers_and_stops_with_tab_enter_and_space_alone(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as mother:
        await mother.log_in(family.mother, "consent", "/home")
        await by_keyboard(mother, "Barn- och utbildningsnämnden, Ekdala kommun frågar om")
        await tab_to(mother.page, "Ja")
        await mother.page.keyboard.press("Space")
        await by_keyboard(mother, "Fortsätt")
        await by_keyboard(mother, "Skicka mitt svar")
        assert "Ditt svar är registrerat" in await mother.text()
        for other in (family.father, family.child):
            async with person(browser, running_suite, javascript=False) as somebody:
                await answers_yes(somebody, other)

        await by_keyboard(mother, "Det du har sagt ja till")
        await by_keyboard(mother, "Stoppa")
        await by_keyboard(mother, "Stoppa nu")
        await expect(mother.page.locator("h1")).to_contain_text("Stoppat")


async def test_who_is_about_to_be_logged_out_is_warned_and_stays_with_the_form_as_it_was(browser: Browser, running_suite: Running) -> None:
    async with asked(running_suite) as family, person(browser, running_suite) as mother:
        page = mother.page
        await page.clock.install()
        await mother.log_in(family.mother, "consent", "/questions")
        await page.locator('main a[href^="/questions/"]').first.click()
        await mother.press("Nej")
        left = await page.evaluate("Date.parse(document.getElementById('session').dataset.ends) - Date.now()")
        await page.clock.fast_forward(int(left) - 60_000)
        await expect(page.get_by_role("dialog")).to_contain_text("Du loggas snart ut")

        await page.clock.set_system_time(machine_now())
        await page.get_by_role("button", name="Stanna kvar").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert await page.locator("input:checked").get_attribute("value") == "no"
