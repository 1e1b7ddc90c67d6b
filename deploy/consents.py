"""`samsyn consents import`: consents that were collected before, from a file of lines, through consent's own interface."""

import asyncio
import csv
import hashlib
import io
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import httpx2
import msgspec
from samsyn_connect.clock import utc_now
from samsyn_connect.config import Config, KeyStore
from samsyn_connect.tokens import TokenSource

from deploy.embedded.home import Home, default_folder
from deploy.embedded.parts import audience

COLUMNS = ("child_number", "discloser_unit", "recipient_unit", "purpose", "categories", "given_on", "last_day", "signers")
"""The header, exactly. `categories` and `signers` hold several, with spaces between."""
PATH = "/v1/imported-consents"
REFUSED = 1
WRONG_FILE = 2
AT_ONCE = 4
TRIES = 3


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: what is sent, or why it is not."""

    number: int
    body: dict[str, Any] = {}
    code: str | None = None


@click.group("consents")
def consents() -> None:
    """Consents, as an organisation's system."""


@consents.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--config", "config", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The kit's TOML.")
@click.option("--url", help="Where the consent house is; by default the one that runs here.")
@click.option("--check", is_flag=True, help="Read the file and say what is wrong with its lines, without sending any.")
def import_file(file: Path, config: Path, url: str | None, *, check: bool) -> None:
    """Bring the consents of FILE, CSV with semicolons. Run it again after an interruption: what has been taken is not taken twice.

    Each line that is refused is told with its number and a code, never with what stands in it. Exit code 1 when there are any.
    """
    try:
        lines = list(read_lines(file.read_bytes()))
    except ValueError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_FILE)
    refused = {line.number: line.code for line in lines if line.code is not None}
    sound = [line for line in lines if line.code is None]
    if not check:
        refused |= asyncio.run(_send(sound, Config.load(config), url or _here()))
    for number, code in sorted(refused.items()):
        click.echo(f"{file.name}:{number}: {code}")
    click.echo(f"{len(lines) - len(refused)} of {len(lines)} lines {'are well formed' if check else 'have been taken over'}")
    sys.exit(REFUSED if refused else 0)


def read_lines(content: bytes) -> Iterator[Line]:
    """Every line after the header, numbered as an editor does. Raises ValueError for another header or another encoding."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    try:
        if tuple(next(rows, ())) != COLUMNS:
            raise ValueError("the header must be " + ";".join(COLUMNS))
        for cells in rows:
            if cells:
                yield _line(digest, rows.line_num, cells)
    except csv.Error:
        raise ValueError(f"line {rows.line_num} is not CSV") from None


def _line(digest: str, number: int, cells: list[str]) -> Line:
    if len(cells) != len(COLUMNS):
        return Line(number=number, code="columns")
    value = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    for name in COLUMNS:
        if not value[name]:
            return Line(number=number, code=f"{name}-missing")
    for name in ("given_on", "last_day"):
        try:
            date.fromisoformat(value[name])
        except ValueError:
            return Line(number=number, code=f"{name}-not-a-date")
    return Line(
        number=number,
        body={
            "file_sha256": digest,
            "line": number,
            "number": value["child_number"],
            "discloser_unit": value["discloser_unit"],
            "recipient_unit": value["recipient_unit"],
            "purpose": value["purpose"],
            "categories": value["categories"].split(),
            "given_on": value["given_on"],
            "last_day": value["last_day"],
            "signers": value["signers"].split(),
        },
    )


async def _send(lines: list[Line], config: Config, url: str) -> dict[int, str]:
    """Each line with a key of its own, a few at once; the codes of those that were refused."""
    refused: dict[int, str] = {}
    waiting = iter(lines)
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        tokens = TokenSource(
            config.issuer, config.client_id, KeyStore(config).client, resource=audience("consent"), scopes=("consent:ask",), http=http
        )
        with click.progressbar(length=len(lines), label="consents", file=sys.stderr) as bar:

            async def worker() -> None:
                for line in waiting:
                    code = await _post(http, tokens, url, line)
                    if code is not None:
                        refused[line.number] = code
                    bar.update(1)

            await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return refused


async def _post(http: httpx2.AsyncClient, tokens: TokenSource, url: str, line: Line) -> str | None:
    """None when it was taken, now or before; else a code, and the member that was wrong, never its value."""
    key = f"import-{line.body['file_sha256']}-{line.number}"
    for last in (False,) * (TRIES - 1) + (True,):
        now = utc_now()
        token = (await tokens.token(now)).text
        proof = tokens.proof("POST", url + PATH, now, token=token)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Idempotency-Key": key}
        try:
            answer = await http.post(url + PATH, json=line.body, headers=headers)
        except httpx2.TransportError:
            if last:
                return "no-answer"
            continue
        if answer.status_code < 500 or last:  # noqa: PLR2004  the server's own faults may pass
            break
    return None if answer.status_code == 200 else _code(answer)  # noqa: PLR2004  HTTP


def _code(answer: httpx2.Response) -> str:
    told = answer.json()
    code = str(told.get("type", "")).rpartition("/")[2]
    members = [str(fault.get("pointer", "")).removeprefix("#/") for fault in told.get("errors", ())]
    return " ".join([told["detail"] if code == "import-refused" else code, *members])


def _here() -> str:
    running = Home(default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs here: give --url")
    return running.addresses["consent"]
