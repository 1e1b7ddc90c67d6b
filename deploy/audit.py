"""`samsyn audit`: what a data-protection officer does, and everybody's own look-ups, through audit's own interface."""

import asyncio
import json
import webbrowser
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from deploy.embedded.home import Home, Running, default_folder
from deploy.signing_in import SignedIn, place_of, signed_in
from shared.clock import STOCKHOLM, utc_now

READING, EXPORTING = ("audit:read",), ("audit:read", "audit:export")
Opener = Callable[[str], object]

DATA = click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder of what runs here.")
CHILD = click.option("--child", "child_ref", type=click.UUID, help="The organisation's own reference to a child.")
CASE = click.option("--case", "case_id", type=click.UUID, help="A case's id.")
SINCE = click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="From this moment, Swedish time.")
UNTIL = click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Before this moment, Swedish time.")
ORGANISATION = click.option("--organisation", help="Whose log; without it one's own.")


@click.group("audit")
@click.pass_context
def audit(context: click.Context) -> None:
    """The log, for its data-protection officer. Each look is an entry of the log before it is answered.

    Whoever logs in with their own browser is who looks.
    """
    context.obj = context.obj or webbrowser.open


@audit.command("search")
@CHILD
@CASE
@click.option("--professional", help="A person at work: their user id at the login.")
@click.option("--action", help="As `case.read`.")
@click.option("--answer", help="As `no`, `refused`.")
@click.option("--purpose", help="As `P_SUPPORT`.")
@click.option("--reason", help="A reason code.")
@click.option("--unit", help="A unit's id.")
@SINCE
@UNTIL
@click.option("--year", type=int, help="Without it this year's log.")
@ORGANISATION
@click.option("--held", is_flag=True, help="Also what a hold leaves out; the search's entry says so.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--before", type=click.IntRange(min=0), help="Where an earlier page said that it goes on.")
@DATA
@click.pass_obj
def search(opener: Opener, /, data: Path | None, **asked: Any) -> None:
    """Entries of one log that are all of this, newest first: index, time, act, answer, unit, id."""
    found = _post(data, opener, "/v1/searches", _body(asked))
    for one in found["entries"]:
        _entry(one["index"], one["entry"], intact=one["intact"])
    if found["holds"] and not asked["held"]:
        click.echo(f"{found['holds']} holds may leave something out: --held", err=True)
    _more("--before", found["next_before"])


@audit.command("timeline")
@click.argument("child_ref", type=click.UUID)
@SINCE
@UNTIL
@ORGANISATION
@DATA
@click.pass_obj
def timeline(opener: Opener, /, child_ref: UUID, data: Path | None, **asked: Any) -> None:
    """One child's line over all logs that are one's own to read, newest first."""
    before = None
    while True:
        found = _post(data, opener, "/v1/timelines", _body({**asked, "child_ref": child_ref}) | ({"before": before} if before else {}))
        for one in found["lines"]:
            _entry(f"{one['organisation']}/{one['year']}/{one['index']}", one["entry"], one["kind"] or "?", intact=one["intact"])
        before = found["next_before"]
        if before is None or not click.confirm("older ones?", err=True):
            return


@audit.command("reviews")
@click.option("--plan", type=click.UUID, help="One of them, with what was drawn.")
@DATA
@click.pass_obj
def reviews(opener: Opener, plan: UUID | None, data: Path | None) -> None:
    """Plans of systematic review, how far each is, as JSON."""
    _json(_get(data, opener, "/v1/reviews" if plan is None else f"/v1/reviews/{plan}"))


@audit.command("flags")
@click.option("--rule", help="Only what this rule found.")
@click.option("--marked", is_flag=True, help="Those that somebody has marked too.")
@click.option("--english", is_flag=True, help="The sentences in English.")
@ORGANISATION
@DATA
@click.pass_obj
def flags(opener: Opener, /, data: Path | None, *, english: bool, **asked: Any) -> None:
    """What is worth a look in this year's log, and why. A flag is never a verdict."""
    found = _post(data, opener, "/v1/flags", _body(asked))["flags"]
    for one in found:
        _entry(one["index"], one["entry"], one["rule"], one["mark"] or "")
        click.echo(f"    {one['en' if english else 'sv']}")
    if not found:
        click.echo("nothing to look at")


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Whose log.")
@click.option("--year", type=int, help="Without it this year's.")
@CHILD
@CASE
@SINCE
@UNTIL
@DATA
@click.pass_obj
def export(opener: Opener, /, file: Path, organisation: str, year: int | None, data: Path | None, **scope: Any) -> None:
    """Write a log into FILE, or with a child, a case or a period that part of it. Check it with `samsyn-verify archive FILE`."""
    body = _body({**scope, "organisation": organisation, "year": year or utc_now().astimezone(STOCKHOLM).year})
    content = asyncio.run(_ask(_running(data), opener, EXPORTING, lambda house: house.download("/v1/exports", body)))
    file.write_bytes(content)
    click.echo(f"{file}: {len(content)} bytes")


