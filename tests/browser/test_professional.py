"""Somebody who works with a child, from the start page: a case, may I share, the family asked, confirmed, the next step."""

from datetime import date

from playwright.async_api import Browser, expect

from deploy.demo.population import add_family
from deploy.embedded.home import Running
from tests.browser.counsellor import KIM, PUPIL_HEALTH, asks, case_of, pick
from tests.browser.ground import Looks, person


async def test_from_the_start_page_to_a_question_at_the_family_in_12_clicks(browser: Browser, running_suite: Running) -> None:
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
        assert me.clicks == 12


async def test_a_case_is_opened_in_8_clicks_and_the_number_is_typed_at_consent_alone(browser: Browser, running_suite: Running) -> None:
    family = add_family(running_suite.home / "population.jsonl", "Alma", 13, ["Mona", "Per"], "joint", date(2026, 11, 24))
    async with person(browser, running_suite) as me:
        await me.log_in(KIM, "sharing", "/")
        await me.press("Öppna ett ärende")
        await me.choose(KIM)  # the development provider asks again; a real one knows the person by now
        me.clicks = 1
        await me.check()
        await me.press("Fortsätt")
        assert "tolv siffror" in await me.text()
        await me.check()
        me.clicks -= 1
        await me.page.get_by_label("Personnummer").fill(family.child.number)
        await me.press("Fortsätt")
        assert family.child.number not in me.page.url + await me.page.content()
        await me.check()
        await me.press("Till ärendet")
        await me.check()
        await me.press("HLT-team (hälsa, lärande och trygghet)")
        await me.press("Fortsätt")
        await me.check()
        await pick(me, "Din enhet", PUPIL_HEALTH)
        await pick(me, "Vilka mer är med?", "BUP Ekdala")
        await me.press("Öppna ärendet")

        assert "Alma Testsson" in await me.text()
        assert me.clicks == 8


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


async def test_at_a_telephone_what_may_be_said_is_listed_and_noted_in_5_clicks(browser: Browser, running_suite: Running) -> None:
    _, address = await case_of(running_suite, "Nour")
    async with person(browser, running_suite) as me:
        await me.log_in(KIM, "sharing", address)
        await me.press("Eller säga det på ett möte eller per telefon")
        await me.press("Visa vad som får sägas")
        await me.check()
        me.clicks = 0
        await me.press("Per telefon")
        await me.press("BUP Ekdala")
        await me.press("Visa vad som får sägas")
        await me.check()
        said = await me.text()
        assert said.index("Närvaro och frånvaro") < said.index("Säg inte det här") < said.index("Elevhälsans bedömning")
        await pick(me, "Det här får sägas", "Närvaro och frånvaro")
        await me.press("Det här är sagt")

        assert "från Björkskolan till BUP Ekdala" in await me.text()
        assert me.clicks == 5
        await me.check()


async def test_a_unit_asks_another_by_choices_alone_and_the_other_answers_in_1_click(browser: Browser, running_suite: Running) -> None:
    _, address = await case_of(running_suite, "Juno")
    async with person(browser, running_suite) as kim, person(browser, running_suite) as sam:
        await kim.log_in(KIM, "sharing", address.rpartition("/decisions")[0])
        await kim.press("Fråga en annan enhet")
        await kim.check()
        await kim.press("Vi behöver veta något")
        await pick(kim, "Din enhet", PUPIL_HEALTH)
        await pick(kim, "Till vem?", "BUP Ekdala")
        await kim.press("Skicka")
        assert "Välj vad det gäller" in await kim.text()
        await kim.press("Uppföljning")
        await kim.press("Skicka")
        await kim.check()

        await sam.log_in("Sam Vik", "sharing", "/")
        await sam.check()
        await sam.press("Inkorgen")
        await sam.check()
        assert "En annan enhet frågar er" in await sam.text()
        await sam.press("Frågor")
        await sam.check()
        sam.clicks = 0
        await sam.press("Ja")
        assert sam.clicks == 1
        await kim.page.reload()
        await expect(kim.page.locator("main li").first).to_contain_text("Ja")


async def test_somebody_without_a_grant_reads_whom_to_ask(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in("Mika Sten", "sharing", "/")
        assert "Du har ingen behörighet här än" in await me.text()
        await me.check()


async def test_who_leaves_hands_all_cases_over_in_three_presses_and_an_administrator_hands_them_back(
    browser: Browser, running_suite: Running
) -> None:
    number, _ = await case_of(running_suite, "Ella")
    async with person(browser, running_suite) as kim, person(browser, running_suite, javascript=False) as robin:
        await robin.log_in("Robin Björk", "sharing", "/admin/o5ek/give")
        await robin.page.get_by_label("Vem?").fill("p-h4nd")
        await robin.page.get_by_label("Som vad?").select_option(label="kurator")
        await robin.page.get_by_label("Var?").select_option(label="Hela organisationen")
        await robin.press("Fortsätt")
        await robin.press("Ge behörigheten")

        await kim.log_in(KIM, "sharing", "/cases")
        await kim.press("Lämna över mina ärenden")
        await kim.check()
        await kim.page.get_by_label("Vem tar över?").fill("p-a3f2")
        await kim.press("Fortsätt")
        await kim.press("Lämna över")
        await kim.check()
        assert "Personen har ingen behörighet som når alla ärendena. Ge den först." in await kim.text()
        await kim.open("sharing", "/cases")
        kim.clicks = 0
        await kim.press("Lämna över mina ärenden")
        await kim.page.get_by_label("Vem tar över?").fill("p-h4nd")
        await kim.press("Fortsätt")
        assert "du → p-h4nd" in await kim.text()
        await kim.press("Lämna över")
        await kim.check()
        assert "Ärendena är överlämnade" in await kim.text()
        assert kim.clicks == 3

        await robin.press("Lämna över alla ärenden")
        await robin.page.get_by_label("Vem tar över?").fill("p-7c1a")
        await robin.press("Fortsätt")
        await robin.press("Lämna över")
        assert "Ärendena är överlämnade" in await robin.text()
        await kim.open("sharing", "/cases")
        assert number in await kim.text()
        assert "Du svarar för det." in await kim.text()
