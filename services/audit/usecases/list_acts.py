"""What was done about a child at work, for the extract that its family reads (audit.md 39). Nobody is named."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import Leaf
from services.audit.storage import entries, logs
from services.audit.usecases.name_people import Wanted, find_token
from services.audit.usecases.record_reading import record_reading
from services.audit.usecases.search_entries import MOST, as_seen
from shared.auth import Caller, Kind
from shared.contracts.audit import Act, Acts, ActsFound
from shared.database import Connection

ASKER = Caller(kind=Kind.SYSTEM, issuer="samsyn:bus", subject="consent", client_id="consent")
"""Consent has authenticated the reader and writes their own entry; this one says that the log was read for them."""


async def list_acts(tx: Connection, keeper: Keeper, question: Acts, *, now: datetime) -> ActsFound:
    """At most MOST acts of each log, newest first. A log where the child never occurred is not read, and gets no entry."""
    found: list[Act] = []
    more = False
    for organisation in sorted(set(question.organisations)):
        for log in await logs.of_organisation(tx, organisation):
            token = await find_token(tx, keeper, Wanted(log, "subject", str(question.subject_id)))
            if token is None or log.year < question.since.year:
                continue
            size = (await logs.state(tx, log.log_id)).size
            wanted = entries.Filter(before=size, limit=MOST, subject=token, since=question.since)
            rows = await entries.search(tx, log.year, log.log_id, wanted)
            more = more or len(rows) == MOST
            query = (f"subject={token.hex()}",)
            await record_reading(tx, keeper, ASKER, organisation, "extract.read", query=query, count=len(rows), now=now)
            found += _acts(seen.leaf for seen in map(as_seen, rows))
    return ActsFound(acts=tuple(sorted(found, key=lambda act: act.at, reverse=True)), more=more)


def _acts(leaves: Iterator[Leaf | None]) -> Iterator[Act]:
    """What sharing wrote about people and systems at work: consent's entries are the family's own doings, or about them."""
    for leaf in leaves:
        if leaf is not None and leaf.producer == "sharing" and leaf.actor_kind in {"person", "system"}:
            yield Act(
                entry_id=UUID(leaf.entry_id),
                organisation=leaf.organisation,
                at=datetime.fromisoformat(leaf.at),
                action=leaf.action,
                unit=leaf.unit,
                answer=leaf.answer,
                purpose=leaf.purpose,
                legal_basis=leaf.legal_basis,
                categories=leaf.categories,
                case_id=UUID(leaf.case_id) if leaf.case_id else None,
                object_id=UUID(leaf.object_id) if leaf.object_id else None,
            )
