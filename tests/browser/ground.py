"""A person at a real browser: what tests of pages stand on. They find things by what is written on them, as a person does."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from deploy.embedded.home import Running
from tests.eventually import eventually

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 360, 1280
NARROW = 320
"""CSS pixels: 1280 at a zoom of 400 % (WCAG 2.2, 1.4.10)."""
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    + "p { margin-block-end: 2em !important }");
  document.adoptedStyleSheets = [sheet];
  const root = document.documentElement;
  const cut = [...document.querySelectorAll("main *, header *")].filter(one => {
    if (one.closest(".hidden")) return false;
    const style = getComputedStyle(one), kept = one.clientHeight > 1 && ["hidden", "clip"].includes(style.overflowY);
    return kept && one.scrollHeight > one.clientHeight + 1;
  }).map(one => one.outerHTML.slice(0, 120));
  const wide = root.scrollWidth - root.clientWidth;
  document.adoptedStyleSheets = [];
  return [wide, cut];
}"""
"""A reader's own spacing of text (1.4.12): by how much the page is too wide then, and what is cut off."""
ON_PURPOSE = ("Failed to load resource: the server responded with a status of 4", "htmx:sendAbort", "htmx:afterRequest")
"""What the console says without a fault of the page: an answer of 400 or 404 that is meant, an answer that a newer question replaced."""

Scheme = Literal["light", "dark"]


class Looks(msgspec.Struct, frozen=True):
    """How a person has set up the browser."""

    language: str = "sv"
    scheme: Scheme = "light"
    width: int = PHONE

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}"


GRID = [Looks(language, scheme, width) for language in ("sv", "en") for scheme in ("light", "dark") for width in (PHONE, DESK)]
ONE = Looks()
"""What the normal run looks with."""


class Person:
    """One person's browser at a suite. `clicks` counts what they have pressed since the login."""

    def __init__(self, context: BrowserContext, page: Page, running: Running, looks: Looks) -> None:
        self.context = context
        self.running = running
        self.looks = looks
        self.page = page
        self.clicks = 0
        self.said: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(ON_PURPOSE):
            self.said.append(message.text)

    async def open(self, house: str, path: str = "/") -> Page:
        await self.page.goto(f"{self.running.addresses[house]}{path}")
        return self.page

    async def log_in(self, who: str, house: str, path: str = "/") -> Page:
        """Through the provider's page, as the employee with this name or the citizen with this number; then where they wanted to go."""
        await self.page.goto(f"{self.running.addresses[house]}/auth/login?return_to={path}")
        await self.choose(who)
        return self.page

    async def choose(self, who: str) -> None:
        """On the provider's page."""
        if who.isdigit():
            await self.page.locator("input[name=number]").fill(who)
            await self.page.locator("input[name=number]").press("Enter")
        else:
            await self.page.get_by_role("button", name=re.compile(f"^{re.escape(who)}")).first.click()
        await self.page.wait_for_load_state()
        self.clicks = 0

    async def press(self, text: str, *, within: str | None = None) -> Page:
        """A link, button or choice, by its words."""
        place = self.page if within is None else self.page.locator(within)
        for role in ("button", "link", "radio", "checkbox"):
            found = place.get_by_role(role, name=text, exact=True)
            if await found.count():
                await (found.first.check() if role in {"radio", "checkbox"} else found.first.click())
                await self.settled()
                self.clicks += 1
                return self.page
        raise AssertionError(f"nothing says {text!r} on {self.page.url}: {(await self.text())[:600]}")

    async def settled(self) -> None:
        """The document that a press led to is there whole: between two documents there is for a moment one without a root.

        Asked from here: a condition that the page itself tries again is evaluated as text, which our policy forbids a page to do.
        """
        await self.page.wait_for_load_state()
        await eventually(self._is_whole)

    async def _is_whole(self) -> bool:
        return bool(await self.page.locator(":root").evaluate("() => document.readyState === 'complete'"))

    async def text(self) -> str:
        """What stands on the page, between its header and footer."""
        await self.settled()
        return await self.page.locator("main").inner_text()

    async def check(self, *, axe: bool = True) -> None:
        """No accessibility violation, no sideways scroll at 320 px or with text spaced out, nothing in the console with our policy on."""
        page = self.page
        await self.settled()
        where = f"{page.url} {self.looks}"
        assert self.said == [], f"{where}: {self.said}"
        await page.set_viewport_size({"width": NARROW, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW, f"{where} scrolls sideways at {NARROW} px"
        await page.set_viewport_size({"width": self.looks.width, "height": 900})
        wide, cut = await page.evaluate(SPACED)
        assert wide <= 0, f"{where} scrolls sideways with a reader's own spacing of text"
        assert cut == [], f"{where} cuts off text with a reader's own spacing: {cut}"
        if axe:
            found = await violations(page)
            assert found == [], f"{where}: {found}"


async def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds, with the places. It runs in a world of its own, so our policy stays on for the page."""
    session = await page.context.new_cdp_session(page)
    tree: Any = await session.send("Page.getFrameTree")
    world: Any = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "axe"})
    context = world["executionContextId"]
    await session.send("Runtime.evaluate", {"expression": AXE_SCRIPT, "contextId": context})
    run = "axe.run(document, {runOnly: %s}).then(r => r.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 120))]))"
    asked = {"expression": run % RULES, "contextId": context, "awaitPromise": True, "returnByValue": True}
    answer: Any = await session.send("Runtime.evaluate", asked)
    await session.detach()
    assert "exceptionDetails" not in answer, answer
    return [(name, places) for name, places in answer["result"]["value"]]


async def focus_path(page: Page, presses: int) -> AsyncIterator[str]:
    """What Tab comes to, one after the other: its words; each must be seen to have the focus."""
    for _ in range(presses):
        await page.keyboard.press("Tab")
        seen = await page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); return [e.innerText || e.labels?.[0]?.innerText || e.name,"
            " s.outlineStyle, e.getBoundingClientRect().height] })()"
        )
        assert seen[1] != "none", f"no visible focus on {seen[0]!r}"
        yield str(seen[0]).strip()


async def tab_to(page: Page, text: str, *, within: int = 60) -> None:
    """Walk there with the keyboard alone."""
    async for words in focus_path(page, within):
        if words.startswith(text):
            return
    raise AssertionError(f"the keyboard does not reach {text!r} on {page.url}")


@asynccontextmanager
async def person(browser: Browser, running: Running, looks: Looks = ONE, *, javascript: bool = True) -> AsyncIterator[Person]:
    """A browser of their own: own cookies, own language."""
    context = await browser.new_context(
        locale={"sv": "sv-SE", "en": "en-GB", "ar": "ar-SA"}[looks.language],
        color_scheme=looks.scheme,
        viewport={"width": looks.width, "height": 900},
        java_script_enabled=javascript,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    made = Person(context, await context.new_page(), running, looks)
    try:
        yield made
    finally:
        await context.close()
