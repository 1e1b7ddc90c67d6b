"""What the use cases of this house need besides a transaction: made once in `app.py`, handed down."""

from dataclasses import dataclass
from uuid import UUID

from services.consent.domain.register import Register
from services.consent.domain.wording import Texts
from services.consent.storage.receipts import ReceiptKeys
from services.consent.storage.vault import Vault
from shared.auth import Caller
from shared.errors import Unauthenticated


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """Key, texts, and whose log takes what belongs to no discloser."""

    vault: Vault
    texts: Texts
    operator: str
    """The operator's organisation: tries on unknown objects by a family stand in its log."""
    register: Register | None = None
    """The population register that is asked again at each signing, where the operator has one."""
    receipts: ReceiptKeys


def person_of(caller: Caller) -> UUID:
    """The person behind a family login. Raises Unauthenticated for everybody else."""
    if caller.person_id is None:
        raise Unauthenticated("not-logged-in")
    return UUID(caller.person_id)
