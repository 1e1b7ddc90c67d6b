"""Every page of every role in the looks that the journeys leave out; the whole grid in the long run."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from playwright.async_api import Browser

from deploy.embedded.home import Running
from tests.browser.families import Asked, asked
from tests.browser.ground import GRID, Looks, Person, person

OTHER = Looks("en", "dark", 1280)
"""Everything that `ONE` is not."""
FAMILY = ("/home", "/questions", "/consents", "/seen", "/notices", "/receipts", "/contacts", "/about", "/accessibility")
STAFF = ("/", "/ask", "/cases", "/cases/new", "/matters", "/inbox", "/handover")
CASE = ("", "/share", "/matter")
REGISTER = ("", "/grants", "/access", "/systems", "/review", "/onboarding", "/changes", "/give")
OFFICER = (
    "/",
    "/search",
    "/search?answer=done",
    "/child",
    "/reviews",
    "/flags",
    "/answers",
    "/statistics",
    "/processing",
    "/export",
    "/mine",
)


async def walk(somebody: Person, house: str, paths: list[str]) -> None:
    for path in paths:
        answer = await somebody.page.goto(f"{somebody.running.addresses[house]}{path}")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        await somebody.check()


async def guardian(somebody: Person, family: Asked) -> None:
    await somebody.log_in(family.mother, "consent", "/home")
    await walk(somebody, "consent", list(FAMILY))
    await somebody.open("consent", "/questions")
    await somebody.page.locator('main a[href^="/questions/"]').first.click()
    await somebody.check()
    await somebody.page.locator("input[value=yes]").first.check()
    await somebody.page.locator("button[value=check]").click()
    await somebody.check()


async def child(somebody: Person, family: Asked) -> None:
    await somebody.log_in(family.child, "consent", "/questions")
    await somebody.page.locator('main a[href^="/questions/"]').first.click()
    await somebody.check()


async def professional(somebody: Person, family: Asked) -> None:
    case, decision = family.stage.case_id, family.decision["decision_id"]
    await somebody.log_in("Kim Ek", "sharing", "/")
    of_case = [f"/cases/{case}{path}" for path in CASE]
    await walk(
        somebody, "sharing", [*STAFF, *of_case, f"/cases/{case}/decisions/{decision}", f"/cases/{case}/decisions/{decision}/meeting"]
    )


async def administrator(somebody: Person, _: Asked) -> None:
    await somebody.log_in("Robin Björk", "sharing", "/admin")
    await walk(somebody, "sharing", [f"/admin/o5ek{path}" for path in REGISTER])


async def officer(somebody: Person, _: Asked) -> None:
    await somebody.log_in("Noor Lind", "audit", "/")
    await walk(somebody, "audit", list(OFFICER))


ROLES: list[Callable[[Person, Asked], Coroutine[Any, Any, None]]] = [guardian, child, professional, administrator, officer]


async def everybody_looks(browser: Browser, running: Running, looks: Looks) -> None:
    async with asked(running) as family:
        for role in ROLES:
            async with person(browser, running, looks) as somebody:
                await role(somebody, family)


async def test_every_page_is_accessible_in_english_in_the_dark_at_a_desk(browser: Browser, running_suite: Running) -> None:
    await everybody_looks(browser, running_suite, OTHER)


@pytest.mark.long
@pytest.mark.parametrize("looks", [looks for looks in GRID if looks != OTHER], ids=str)
async def test_every_page_is_accessible_in_the_whole_grid(browser: Browser, running_suite: Running, looks: Looks) -> None:
    await everybody_looks(browser, running_suite, looks)
