"""What an answer means for what people do next: when the family is told, how the gap is put, what either side writes in its record."""

from datetime import date
from enum import StrEnum

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.rows import Text
from services.sharing.domain.tables import Tables
from shared.law.codes import Answer, LeafCategory, Purpose, Tell


class When(StrEnum):
    """When the family is told."""

    BEFORE = "before"
    WITH = "with"
    AFTER = "after"
    SAFE = "safe"
    REFUSED = "refused"
    NEVER = "never"


WHEN = {
    Tell.BEFORE: When.BEFORE,
    Tell.GAP: When.BEFORE,
    Tell.CHILD: When.BEFORE,
    Tell.DUTY: When.WITH,
    Tell.STATUS: When.WITH,
    Tell.SAFE: When.SAFE,
    Tell.LAW_ENFORCEMENT_ASKED: When.SAFE,
    Tell.AFTER: When.AFTER,
    Tell.APPEAL: When.REFUSED,
    Tell.NONE: When.NEVER,
}
"""OSL 6:3 and FL 33 (how to appeal goes with a no), SoL 3:3 and FB 6:11 (the child), SoL 20:4 (not where it endangers an inquiry)."""


class TellStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell the family, with when."""

    code: Tell
    when: When
    text: Text
    when_text: Text


def tell_steps(tables: Tables, answer: ItemAnswer) -> tuple[TellStep, ...]:
    """What the family is told and when, in the order of time. On a no only how to appeal is left."""
    steps = [
        TellStep(code=code, when=WHEN[code], text=tables.texts[code], when_text=tables.texts[f"when-{WHEN[code]}"]) for code in answer.tell
    ]
    if answer.answer is Answer.NO:
        steps = [step for step in steps if step.when is When.REFUSED]
    order = list(When)
    return tuple(sorted(steps, key=lambda step: order.index(step.when)))


def gap_words(tables: Tables, answer: ItemAnswer) -> Text:
    """How much weaker the receiver protects it, in words to say before the family answers (OSL 7:2)."""
    return tables.texts[f"gap-{answer.gap}"]


def filing_note(
    tables: Tables,
    *,
    on: date,
    category: LeafCategory,
    purpose: Purpose,
    discloser: str,
    recipient: str,
    basis: tuple[str, ...],
    tell: tuple[Tell, ...],
) -> Text:
    """What discloser and receiver each write in their own record: what, to whom, when, why, on what ground (PDL 3:11, SoL 14:3).

    Codes and units only: never a name, never content. The paragraph stands last.
    """
    what, why = tables.categories[category], tables.texts[purpose]
    told = [tables.texts[code] for code in tell if code is not Tell.NONE]
    return Text(
        sv=f"{on.isoformat()}: {what.sv} från {discloser} till {recipient}, för: {why.sv}. "
        f"Beslutat av en människa. {' '.join(text.sv for text in told)} Stöd: {', '.join(basis)}.".replace("  ", " "),
        en=f"{on.isoformat()}: {what.en} from {discloser} to {recipient}, for: {why.en}. "
        f"Decided by a human. {' '.join(text.en for text in told)} Basis: {', '.join(basis)}.".replace("  ", " "),
    )
