"""`samsyn org`: organisations, who may do what in them, and what was changed, through sharing's own interface."""

import asyncio
import json
import webbrowser
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from deploy.embedded.home import Home, Running, default_folder
from deploy.signing_in import SignedIn, place_of, signed_in
from shared.clock import STOCKHOLM, utc_now

PATH = "/v1/register"
READING, CHANGING = ("sharing:read",), ("sharing:read", "sharing:confirm")
YEAR = timedelta(days=365)
Opener = Callable[[str], object]

DATA = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder of what runs here.")
ORGANISATION = click.argument("organisation")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("org")
@click.pass_context
def org(context: click.Context) -> None:
    """Organisations, their units, systems, keys and grants. Each look and each change is an entry.

    An administrator of the organisation, or the operator's, logs in with their own browser.
    """
    context.obj = context.obj or webbrowser.open


@org.command("list")
@DATA
@click.pass_obj
def list_them(opener: Opener, data: Path | None) -> None:
    """All for the operator, for an administrator their own."""
    for one in _get(data, opener, "/organisations")["organisations"]:
        _row(one["organisation"], one["display_name"], "public" if one["public"] else "private", one["number"] or "-")


@org.command("show")
@ORGANISATION
@DATA
@click.pass_obj
def show(opener: Opener, organisation: str, data: Path | None) -> None:
    """Everything that hangs on one organisation, as JSON."""
    click.echo(json.dumps(_get(data, opener, f"/organisations/{organisation}"), indent=2, ensure_ascii=False))


@org.command("units")
@ORGANISATION
@DATA
@click.pass_obj
def units(opener: Opener, organisation: str, data: Path | None) -> None:
    """Each unit with its regime."""
    for one in _get(data, opener, f"/organisations/{organisation}")["units"]:
        _row(one["unit"], one["regime"], one["name"], "guarded" if one["guarded"] else "")


@org.command("systems")
@ORGANISATION
@DATA
@click.pass_obj
def systems(opener: Opener, organisation: str, data: Path | None) -> None:
    """Connected systems, then keys, each with its first and last instant."""
    found = _get(data, opener, f"/organisations/{organisation}")
    for one in found["systems"]:
        _row("system", one["client_id"], one["valid_from"], one["valid_until"], _over(one))
    for kind in ("unit_keys", "signing_keys"):
        for one in found[kind]:
            _row(kind.removesuffix("s").replace("_", "-"), one["kid"], one["valid_from"], one["valid_until"], _over(one))


@org.command("grants")
@ORGANISATION
@click.option("--at", type=DAY, help="Who could see what at noon of that day; without it every grant, ended ones too.")
@DATA
@click.pass_obj
def grants(opener: Opener, organisation: str, at: datetime | None, data: Path | None) -> None:
    """One line each: id, who, role, unit, from, to, by whom."""
    if at is None:
        found = _get(data, opener, f"/organisations/{organisation}")
    else:
        noon = datetime.combine(at.date(), time(12), STOCKHOLM)
        found = _get(data, opener, f"/organisations/{organisation}/access", at=noon.isoformat())
    for one in found["grants"]:
        who, by = _who(one["principal"]), _who(one["granted_by"])
        _row(one["grant_id"], who, one["role"], one["unit"] or "*", one["valid_from"], one["valid_until"], f"by {by}", _over(one))
    for one in found.get("proposals", ()):
        wanted = one["wanted"]
        _row(
            one["proposal_id"], _who(wanted["principal"]), wanted["role"], wanted["unit"] or "*", f"proposed by {_who(one['proposed_by'])}"
        )


@org.command("grant")
@ORGANISATION
@click.argument("subject")
@click.argument("role")
@click.option("--unit", help="Without it the whole organisation.")
@click.option("--model", "models", multiple=True, help="A model of collaboration; may be repeated. Without it all.")
@click.option("--from", "start", type=DAY, help="The first day; without it from now on.")
@click.option("--until", type=DAY, help="The last day; without it a year.")
@DATA
@click.pass_obj
def grant(
    opener: Opener,
    organisation: str,
    subject: str,
    role: str,
    unit: str | None,
    models: tuple[str, ...],
    start: datetime | None,
    until: datetime | None,
    data: Path | None,
) -> None:
    """Give SUBJECT, the person's id at the login, ROLE. Some need a second administrator: then the proposal's id is printed."""
    running, now = _running(data), utc_now()
    last = until.date() if until else (now.astimezone(STOCKHOLM) + YEAR).date()
    body = {
        "principal": f"{running.addresses['provider']} {subject}",
        "organisation": organisation,
        "role": role,
        "unit": unit,
        "models": list(models),
        "valid_from": (_midnight(start.date()) if start else now).isoformat(),
        "valid_until": _midnight(last + timedelta(days=1)).isoformat(),
    }
    _given(_post(running, opener, "/grants", body))


@org.command("revoke")
@click.argument("grant_id", type=click.UUID)
@DATA
@click.pass_obj
def revoke(opener: Opener, grant_id: UUID, data: Path | None) -> None:
    """In force no longer, everywhere within two seconds."""
    click.echo(f"revoked at {_post(_running(data), opener, f'/grants/{grant_id}/revocation', {})['revoked_at']}")


@org.command("decide")
@click.argument("proposal_id", type=click.UUID)
@click.option("--approve/--turn-down", required=True, help="The second person's word.")
@DATA
@click.pass_obj
def decide(opener: Opener, proposal_id: UUID, *, approve: bool, data: Path | None) -> None:
    """Of somebody who did not propose it and does not get it."""
    _given(_post(_running(data), opener, f"/proposals/{proposal_id}/decision", {"approve": approve}))


