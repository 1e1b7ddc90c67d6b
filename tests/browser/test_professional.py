"""Somebody who works with a child, from the start page: a case, may I share, the family asked, confirmed, the next step."""

from datetime import date

from playwright.async_api import Browser, expect

from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.questions import may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from tests.browser.ground import Looks, Person, person

KIM = "Kim Ek"
FIT = ("Är uppgiften nödvändig för ändamålet?", "Hör uppgiften till saken?", "Står det i proportion till ändamålet?")
OWN = ("Bara uppgifter som kan ha betydelse för ändamålet följer med.", "Uppgifter om andra är borttagna, eller de har själva sagt ja.")
PUPIL_HEALTH = "Björkskolans elevhälsa (psykologisk, psykosocial, specialpedagogisk)"


async def case_of(running: Running, child: str) -> tuple[str, str]:
    """A case of the counsellor's about a child of its own: its number, and its decision's address."""
    async with Stage(running, Narrator(lambda _: None)) as stage:
        decision = await may_i_tell(stage, child)
        return f"Ärende {stage.case_id.replace('-', '')[-6:].upper()}", f"/cases/{stage.case_id}/decisions/{decision['decision_id']}"


async def asks(me: Person, what: str) -> None:
    """From the case's page to the answer."""
    await me.press("Får jag dela något?")
    await me.check(axe=False)  # axe needs scripts
    await me.press(what)
    await me.page.get_by_role("group", name="Vem har uppgiften?").get_by_text(PUPIL_HEALTH).click()
    await me.page.get_by_role("group", name="Till vem?").get_by_text("BUP Ekdala").click()
    for words in (*FIT, *OWN):
        await me.press(words)
    await me.press("Visa svaret")


async def test_from_the_start_page_to_a_question_at_the_family_in_10_clicks(browser: Browser, running_suite: Running) -> None:
    number, _ = await case_of(running_suite, "Ella")
    async with person(browser, running_suite, javascript=False) as me:
        await me.log_in(KIM, "sharing", "/")
        await me.press(number)
        assert "Ella Testsson" in await me.text()

        await asks(me, "Vårdnadshavarens syn")
        assert "Inte än." in await me.text()
        await me.press("Fråga familjen")

        assert "frågade" in await me.text()
        assert "Ella Testsson, barnet: har inte svarat" in await me.text()
        assert me.clicks == 10


async def test_a_case_is_opened_in_9_clicks_and_the_number_is_typed_at_consent_alone(browser: Browser, running_suite: Running) -> None:
    family = add_family(running_suite.home / "population.jsonl", "Alma", 13, ["Mona", "Per"], "joint", date(2026, 11, 24))
    async with person(browser, running_suite) as me:
        await me.log_in(KIM, "sharing", "/")
        await me.press("Öppna ett ärende")
        if me.page.url.startswith(running_suite.addresses["provider"]):  # pragma: no branch  another house, the same login
            await me.page.get_by_role("button", name=KIM).first.click()
        await me.check()
        await me.press("Fortsätt")
        assert "tolv siffror" in await me.text()
        await me.check()
        await me.page.get_by_label("Personnummer").fill(family.child.number)
        await me.press("Fortsätt")
        assert family.child.number not in me.page.url + await me.page.content()
        await me.check()
        await me.press("Till ärendet")
        await me.check()
        if await me.page.get_by_text("Vilket samarbete?").count():
            await me.press("HLT-team (hälsa, lärande och trygghet)")
            await me.press("Fortsätt")
            await me.check()
        await me.page.get_by_role("group", name="Din enhet").get_by_text(PUPIL_HEALTH).click()
        await me.page.get_by_role("group", name="Vilka mer är med?").get_by_text("BUP Ekdala").click()
        await me.press("Öppna ärendet")

        assert "Alma Testsson" in await me.text()


async def test_a_decision_is_confirmed_in_2_clicks_and_goes_to_the_desk_as_a_file(browser: Browser, running_suite: Running) -> None:
    _, address = await case_of(running_suite, "Olle")
    async with person(browser, running_suite) as me:
        await me.log_in(KIM, "sharing", address)
        await me.check()
        await me.press("Bekräfta det valda")
        assert "Välj minst en sak" in await me.text()
        await me.check()
        me.clicks = 0

        await me.press("Ta med i mitt beslut: närvaro och frånvaro")
        await me.press("Bekräfta det valda")

        assert "från Björkskolan till BUP Ekdala" in await me.text()
        assert me.clicks == 2
        await me.check()
        async with me.page.expect_download() as saved:
            await me.press("Spara tillståndet som en fil")
        assert (await saved.value).suggested_filename.startswith("tillstand-")


async def test_what_is_not_told_the_next_step_and_the_end_of_a_case(browser: Browser, running_suite: Running) -> None:
    number, address = await case_of(running_suite, "Siri")
    async with person(browser, running_suite, Looks(width=1280)) as me:
        await me.log_in(KIM, "sharing", address)
        await me.press("Ta med i mitt beslut: elevhälsans bedömning")
        await me.page.get_by_text("Eller berätta inte").click()
        await me.page.get_by_label("Varför?").select_option(label="Det behövs inte")
        await me.press("Berätta inte det valda")
        assert "Ni har valt att inte berätta" in await me.text()
        await me.check()

        await me.page.get_by_text("Ändra nästa steg").click()
        await me.page.get_by_label("Vad ska göras?").select_option(label="Träffas")
        await me.page.get_by_label("Senast").fill("2020-01-01")
        await me.press("Spara")
        await expect(me.page.get_by_role("alert")).to_contain_text("Dagen måste ligga framåt")
        await me.check()
        await me.page.get_by_text("Avsluta ärendet").first.click()
        await me.page.get_by_label("Varför?").select_option(label="Det är klart")
        await me.press("Avsluta")
        await me.check()
        assert "Ärendet är avslutat" in await me.text()
        await me.press("Ärenden")
        await me.press("Avslutade ärenden")
        await me.check()
        assert number in await me.text()


async def test_somebody_without_a_grant_reads_whom_to_ask(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in("Mika Sten", "sharing", "/")
        assert "Du har ingen behörighet här än" in await me.text()
        await me.check()
