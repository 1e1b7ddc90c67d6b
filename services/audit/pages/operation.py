"""What audit's `/status` says of the logs, in words."""

from datetime import datetime

from services.audit.pages.overview import LATE_SCRUB
from services.audit.usecases.read_operation import Operation, read_operation
from services.audit.usecases.watch_quorum import Quorum, Witnessed
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.pages import N_
from shared.pages.status import Fact, Facts
from shared.pages.texts import Catalogue

WITNESSES = {
    Quorum.NONE_DEMANDED: (N_("krävs inte"), "neutral"),
    Quorum.HELD: (N_("i tid"), "yes"),
    Quorum.MISSING: (N_("saknas sedan en timme"), "mind"),
    Quorum.LONG_MISSING: (N_("saknas sedan ett dygn"), "no"),
    Quorum.STOPPED: (N_("saknas: inget tas in"), "no"),
}


def facts_of(operator: str, witnessed: Witnessed) -> Facts:
    """For `shared.pages.status`."""

    async def facts(tx: Connection, words: Catalogue, now: datetime) -> list[Fact]:
        return said(await read_operation(tx, operator, witnessed, now=now), words, now)

    return facts


def said(found: Operation, words: Catalogue, now: datetime) -> list[Fact]:
    """In the reader's language."""
    _ = words.gettext
    word, look = WITNESSES[found.witnessing.state]
    held = _(word)
    if found.witnessing.state is not Quorum.NONE_DEMANDED:
        held += ", " + _("%(number)s av %(all)s") % {"number": len(found.witnessing.signed), "all": len(found.witnessing.known)}
    whole = found.rounds.oldest
    stale = found.rounds.never > 0 or whole is None or now - whole > LATE_SCRUB
    late = found.late_reviews
    return [
        Fact(name=_("Senaste underskrift i driftens logg"), said=_time(found.signed_at, words), look="neutral"),
        Fact(name=_("Loggar som väntar på underskrift"), said=str(found.unsigned)),
        Fact(name=_("Vittnen"), said=held, look=look),
        Fact(name=_("Alla loggar genomräknade"), said=_time(None if found.rounds.never else whole, words), look="mind" if stale else "yes"),
        Fact(name=_("Granskningar som är försenade"), said=str(late), look="mind" if late else "yes"),
    ]


def _time(at: datetime | None, words: Catalogue) -> str:
    return words.gettext("ännu inte") if at is None else at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M")
