"""What an organisation's administrators are told of their own register."""

from datetime import datetime
from typing import ClassVar

from shared.contracts.message import Notice


class ReviewOverdue(Notice, frozen=True, kw_only=True):
    """Nobody has looked through who may do what in the organisation for half a year; told again each month."""

    name: ClassVar[str] = "review-overdue"

    since: datetime
    """The last review, or the day that the organisation came in."""
    due_at: datetime
    findings: int
    """What a review would show now."""
    unheld: bool
    """Nobody is its administrator: the operator must look."""