@audit.command("statistics")
@click.argument("year", type=int, required=False)
@DATA
@click.pass_obj
def statistics(opener: Opener, year: int | None, data: Path | None) -> None:
    """Follow-up numbers as lines with semicolons; `<5` for one to four."""
    found = _get(data, opener, f"/v1/statistics/{year or utc_now().astimezone(STOCKHOLM).year}")
    click.echo("organisation;quarter;model;measure;count")
    for one in found["cells"]:
        count = "<5" if one["count"] is None else one["count"]
        click.echo(f"{one['organisation']};{one['quarter']};{one['model']};{one['measure']};{count}")


@audit.command("processing")
@DATA
@click.pass_obj
def processing(opener: Opener, data: Path | None) -> None:
    """The organisation's record of processing activities (GDPR art. 30), as JSON."""
    _json(_get(data, opener, "/v1/processing"))


@audit.command("trust")
@DATA
@click.pass_obj
def trust(opener: Opener, data: Path | None) -> None:
    """Whom to trust: keys, registrars, witnesses; signed, with the proof that it is logged, as JSON for `samsyn-verify trust`."""
    _json(_get(data, opener, "/v1/trust"))


@audit.command("mine")
@DATA
@click.pass_obj
def mine(opener: Opener, data: Path | None) -> None:
    """My own look-ups this month, whoever I am."""
    found = _get(data, opener, "/v1/mine")
    for one in found["entries"]:
        _entry(one["index"], one["entry"], intact=one["intact"])
    click.echo(f"{len(found['entries'])} entries about {found['children']} children since {found['since'][:10]}")


@audit.group("hold")
def hold() -> None:
    """Keep what a log has of a child or a case from erasure and out of ordinary views. Two officers lay it, two lift it."""


