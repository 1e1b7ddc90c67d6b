"""May this item be told? Facts in, answer with its whole trace out. Pure: the same facts and tables give the same answer."""

from collections.abc import Iterable, Sequence
from functools import cache

from services.sharing.domain import golden_rule, overrides
from services.sharing.domain.answers import Condition, ItemAnswer, Opener, PathAnswer, State
from services.sharing.domain.facts import DERIVED, ConsentFact, ItemFacts
from services.sharing.domain.model_rules import may_read
from services.sharing.domain.models import allows, is_duty
from services.sharing.domain.overrides import Demand, Ruling
from services.sharing.domain.reasons import Reason
from services.sharing.domain.rows import ConsentRule, Path, Row
from services.sharing.domain.tables import Tables
from shared.contracts.consent import CoverageState
from shared.law.codes import Answer, Attestation, Label, SaidBy, Whom

__all__ = ["Condition", "ItemAnswer", "Opener", "PathAnswer", "State", "decide_bundle", "decide_item"]

ADULT = 18
YOUNG_ADULT = 21
CONSENT = "fact-consent"
"""In `open_facts`: what the family has answered, or has not been asked."""
AGE = "fact-age"
PROFESSION = "fact-profession"
ORGANISATION = "fact-organisation"

STOPPED = frozenset({CoverageState.REFUSED, CoverageState.WITHDRAWN})
AGES = {Attestation.UNDER_18: ADULT, Attestation.UNDER_21: YOUNG_ADULT}
WITH_CONSENT = frozenset({Attestation.CUSTODY_CHECKED, Attestation.MATURITY})
"""What consent judges when it says that everybody required has answered."""


def decide_item(tables: Tables, facts: ItemFacts) -> ItemAnswer:
    """The answer for one item.

    Order: kill switch, overrides (X1-X6), the model's own no, the matrix row, the golden rule, the paths with X2 and X7-X10.
    Unknown is never yes (I5): no row, unknown handling or unknown consent end in `ask`, `wait` or `no`.
    """
    if facts.stopped:
        return ItemAnswer(label=Label.DENY, answer=Answer.NO, reasons=(Reason.STOPPED,), said_by=SaidBy.SWITCH)
    if (ruling := overrides.rule_before_rows(facts)) is not None:
        return _ruled(tables, facts, ruling)
    if (narrower := _model_says(tables, facts)) is not None:
        return ItemAnswer(label=Label.DENY, answer=Answer.NO, reasons=(narrower,), said_by=SaidBy.MODEL)
    row = tables.row_for(facts)
    if row is None:
        return ItemAnswer(label=Label.ESCALATE, answer=Answer.ASK, reasons=(Reason.NO_ROW,), whom=(Whom.LAWYER, Whom.HEAD_OF_UNIT))
    return _by_row(tables, facts, row)


def decide_bundle(tables: Tables, bundle: Iterable[ItemFacts]) -> tuple[ItemAnswer, ...]:
    """An answer per item, in order: one item's no never stops another (S13, S20)."""
    return tuple(decide_item(tables, facts) for facts in bundle)


def _ruled(tables: Tables, facts: ItemFacts, ruling: Ruling) -> ItemAnswer:
    """An override's answer. A duty stays named as one, so that whoever handles it by hand knows that it has to be told."""
    row = tables.row_for(facts)
    duty = ruling.answer is Answer.ASK and row is not None and row.label is Label.DUTY
    return ItemAnswer(
        label=Label.DUTY if duty else ruling.label,
        answer=ruling.answer,
        reasons=(ruling.reason,),
        row=row.id if row is not None else None,
        law=ruling.law,
        said_by=SaidBy.OVERRIDE,
        whom=ruling.whom,
    )


def _model_says(tables: Tables, facts: ItemFacts) -> str | None:
    if facts.model is None:
        return None
    model = tables.catalogue.named(facts.model)
    if model is None:
        return Reason.MODEL_UNKNOWN
    said = allows(model, facts.discloser.regime, facts.recipient.regime, facts.purpose, facts.category, facts.age)
    if said is None and facts.recipient_role is not None and not is_duty(model, facts.recipient.regime, facts.purpose):
        return may_read(model, facts.recipient_role, facts.category)
    return said


class _Verdict:
    """Answer, reasons, the path that carries it, who said it, whom to ask."""

    __slots__ = ("answer", "chosen", "reasons", "said_by", "whom")

    def __init__(
        self,
        answer: Answer,
        reasons: tuple[str, ...],
        chosen: int | None = None,
        said_by: SaidBy = SaidBy.LAW,
        whom: tuple[Whom, ...] = (),
    ) -> None:
        self.answer = answer
        self.reasons = reasons
        self.chosen = chosen
        self.said_by = said_by
        self.whom = whom


