"""Which acts of the log a reader of the family may see (audit.md 39)."""

from collections.abc import Collection, Iterable
from uuid import UUID

import msgspec

from shared.contracts.audit import Act


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader may know of already: the disclosures shown to them whole, and cases in which nothing at all is kept from them."""

    disclosures: Collection[UUID]
    cases: Collection[UUID]


def visible(acts: Iterable[Act], may: Open) -> list[Act]:
    """Acts on a disclosure that the reader is shown, and readings of a case that holds nothing they are not shown.

    An act of the case that names categories (a decision, a question) is not among them: it may be about what was never told.
    Everything else is left out without a trace: also that something was left out would tell (FB 6 kap. 6 c §, OSL 10 kap. 3 §). An
    act on a disclosure counts by the disclosure alone, whatever its case. A refused try is the officer's, never the family's: it
    may concern somebody else's error.
    """
    return [act for act in acts if act.answer != "refused" and _is_open(act, may)]


def _is_open(act: Act, may: Open) -> bool:
    return act.object_id in may.disclosures or (act.case_id in may.cases and not act.categories)
