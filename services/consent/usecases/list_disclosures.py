"""What has been told about the children a person decides for: to whom, what, why, when, on which ground."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.custody import Known
from services.consent.domain.disclosure import Disclosure, Shown, shown
from services.consent.storage import custody, disclosures, organisations, people
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.notify_family import concerned
from services.consent.usecases.show_request import unit_name
from services.consent.usecases.weigh_row import weigh_row
from shared.auth import Caller
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.law.codes import LeafCategory

CATEGORIES = frozenset(LeafCategory)


class DisclosureListed(msgspec.Struct, frozen=True, kw_only=True):
    """One disclosure as the reader may know of it. Where only the fact may be told the recipient and what it was are left out."""

    disclosure_id: UUID
    at: datetime
    child_name: str | None
    organisation: str
    unit: str
    recipient: str | None
    purpose: str | None
    categories: tuple[str, ...]
    basis: tuple[str, ...]
    tell: tuple[str, ...]
    consent_id: UUID | None


class DisclosureList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    disclosures: tuple[DisclosureListed, ...]


async def list_disclosures(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> DisclosureList:
    """Only categories on which the reader would be asked or heard today, so never what is secret against them. An entry per discloser."""
    person_id = person_of(caller)
    found: list[tuple[str, DisclosureListed]] = []
    for child_id in dict.fromkeys([person_id, *await custody.children_of(tx, person_id)]):
        child = await people.get(tx, means.vault, child_id)
        if child is None:
            continue
        known = await custody.known(tx, child)
        for one in await disclosures.of_subject(tx, child.subject_id):
            view = await _listed(tx, means, known, one, person_id, now=now)
            if view is not None:
                found.append((one.organisation, view))
    for organisation in dict(found):
        await record(tx, caller, "disclosures.listed", organisation=organisation, now=now)
    return DisclosureList(disclosures=tuple(sorted((one for _, one in found), key=lambda one: one.at, reverse=True)))


async def visible_categories(
    tx: Connection, means: Means, child: Known, one: Disclosure, person_id: UUID, *, now: datetime
) -> tuple[str, ...]:
    """Of what was told, what this person may read of today; empty when nothing."""
    unit = await organisations.unit(tx, one.discloser_unit)
    if unit is None or shown(one) is Shown.NOTHING:
        return ()
    allowed = []
    for category in one.categories:
        if category not in CATEGORIES:
            continue
        key = RowKey(
            subject_id=one.subject_id,
            discloser_unit=one.discloser_unit,
            recipient_unit=one.recipient_unit,
            purpose=one.purpose,
            category=category,
        )
        weighed = await weigh_row(tx, means.vault, child, key, unit.regime, now=now)
        if person_id in concerned(weighed):
            allowed.append(category)
    return tuple(allowed)


async def _listed(
    tx: Connection, means: Means, child: Known, one: Disclosure, person_id: UUID, *, now: datetime
) -> DisclosureListed | None:
    categories = await visible_categories(tx, means, child, one, person_id, now=now)
    if not categories:
        return None
    unit = await organisations.unit(tx, one.discloser_unit)
    whole = shown(one) is Shown.ALL
    return DisclosureListed(
        disclosure_id=one.disclosure_id,
        at=one.disclosed_at,
        child_name=await people.name_of(tx, means.vault, child.person.person_id),
        organisation=one.organisation if unit is None else unit.display_name,
        unit=await unit_name(tx, one.discloser_unit),
        recipient=await unit_name(tx, one.recipient_unit) if whole else None,
        purpose=one.purpose if whole else None,
        categories=categories if whole else (),
        basis=one.basis if whole else (),
        tell=one.tell,
        consent_id=one.consent_id if whole else None,
    )
