"""What houses and organisations have agreed on: one golden file per message. It may only grow at the end, with a default.

After a change that is meant: `SAMSYN_WRITE_GOLDEN=1 python -m pytest tests/rules/test_contracts.py`, and look at the difference.
"""

import importlib
import json
import os
import pkgutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import contracts
from shared.contracts.message import Event, Notice, Question

GOLDEN = Path(__file__).parents[1] / "contracts"
WRITES = os.environ.get("SAMSYN_WRITE_GOLDEN") == "1"


def messages() -> dict[str, type[msgspec.Struct]]:
    """Every event, notice and question with its answer, by the name of its file."""
    found: dict[str, type[msgspec.Struct]] = {}
    for info in pkgutil.iter_modules(contracts.__path__, f"{contracts.__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if not isinstance(value, type) or value.__module__ != info.name or not issubclass(value, Event | Notice | Question):
                continue
            if "name" not in vars(value):
                continue
            kind = "event" if issubclass(value, Event) else "notice" if issubclass(value, Notice) else "question"
            found[f"{info.name.rpartition('.')[2]}.{kind}.{value.name}"] = value
            if issubclass(value, Question):
                found[f"{info.name.rpartition('.')[2]}.answer.{value.name}"] = value.answer
    return found


MESSAGES = messages()


def described(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Fields in order, and the schema of everything inside."""
    (_,), definitions = msgspec.json.schema_components([kind], ref_template="{name}")
    return {
        "name": getattr(kind, "name", kind.__name__),
        "receivers": sorted(getattr(kind, "receivers", ())),
        "structs": {
            name: {"fields": list(schema["properties"]), "required": schema.get("required", []), "properties": schema["properties"]}
            for name, schema in sorted(definitions.items())
            if "properties" in schema
        },
        "values": {name: schema["enum"] for name, schema in sorted(definitions.items()) if "enum" in schema},
    }


def text_of(kind: type[msgspec.Struct]) -> str:
    return json.dumps(described(kind), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_what_its_golden_file_says(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    if WRITES:
        refuse_breaks(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(MESSAGES[name]), encoding="utf-8")

    assert path.read_text(encoding="utf-8") == text_of(MESSAGES[name])


def refuse_breaks(name: str) -> None:
    """A golden file is not rewritten for a change that an older program on the other side could not live with."""
    path = GOLDEN / f"{name}.json"
    if not path.exists():
        return
    before, now = json.loads(path.read_text(encoding="utf-8"))["structs"], described(MESSAGES[name])["structs"]
    for struct, was in before.items():
        fields = now[struct]["fields"]
        assert fields[: len(was["fields"])] == was["fields"], f"{name}: {struct} may only grow at the end"
        assert set(now[struct]["required"]) <= set(was["required"]), f"{name}: a new field of {struct} needs a default"


def test_no_golden_file_is_left_of_a_message_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MESSAGES)


def test_a_change_that_breaks_the_other_side_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Made(msgspec.Struct, kw_only=True):
        one: int
        two: int

    class Reordered(msgspec.Struct, kw_only=True):
        two: int
        one: int

    class Demanding(msgspec.Struct, kw_only=True):
        one: int
        two: int
        three: int

    monkeypatch.setattr(f"{__name__}.GOLDEN", tmp_path)
    (tmp_path / "made.json").write_text(text_of(Made), encoding="utf-8")
    for changed in (Reordered, Demanding):
        monkeypatch.setitem(MESSAGES, "made", type("Made", (changed,), {}, kw_only=True))
        with pytest.raises(AssertionError, match=r"may only grow|needs a default"):
            refuse_breaks("made")