def _by_row(tables: Tables, facts: ItemFacts, row: Row) -> ItemAnswer:
    gap = tables.gap(facts.discloser.regime, facts.recipient.regime)
    demands = overrides.demands(facts)
    judged = golden_rule.conditions(facts.judgements)
    paths = tuple([_judge_path(facts, path, gap, demands, judged) for path in row.paths])
    verdict = _conclude(tables, row, paths, facts)
    chosen = None if verdict.chosen is None else paths[verdict.chosen]
    answer = verdict.answer
    waiting = answer in {Answer.ATTEST, Answer.WAIT}
    return ItemAnswer(
        label=row.label if chosen is None or chosen.label is None else chosen.label,
        answer=answer,
        reasons=verdict.reasons,
        row=row.id,
        paths=paths,
        basis=chosen.basis if chosen is not None and answer is Answer.YES else (),
        needs_consent=verdict.chosen is not None and row.paths[verdict.chosen].consent is ConsentRule.DISPOSER,
        missing=facts.consent.missing if answer is Answer.WAIT and facts.consent is not None else (),
        to_attest=_to_attest(chosen) if waiting else (),
        tell=overrides.tell(row.tell, facts, gap),
        law=row.law,
        gap=gap,
        said_by=verdict.said_by,
        whom=verdict.whom,
        open_facts=() if answer is Answer.YES else _open_facts(row, paths, facts, verdict.said_by),
    )


def _conclude(tables: Tables, row: Row, paths: tuple[PathAnswer, ...], facts: ItemFacts) -> _Verdict:
    """A yes needs an open path and a label that lets a human say yes."""
    if row.label is Label.DENY:
        return _Verdict(Answer.NO, (Reason.LAW_FORBIDS,))
    if (unfit := golden_rule.limit(tables, facts) or golden_rule.judged_no(facts.judgements)) is not None:
        return _Verdict(Answer.NO, (unfit,), said_by=SaidBy.GOLDEN_RULE)
    if row.label is Label.CONSENT and overrides.child_refused(facts) and any(map(_only_family_closes, paths)):
        return _Verdict(Answer.ASK, (Reason.CHILD_REFUSED,), said_by=SaidBy.OVERRIDE, whom=(Whom.HEAD_OF_UNIT,))
    if row.label is Label.ESCALATE:
        return _escalated(row, paths)
    for place, path in enumerate(paths):
        if path.is_open and not (row.paths[place].consent is ConsentRule.DISPOSER and overrides.care_order(facts)):
            return _Verdict(Answer.YES, (f"label-{path.label or row.label}",), place)
    return _not_yet(row, paths, facts)


def _escalated(row: Row, paths: tuple[PathAnswer, ...]) -> _Verdict:
    """A lawyer or the board decides: yes only by a path that demands that decision, and has it."""
    for place, path in enumerate(paths):
        if path.is_open and Attestation.LEGAL in row.paths[place].attest:
            return _Verdict(Answer.YES, (Reason.ESCALATE,), place)
    if not any(path.can_open for path in paths):
        return _Verdict(Answer.NO, _failed(paths))
    return _Verdict(Answer.ASK, (Reason.LAWYER_DECIDES,), whom=(Whom.LAWYER,))


def _not_yet(row: Row, paths: tuple[PathAnswer, ...], facts: ItemFacts) -> _Verdict:
    """No path is open: the first that can still open says what is missing; a family's no is named before any exception.

    On a row of consent the family's no is the answer: an exception is offered only to whoever has met it already.
    """
    by_consent = bool(paths) and row.paths[0].consent is ConsentRule.DISPOSER and _only_family_closes(paths[0])
    if by_consent and (human := _human_about_consent(facts)) is not None:
        return human
    failed = _failed(paths)
    refused = row.label is Label.CONSENT and facts.consent is not None and facts.consent.state in STOPPED
    for place, path in enumerate(paths):
        if not path.can_open:
            continue
        if row.paths[place].consent is ConsentRule.DISPOSER and not _given(facts.consent):
            return _Verdict(Answer.WAIT, (_consent_reason(facts.consent),), place)
        if not refused:
            return _Verdict(Answer.ATTEST, (*failed, Reason.ATTESTATION_MISSING), place)
    return _Verdict(Answer.NO, failed)


def _only_family_closes(path: PathAnswer) -> bool:
    """Whether a human who settles whose yes is needed, or hears the child, can still open it: what somebody has attested as no stays no."""
    return all(condition.state is not State.FAILED or condition.opener is Opener.FAMILY for condition in path.conditions)


def _human_about_consent(facts: ItemFacts) -> _Verdict | None:
    if facts.consent is not None and facts.consent.state is CoverageState.ASK_HUMAN:
        return _Verdict(Answer.ASK, (Reason.ASK_WHO_DECIDES,), whom=(Whom.HEAD_OF_UNIT,))
    if overrides.care_order(facts):
        return _Verdict(Answer.ASK, (Reason.CARE_ORDER,), said_by=SaidBy.OVERRIDE, whom=(Whom.LAWYER,))
    return None


