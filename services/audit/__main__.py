"""`python -m services.audit serve | migrate | init | export`."""

from services.audit.app import HOUSE
from shared.house import run

run(HOUSE)
