"""`python -m tests.shared.library serve | migrate`."""

from shared.house import run
from tests.shared.library.app import HOUSE

run(HOUSE)
