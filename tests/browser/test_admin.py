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


async def test_a_grant_is_given_in_three_presses_and_taken_back_in_two(browser: Browser, running_suite: Running) -> None:
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


async def test_each_page_of_an_organisation_is_one_press_away(browser: Browser, running_suite: Running) -> None:
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
            await me.press(words, within="main")
            await me.check()
            assert fact in await me.text(), words

        await me.page.get_by_label("Dag", exact=True).fill("2020-01-01")
        await me.press("Visa")
        assert "Ingen kunde se något då." in await me.text()


async def test_what_one_gives_themselves_another_approves_in_three_presses_without_javascript(
    browser: Browser, running_suite: Running
) -> None:
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