@org.command("review")
@ORGANISATION
@DATA
@click.pass_obj
def review(opener: Opener, organisation: str, data: Path | None) -> None:
    """What is unused, about to end, without a manager, without a key, or heard by nobody."""
    found = _get(data, opener, f"/organisations/{organisation}/review")
    for one in found["findings"]:
        _row(
            one["kind"],
            one["grant_id"] or one["kid"] or "",
            _who(one["principal"] or ""),
            one["role"] or "",
            one["unit"] or "*",
            one["at"] or "",
        )
    if not found["findings"]:
        click.echo("nothing to look at")
    click.echo(f"last reviewed {found['confirmed_at'][:10]}, to be reviewed by {found['due_at'][:10]}")


@org.command("reviewed")
@ORGANISATION
@DATA
@click.pass_obj
def reviewed(opener: Opener, organisation: str, data: Path | None) -> None:
    """Say that you have looked through it and answer for what stays as it is."""
    done = _post(_running(data), opener, f"/organisations/{organisation}/reviews", {})
    click.echo(f"reviewed, {done['findings']} left as they are; again by {done['due_at'][:10]}")


@org.command("onboard")
@ORGANISATION
@DATA
@click.pass_obj
def onboard(opener: Opener, organisation: str, data: Path | None) -> None:
    """How far it has come on its way in, from facts alone. Exit code 1 while a step remains."""
    found = _get(data, opener, f"/organisations/{organisation}/onboarding")
    for one in found["steps"]:
        mark = "x" if one["done"] else ">" if one["step"] == found["next"] else " "
        _row(f"[{mark}]", one["step"], f"missing: {', '.join(one['missing'])}" if one["missing"] else "")
    if found["next"] is not None:
        raise SystemExit(1)


@org.command("changes")
@ORGANISATION
@click.option("--of", "thing", help="One grant, unit, key or agreement, by its id.")
@DATA
@click.pass_obj
def changes(opener: Opener, organisation: str, thing: str | None, data: Path | None) -> None:
    """What was changed, by whom; newest first, what differs below each."""
    asked = {} if thing is None else {"thing": thing}
    for one in _get(data, opener, f"/organisations/{organisation}/changes", **asked)["changes"]:
        _row(one["changed_at"], one["action"], one["object"], f"by {_who(one['changed_by'])}")
        before, after = one["before"] or {}, one["after"] or {}
        for name in sorted({*before, *after}):
            if one["before"] and before.get(name) != after.get(name):
                click.echo(f"    {name}: {before.get(name)} -> {after.get(name)}")


@org.command("switches")
@DATA
@click.pass_obj
def switches(opener: Opener, data: Path | None) -> None:
    """Everything that is off; for the operator."""
    found = _get(data, opener, "/switches")["switches"]
    for one in found:
        _row(one["kind"], one["value"], one["thrown_at"], one["en"])
    if not found:
        click.echo("nothing is switched off")


@org.command("switch")
@click.argument("to", type=click.Choice(["off", "on"]))
@click.argument("kind", type=click.Choice(["organisation", "unit", "route", "row", "key"]))
@click.argument("value")
@click.option("--sv", help="What those who meet the stop read in Swedish.")
@click.option("--en", help="The same in English.")
@DATA
@click.pass_obj
def switch(opener: Opener, to: str, kind: str, value: str, sv: str | None, en: str | None, data: Path | None) -> None:
    """The kill switch, for the operator: nothing goes by this organisation, unit, route (FROM>TO), row or key; or it does again.

    In force everywhere within two seconds; an organisation's systems are cut off from the bus too.
    """
    words = {name: words for name, words in (("sv", sv), ("en", en)) if words is not None}
    done = _post(_running(data), opener, "/switches", {"kind": kind, "value": value, "off": to == "off", **words})
    click.echo(f"{kind} {value} is {to}" if done["changed"] else f"{kind} {value} was {to} already")


def _get(data: Path | None, opener: Opener, path: str, **query: str) -> Any:
    return asyncio.run(_ask(_running(data), opener, READING, lambda house: house.get(PATH + path, **query)))


def _post(running: Running, opener: Opener, path: str, body: dict[str, Any]) -> Any:
    return asyncio.run(_ask(running, opener, CHANGING, lambda house: house.post(PATH + path, body)))


async def _ask(running: Running, opener: Opener, scopes: Iterable[str], act: Callable[[SignedIn], Awaitable[Any]]) -> Any:
    async with signed_in(place_of(running, "sharing"), tuple(scopes), open_browser=opener) as house:
        return await act(house)


def _running(data: Path | None) -> Running:
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs there: start it first with `./samsyn up`")
    return running


def _given(answer: dict[str, Any]) -> None:
    grant, proposal = answer["grant"], answer["proposal"]
    if grant is not None:
        click.echo(f"given: {grant['grant_id']}, {grant['valid_from']} to {grant['valid_until']}")
    elif proposal["decided_at"] is None:
        click.echo(f"waits for another administrator: {proposal['proposal_id']}")
    else:
        click.echo("turned down")


def _row(*cells: str) -> None:
    click.echo("  ".join(cell for cell in cells if cell))


def _who(principal: str) -> str:
    return principal.rpartition(" ")[2]


def _over(one: dict[str, Any]) -> str:
    return f"revoked {one['revoked_at']}" if one["revoked_at"] else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), STOCKHOLM)
