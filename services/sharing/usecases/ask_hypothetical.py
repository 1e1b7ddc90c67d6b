"""May this be shared, if it were so? Every way to ask without a child ends here: any fact may be supposed and nothing is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.question import WRONG, read_facts
from services.sharing.domain.rows import Text
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import codes_in
from shared import telemetry
from shared.clock import STOCKHOLM
from shared.errors import Fault, Invalid
from shared.law.codes import Purpose
from shared.telemetry import Attribute
from shared.words import OpaqueId

MOST_ITEMS = 40
asked = telemetry.meter.create_counter("samsyn.sharing.hypothetical", unit="{question}", description="Questions about no child, by answer")


class AskDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question for many items. With a case or a child it is recorded; without either it is hypothetical."""

    items: tuple[dict[str, Any], ...]
    """About a child: units, category, attestations, judgements. Hypothetical: any fact of the engine by its name."""
    case_id: UUID | None = None
    child_ref: UUID | None = None
    model: OpaqueId | None = None
    purpose: Purpose | None = None
    """Of all items, where the case does not say it."""


class AnsweredItem(ItemAnswer, frozen=True, kw_only=True):
    """The engine's whole answer, and every code of it in words."""

    texts: dict[str, Text]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """Answers outside a case, in the order of the items. They have no id: no permit can be made of them."""

    hypothetical: bool
    rules: str
    answered_at: datetime
    items: tuple[AnsweredItem, ...]


def ask_hypothetical(request: AskDecision, *, tables: Tables, now: datetime) -> Answers:
    """The answers, counted and not logged: they name nobody (DESIGN 11). Raises Invalid with every fault of every item."""
    check_size(request)
    today = now.astimezone(STOCKHOLM).date()
    shared = {name: value for name, value in (("model", request.model), ("purpose", request.purpose)) if value is not None}
    read: list[ItemFacts] = []
    faults: list[Fault] = []
    for place, raw in enumerate(request.items):
        try:
            read.append(read_facts({**shared, **raw}, tables, today=today, at=f"#/items/{place}"))
        except Invalid as wrong:
            faults += wrong.faults
    if faults:
        raise Invalid(WRONG, faults=faults)
    answers = [suppose(tables, facts) for facts in read]
    return view_answers(answers, tables, hypothetical=True, now=now)


def suppose(tables: Tables, facts: ItemFacts) -> ItemAnswer:
    """One hypothetical answer, with what could be told instead; counted."""
    answer = advise_item(tables, facts)
    asked.add(1, {Attribute.OUTCOME.value: answer.answer.value})
    return answer


def check_size(request: AskDecision) -> None:
    """Raises Invalid for no item or too many."""
    if not 0 < len(request.items) <= MOST_ITEMS:
        raise Invalid(WRONG, faults=[Fault("#/items", f"1 to {MOST_ITEMS} items")])


def view_answers(answers: Sequence[ItemAnswer], tables: Tables, *, hypothetical: bool, now: datetime) -> Answers:
    """Answers as their client sees them."""
    items = [AnsweredItem(**msgspec.structs.asdict(answer), texts=codes_in(tables, answer)) for answer in answers]
    return Answers(hypothetical=hypothetical, rules=tables.sha256, answered_at=now, items=tuple(items))
