"""An administrator gives and takes back a grant, has it approved by another, and sees who can see what on any day."""

from playwright.async_api import Browser

from deploy.embedded.home import Running
from tests.browser.ground import Person, person

WHO, SECOND = "Robin Björk", "Toni Berg"
NEWCOMER = "p-n3w1"
"""Nobody of the world: what they get touches no other test."""


async def fill(me: Person, who: str, *, start: str | None = None, until: str | None = None) -> None:
    await me.page.get_by_label("Vem?").fill(who)
    await me.page.get_by_label("Som vad?").select_option(label="specialpedagog")
    await me.page.get_by_label("Var?").select_option(label="Björkskolan")
    if start and until:
        await me.page.get_by_label("Från och med").fill(start)
        await me.page.get_by_label("Till och med").fill(until)


async def test_a_grant_is_given_in_3_clicks_and_taken_back_in_5_clicks_in_all(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in(WHO, "sharing", "/admin")
        await me.check()
        await me.press("Ge en behörighet")
        await me.press("Fortsätt")
        await me.check()
        assert "Välj en roll" in await me.text()
        me.clicks -= 1  # the empty form was no step on the way

        await fill(me, NEWCOMER)
        await me.press("Fortsätt")
        await me.check()
        said = await me.text()
        assert "Ingenting." in said
        assert "specialpedagog: Björkskolan" in said
        await me.press("Ge behörigheten")
        await me.check()
        assert "Behörigheten är given" in await me.text()
        assert me.clicks == 3

        await me.press("Ta tillbaka")
        await me.check()
        await me.press("Ta tillbaka nu")
        assert "Behörigheten är återtagen" in await me.text()
        assert me.clicks == 5
        await me.press("Ge den igen")
        assert await me.page.get_by_label("Vem?").input_value() == NEWCOMER


async def test_each_page_of_an_organisation_is_1_click_away(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in(WHO, "sharing", "/admin")
        for words, fact in (
            ("Behörigheter", "kurator"),
            ("System och nycklar", "o5ek-u1-"),
            ("Genomgång", "Genomgång av behörigheter"),
            ("Vägen in", "Organisationsnummer"),
            ("Ändringar", "Enhetens nyckel registrerad"),
            ("Vem kan se vad", "p-7c1a"),
        ):
            me.clicks = 0
            await me.press(words, within="main")
            assert me.clicks == 1
            await me.check()
            assert fact in await me.text(), words

        await me.page.get_by_label("Dag", exact=True).fill("2020-01-01")
        await me.press("Visa")
        assert "Ingen kunde se något då." in await me.text()


async def test_what_one_gives_themselves_another_approves_in_3_clicks_without_javascript(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite, javascript=False) as me, person(browser, running_suite) as other:
        await me.log_in(WHO, "sharing", "/admin")
        await me.press("Ge en behörighet")
        await fill(me, "p-19d4", start="2030-01-01", until="2030-06-30")
        await me.press("Fortsätt")
        assert "En andra person måste godkänna" in await me.text()
        await me.press("Föreslå")
        assert "Du kan inte avgöra det här" in await me.text()

        await other.log_in(SECOND, "sharing", "/admin")
        await other.check()
        await other.press("Barn- och utbildningsnämnden, Ekdala kommun")
        await other.press("p-19d4: specialpedagog")
        await other.check()
        await other.press("Godkänn")
        assert "Behörigheten är given" in await other.text()
        assert other.clicks == 3


async def test_somebody_else_reads_whom_to_ask(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        await me.log_in("Kim Ek", "sharing", "/admin")
        await me.check()
        assert "Du är inte administratör." in await me.text()


async def test_an_administrator_connects_a_system_in_4_clicks_and_ends_it_with_6_clicks_in_all_without_javascript(
    browser: Browser, running_suite: Running
) -> None:
    async with person(browser, running_suite, javascript=False) as me, person(browser, running_suite) as seen:
        await me.log_in(WHO, "sharing", "/admin")
        await me.press("System och nycklar", within="main")
        await me.press("Anslut ett system")
        await me.page.get_by_label("Systemets id vid inloggningen").fill("k7-journal")
        await me.press("Fortsätt")
        assert "inte anslutet" in await me.text()
        await me.press("Anslut")
        assert "Systemet är anslutet" in await me.text()
        assert me.clicks == 4

        await me.press("Avsluta k7-journal")
        assert "avslutad nu" in await me.text()
        await me.press("Avsluta nu")
        assert "Systemet är avslutat" in await me.text()
        assert me.clicks == 6

        await seen.log_in(WHO, "sharing", "/admin/o5ek/acts/signing-key")
        await seen.check()
        await seen.page.get_by_label("Nyckelns id").fill("two words")
        await seen.press("Fortsätt")
        assert "Skriv den publika nyckeln, aldrig den hemliga" in await seen.text()
        await seen.page.get_by_label("Nyckelns id").fill("k7-next")
        await seen.page.get_by_label("Publik nyckel").fill("no-key")
        await seen.press("Fortsätt")
        await seen.check()
        await seen.press("Registrera")
        assert "Det finns ett problem" in await seen.text()


async def test_the_operator_stops_a_unit_and_starts_it_again_and_nobody_else_may(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me, person(browser, running_suite) as other:
        await other.log_in(WHO, "sharing", "/admin/o5ek")
        assert "Stäng av" not in await other.text()
        await me.log_in(SECOND, "sharing", "/admin/o6fr")
        await me.press("Stäng av")
        await me.page.get_by_label("Vad ska stängas av?").select_option(index=2)
        await me.press("Fortsätt")
        await me.check()
        await me.press("Stäng av nu")
        assert "Det är avstängt" in await me.text()
        await me.page.get_by_role("link", name="Slå på igen").first.click()
        await me.press("Slå på")
        assert "Det är på igen" in await me.text()

        await me.open("sharing", "/admin/o6fr/acts/agree")
        await me.check()
        await me.press("Fortsätt")
        assert "Välj minst en part till" in await me.text()


async def test_limits_are_changed_with_before_and_after_and_put_back(browser: Browser, running_suite: Running) -> None:
    async with person(browser, running_suite) as me:
        for wanted, before in (("61", "60"), ("60", "61")):
            await me.log_in(WHO, "sharing", "/admin/o5ek/acts/limits")
            await me.page.get_by_label("Olika barn om dagen för en person").fill(wanted)
            await me.press("Fortsätt")
            assert f"{before} → {wanted}" in await me.text()
            await me.press("Ändra")
            assert await me.page.get_by_label("Olika barn om dagen för en person").input_value() == wanted
            await me.press("Fortsätt")
            await me.press("Ändra nu")
            assert "Gränserna är ändrade" in await me.text()
        await me.open("sharing", "/admin/o5ek/acts/lift")
        await me.check()
        await me.press("Fortsätt")
        assert "Välj ett skäl" in await me.text()