def _failed(paths: Sequence[PathAnswer]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.code for p in paths for c in p.conditions if c.state is State.FAILED))


def _to_attest(path: PathAnswer | None) -> tuple[str, ...]:
    if path is None:
        return ()
    return tuple([c.code for c in path.conditions if c.state is State.OPEN and c.opener is Opener.CALLER])


def _open_facts(row: Row, paths: tuple[PathAnswer, ...], facts: ItemFacts, said_by: SaidBy) -> tuple[str, ...]:
    """Only what can still change the answer: open conditions of paths on which nothing has failed (S18)."""
    if said_by is not SaidBy.LAW or row.label is Label.DENY:
        return ()
    found = {PROFESSION: None} if row.by_profession and facts.profession is None else {}
    for path in paths:
        if path.can_open:
            for condition in path.conditions:
                if condition.state is State.OPEN:
                    found[_FACT_OF.get(condition.code, condition.code)] = None
    return tuple(found)


_FACT_OF: dict[str, str] = (
    {str(Reason.SAME_AUTHORITY): ORGANISATION}
    | dict.fromkeys(AGES, AGE)
    | dict.fromkeys(WITH_CONSENT, CONSENT)
    | {f"consent-{state}": CONSENT for state in [*CoverageState, "unknown"]}
)


def _judge_path(facts: ItemFacts, path: Path, gap: int, demands: tuple[Demand, ...], judged: tuple[Condition, ...]) -> PathAnswer:
    conditions = [_consent_condition(facts.consent)] if path.consent is ConsentRule.DISPOSER else []
    attested = facts.attested
    for code in path.attest:
        if code in STRUCTURED:
            conditions.append(_structured(facts, code, gap))
        else:
            said = attested.get(code)
            conditions.append(_condition(code, State.OPEN if said is None else State.MET if said else State.FAILED, Opener.CALLER))
    conditions += judged
    for demand in demands:
        if path.kind in demand.kinds and demand.code not in path.attest:
            conditions.append(_condition(demand.code, demand.state, demand.opener))
    states = [condition.state for condition in conditions]
    return PathAnswer(
        kind=path.kind,
        basis=path.basis,
        sv=path.sv,
        en=path.en,
        conditions=tuple(conditions),
        is_open=bool(path.attest) and State.OPEN not in states and State.FAILED not in states,
        can_open=State.FAILED not in states,
        label=path.label,
    )


@cache
def _condition(code: str, state: State, opener: Opener) -> Condition:
    """One object per condition and state: there are few, and they never change."""
    return Condition(code=code, state=state, opener=opener)


def _given(consent: ConsentFact | None) -> bool:
    return consent is not None and consent.state is CoverageState.GIVEN


def _consent_reason(consent: ConsentFact | None) -> str:
    return Reason.CONSENT_UNKNOWN if consent is None else _CONSENT[consent.state].code


_CONSENT = {
    state: Condition(
        code=f"consent-{state}",
        state=State.MET if state is CoverageState.GIVEN else State.FAILED if state in STOPPED else State.OPEN,
        opener=Opener.FAMILY,
    )
    for state in CoverageState
}
_UNKNOWN = Condition(code=Reason.CONSENT_UNKNOWN, state=State.OPEN, opener=Opener.FAMILY)


def _consent_condition(consent: ConsentFact | None) -> Condition:
    return _UNKNOWN if consent is None else _CONSENT[consent.state]


STRUCTURED = DERIVED | {Attestation.GAP_ACCEPTED, Attestation.THIRD_PERSONS}
"""Attestations that a fact can answer, whatever the caller ticked."""


def _structured(facts: ItemFacts, code: Attestation, gap: int) -> Condition:
    """A structured fact answers; where it is not known, what was ticked (DESIGN 9: nobody may tick a derived one of a named child)."""
    known: bool | None
    opener = Opener.REGISTER
    if code in WITH_CONSENT:
        known = True if _given(facts.consent) else None
    elif code in AGES:
        known = None if facts.age is None else facts.age < AGES[code]
    elif code is Attestation.SAME_ORGANISATION:
        known = overrides.same_principal(facts)
    elif code is Attestation.PUBLIC_TO_PUBLIC:
        known = facts.discloser.public and facts.recipient.public
    else:
        opener = Opener.CALLER
        known = overrides.third_persons(facts) if code is Attestation.THIRD_PERSONS else True if gap == 0 else None
    if known is None:
        known = facts.attested.get(code)
    return _condition(code, State.OPEN if known is None else State.MET if known else State.FAILED, opener)
