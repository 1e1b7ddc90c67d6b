"""Which event leads to which use case. Entries come another way: in batches, see `sequencer.py`."""

from functools import partial

from services.audit.domain.keeper import Keeper
from services.audit.usecases.erase_person import erase_person
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.remember_register import remember_grant, remember_organisation
from shared.contracts.consent import PersonErased
from shared.contracts.sharing import GrantChanged, OrganisationChanged
from shared.inbox import Handles


def handles(keeper: Keeper, ledger: Ledger) -> Handles:
    """The table, for the events that consent and sharing publish."""
    return {
        OrganisationChanged: partial(remember_organisation, keeper=keeper),
        GrantChanged: remember_grant,
        PersonErased: partial(erase_person, keeper=keeper, ledger=ledger),
    }
