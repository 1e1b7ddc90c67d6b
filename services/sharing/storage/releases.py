"""Handlers' attestations that a decision may be released: rows to structs and back. Nothing changes or deletes one."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.release import ReleaseAttestation
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "releases.sql")


async def save(tx: Connection, attestation: ReleaseAttestation) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_attestation"], *astuple(attestation))


async def living(tx: Connection, decision_id: UUID, *, now: datetime) -> list[ReleaseAttestation]:
    """Those about one decision that still count, whoever gave them."""
    return sql.structs(ReleaseAttestation, await tx.fetch(QUERIES["living_attestations"], decision_id, now))
