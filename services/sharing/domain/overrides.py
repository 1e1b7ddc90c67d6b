"""What goes before every row of the matrix: the overrides X1-X10 as pure functions, with their law.

A `Ruling` answers instead of the rows. A `Demand` is one more condition on every path of some kinds. None of them loosens anything:
they only close, add conditions, or hand over to a human.
"""

from collections.abc import Callable
from functools import cache

import msgspec

from services.sharing.domain.answers import Opener, State
from services.sharing.domain.facts import Detail, ItemFacts, ThirdPersons
from services.sharing.domain.reasons import Reason
from shared.contracts.consent import CoverageState, SignerStatus
from shared.law.codes import Answer, Attestation, Label, LeafCategory, PathKind, Purpose, Regime, Tell, Whom

ADULT = 18
HEARD = 12

SCHOOL = frozenset(r for r in Regime if r.startswith(("S_", "F_")))
LEISURE = frozenset({Regime.LEIS_MUN, Regime.LEIS_ASSOC})
FAMILY = frozenset({Regime.GUARD, Regime.PARENT_NC, Regime.CHILD})
REPORTS = frozenset({LeafCategory.CONCERN_REPORT, LeafCategory.FEEDBACK})

AUTHORITY_ONLY = frozenset(
    {
        PathKind.DUTY,
        PathKind.GENERAL_CLAUSE,
        PathKind.CRIME_15A,
        PathKind.SUPPORT_NEED,
        PathKind.SAME_REGION,
        PathKind.SAME_AUTHORITY,
        PathKind.YOUTH_CRIME_RISK,
        PathKind.CRIME,
    }
)
"""Grounds whose receiver must be an authority: closed towards private bodies (X8)."""
PUBLIC_ONLY = frozenset(
    {
        PathKind.GENERAL_CLAUSE,
        PathKind.CRIME_15A,
        PathKind.SUPPORT_NEED,
        PathKind.SAME_REGION,
        PathKind.SAME_AUTHORITY,
        PathKind.OWN_TASK,
        PathKind.CANNOT_CONSENT,
        PathKind.YOUTH_CRIME_RISK,
        PathKind.CRIME,
        PathKind.FEEDBACK,
    }
)
"""Grounds of OSL that only an authority may use: closed to private disclosers (X9)."""
PATIENT_ONLY = frozenset({PathKind.COHERENT_RECORD, PathKind.CANNOT_CONSENT, PathKind.FAMILY, PathKind.NOT_TRACEABLE})
"""Grounds about the child itself, which reach nobody else's data (X2)."""
REACHES_OTHERS = frozenset(
    {PathKind.DUTY, PathKind.SHOULD, PathKind.SUPPORT_NEED, PathKind.YOUTH_CRIME_RISK, PathKind.CRIME, PathKind.EMERGENCY, PathKind.GUIDED}
)
"""Grounds that carry the data of those close to the child along (OSL 25:12, 26:9; SoL 19:1, 20:6)."""
NAMES_OTHERS = frozenset(PathKind) - REACHES_OTHERS - {PathKind.NOT_TRACEABLE}
"""Grounds on which free text is looked through for other people first (S14)."""
ANY_PURPOSE = frozenset({PathKind.DUTY, PathKind.EMERGENCY, PathKind.NOT_TRACEABLE})
"""Grounds that hold whatever the item was received for."""
ALL_KINDS = frozenset(PathKind)


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that no row is asked about."""

    reason: Reason
    label: Label
    answer: Answer
    law: tuple[str, ...] = ()
    whom: tuple[Whom, ...] = ()


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """One more condition on every path of these kinds."""

    kinds: frozenset[PathKind]
    code: str
    state: State
    opener: Opener


def special_handling(facts: ItemFacts) -> Ruling | None:
    """X1. Protected identity, or a named child of whom that is unknown: by hand, by an appointed person, four eyes.

    OSL 21:3, 21:3 a, 26:2, 26:14 b-c; LVU 14 §; lag 2024:79 5:4. It never loosens anything, and its words are the same as for an
    unknown child, so that the answer does not tell that somebody is protected (I8).
    """
    if facts.restricted is False or (facts.restricted is None and facts.age is None):
        return None
    return Ruling(reason=Reason.SPECIAL_HANDLING, label=Label.ESCALATE, answer=Answer.ASK, whom=(Whom.APPOINTED_PERSON,))


def family_counselling(facts: ItemFacts) -> Ruling | None:
    """X3. What family counselling has been told is absolutely secret; only SoL 19:2 opens it. OSL 26:3.

    A de-identified question is outside secrecy, an emergency is BrB 24:4: both go on to their own rows.
    """
    passes = {Purpose.CONCERN, Purpose.CONSULTATION, Purpose.EMERGENCY}
    if facts.discloser.regime is not Regime.SOC_FAM or facts.purpose in passes:
        return None
    return _no(Reason.FAMILY_COUNSELLING, "OSL 26:3", "SoL 19:2")


def secret_from_guardian(facts: ItemFacts) -> Ruling | None:
    """X4. Marked secret against a guardian: not shown to that guardian. OSL 12:3 p. 1. Who may consent is consent's to say."""
    if not facts.secret_from_guardian or facts.recipient.regime is not Regime.GUARD:
        return None
    return _no(Reason.SECRET_FROM_GUARDIAN, "OSL 12:3")


