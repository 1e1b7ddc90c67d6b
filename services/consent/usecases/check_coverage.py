"""Answer sharing: what holds for these rows now, and whose answer is missing."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.coverage import coverage
from services.consent.domain.custody import Known
from services.consent.storage import custody, people
from services.consent.storage.vault import Vault
from services.consent.usecases.weigh_row import weigh_rows
from shared.contracts.consent import Coverage, CoverageAnswer, CoverageState, RowCoverage
from shared.database import Connection
from shared.law.codes import LeafCategory, Regime

REGIMES = frozenset(Regime)
CATEGORIES = frozenset(LeafCategory)


async def check_coverage(tx: Connection, vault: Vault, question: Coverage, *, now: datetime) -> CoverageAnswer:
    """One answer for each need, in their order. An unknown child, regime or category is for a human: never a yes (I5)."""
    children: dict[UUID, Known | None] = {}
    for subject_id in dict.fromkeys(need.key.subject_id for need in question.needs):
        person = await people.get_subject(tx, vault, subject_id)
        children[subject_id] = None if person is None else await custody.known(tx, person)
    asked = [
        (child, need.key, Regime(need.regime))
        for need in question.needs
        if (child := children[need.key.subject_id]) is not None and need.regime in REGIMES and need.key.category in CATEGORIES
    ]
    weighed = await weigh_rows(tx, vault, asked, now=now)
    told = {(key, str(regime)): coverage(key, one.record, now) for (_, key, regime), one in zip(asked, weighed, strict=True)}
    unknown = CoverageState.ASK_HUMAN
    return CoverageAnswer(
        rows=tuple(told.get((need.key, need.regime)) or RowCoverage(key=need.key, state=unknown) for need in question.needs)
    )