@hold.command("place")
@CHILD
@CASE
@click.option("--kind", type=click.Choice(["restricted", "legal"]), required=True)
@click.option(
    "--reason",
    required=True,
    help="restricted: accuracy, unlawful, claim, objection; legal: supervision, court, police, internal.",
)
@click.option("--review-on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="When somebody looks whether it is still needed.")
@ORGANISATION
@DATA
@click.pass_obj
def place_hold(opener: Opener, /, data: Path | None, review_on: datetime, **asked: Any) -> None:
    """The first officer's word: from now on nothing that it is on is destroyed."""
    _hold(_post(data, opener, "/v1/log-holds", _body(asked) | {"review_on": review_on.date().isoformat()}))


@hold.command("confirm")
@click.argument("hold_id", type=click.UUID)
@DATA
@click.pass_obj
def confirm_hold(opener: Opener, hold_id: UUID, data: Path | None) -> None:
    """Another officer's word: ordinary views leave out what it is on."""
    _hold(_post(data, opener, f"/v1/log-holds/{hold_id}/confirmation", {}))


@hold.command("lift")
@click.argument("hold_id", type=click.UUID)
@DATA
@click.pass_obj
def lift_hold(opener: Opener, hold_id: UUID, data: Path | None) -> None:
    """The first officer's word that it is over, or another's, which lifts it."""
    _hold(_post(data, opener, f"/v1/log-holds/{hold_id}/lifting", {}))


@hold.command("list")
@click.option("--lifted", is_flag=True, help="Those that were lifted too.")
@DATA
@click.pass_obj
def list_holds(opener: Opener, *, lifted: bool, data: Path | None) -> None:
    """The organisation's holds, newest first."""
    found = _get(data, opener, f"/v1/log-holds{'?lifted=true' if lifted else ''}")["holds"]
    for one in found:
        _hold(one)
    if not found:
        click.echo("no holds")


def _hold(one: dict[str, Any]) -> None:
    due = "  LOOK AT IT AGAIN" if one["is_due"] else ""
    on = f"case {one['case_id']}" if one["case_id"] else "a child"
    click.echo(f"{one['hold_id']}  {one['state']}  {one['kind']}  {one['reason']}  {on}  review on {one['review_on']}{due}")


@audit.group("retention")
def retention() -> None:
    """Thin a year that is past its time: who it was is destroyed, and every proof holds. Two officers say so."""


@retention.command("preview")
@click.argument("year", type=int)
@ORGANISATION
@DATA
@click.pass_obj
def preview_retention(opener: Opener, /, data: Path | None, **asked: Any) -> None:
    """A dry run: what would be destroyed, and what stands against it."""
    found = _post(data, opener, "/v1/retirements/preview", _body(asked))
    click.echo(f"{found['year']}: may be thinned from {found['due_on']}")
    click.echo(f"{found['keys']} persons' keys and {found['parts']} person parts would go; {found['kept']} of the keys a hold keeps")
    click.echo(f"{found['entries']} entries, their hashes and checkpoints stay")
    click.echo(f"now: {', '.join(found['blockers']) or 'nothing stands against it'}")


@retention.command("propose")
@click.argument("year", type=int)
@click.option("--decision", required=True, help="The number of the organisation's own decision to weed out, as KS-2031/117.")
@ORGANISATION
@DATA
@click.pass_obj
def propose_retention(opener: Opener, /, data: Path | None, **asked: Any) -> None:
    """The first officer's word. Nothing is destroyed before another's."""
    _retirement(_post(data, opener, "/v1/retirements", _body(asked)))


@retention.command("confirm")
@click.argument("retirement_id", type=click.UUID)
@DATA
@click.pass_obj
def confirm_retention(opener: Opener, retirement_id: UUID, data: Path | None) -> None:
    """Another officer's word: it is done from now on, and cannot be undone."""
    _retirement(_post(data, opener, f"/v1/retirements/{retirement_id}/confirmation", {}))


@retention.command("show")
@DATA
@click.pass_obj
def show_retention(opener: Opener, data: Path | None) -> None:
    """Every year that was proposed, and how far it is. The proof afterwards: `search --action log.thinned`."""
    found = _get(data, opener, "/v1/retirements")["retirements"]
    for one in found:
        _retirement(one)
    if not found:
        click.echo("no year is thinned")


def _retirement(one: dict[str, Any]) -> None:
    far = f"{one['done']} of {one['entries']} entries, {one['keys_destroyed']} keys and {one['parts_destroyed']} parts gone"
    kept = f", {one['kept']} kept by a hold" if one["kept"] else ""
    click.echo(f"{one['retirement_id']}  {one['year']}  {one['state']}  {one['decision']}  {far}{kept}")


def _get(data: Path | None, opener: Opener, path: str) -> Any:
    return asyncio.run(_ask(_running(data), opener, READING, lambda house: house.get(path)))


def _post(data: Path | None, opener: Opener, path: str, body: dict[str, Any]) -> Any:
    return asyncio.run(_ask(_running(data), opener, READING, lambda house: house.post(path, body)))


async def _ask(running: Running, opener: Opener, scopes: tuple[str, ...], act: Callable[[SignedIn], Awaitable[Any]]) -> Any:
    async with signed_in(place_of(running, "audit"), scopes, open_browser=opener) as house:
        return await act(house)


def _running(data: Path | None) -> Running:
    running = Home(data or default_folder()).running()
    if running is None:
        raise click.UsageError("nothing runs there: start it first with `./samsyn up`")
    return running


def _body(asked: dict[str, Any]) -> dict[str, Any]:
    """What was said on the command line, as JSON takes it; a moment without a zone is Swedish."""
    return {name: _plain(value) for name, value in asked.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=STOCKHOLM).isoformat()
    return str(value) if isinstance(value, UUID) else value


def _entry(place: object, entry: dict[str, Any] | None, *more: str, intact: bool = True) -> None:
    if entry is None or not intact:
        click.echo(f"{place}  NOT AS IT WAS COMMITTED")
        return
    cells = (str(place), *more, entry["at"][:19], entry["action"], entry.get("answer") or "", entry.get("unit") or "", entry["entry_id"])
    click.echo("  ".join(cell for cell in cells if cell))


def _more(option: str, place: object) -> None:
    if place is not None:
        click.echo(f"more: {option} {place}", err=True)


def _json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
