"""Names for a case's page, asked of consent for this one answer and kept nowhere here."""

from uuid import UUID

import msgspec

from services.sharing.usecases.name_people import NamesAsked
from shared.auth import Caller
from shared.contracts.consent import NamedSigner, Names
from shared.contracts.message import Ask


class NamesView(msgspec.Struct, frozen=True, kw_only=True):
    """Who the case is about, and whose answers are missing. Empty where the person may not be named here."""

    child: str | None = None
    missing: tuple[NamedSigner, ...] = ()


async def ask_names(ask: Ask, caller: Caller, case_id: UUID, asked: NamesAsked) -> NamesView:
    """To the discloser's own staff, for each of their units. Raises Unavailable while consent is away: the page stands without it."""
    child: str | None = None
    missing: dict[tuple[str, str | None], NamedSigner] = {}
    for unit in asked.units:
        found = await ask(
            Names(
                issuer=caller.issuer,
                subject=caller.subject,
                acr=caller.acr,
                organisation=asked.organisation,
                unit=unit,
                case_id=case_id,
                subject_id=asked.subject_id,
            )
        )
        child = child or found.child
        missing |= {(one.role, one.name): one for one in found.missing}
    return NamesView(child=child, missing=tuple(missing.values()))
