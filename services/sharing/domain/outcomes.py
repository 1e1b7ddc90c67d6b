"""A refusal is a value that commits: what a use case returns instead of its answer, with the entry already in the outbox."""

import msgspec


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded, and no. `code` names a problem; `reasons` are codes with texts."""

    code: str
    reasons: tuple[str, ...] = ()


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded, and the caller hears the same as for an id that never was (I6)."""


class NotYet(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded, and the same request may succeed later: audit or consent is behind."""

    code: str


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded, and no more today unless a manager lifts it: more children or acts than this unit or person usually has."""

    kind: str


Refusal = Denied | Hidden | NotYet | Limited
