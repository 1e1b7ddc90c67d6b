"""`python -m tests.bench.pages`: what a page weighs, and when its first byte comes. Nothing here is asserted.

Weight is what a first visit fetches, compressed as a proxy does it: the page, and with it the sheet and the scripts that it names. The
first byte stands beside that of a bare Litestar page, a template of some fifty lines with no login and no database, in a process of its
own, asked in turn by the same client. The houses are those of a whole suite, with a family that has been asked.
"""

import asyncio
import gzip
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, cast
from urllib.parse import urljoin, urlsplit

import httpx2 as httpx
from jinja2 import DictLoader, Environment
from litestar import Litestar, MediaType, get

from deploy.demo.narrator import Narrator
from deploy.demo.questions import ask_the_family, may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from deploy.provider.browser import Browser
from shared.serve import listen, port_of, serving
from tests.bench.ground import folder_for_all
from tests.bench.measure import run
from tests.eventually import eventually
from tests.suite_fixture import Whole

TIMES = 40
FETCHED = re.compile(r'<(?:link|script)[^>]+(?:href|src)="(/[^"]+)"')
BASE = "<!doctype html><html lang=sv><head><title>{{ title }}</title></head><body><main>{% block main %}{% endblock %}</main></body></html>"
ROWS = "<h1>{{ title }}</h1><ul>{% for row in rows %}<li>{{ row }}</li>{% endfor %}</ul>"
PAGE = '{% extends "base.html" %}{% block main %}' + ROWS + "{% endblock %}"
FAMILY = ("/home", "/questions", "/consents", "/seen", "/receipts")
STAFF = ("/", "/ask", "/cases", "/inbox")
OFFICER = ("/", "/search", "/reviews", "/statistics")


class Seen(NamedTuple):
    """One page: compressed bytes of its HTML and of all that it fetches, milliseconds to its first byte, and their ratio to a bare one."""

    path: str
    html: int
    all: int
    first: float
    ratio: float


async def serve_bare() -> None:
    """The yardstick, until standard input ends; its port is the first line that it says."""
    environment = Environment(loader=DictLoader({"base.html": BASE, "page.html": PAGE}), autoescape=True)

    @get("/", media_type=MediaType.HTML)
    async def page() -> str:
        return environment.get_template("page.html").render(title="Samsyn", rows=range(50))

    sock = listen()
    async with serving(Litestar([page], openapi_config=None, logging_config=None), sock):
        sys.stdout.write(f"{port_of(sock)}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def look(bare: str) -> dict[str, list[Seen]]:
    """Every page of three roles."""
    async with _suite() as running, Stage(running, Narrator(lambda _: None)) as stage:
        await ask_the_family(stage, await may_i_tell(stage))
        roles = (
            ("guardian", "consent", await stage.citizen(stage.family.guardians[0].number), FAMILY),
            ("professional", "sharing", await stage.staff("counsellor", "sharing"), STAFF),
            ("officer", "audit", await stage.staff("school-dpo", "audit"), OFFICER),
        )
        return {role: [await _see(who, running.addresses[house], path, bare) for path in paths] for role, house, who, paths in roles}


async def _see(who: Browser, base: str, path: str, bare: str) -> Seen:
    async def shown() -> httpx.Response | None:
        answer = await who.get(f"{base}{path}")
        return answer if answer.is_success else None

    answer = cast("httpx.Response", await eventually(shown, within=30))  # a house that has just started may have to catch up first
    html = len(gzip.compress(answer.content))
    fetched = [await who.get(urljoin(base, one)) for one in FETCHED.findall(answer.text)]
    all_of_it = html + sum(len(gzip.compress(one.content)) for one in fetched)
    cookies = "; ".join(f"{name}={value}" for name, value in who.cookies(base).items())
    pairs = [(await _first_byte(f"{base}{path}", cookies), await _first_byte(bare, "")) for _ in range(TIMES)]
    return Seen(path, html, all_of_it, statistics.median(ours for ours, _ in pairs), statistics.median(ours / it for ours, it in pairs))


async def _first_byte(url: str, cookies: str) -> float:
    """Milliseconds on a connection that stands, from the request to the first byte. Raises RuntimeError for an answer other than 200."""
    split = urlsplit(url)
    reader, writer = await asyncio.open_connection(split.hostname, split.port)
    head = f"GET {split.path or '/'} HTTP/1.1\r\nHost: {split.netloc}\r\nAccept: text/html\r\nConnection: close\r\n"
    start = time.perf_counter()
    writer.write(f"{head}Cookie: {cookies}\r\n\r\n".encode() if cookies else f"{head}\r\n".encode())
    first = await reader.readexactly(12)
    taken = (time.perf_counter() - start) * 1000
    await reader.read()
    writer.close()
    await writer.wait_closed()
    if not first.endswith(b"200"):
        raise RuntimeError(f"{split.path}: {first.decode()}")
    return taken


@asynccontextmanager
async def _suite() -> AsyncIterator[Running]:
    folder = folder_for_all()
    whole = Whole(folder / "suite")
    try:
        yield await whole.start()
    finally:
        if whole.process is not None:
            whole.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """The table, with the bare page in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.pages", "bare"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("no pipes")
        try:
            found = run(look(f"http://127.0.0.1:{int(server.stdout.readline())}"))
        finally:
            server.stdin.close()
    for role, pages in found.items():
        sys.stdout.write(f"\n{role:<14} HTML kB   all kB   first byte   x a bare template page\n")
        for one in pages:
            sys.stdout.write(f"  {one.path:<12} {one.html / 1000:7.1f}  {one.all / 1000:7.1f}   {one.first:7.1f} ms   {one.ratio:7.1f}\n")


if __name__ == "__main__":
    run(serve_bare()) if sys.argv[1:] == ["bare"] else main()
