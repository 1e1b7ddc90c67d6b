"""Answer sharing: what holds for these rows now, and whose answer is missing."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.coverage import coverage
from services.consent.domain.custody import Known
from services.consent.storage import custody, people
from services.consent.storage.vault import Vault
from services.consent.usecases.weigh_row import weigh_row
from shared.contracts.consent import Coverage, CoverageAnswer, CoverageNeed, CoverageState, RowCoverage
from shared.database import Connection
from shared.law.codes import LeafCategory, Regime

REGIMES = frozenset(Regime)
CATEGORIES = frozenset(LeafCategory)


async def check_coverage(tx: Connection, vault: Vault, question: Coverage, *, now: datetime) -> CoverageAnswer:
    """One answer for each need, in their order. An unknown child, regime or category is for a human: never a yes (I5)."""
    children: dict[UUID, Known | None] = {}
    rows = []
    for need in question.needs:
        subject_id = need.key.subject_id
        if subject_id not in children:
            person = await people.get_subject(tx, vault, subject_id)
            children[subject_id] = None if person is None else await custody.known(tx, person)
        rows.append(await _row(tx, vault, children[subject_id], need, now=now))
    return CoverageAnswer(rows=tuple(rows))


async def _row(tx: Connection, vault: Vault, child: Known | None, need: CoverageNeed, *, now: datetime) -> RowCoverage:
    if child is None or need.regime not in REGIMES or need.key.category not in CATEGORIES:
        return RowCoverage(key=need.key, state=CoverageState.ASK_HUMAN)
    weighed = await weigh_row(tx, vault, child, need.key, Regime(need.regime), now=now)
    return coverage(need.key, weighed.record, now)
