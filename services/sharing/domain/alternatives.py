"""What could be told instead (S19): less detail, a shorter time, another purpose, another kind of information, or nobody in particular.

Each proposal is decided by the same engine; only what is open or opens by an attestation is proposed.
"""

from collections.abc import Iterator

import msgspec

from services.sharing.domain import golden_rule
from services.sharing.domain.answers import Alternative, Instead, ItemAnswer
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ItemFacts, Judgements
from services.sharing.domain.golden_rule import AMOUNT
from services.sharing.domain.rows import Needed
from services.sharing.domain.tables import Tables
from shared.law.codes import Answer, LeafCategory, Purpose, SaidBy

TELLABLE = frozenset({Answer.YES, Answer.ATTEST})
MOST = 4096
_REMEMBERED: dict[tuple[str, bytes], tuple[Alternative, ...]] = {}
"""By the tables' hash and the question; facts about nobody in particular."""


def advise_item(tables: Tables, facts: ItemFacts) -> ItemAnswer:
    """The answer for a reader: with the judgements proposed, and what else could be told where this is neither open nor a tick away."""
    answer = decide_item(tables, facts)
    proposed = golden_rule.prefill(tables, facts) if answer.said_by is SaidBy.LAW else None
    alternatives = () if answer.answer in TELLABLE else tuple(_proposals(tables, facts))
    return msgspec.structs.replace(answer, proposed=proposed, alternatives=alternatives)


def _proposals(tables: Tables, facts: ItemFacts) -> Iterator[Alternative]:
    if facts.stopped:
        return
    yield from _less(tables, facts)
    yield from _other_purpose(tables, facts)
    yield from _independent(tables, facts)


def _independent(tables: Tables, facts: ItemFacts) -> tuple[Alternative, ...]:
    """What hangs on nothing that was judged, attested or agreed to: the same for everybody who asks alike, so remembered.

    A dozen decisions cost ten times the answer itself. The key is the whole question without those, so that a fact more is a key more.
    """
    key = (tables.sha256, msgspec.msgpack.encode(_anew(facts, consent=None)))
    found = _REMEMBERED.get(key)
    if found is None:
        if len(_REMEMBERED) >= MOST:
            _REMEMBERED.clear()
        found = _REMEMBERED[key] = (*_deidentified(tables, facts), *_other_categories(tables, facts))
    return found


def _less(tables: Tables, facts: ItemFacts) -> Iterator[Alternative]:
    """The same, told more briefly or for a shorter time. What was judged of the longer telling is judged anew."""
    need = tables.need(facts.purpose, facts.category)
    if need.needed is Needed.NO:
        return
    if AMOUNT[facts.detail] > AMOUNT[need.detail]:
        yield from _proposal(tables, _anew(facts, detail=need.detail), Instead.DETAIL)
    most = golden_rule.longest(tables, facts)
    if most is not None and facts.period_months is not None and facts.period_months > most:
        yield from _proposal(tables, _anew(facts, period_months=most), Instead.PERIOD)


def _other_purpose(tables: Tables, facts: ItemFacts) -> Iterator[Alternative]:
    """The row's own note: with this attestation a no, another purpose's rows hold (SoL 20:6 only after the decision to inquire)."""
    row = tables.row_for(facts)
    if row is None or row.instead is None or facts.attested.get(row.instead.when_no) is not False:
        return
    other = _anew(facts, purpose=row.instead.purpose, consent=None)
    answer = decide_item(tables, other)
    if answer.answer is not Answer.NO:
        yield _as_alternative(other, answer, Instead.PURPOSE)


def _deidentified(tables: Tables, facts: ItemFacts) -> Iterator[Alternative]:
    """The same question with nobody recognisable in it: outside secrecy, and outside any model."""
    if facts.category is not LeafCategory.DEIDENTIFIED_QUESTION:
        changed = _anew(facts, category=LeafCategory.DEIDENTIFIED_QUESTION, purpose=Purpose.CONSULTATION, model=None, consent=None)
        nobody = msgspec.structs.replace(changed, age=None, restricted=None, recipient_role=None)
        yield from _proposal(tables, nobody, Instead.DEIDENTIFIED)


def _other_categories(tables: Tables, facts: ItemFacts) -> Iterator[Alternative]:
    """Other kinds of information that the purpose needs and that need no consent; each is its own question."""
    for category in LeafCategory:
        if category is facts.category or category is LeafCategory.DEIDENTIFIED_QUESTION:
            continue
        if tables.need(facts.purpose, category).needed is Needed.YES:
            yield from _proposal(tables, _anew(facts, category=category, consent=None, item_months=None), Instead.CATEGORY)


def _anew(facts: ItemFacts, **changes: object) -> ItemFacts:
    """Another question about the same case: nothing that was judged or attested of the first one counts."""
    return msgspec.structs.replace(facts, **{"judgements": Judgements(), "attested": {}, **changes})


def _proposal(tables: Tables, facts: ItemFacts, kind: Instead) -> Iterator[Alternative]:
    answer = decide_item(tables, facts)
    if answer.answer in TELLABLE or (kind in {Instead.DETAIL, Instead.PERIOD} and answer.answer is Answer.WAIT):
        yield _as_alternative(facts, answer, kind)


def _as_alternative(facts: ItemFacts, answer: ItemAnswer, kind: Instead) -> Alternative:
    return Alternative(
        kind=kind,
        answer=answer.answer,
        purpose=facts.purpose,
        category=facts.category,
        detail=facts.detail,
        months=facts.period_months,
        row=answer.row,
    )
