"""Facts of now for one item, and the engine's answer. The same for a decision, a confirmation, a posting and the release."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import AskedItem, Case, row_key, years
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts, Party, Said
from services.sharing.domain.governing import consent_fact
from services.sharing.domain.register import UnitParty
from services.sharing.domain.release import may_be_released
from services.sharing.domain.tables import Tables
from services.sharing.storage import consent_rows, handling, register
from services.sharing.usecases.attest_release import two_attest
from shared.clock import STOCKHOLM
from shared.contracts.consent import ChildFound, RowCoverage, RowKey
from shared.database import Connection
from shared.law.codes import Answer, PathKind

ABOUT_CHILD = "child"


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What consent said just before the transaction. Its rows have been applied to our own copy already."""

    child: ChildFound = ChildFound()
    asked: Mapping[RowKey, RowCoverage] = {}
    known_here: bool = False
    """Consent is away, and nothing stops this (DESIGN 8 d): our own copy says who the child is and how to be handled, nobody the age."""


async def judge_item(
    tx: Connection,
    tables: Tables,
    case: Case,
    item: AskedItem,
    learned: Learned,
    *,
    now: datetime,
    trusted: bool,
    lock: bool = False,
    advise: bool = False,
    decision_id: UUID | None = None,
) -> ItemAnswer:
    """The answer for one item now. `lock` holds its governing row until the commit; `trusted` says whether our copy may be believed.

    `advise` adds what could be told instead, for somebody who reads the answer. `decision_id`: of an item that was decided before, which
    two handlers may stand behind where the child's identity is protected.
    """
    key = row_key(case, item)
    own = await consent_rows.lock(tx, key) if lock else await consent_rows.find(tx, key)
    epoch = await consent_rows.known_epoch(tx)  # after the lock, so that it is no older than the row
    consent = consent_fact(own, learned.asked.get(key), epoch=epoch, trusted=trusted or key in learned.asked, now=now)
    parties = await register.parties(tx, [item.discloser_unit, item.recipient_unit])
    child = await _handled(tx, tables, case, item, learned, decision_id, now=now, lock=lock)
    facts = _facts(case, item, parties, child, consent, now, known_here=learned.known_here)
    return _decide(tables, facts, item, await register.thrown_switches(tx), advise_item if advise else decide_item)


async def _handled(
    tx: Connection, tables: Tables, case: Case, item: AskedItem, learned: Learned, decision_id: UUID | None, *, now: datetime, lock: bool
) -> ChildFound:
    """What consent said, and our own copy beside it: a restriction that came after the question was answered counts too.

    Not restricted for this one item where two stand behind its decision: handlers by consent's word and by our copy's (X1).
    """
    child, own = learned.child, await (handling.lock if lock else handling.find)(tx, case.subject_id)
    restricted = child.restricted or own.restricted
    named = tuple(set(own.handlers or ()) & set(child.handlers or ()))
    if restricted and named and decision_id is not None and may_be_released(case.purpose, item):
        unit = item.discloser_unit
        restricted = not await two_attest(tx, tables, case, decision_id, unit, named, now=now, lock=lock)
    return msgspec.structs.replace(child, restricted=restricted)


def may_need_consent(
    tables: Tables, case: Case, item: AskedItem, parties: Mapping[str, UnitParty], child: ChildFound, *, now: datetime
) -> bool:
    """Whether consent could change the answer. Where it is not the basis nobody is asked, not even consent."""
    answer = decide_item(tables, _facts(case, item, parties, child, None, now))
    return answer.answer is not Answer.NO and any(path.kind is PathKind.CONSENT and path.can_open for path in answer.paths)


def _facts(
    case: Case,
    item: AskedItem,
    parties: Mapping[str, UnitParty],
    child: ChildFound,
    consent: ConsentFact | None,
    now: datetime,
    *,
    known_here: bool = False,
) -> ItemFacts:
    discloser, recipient = parties[item.discloser_unit], parties[item.recipient_unit]
    today = now.astimezone(STOCKHOLM).date()
    return ItemFacts(
        **{name: getattr(item, name) for name in Said.__struct_fields__},
        discloser=_party(discloser),
        recipient=_party(recipient),
        purpose=case.purpose,
        category=item.category,
        on=today,
        detail=item.detail,
        # Without a birth date the age is unknown and handling too, which the engine takes to a human.
        age=0 if child.birth_date is None else years(child.birth_date, today),
        restricted=None if child.birth_date is None and not known_here else child.restricted,
        consent=consent,
        attested=item.attested,
        judgements=item.judgements,
        model=f"{case.model}@{case.model_version}",  # a new version changes no running case
        stopped=discloser.stopped or recipient.stopped,
        about_child=item.about == ABOUT_CHILD,
    )


def _decide(
    tables: Tables,
    facts: ItemFacts,
    item: AskedItem,
    switches: Collection[tuple[str, str]],
    engine: Callable[[Tables, ItemFacts], ItemAnswer],
) -> ItemAnswer:
    """The engine's answer, unless a switch covers the route or the row that it came from."""
    if ("route", f"{item.discloser_unit}>{item.recipient_unit}") in switches:
        facts = msgspec.structs.replace(facts, stopped=True)
    answer = engine(tables, facts)
    if answer.row is not None and ("row", answer.row) in switches:
        return engine(tables, msgspec.structs.replace(facts, stopped=True))
    return answer


def _party(unit: UnitParty) -> Party:
    return Party(organisation=unit.organisation, regime=unit.regime, public=unit.public, principal=unit.principal)