def report_stays(facts: ItemFacts) -> Ruling | None:
    """X5. What stems from a report of concern or the feedback on it stays with whoever made it: OSL 40:7 g.

    It goes into no school file and to no other staff, nor to leisure. Social services hold it under 26:1 and go by their rows.
    """
    if not (facts.from_concern or facts.category in REPORTS) or facts.discloser.regime is Regime.SOC:
        return None
    if facts.recipient.regime not in SCHOOL | LEISURE or facts.purpose is Purpose.EMERGENCY:
        return None
    return _no(Reason.REPORT_STAYS, "OSL 40:7 g")


def adult(facts: ItemFacts) -> Ruling | None:
    """X6. From 18: nobody reports to social services as for a child (SoL 3:1, 19:1), no guardian has insight (FB 6:2, 6:11).

    25:12 p. 1 and 26:9 p. 1 close by their own condition A_U18; 10:18 a holds until 21 by A_U21; consent is the own.
    """
    if facts.age is None or facts.age < ADULT:
        return None
    guardian = facts.purpose is Purpose.ACCESS and facts.recipient.regime is Regime.GUARD
    if not guardian and facts.purpose not in {Purpose.CONCERN, Purpose.CUSTODY}:
        return None
    return _no(Reason.ADULT, "SoL 3:1", "FB 6:2")


RULINGS: tuple[Callable[[ItemFacts], Ruling | None], ...] = (
    special_handling,
    family_counselling,
    secret_from_guardian,
    report_stays,
    adult,
)
"""In this order: the strongest first."""


def rule_before_rows(facts: ItemFacts) -> Ruling | None:
    """The first override that answers by itself."""
    for override in RULINGS:
        if (ruling := override(facts)) is not None:
            return ruling
    return None


def child_refused(facts: ItemFacts) -> bool:
    """X7. A child of 12 or more has said no: a path of consent stops until a human has decided. FB 6:11, lag 2018:1197 art. 12."""
    consent = facts.consent
    if consent is None or consent.state not in {CoverageState.REFUSED, CoverageState.WITHDRAWN}:
        return False
    heard = facts.age is None or facts.age >= HEARD
    stopped = {SignerStatus.REFUSED, SignerStatus.WITHDRAWN}
    return heard and any(one.role == "child" and one.status in stopped for one in consent.missing)


def care_order(facts: ItemFacts) -> bool:
    """LVU 11 §: the board may decide in the child's personal matters, so no rule can say whose consent is needed."""
    return facts.care_order and (facts.age is None or facts.age < ADULT)


def demands(facts: ItemFacts) -> tuple[Demand, ...]:
    """X2, X8, X9, X10 and the borders of one authority: what these facts add to the paths of a row.

    Free text is looked through for other people's data on every ground that does not reach them (S14).
    X10: another purpose than it was received for is a new decision (OSL 7:1, GDPR 5.1 b). Who made a report is shown to the family only
    where nobody is endangered by it (OSL 25:7, 26:5).
    """
    own, other = facts.discloser, facts.recipient
    found = list(_borders(own.public, other.public or other.regime in FAMILY, same_organisation(facts)))
    if not facts.about_child:
        found.append(_OTHER_PERSON)
    if facts.third_persons is ThirdPersons.PRESENT:
        found.append(_THIRD_PERSONS)
    elif facts.detail is Detail.FREE_TEXT and facts.third_persons is None:
        found.append(_asked(facts, Attestation.THIRD_PERSONS, NAMES_OTHERS))
    if facts.committed_crime:
        found.append(_CRIME_COMMITTED)
    if facts.received_for is not None and facts.received_for is not facts.purpose:
        found.append(_asked(facts, Attestation.NEW_PURPOSE, ALL_KINDS - ANY_PURPOSE))
    if facts.reveals_reporter and other.regime in FAMILY:
        found.append(_asked(facts, Attestation.REPORTER_SAFE, ALL_KINDS))
    return tuple(found)


