"""A professional asks whether something may be shared: three choices, and the answer stands beside them."""

from playwright.async_api import Browser, expect

from deploy.embedded.home import Running
from tests.browser.ground import Person, person

WHO = "Kim Ek"
ATTESTED = (
    "Bara uppgifter som kan ha betydelse för ändamålet följer med.",
    "Uppgifter om andra är borttagna, eller de har själva sagt ja.",
    "Är uppgiften nödvändig för ändamålet?",
    "Hör uppgiften till saken?",
    "Står det i proportion till ändamålet?",
    "Jag har försökt få samtycke, eller det är olämpligt att fråga.",
    "Det är uppenbart att intresset av att lämna uppgiften går före.",
)


async def choose(me: Person) -> None:
    await me.page.get_by_label("Vad vill du berätta?").select_option(label="elevhälsans bedömning")
    await me.page.get_by_label("Vem har uppgiften?").select_option(value="S_EH")
    await me.page.get_by_label("Till vem?").select_option(label="Regionens hälso- och sjukvård")
    await me.page.get_by_label("Varför?").select_option(label="planera stöd tillsammans")


async def test_the_answer_appears_with_the_last_choice_and_changes_with_what_is_ticked(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in(WHO, "sharing", "/ask")
        await me.check()

        await choose(me)

        answer = me.page.locator("#answer")
        await expect(answer).to_contain_text("Inte än.")
        await me.check()
        for words in ATTESTED:
            await me.page.get_by_text(words, exact=True).click()
            await expect(me.page.get_by_role("checkbox", name=words)).to_be_checked()
        await expect(answer).to_contain_text("OSL 10:27")
        await me.check()


async def test_without_javascript_1_click_shows_the_answer(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite, javascript=False) as me:
        await me.log_in(WHO, "sharing", "/ask")
        await choose(me)

        await me.press("Visa svaret")

        assert "Inte än." in await me.text()
        assert me.clicks == 1
