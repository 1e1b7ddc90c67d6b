"""`samsyn screenshots DIR`: the pages as pictures, as each role sees them, at both widths and in both languages, for reviewers."""

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy import pictures
from deploy.demo.narrator import Narrator
from deploy.demo.questions import may_i_tell
from deploy.demo.stage import Stage, until
from deploy.embedded.home import Home, Running, default_folder

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WIDTHS = (360, 1280)
LANGUAGES = ("sv", "en")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FAMILY = ("/home", "/questions", "/consents", "/seen", "/notices", "/receipts", "/contacts")
STAFF = "Kim Ek"
REGISTER = ("", "/grants", "/access", "/systems", "/review", "/onboarding", "/changes", "/give", "/acts/connect", "/acts/limits")
OFFICER = ("/", "/search", "/child", "/reviews", "/flags", "/statistics", "/export", "/processing", "/mine")
OPEN = (("consent", "/"), ("consent", "/about"), ("consent", "/accessibility"), ("consent", "/components"), ("sharing", "/rules"))


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder; by default one for this checkout.")
@click.option("--readme", is_flag=True, help="Only README's pictures, small: write them into docs/pictures beside a suite just started.")
def screenshots(folder: Path, data: Path | None, *, readme: bool) -> None:
    """Write pictures of the pages into FOLDER, beside a suite that is up. Needs the development dependencies."""
    try:
        import playwright  # noqa: F401  only whether it is there
    except ModuleNotFoundError:
        raise click.ClickException("pictures need Playwright: install requirements-dev.lock, or run ./samsyn test once") from None
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.ClickException("nothing runs there: start it first with `./samsyn up`")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(running, folder, readme=readme))
    click.echo(f"{len(list(folder.glob('*.webp' if readme else '*.png')))} pictures in {folder}")


async def _take(running: Running, folder: Path, *, readme: bool) -> None:
    from playwright.async_api import async_playwright

    async with Stage(running, Narrator(lambda _: None)) as stage, async_playwright() as playwright:
        decision = await may_i_tell(stage)
        counsellor = await stage.staff("counsellor", "sharing")
        await stage.call(counsellor, "POST", "sharing", "/v1/consent-requests", {"decision_id": decision["decision_id"]}, expect=201)
        guardian = await stage.citizen(stage.family.guardians[0].number)

        async def reached() -> Any:
            return (await stage.call(guardian, "GET", "consent", "/v1/requests", expect=200))["requests"] or None

        await until(reached, "the question reaching the family")
        found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=found, args=flags)
        if readme:
            await pictures.take(browser, stage, decision["decision_id"], folder)
            return
        for width in WIDTHS:
            for language in LANGUAGES:
                await _anybody(browser, running, folder, width, language)
                await _administrator(browser, running, folder, width, language)
                await _at_work(browser, running, folder, width, language, "officer", "Noor Lind", ("audit",), OFFICER)
                await _at_work(browser, running, folder, width, language, "operator", "Toni Berg", tuple(running.addresses), ("/status",))
                await _staff(browser, running, folder, width, language, stage.case_id, decision["decision_id"])
                for role, number in (("guardian", stage.family.guardians[0].number), ("child", stage.family.child.number)):
                    await _family(browser, running, folder, width, language, role, number)
        await browser.close()


async def _page(browser: "Browser", width: int, language: str) -> "Page":
    locale = {"sv": "sv-SE", "en": "en-GB"}[language]
    return await (await browser.new_context(viewport={"width": width, "height": 900}, locale=locale)).new_page()


async def _shoot(page: "Page", folder: Path, role: str, width: int, language: str) -> None:
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", page.url.split("/", 3)[3].split("?")[0]).strip("/").replace("/", "-") or "front"
    await page.screenshot(path=folder / f"{role}-{name}-{width}-{language}.png", full_page=True)


