"""`python -m services.consent serve | migrate`."""

from services.consent.app import HOUSE
from shared.house import run

if __name__ == "__main__":
    run(HOUSE)
