"""What sharing hears from the other houses: one line per event."""

from collections.abc import Mapping
from types import MappingProxyType

from services.sharing.usecases.erase_subject import erase_subject
from services.sharing.usecases.hear_consent import hear_rows_changed, hear_stopped
from services.sharing.usecases.hear_sequenced import hear_sequenced
from services.sharing.usecases.take_handling import hear_handling_changed
from shared.contracts.consent import HandlingChanged, PersonErased, RowsChanged, Stopped
from shared.contracts.entry import Sequenced
from shared.contracts.message import Event
from shared.inbox import Handle

HANDLES: Mapping[type[Event], Handle] = MappingProxyType(
    {
        RowsChanged: hear_rows_changed,
        Stopped: hear_stopped,
        HandlingChanged: hear_handling_changed,
        PersonErased: erase_subject,
        Sequenced: hear_sequenced,
    }
)