async def _anybody(browser: "Browser", running: Running, folder: Path, width: int, language: str) -> None:
    page = await _page(browser, width, language)
    for house, path in OPEN:
        await page.goto(running.addresses[house] + path)
        await _shoot(page, folder, house, width, language)
    await page.context.close()


async def _staff(browser: "Browser", running: Running, folder: Path, width: int, language: str, case_id: str, decision_id: str) -> None:
    """Somebody who works with a child, from the start page to the answer."""
    page = await _page(browser, width, language)
    base, case = running.addresses["sharing"], f"/cases/{case_id}"
    decision = f"{case}/decisions/{decision_id}"
    await page.goto(f"{base}/auth/login?return_to=/")
    await page.get_by_role("button", name=re.compile(f"^{STAFF}")).first.click()
    await page.wait_for_url(f"{base}/")
    for path in ("/", "/ask", "/cases", case, f"{case}/share", decision, f"{decision}/meeting", f"{case}/matter", "/matters", "/inbox"):
        await page.goto(base + path)
        await _shoot(page, folder, "professional", width, language)
    base = running.addresses["consent"]
    await page.goto(f"{base}/auth/login?return_to=/children/name")
    await page.get_by_role("button", name=re.compile(f"^{STAFF}")).first.click()
    await page.wait_for_url(f"{base}/children/name")
    await _shoot(page, folder, "professional", width, language)
    await page.context.close()


async def _administrator(browser: "Browser", running: Running, folder: Path, width: int, language: str) -> None:
    page = await _page(browser, width, language)
    base = running.addresses["sharing"]
    await page.goto(f"{base}/auth/login?return_to=/admin")
    await page.get_by_role("button", name="Robin Björk").first.click()
    await page.wait_for_url(f"{base}/admin/o5ek")
    for path in REGISTER:
        await page.goto(f"{base}/admin/o5ek{path}")
        await _shoot(page, folder, "administrator", width, language)
    await page.context.close()


async def _at_work(
    browser: "Browser",
    running: Running,
    folder: Path,
    width: int,
    language: str,
    role: str,
    who: str,
    houses: tuple[str, ...],
    paths: tuple[str, ...],
) -> None:
    """Somebody's pages at houses where one login leads to all of them."""
    page = await _page(browser, width, language)
    for house in houses:
        if house not in {"consent", "sharing", "audit"}:
            continue
        base = running.addresses[house]
        await page.goto(f"{base}/auth/login?return_to={paths[0]}")
        await page.get_by_role("button", name=who).first.click()
        await page.wait_for_url(f"{base}{paths[0]}")
        for path in paths:
            await page.goto(base + path)
            await _shoot(page, folder, role if len(houses) == 1 else f"{role}-{house}", width, language)
    await page.context.close()


async def _family(browser: "Browser", running: Running, folder: Path, width: int, language: str, role: str, number: str) -> None:
    page = await _page(browser, width, language)
    base = running.addresses["consent"]
    await page.goto(f"{base}/auth/login?return_to=/home")
    await page.locator("input[name=number]").fill(number)
    await page.locator("input[name=number]").press("Enter")
    await page.wait_for_url(f"{base}/home")
    for path in FAMILY:
        await page.goto(base + path)
        await _shoot(page, folder, role, width, language)
    await page.goto(f"{base}/questions")
    await page.locator("main li a").first.click()
    await _shoot(page, folder, role, width, language)
    await page.locator("input[value=yes]").first.check()
    await page.locator("button[value=check]").click()
    await page.wait_for_load_state()
    await page.screenshot(path=folder / f"{role}-check-{width}-{language}.png", full_page=True)
    if width == WIDTHS[-1] and language == LANGUAGES[-1]:
        await page.locator("button[value=answer]").click()
        await page.wait_for_load_state()
        await _shoot(page, folder, role, width, language)
        await page.goto(f"{base}/consents")
        await _shoot(page, folder, role, width, language)
    await page.context.close()
