"""May this item be told? Facts in, answer with its whole trace out. Pure: the same facts and tables give the same answer."""

from enum import StrEnum

import msgspec

from services.sharing.domain.facts import DERIVED, ConsentFact, ItemFacts
from services.sharing.domain.models import allows
from services.sharing.domain.tables import ConsentRule, Path, Row, Tables
from shared.contracts.consent import CoverageState, Missing
from shared.law.codes import Answer, Attestation, Label, Tell

ADULT = 18
YOUNG_ADULT = 21


class State(StrEnum):
    """One condition: met, failed, or open: its answer can still change the outcome."""

    MET = "met"
    FAILED = "failed"
    OPEN = "open"


class Opener(StrEnum):
    """Who can change a condition."""

    CALLER = "caller"
    FAMILY = "family"
    REGISTER = "register"
    NOBODY = "nobody"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a path demands, and how it stands. `code` has a text in both languages."""

    code: str
    state: State
    opener: Opener


class PathAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One legal way with every condition: nothing is cut short, so that the answer explains itself."""

    basis: tuple[str, ...]
    sv: str
    en: str
    conditions: tuple[Condition, ...]

    @property
    def is_open(self) -> bool:
        """All conditions met, and there is at least one: all() over nothing is no yes."""
        return bool(self.conditions) and all(c.state is State.MET for c in self.conditions)

    @property
    def can_open(self) -> bool:
        """No condition has failed for good."""
        return all(c.state is not State.FAILED for c in self.conditions)


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The recommendation for one item. A named human decides (OSL 6:3)."""

    label: Label
    answer: Answer
    reasons: tuple[str, ...]
    """Codes, the deciding one first; each has a text."""
    row: str | None = None
    paths: tuple[PathAnswer, ...] = ()
    basis: tuple[str, ...] = ()
    """Of the open path that carries a yes."""
    needs_consent: bool = False
    """The answer stands, or would stand, on consent: release locks its row."""
    missing: tuple[Missing, ...] = ()
    to_attest: tuple[str, ...] = ()
    """What the caller has not answered and could still open the first path that can open."""
    tell: tuple[Tell, ...] = ()
    law: tuple[str, ...] = ()
    gap: int = 0
    """Steps by which the receiver protects the item less than the discloser."""


def decide_item(tables: Tables, facts: ItemFacts) -> ItemAnswer:
    """The answer for one item.

    Order: kill switch, protected identity, the model's own no, the matrix row, the golden rule, the paths.
    Unknown is never yes (I5): no row, unknown handling or unknown consent end in `ask`, `wait` or `no`.
    """
    if facts.stopped:
        return ItemAnswer(label=Label.DENY, answer=Answer.NO, reasons=("stopped-by-switch",))
    if facts.age is not None and facts.restricted is not False:
        return ItemAnswer(label=Label.ESCALATE, answer=Answer.ASK, reasons=("special-handling",))
    if (narrower := _model_says(tables, facts)) is not None:
        return ItemAnswer(label=Label.DENY, answer=Answer.NO, reasons=(narrower,))
    info = tables.info(facts.category, facts.discloser.regime)
    row = tables.row((facts.discloser.regime, facts.recipient.regime, facts.purpose, info), facts.on)
    if row is None:
        return ItemAnswer(label=Label.ESCALATE, answer=Answer.ASK, reasons=("no-row",))
    return _by_row(tables, facts, row)


def _model_says(tables: Tables, facts: ItemFacts) -> str | None:
    if facts.model is None:
        return None
    model = tables.models.get(facts.model)
    if model is None:
        return "model-unknown"
    return allows(model, facts.discloser.regime, facts.recipient.regime, facts.purpose, facts.category, facts.age)


def _by_row(tables: Tables, facts: ItemFacts, row: Row) -> ItemAnswer:
    paths = tuple(_judge_path(facts, path) for path in row.paths)
    answer, reasons, chosen = _conclude(row, paths, facts)
    carrying = row.paths[paths.index(chosen)] if chosen is not None else None
    return ItemAnswer(
        label=row.label,
        answer=answer,
        reasons=reasons,
        row=row.id,
        paths=paths,
        basis=chosen.basis if chosen is not None and answer is Answer.YES else (),
        needs_consent=carrying is not None and carrying.consent is ConsentRule.DISPOSER,
        missing=facts.consent.missing if answer is Answer.WAIT and facts.consent is not None else (),
        to_attest=_to_attest(chosen) if answer in {Answer.ATTEST, Answer.WAIT} else (),
        tell=row.tell,
        law=row.law,
        gap=tables.gap(facts.discloser.regime, facts.recipient.regime),
    )


def _to_attest(path: PathAnswer | None) -> tuple[str, ...]:
    if path is None:
        return ()
    return tuple(c.code for c in path.conditions if c.state is State.OPEN and c.opener is Opener.CALLER)


def _conclude(row: Row, paths: tuple[PathAnswer, ...], facts: ItemFacts) -> tuple[Answer, tuple[str, ...], PathAnswer | None]:
    """Answer, reasons, and the path that carries it. A yes needs an open path and a label that lets a human say yes."""
    if row.label is Label.DENY:
        return Answer.NO, ("law-forbids",), None
    if (unfit := _golden_rule(facts)) is not None:
        return Answer.NO, (unfit,), None
    if row.label is Label.ESCALATE:
        return Answer.ASK, ("lawyer-decides",), None
    if (open_path := next((p for p in paths if p.is_open), None)) is not None:
        return Answer.YES, (f"label-{row.label}",), open_path
    return _not_yet(row, paths, facts)


def _not_yet(row: Row, paths: tuple[PathAnswer, ...], facts: ItemFacts) -> tuple[Answer, tuple[str, ...], PathAnswer | None]:
    """No path is open: the first that can still open says what is missing; a family's no is named before any exception."""
    if _nobody_to_ask(row, facts):
        return Answer.ASK, ("ask-who-decides",), None
    failed = _failed(paths)
    for path, rule in zip(paths, row.paths, strict=True):
        if path.can_open and rule.consent is ConsentRule.DISPOSER and not _given(facts.consent):
            return Answer.WAIT, (_consent_reason(facts.consent),), path
        if path.can_open:
            return Answer.ATTEST, (*failed, "attestation-missing"), path
    return Answer.NO, failed or ("no-open-path",), None


