"""From what somebody wrote to the facts of one question: one reader behind HTTP, NATS, AuthZEN, fact files and worked cases.

It follows the type hints of `ItemFacts`, so a new fact can be asked about as soon as the engine knows it. Every fault is named at once,
with its field and what may stand there; what was sent is never repeated.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any

import msgspec

from services.sharing.domain.cases import AskedItem
from services.sharing.domain.contradictions import contradictions
from services.sharing.domain.facts import ItemFacts, Party
from services.sharing.domain.tables import Tables
from shared.errors import Fault, Invalid
from shared.law.codes import Regime
from shared.pointers import fault_of, member

FACTS = {field.name: field for field in msgspec.structs.fields(ItemFacts)}
"""Everything that a hypothetical question may suppose."""
ASSERTED = frozenset(AskedItem.__struct_fields__)
"""What a caller says about an item of a named child; all else is the token's, the register's or consent's to answer (DESIGN 9)."""
WRONG = "request-invalid"


def read_facts(raw: Mapping[str, Any], tables: Tables, *, today: date, at: str = "#") -> ItemFacts:
    """The facts of a hypothetical question, whatever it was written in.

    A side may be given by its regime alone, consent by its state alone; `on` is today unless it says otherwise. Raises Invalid with a
    fault for each unknown field or code, each missing fact, and each pair of facts that cannot both be true.
    """
    written = {"on": today, **raw}
    for side in ("discloser", "recipient"):
        if side in written:
            written[side] = _party(written[side], tables)
    if isinstance(written.get("consent"), str):
        written["consent"] = {"state": written["consent"]}
    faults = list(_faults(ItemFacts, written, at)) + list(_unknown_model(written, tables, at))
    if faults:
        raise Invalid(WRONG, faults=faults)
    facts = msgspec.convert(written, ItemFacts)
    if faults := [Fault(f"{at}/{where}", why) for where, why in contradictions(facts, tables)]:
        raise Invalid(WRONG, faults=faults)
    return facts


def assertions(raw: Mapping[str, Any], at: str = "#") -> list[Fault]:
    """Faults for what a question about a named child may not assert, and for fields that do not exist."""
    return [
        Fault(f"{at}/{name}", "Not the caller's to say of a named child: the token, the register or consent answers it")
        if name in FACTS
        else _unknown(name, ASSERTED, at)
        for name in raw
        if name not in ASSERTED
    ]


def read_item(raw: Mapping[str, Any], at: str = "#") -> AskedItem:
    """One item about a named child. Raises Invalid as `read_facts` does, and for what is not the caller's to assert."""
    said = {name: value for name, value in raw.items() if name in ASSERTED}
    if faults := [*assertions(raw, at), *_faults(AskedItem, said, at)]:
        raise Invalid(WRONG, faults=faults)
    return msgspec.convert(said, AskedItem)


def known_facts(raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Facts and names of what is none, for a protocol whose receivers must ignore what they do not know (AuthZEN 1.0, 10.1.1)."""
    return {k: v for k, v in raw.items() if k in FACTS}, tuple(sorted(k for k in raw if k not in FACTS))


def _party(given: Any, tables: Tables) -> Any:
    """A side with what its regime says of it; the organisation stays unknown unless it is given."""
    party = {"regime": given} if isinstance(given, str) else given
    if not isinstance(party, Mapping):
        return party
    code = party.get("regime")
    public = isinstance(code, str) and code in _codes(Regime) and tables.regimes[Regime(code)].public
    return {"public": public, "organisation": None, **party}


def _unknown_model(written: Mapping[str, Any], tables: Tables, at: str) -> Iterator[Fault]:
    model = written.get("model")
    if isinstance(model, str) and model not in tables.models:
        yield Fault(f"{at}/model", f"Unknown model; allowed: {', '.join(sorted(tables.models))}")


def _faults(kind: Any, value: Any, at: str) -> Iterator[Fault]:
    """Everything that keeps `value` from being a `kind`."""
    origin, arguments = _shape(kind)
    if origin is typing.Annotated:
        yield from _faults_of_scalar(kind, value, at)
    elif origin in {typing.Union, types.UnionType}:
        if value is not None or type(None) not in arguments:
            yield from _faults(next(a for a in arguments if a is not type(None)), value, at)
    elif origin is not None and issubclass(origin, Mapping):
        yield from _in_mapping(arguments, value, at)
    elif origin in {tuple, list, frozenset, set}:
        yield from _in_list(arguments[0], value, at)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _in_struct(kind, value, at)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if not isinstance(value, str) or value not in _codes(kind):
            yield Fault(at, _not_a_code(kind, value))
    else:
        yield from _faults_of_scalar(kind, value, at)


def _faults_of_scalar(kind: Any, value: Any, at: str) -> Iterator[Fault]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield fault_of(str(error), at)


def _in_list(kind: Any, value: Any, at: str) -> Iterator[Fault]:
    if not isinstance(value, list | tuple):
        yield Fault(at, "Expected a list")
        return
    for place, one in enumerate(value):
        yield from _faults(kind, one, f"{at}/{place}")


def _in_mapping(arguments: tuple[Any, ...], value: Any, at: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(at, "Expected a table")
        return
    for key, one in value.items():
        yield from _faults(arguments[0], key, at + member(str(key)))
        yield from _faults(arguments[1], one, at + member(str(key)))


def _in_struct(kind: type[msgspec.Struct], value: Any, at: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(at, f"Expected a table with {', '.join(_names(kind))}")
        return
    fields = _fields(kind)
    for name in value:
        if name not in fields:
            yield _unknown(name, fields, at)
    for name, field in fields.items():
        if name in value:
            yield from _faults(field.type, value[name], f"{at}/{name}")
        elif field.required:
            yield Fault(f"{at}/{name}", f"Missing{_choices(field.type)}")


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """By the name that is written; msgspec resolves the hints anew each time."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


@cache
def _shape(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a type is made of."""
    return typing.get_origin(kind), typing.get_args(kind)


@cache
def _codes(kind: type[Enum]) -> frozenset[str]:
    return frozenset(str(member.value) for member in kind)


def _unknown(name: str, known: typing.Iterable[str], at: str) -> Fault:
    close = get_close_matches(name, known, n=1)
    meant = f"; did you mean {close[0]}?" if close else f"; allowed: {', '.join(sorted(known))}"
    return Fault(at + member(name), f"Unknown field{meant}")


def _not_a_code(kind: type[Enum], value: Any) -> str:
    codes = [str(member.value) for member in kind]
    close = get_close_matches(value, codes, n=1) if isinstance(value, str) else []
    meant = f"did you mean {close[0]}? " if close else ""
    return f"Not one of the values allowed here; {meant}allowed: {', '.join(codes)}"


def _choices(kind: Any) -> str:
    if kind is Party:
        return ": a regime, or a table with regime and organisation"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"; allowed: {', '.join(str(member.value) for member in kind)}"
    return ""


def _names(kind: type[msgspec.Struct]) -> list[str]:
    return list(_fields(kind))
