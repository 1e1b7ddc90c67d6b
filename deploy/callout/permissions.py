"""What a user on the bus may do: exactly its organisation's subjects, or exactly its house's."""

from typing import Final

import msgspec

from deploy.nats.config import account_of, organisation_publishes
from shared import streams, subjects

HOUSES_ACCOUNT: Final = "HOUSES"
_REPLIES: Final = "_R_.>"
"""Where the server takes the answer to a request from another account; it maps it to that request's own reply subject."""

_CONSENTS: Final = (
    "samsyn.ask.*.children",
    "samsyn.ask.*.coverage",
    "samsyn.ask.*.consents",
    "samsyn.in.*.custody",
    "samsyn.in.*.record-answer",
    "samsyn.in.*.confirm-consents",
    "samsyn.in.*.imported-consent",
)
"""What consent answers to systems: some of it holds a personal number, so no other house may hear it."""
_HEARS: Final[dict[str, tuple[str, ...]]] = {
    "consent": _CONSENTS,
    "sharing": ("samsyn.in.*.*", "samsyn.ask.*.*"),
    "audit": ("samsyn.witness.*",),
}
_NEVER_HEARS: Final[dict[str, tuple[str, ...]]] = {"sharing": _CONSENTS}
_EMPTIES: Final[dict[str, tuple[str, ...]]] = {"audit": tuple(subjects.stream(house) for house in subjects.HOUSES)}
"""Who may empty which streams: after an erasure nothing of the person may lie there. The outboxes send again what was not taken."""


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """One user's account and subjects. Nothing else is allowed, replies to strangers neither."""

    account: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    never_subscribe: tuple[str, ...] = ()


def of_organisation(organisation: str) -> Permissions:
    """In the organisation's own account, which has nothing else in it either."""
    return Permissions(
        account=account_of(organisation),
        publish=tuple(organisation_publishes(organisation)),
        subscribe=(f"{subjects.inbox(organisation)}.>",),
    )


def of_house(house: str) -> Permissions:
    """In HOUSES: publish its own events and notices, ask the others, read its own durables, answer where it was asked."""
    others = tuple(other for other in subjects.HOUSES if other != house)
    durables = [
        (c.stream, c.name) for c in streams.house_consumers() if c.name == house or (house == "audit" and c.name == streams.ENTRIES)
    ]
    return Permissions(
        account=HOUSES_ACCOUNT,
        publish=(
            f"samsyn.{house}.*.v1",
            f"samsyn.out.*.{house}.*",
            *(f"samsyn.call.{other}.*.v1" for other in others),
            *(f"samsyn.receipt.{other}.{house}" for other in others),
            *(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}" for stream, name in durables),
            *(f"$JS.ACK.{stream}.{name}.>" for stream, name in durables),
            *(f"$JS.API.STREAM.PURGE.{stream}" for stream in _EMPTIES.get(house, ())),
            *(f"{subjects.inbox(other)}.>" for other in others),
            _REPLIES,
        ),
        subscribe=(f"{subjects.inbox(house)}.>", f"samsyn.call.{house}.*.v1", f"samsyn.receipt.{house}.*", *_HEARS[house]),
        never_subscribe=_NEVER_HEARS.get(house, ()),
    )