def _nobody_to_ask(row: Row, facts: ItemFacts) -> bool:
    first = row.paths[0]
    return first.consent is ConsentRule.DISPOSER and facts.consent is not None and facts.consent.state is CoverageState.ASK_HUMAN


def _failed(paths: tuple[PathAnswer, ...]) -> tuple[str, ...]:
    codes = [c.code for p in paths for c in p.conditions if c.state is State.FAILED]
    return tuple(dict.fromkeys(codes))


def _golden_rule(facts: ItemFacts) -> str | None:
    for name in ("necessary", "relevant", "proportionate"):
        if getattr(facts.judgements, name) is False:
            return f"not-{name}"
    return None


def _judge_path(facts: ItemFacts, path: Path) -> PathAnswer:
    conditions = []
    if path.consent is ConsentRule.DISPOSER:
        conditions.append(_consent_condition(facts.consent))
    conditions += [_attestation(facts, code) for code in path.attest]
    conditions += [
        Condition(code=f"judge-{name}", state=State.OPEN if getattr(facts.judgements, name) is None else State.MET, opener=Opener.CALLER)
        for name in ("necessary", "relevant", "proportionate")
    ]
    return PathAnswer(basis=path.basis, sv=path.sv, en=path.en, conditions=tuple(conditions))


def _given(consent: ConsentFact | None) -> bool:
    return consent is not None and consent.state is CoverageState.GIVEN


def _consent_reason(consent: ConsentFact | None) -> str:
    return f"consent-{consent.state}" if consent is not None else "consent-unknown"


def _consent_condition(consent: ConsentFact | None) -> Condition:
    state = State.OPEN
    if _given(consent):
        state = State.MET
    elif consent is not None and consent.state in {CoverageState.REFUSED, CoverageState.WITHDRAWN}:
        state = State.FAILED
    return Condition(code="consent-given" if state is State.MET else _consent_reason(consent), state=state, opener=Opener.FAMILY)


def _attestation(facts: ItemFacts, code: Attestation) -> Condition:
    if code in DERIVED:
        return Condition(code=code, state=_derived(facts, code), opener=Opener.REGISTER)
    said = facts.attested.get(code)
    state = State.OPEN if said is None else State.MET if said else State.FAILED
    return Condition(code=code, state=state, opener=Opener.CALLER)


def _derived(facts: ItemFacts, code: Attestation) -> State:
    """A structured fact answers, whatever the caller ticked."""
    match code:
        case Attestation.CUSTODY_CHECKED | Attestation.MATURITY:
            # Consent judges custody and maturity when it says that everybody required has answered.
            known = True if _given(facts.consent) else None
        case Attestation.UNDER_18:
            known = None if facts.age is None else facts.age < ADULT
        case Attestation.UNDER_21:
            known = None if facts.age is None else facts.age < YOUNG_ADULT
        case Attestation.SAME_ORGANISATION:
            one, other = facts.discloser.organisation, facts.recipient.organisation
            known = None if one is None or other is None else one == other
        case _:
            known = facts.discloser.public and facts.recipient.public
    if known is None:
        known = facts.attested.get(code)  # only a hypothetical question can hold such a tick
    return State.OPEN if known is None else State.MET if known else State.FAILED
