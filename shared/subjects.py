"""Every NATS subject, made in one place. Subjects hold codes and opaque ids only (I9), and say who sent (DESIGN 6)."""

import re
from typing import Final

HOUSES: Final = ("consent", "sharing", "audit")

BUS: Final = "https://bus.samsyn.example"
"""The bus as a resource: the `aud` of a token for it, and the `htu` of the proof (RFC 9449)."""

OUT: Final = "OUT"
"""The stream of notices to organisations."""

_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


def token(text: str) -> str:
    """The text, if it may stand as one token of a subject; raises ValueError for dots, wildcards, spaces and the like."""
    if not _TOKEN.fullmatch(text):
        raise ValueError("not a token of a subject")
    return text


def event(house: str, name: str) -> str:
    """An event between houses; only that house publishes it."""
    return f"samsyn.{token(house)}.{token(name)}.v1"


def notice(organisation: str, house: str, name: str) -> str:
    """A notice to one organisation, in the stream OUT."""
    return f"samsyn.out.{token(organisation)}.{token(house)}.{token(name)}"


def call(house: str, name: str) -> str:
    """A question to a house from another one; in no stream."""
    return f"samsyn.call.{token(house)}.{token(name)}.v1"


def receipt(source: str, receiver: str) -> str:
    """A receiver's word to the source that it has committed these messages; in no stream, for it may be lost and said again."""
    return f"samsyn.receipt.{token(source)}.{token(receiver)}"


def operation(kind: str, organisation: str, name: str) -> str:
    """What a connected system does (`in`) or asks (`ask`): request and reply, in no stream."""
    if kind not in {"in", "ask"}:
        raise ValueError("an operation is `in` or `ask`")
    return f"samsyn.{kind}.{token(organisation)}.{token(name)}"


def stream(house: str) -> str:
    """The stream of a house's events."""
    return token(house).upper()


def inbox(name: str) -> str:
    """Where replies to a house or an organisation arrive; nobody else may listen there."""
    return f"_INBOX_{token(name)}"
