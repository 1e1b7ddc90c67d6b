"""Handover packages: rows to structs and back."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.packages import Package
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "packages.sql")


async def save(tx: Connection, package: Package) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_package"], *astuple(package))


async def of_permit(tx: Connection, permit_id: UUID) -> Package | None:
    """The package that this permit is for, if it is for one."""
    row = await tx.fetchrow(QUERIES["package_of_permit"], permit_id)
    return None if row is None else sql.struct(Package, row)


async def ready(tx: Connection, *, now: datetime, limit: int) -> list[Package]:
    """Held ones whose every item is posted and consented to; locked."""
    return sql.structs(Package, await tx.fetch(QUERIES["ready_packages"], now, limit))


async def mark_sent(tx: Connection, package_id: UUID, *, now: datetime) -> None:
    """The recipient was told."""
    await tx.execute(QUERIES["mark_sent"], package_id, now)


async def mark_delivered(tx: Connection, package_id: UUID, *, now: datetime) -> None:
    """When nothing of it waits any more."""
    await tx.execute(QUERIES["mark_delivered"], package_id, now)
