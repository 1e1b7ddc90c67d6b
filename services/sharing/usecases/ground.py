"""What lives as long as the process and use cases stand on: the rules, the lease, the registrars."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.sharing.domain.countersigning import Registrars
from services.sharing.domain.tables import Tables
from services.sharing.usecases.renew_lease import Lease
from shared import clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Made once in `app`."""

    tables: Tables
    lease: Lease
    registrars: Registrars
    monotonic: Callable[[], float] = clock.monotonic
    public_url: str = ""
    """Where others reach this house; its metadata names it."""
    desks: Mapping[str, str] = field(default_factory=dict)
    """Where each organisation's own desk is: the page of a permit leads there, because the words are written there."""
    naming_url: str | None = None
    """Consent's page on which a child is named by number; None where no page leads there."""
    own_acts_url: str | None = None
    """Audit's page on which somebody sees their own look-ups; None where no page leads there."""
