"""Who has seen what about the children that a person decides for: out of audit's logs, by units and never by names (audit.md 39)."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.consent.domain.disclosure import Shown, shown
from services.consent.domain.seen import Open, visible
from services.consent.storage import custody, disclosures, organisations, people
from services.consent.usecases.entries import record
from services.consent.usecases.list_disclosures import visible_categories
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.show_request import unit_name
from shared.auth import Caller
from shared.contracts.audit import Acts, ActsFound
from shared.contracts.message import Ask
from shared.database import Connection
from shared.errors import Unavailable

REACH = timedelta(days=2 * 365)
"""How far back an extract reaches; the answer says so."""


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """One child of the reader's, what may be seen of it, and what audit is to be asked. None: nothing may be, so nobody is asked."""

    child_name: str | None
    may: Open
    question: Acts


class SeenAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act: which unit did what, when, for which purpose and on which ground."""

    at: datetime
    child_name: str | None
    unit: str | None
    action: str
    purpose: str | None
    categories: tuple[str, ...]
    basis: tuple[str, ...]
    entry_id: UUID
    """For whoever wants the proof: the unit's data-protection officer finds it by this."""


class SeenList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `available` false: the log could not be read just now; an empty list then means nothing."""

    available: bool
    since: datetime
    more: bool
    acts: tuple[SeenAct, ...]


async def find_readable(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> list[Readable]:
    """What the reader may see the acts about, by the same rules as the disclosures themselves: age, custody, notices that are held."""
    person_id = person_of(caller)
    found = []
    for child_id in dict.fromkeys([person_id, *await custody.children_of(tx, person_id)]):
        child = await people.get(tx, means.vault, child_id)
        if child is None:
            continue
        known = await custody.known(tx, child)
        whole: set[UUID] = set()
        cases: dict[UUID, list[bool]] = defaultdict(list)
        of: set[str] = set()
        for one in await disclosures.of_subject(tx, child.subject_id):
            categories = await visible_categories(tx, means, known, one, person_id, now=now)
            is_whole = shown(one) is Shown.ALL and set(categories) == set(one.categories)
            cases[one.case_id].append(is_whole)
            if is_whole:
                whole.add(one.disclosure_id)
                recipient = await organisations.unit(tx, one.recipient_unit)
                of |= {one.organisation, one.organisation if recipient is None else recipient.organisation}
        if whole:
            may = Open(disclosures=whole, cases={case_id for case_id, wholes in cases.items() if all(wholes)})
            question = Acts(subject_id=child.subject_id, organisations=tuple(sorted(of)), since=now - REACH)
            found.append(Readable(child_name=await people.name_of(tx, means.vault, child_id), may=may, question=question))
    return found


async def ask_audit(ask: Ask, readable: list[Readable]) -> list[ActsFound | None]:
    """What the logs hold of each child; None for each that audit could not be asked about. Before the transaction of `list_seen`."""
    return [await _asked(ask, one) for one in readable]


async def _asked(ask: Ask, one: Readable) -> ActsFound | None:
    try:
        return await ask(one.question)
    except Unavailable:
        return None


async def list_seen(
    tx: Connection, caller: Caller, readable: list[Readable], answers: list[ActsFound | None], *, now: datetime
) -> SeenList:
    """The list out of audit's answers; None where it gave none. An entry per organisation whose log was read."""
    listed = []
    for child, answer in zip(readable, answers, strict=True):
        for act in visible(() if answer is None else answer.acts, child.may):
            listed.append(  # noqa: PERF401  two loops in a comprehension with awaits are not readable
                SeenAct(
                    at=act.at,
                    child_name=child.child_name,
                    unit=await unit_name(tx, act.unit) if act.unit else None,
                    action=act.action,
                    purpose=act.purpose,
                    categories=act.categories,
                    basis=act.legal_basis,
                    entry_id=act.entry_id,
                )
            )
    for organisation in sorted({name for child in readable for name in child.question.organisations}):
        await record(tx, caller, "seen.listed", organisation=organisation, now=now)
    return SeenList(
        available=None not in answers,
        since=now - REACH,
        more=any(answer.more for answer in answers if answer is not None),
        acts=tuple(sorted(listed, key=lambda act: act.at, reverse=True)),
    )
