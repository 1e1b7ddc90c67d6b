"""One Chromium for the session, on the suite that the session runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.obtain import executable

NONE = """no browser to test pages in. One of:
  a Chromium or Google Chrome of the machine on the PATH
  Playwright's own:  python -m playwright install --with-deps chromium
  as root on Debian: apt-get install --no-install-recommends chromium
or say --no-browser: then no page is tested in a browser."""


def flags() -> list[str]:
    """As root Chromium has no sandbox of its own; the pages are ours."""
    return ["--no-sandbox"] if Path("/proc/self").owner() == "root" else []


@pytest.fixture(scope="session")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """Started once. Without one the test fails and says what to do, unless the run was told `--no-browser`."""
    if request.config.getoption("--no-browser"):
        pytest.skip("--no-browser: no page is tested in a browser")
    async with async_playwright() as playwright:
        found = await asyncio.to_thread(executable, playwright.chromium.executable_path)
        if found is None:
            pytest.fail(NONE, pytrace=False)
        launched = await playwright.chromium.launch(executable_path=found, args=flags())
        yield launched
        await launched.close()
