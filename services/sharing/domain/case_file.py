"""Facts and worked cases as people write them: TOML, one case or many. The command line, the tests and the page read them alike."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.question import WRONG, read_facts
from services.sharing.domain.tables import Tables
from shared.errors import Fault, Invalid

ANSWERED = frozenset(ItemAnswer.__struct_fields__)
"""What a case may want: any part of the engine's answer."""


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case as it stands in the file; facts are read apart, so that each wrong one is named."""

    facts: dict[str, Any]
    id: str = ""
    name_sv: str = ""
    name_en: str = ""
    want: dict[str, Any] = {}
    law: tuple[str, ...] = ()
    hypothetical_only: bool = False


class WorkedCase(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, the answer that a lawyer wants for them, and the law. Without `want` it is only a question."""

    id: str
    name_sv: str
    name_en: str
    facts: ItemFacts
    want: Mapping[str, Any]
    law: tuple[str, ...]
    hypothetical_only: bool
    """Cannot be asked about a named child, because it supposes what no register says."""

    def misses(self, answer: ItemAnswer) -> dict[str, tuple[Any, Any]]:
        """What is wanted and is not so: name to (wanted, given). A list wants its members, among others."""
        given = msgspec.to_builtins(answer)
        return {name: (wanted, given[name]) for name, wanted in self.want.items() if not _fits(wanted, given[name])}


def read_cases(text: str, tables: Tables, *, today: date, name: str) -> tuple[WorkedCase, ...]:
    """The cases of one file: `[[case]]` tables, one table with `facts`, or facts alone. `name` is the id of a case without one.

    Raises Invalid with a fault for everything that is wrong, `#/case/<place>/…` where there are many.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid("request-malformed", faults=[Fault("#", f"not TOML: {error}")]) from error
    if "case" not in document:
        alone = document if "facts" in document else {"facts": document}
        return (_read_case(alone, tables, today=today, at="#", name=name, bare=alone is not document),)
    if set(document) != {"case"} or not isinstance(document["case"], list):
        raise Invalid(WRONG, faults=[Fault("#", "A file of many cases has [[case]] tables and nothing beside them")])
    cases: list[WorkedCase] = []
    faults: list[Fault] = []
    for place, one in enumerate(document["case"]):
        try:
            cases.append(_read_case(one, tables, today=today, at=f"#/case/{place}", name=f"{name}-{place + 1}"))
        except Invalid as wrong:
            faults += wrong.faults
    if faults:
        raise Invalid(WRONG, faults=faults)
    return tuple(cases)


def shipped(tables: Tables) -> tuple[WorkedCase, ...]:
    """The cases that ship beside the tables, in the order of their files. Each sets its own day, so that it never ages."""
    folder = files("services.sharing").joinpath("rules", "cases")
    if not folder.is_dir():
        return ()
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(
        case
        for file in found
        for case in read_cases(file.read_text(encoding="utf-8"), tables, today=date.max, name=file.name.removesuffix(".toml"))
    )


def _read_case(written: dict[str, Any], tables: Tables, *, today: date, at: str, name: str, bare: bool = False) -> WorkedCase:
    try:
        case = msgspec.convert(written, _Written)
    except msgspec.ValidationError as error:
        raise Invalid(WRONG, faults=[Fault(at, str(error))]) from error
    if unknown := sorted(set(case.want) - ANSWERED):
        raise Invalid(WRONG, faults=[Fault(f"{at}/want/{one}", f"Unknown; allowed: {', '.join(sorted(ANSWERED))}") for one in unknown])
    return WorkedCase(
        id=case.id or name,
        name_sv=case.name_sv,
        name_en=case.name_en,
        facts=read_facts(case.facts, tables, today=today, at=at if bare else f"{at}/facts"),
        want=case.want,
        law=case.law,
        hypothetical_only=case.hypothetical_only,
    )


def _fits(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, list) and isinstance(given, list | tuple):
        return all(one in given for one in wanted)
    return bool(wanted == given)
