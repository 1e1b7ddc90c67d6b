"""What can go wrong, in words and without HTTP. `problems.py` has the one table from these words to a status."""

from collections.abc import Sequence

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One wrong field: an RFC 6901 pointer into the request and a sentence free of personal data."""

    pointer: str
    detail: str


class AppError(Exception):
    """Base of everything a client may be told. `code` is kebab-case and stable for ever; its text stands in `problems.py`.

    `detail` is for this one case and never holds personal data, nor what the client sent.
    """

    def __init__(self, code: str, detail: str | None = None, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)


class Invalid(AppError):
    """The request is wrong and the client can mend it at the pointers."""


class Unauthenticated(AppError):
    """No valid proof of who is asking. `challenge` is the value of WWW-Authenticate (RFC 9110 11.6.1)."""

    def __init__(self, code: str, detail: str | None = None, *, challenge: str = "Bearer") -> None:
        super().__init__(code, detail)
        self.challenge = challenge


class Refused(AppError):
    """A recorded no. Raised only after the transaction that recorded it has committed."""


class TooMany(AppError):
    """A recorded no because of how much there was already; a human can lift it. Raised after the commit, as Refused is."""


class NotFound(AppError):
    """Unknown, or not the caller's to know of: the two cannot be told apart (invariant I6), so there is no detail."""

    def __init__(self) -> None:
        super().__init__("not-found")


class Conflict(AppError):
    """The state is another than the client believed: reload and decide again."""


class Unavailable(AppError):
    """Something we depend on is out of reach: the same request may succeed later."""

    def __init__(self, code: str = "unavailable", detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class StateUnknown(Exception):
    """A loop cannot tell any more what is true: its process ends and starts anew rather than guess. Never shown to a client."""
