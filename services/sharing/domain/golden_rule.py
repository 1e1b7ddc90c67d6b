"""The golden rule: necessary, relevant, proportionate (GDPR 5.1 b, c, e; FB 1:1; the four questions of S07).

A human judges and the judgement is recorded; what no judgement may pass, the engine refuses itself. Pure.
"""

from services.sharing.domain.answers import Condition, Opener, State
from services.sharing.domain.facts import Detail, ItemFacts, Judgements
from services.sharing.domain.reasons import Reason
from services.sharing.domain.rows import Need, Needed
from services.sharing.domain.tables import Tables

AMOUNT = {Detail.CODED: 0, Detail.SUMMARY: 1, Detail.FREE_TEXT: 2}
QUESTIONS = (
    ("reaches", Reason.NOT_REACHES),
    ("gentlest", Reason.NOT_GENTLEST),
    ("least", Reason.NOT_LEAST),
    ("outweighs", Reason.NOT_OUTWEIGHS),
)
JUDGED = (
    ("necessary", Reason.NOT_NECESSARY, Reason.JUDGE_NECESSARY),
    ("relevant", Reason.NOT_RELEVANT, Reason.JUDGE_RELEVANT),
    ("proportionate", Reason.NOT_PROPORTIONATE, Reason.JUDGE_PROPORTIONATE),
)
_CONDITIONS = {
    (code, state): Condition(code=code, state=state, opener=Opener.CALLER) for _, _, code in JUDGED for state in (State.OPEN, State.MET)
}
_ALL_MET = tuple(_CONDITIONS[code, State.MET] for _, _, code in JUDGED)


def limit(tables: Tables, facts: ItemFacts) -> Reason | None:
    """What the engine refuses whatever a human judges, or None.

    Data minimisation and storage limitation, GDPR 5.1 c and e: not needed, a role without need, too old, too long, too detailed.
    """
    need = tables.need(facts.purpose, facts.category)
    if need.needed is Needed.NO:
        return Reason.NOT_NEEDED
    if facts.recipient_role is not None and facts.recipient_role in need.not_roles:
        return Reason.ROLE_WITHOUT_NEED
    if _beyond(facts.item_months, need.stale_months):
        return Reason.TOO_OLD
    if facts.period_months is not None and _beyond(facts.period_months, longest(tables, facts)):
        return Reason.TOO_LONG
    return _detail(facts, need)


def longest(tables: Tables, facts: ItemFacts) -> int | None:
    """For how many months at most: what the purpose needs, or less where the model's own consent is shorter; None is no limit."""
    model = None if facts.model is None else tables.catalogue.named(facts.model)
    limits = (tables.need(facts.purpose, facts.category).months, model.consent_months if model is not None else 0)
    return min((months for months in limits if months), default=None)


def _beyond(months: int | None, most: int | None) -> bool:
    return months is not None and most is not None and months > most


def _detail(facts: ItemFacts, need: Need) -> Reason | None:
    if facts.detail is Detail.FREE_TEXT and facts.coded_exists:
        return Reason.CODED_EXISTS
    return Reason.TOO_DETAILED if AMOUNT[facts.detail] > AMOUNT[need.detail] else None


def judged_no(judgements: Judgements) -> Reason | None:
    """The first judgement that a human has answered with no: then it is not told."""
    for name, reason, _ in JUDGED:
        if getattr(judgements, name) is False:
            return reason
    for name, reason in QUESTIONS:
        if getattr(judgements, name) is False:
            return reason
    return None


def conditions(judgements: Judgements) -> tuple[Condition, ...]:
    """The three judgements as conditions of every path: yes, or still to be given."""
    if judgements.necessary and judgements.relevant and judgements.proportionate:
        return _ALL_MET
    return tuple(
        _CONDITIONS[code, State.MET if getattr(judgements, name) or (name == "proportionate" and _all_four(judgements)) else State.OPEN]
        for name, _, code in JUDGED
    )


def prefill(tables: Tables, facts: ItemFacts) -> Judgements:
    """A proposal for a human to confirm, from purpose, category and model; never an answer by itself.

    Necessary where the purpose always needs the category and the model lets it flow; proportion is never prefilled beyond what the
    tables can see: that it is no more and no longer than the purpose needs.
    """
    if limit(tables, facts) is not None:
        return Judgements()
    need = tables.need(facts.purpose, facts.category)
    always = True if need.needed is Needed.YES else None
    most = longest(tables, facts)
    within = most is None or (facts.period_months is not None and facts.period_months <= most)
    return Judgements(necessary=always, relevant=always, reaches=always, least=True if within else None)


def _all_four(judgements: Judgements) -> bool:
    return all(getattr(judgements, name) for name, _ in QUESTIONS)