@cache
def _borders(public: bool, to_public: bool, same: bool | None) -> tuple[Demand, ...]:
    """X8: towards a private body only consent, harm test, own task, 25:13, the coherent record (OSL 10:14, 25:11-13).

    X9: a private discloser never uses 10:15 a, 10:27, 25:12, 26:9 nor any ground that OSL gives to authorities (skollagen 29:14,
    PSL 6:12). OSL 8:2, 25:13 a: one authority.
    """
    found = []
    if public and not to_public:  # between private bodies OSL sets no border, and a duty in another statute binds them
        found.append(_failed(AUTHORITY_ONLY, Reason.PRIVATE_RECEIVER))
    if not public:
        found.append(_failed(PUBLIC_ONLY, Reason.PRIVATE_DISCLOSER))
    if public and to_public and same is not True:
        state = State.OPEN if same is None else State.FAILED
        kinds = frozenset({PathKind.SAME_AUTHORITY})
        found.append(Demand(kinds=kinds, code=Reason.SAME_AUTHORITY, state=state, opener=Opener.REGISTER))
    return tuple(found)


def same_organisation(facts: ItemFacts) -> bool | None:
    """Whether both are one authority; None where an organisation is not known."""
    one, other = facts.discloser.organisation, facts.recipient.organisation
    return None if one is None or other is None else one == other


def same_principal(facts: ItemFacts) -> bool | None:
    """Whether both belong to one municipality or region (OSL 25:11 p. 1-2)."""
    if same_organisation(facts):
        return True
    one, other = facts.discloser.principal, facts.recipient.principal
    if one is None or other is None:
        return same_organisation(facts)
    return one == other


def third_persons(facts: ItemFacts) -> bool | None:
    """X2 for A_THIRD: what is known of other people's data, None where only the tick can say. OSL 12:2, 25:12, 26:9."""
    return None if facts.third_persons is None else facts.third_persons is not ThirdPersons.PRESENT


def tell(row_tell: tuple[Tell, ...], facts: ItemFacts, gap: int) -> tuple[Tell, ...]:
    """What the family is told. Where an item is secret against a guardian nobody is told beforehand as a matter of course (X4).

    The gap is told where there is one. The police are asked first where a crime is looked into.
    """
    told = [code for code in row_tell if code is not Tell.GAP or gap]
    if facts.secret_from_guardian:
        told = [Tell.SAFE if code is Tell.BEFORE else code for code in told]
    return tuple(dict.fromkeys(told))


def _no(reason: Reason, *law: str) -> Ruling:
    return Ruling(reason=reason, label=Label.DENY, answer=Answer.NO, law=law)


def _failed(kinds: frozenset[PathKind], reason: Reason) -> Demand:
    return Demand(kinds=kinds, code=reason, state=State.FAILED, opener=Opener.NOBODY)


_OTHER_PERSON = _failed(PATIENT_ONLY, Reason.OTHER_PERSON)
"""X2: about another person; that person's own consent, or a rule that reaches those close to the child."""
_THIRD_PERSONS = _failed(ALL_KINDS - REACHES_OTHERS, Reason.THIRD_PERSONS_PRESENT)
"""X2: other people's data are in it and nothing lets them go."""
_CRIME_COMMITTED = _failed(frozenset({PathKind.YOUTH_CRIME_RISK}), Reason.CRIME_COMMITTED)


def _asked(facts: ItemFacts, code: Attestation, kinds: frozenset[PathKind]) -> Demand:
    said = facts.attested.get(code)
    state = State.OPEN if said is None else State.MET if said else State.FAILED
    return Demand(kinds=kinds, code=code, state=state, opener=Opener.CALLER)
