"""README's pictures: one page for each role, cut to what somebody sees first, small enough to lie in the repository."""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deploy.demo.stage import Stage
from deploy.embedded.home import Running

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WIDEST, SHARP = 800, 1.4
"""Pixels across at most, and to a CSS pixel: a phone's page is shown small and is still read."""
QUALITY = 70
"""Of WebP's lossy kind: letters stay sharp, and a screen of text is some 40 kB."""


class Shown(NamedTuple):
    """What a picture is of: the window in CSS pixels, and who has gone where in it."""

    name: str
    width: int
    height: int
    reach: Callable[["Page", Stage, str], Awaitable[None]]


async def take(browser: "Browser", stage: Stage, decision_id: str, folder: Path) -> None:
    """Write each as `<name>.webp`. In Swedish, which the pages are written in first."""
    for shown in SHOWN:
        context = await browser.new_context(
            viewport={"width": shown.width, "height": shown.height}, locale="sv-SE", device_scale_factor=2, reduced_motion="reduce"
        )
        page = await context.new_page()
        await shown.reach(page, stage, decision_id)
        await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        width = min(WIDEST, round(SHARP * shown.width))
        await asyncio.to_thread(_write_small, await page.screenshot(), width, folder / f"{shown.name}.webp")
        await context.close()


def _write_small(png: bytes, width: int, path: Path) -> None:
    from PIL import Image

    with Image.open(BytesIO(png)) as full:
        small = full.convert("RGB").resize((width, round(full.height * width / full.width)), Image.Resampling.LANCZOS)
    small.save(path, "WEBP", quality=QUALITY, method=6)


async def _log_in(page: "Page", running: Running, house: str, who: str, path: str) -> None:
    await page.goto(f"{running.addresses[house]}/auth/login?return_to={path}")
    if who.isdigit():
        await page.locator("input[name=number]").fill(who)
        await page.locator("input[name=number]").press("Enter")
    else:
        await page.get_by_role("button", name=who).first.click()
    await page.wait_for_url(f"{running.addresses[house]}{path}")


async def _guardians_question(page: "Page", stage: Stage, _: str) -> None:
    await _log_in(page, stage.running, "consent", stage.family.guardians[0].number, "/questions")
    await page.locator('main a[href^="/questions/"]').first.click()
    await page.get_by_role("radio", name="Ja").first.check()


async def _meeting(page: "Page", stage: Stage, decision_id: str) -> None:
    path = f"/cases/{stage.case_id}/decisions/{decision_id}/meeting"
    await _log_in(page, stage.running, "sharing", "Kim Ek", path)
    await page.get_by_label("På ett möte").check()
    await page.get_by_label("BUP Ekdala").check()
    await page.get_by_role("button", name="Visa vad som får sägas").click()
    await page.wait_for_load_state()


async def _answer(page: "Page", stage: Stage, _: str) -> None:
    await _log_in(page, stage.running, "sharing", "Kim Ek", "/ask")
    await page.get_by_label("Vad vill du berätta?").select_option(label="elevhälsans bedömning")
    await page.get_by_label("Vem har uppgiften?").select_option(value="S_EH")
    await page.get_by_label("Till vem?").select_option(label="Regionens hälso- och sjukvård")
    await page.get_by_label("Varför?").select_option(label="planera stöd tillsammans")
    await page.locator("#answer .tag").first.wait_for()


async def _officers_first(page: "Page", stage: Stage, _: str) -> None:
    await _log_in(page, stage.running, "audit", "Noor Lind", "/")


PHONE, DESK = (400, 1180), (1160, 1120)
SHOWN = (
    Shown("guardian", *PHONE, _guardians_question),
    Shown("meeting", *PHONE, _meeting),
    Shown("answer", *DESK, _answer),
    Shown("officer", *DESK, _officers_first),
)
