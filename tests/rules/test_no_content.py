"""The houses hold no content (I3): no request takes a sentence about a child, no answer has a place for one, no page a box for it.

Whoever adds a field of text to a request gives it a form (`shared/words.py`); whoever adds one to an answer says in `open_places.py`
what stands in it.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, get_type_hints

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.rules.code import ROOT, called, house_modules, keyword, sources
from tests.rules.open_places import ANSWERS, REQUESTS
from tests.rules.test_routes import _resolve

SENTENCE = "Tindra har varit borta från lektionerna och sover dåligt."


OPEN = (msgspec.inspect.StrType, msgspec.inspect.AnyType, msgspec.inspect.BytesType, msgspec.inspect.RawType)
"""What a text could stand in."""


def places(info: msgspec.inspect.Type, name: str, seen: set[type]) -> Iterator[tuple[str, msgspec.inspect.Type]]:
    """Every place of a type where a text could stand, at any depth, as `Struct.field`."""
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls not in seen:
            seen.add(info.cls)
            for field in info.fields:
                yield from places(field.type, f"{info.cls.__name__}.{field.name}", seen)
        return
    if isinstance(info, OPEN):
        yield name, info
    for inner in inside(info):
        yield from places(inner, name, seen)


def inside(info: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """What a collection, a mapping or a union is made of."""
    for name in ("item_type", "value_type", "key_type", "type"):
        if isinstance(found := getattr(info, name, None), msgspec.inspect.Type):
            yield found
    for name in ("types", "item_types"):
        yield from getattr(info, name, ())


def takes_sentence(info: msgspec.inspect.Type) -> bool:
    """Whether a sentence about a child could stand there."""
    if not isinstance(info, msgspec.inspect.StrType):
        return True
    return info.pattern is None or re.search(info.pattern, SENTENCE) is not None


def bodies(what: str) -> Iterator[Any]:
    """The types of every request (`data`, `request`) or answer (`return`, `answer`) of every route and operation."""
    for module in house_modules():
        for value in vars(module).values():
            if isinstance(value, HTTPRouteHandler) and what in (hints := get_type_hints(value.fn)):
                yield hints[what]
    field = {"data": "request", "return": "answer"}[what]
    for source in sources("services"):
        for call in source.calls():
            if called(call) == "Operation" and isinstance(wanted := keyword(call, field), ast.Name):
                yield _resolve(source, wanted.id)


def open_places(what: str) -> set[str]:
    """Where a sentence could stand in the houses' requests or answers."""
    seen: set[type] = set()
    found = [place for kind in bodies(what) for place in places(msgspec.inspect.type_info(kind), str(kind), seen)]
    assert len(seen) > 10
    return {name for name, info in found if takes_sentence(info)}


@pytest.mark.parametrize("what", ["data", "return"])
def test_no_request_and_no_answer_has_a_place_for_content(what: str) -> None:
    listed = {"data": REQUESTS, "return": ANSWERS}[what]

    assert open_places(what) == {name for names in listed.values() for name in names}


def test_a_free_text_would_be_seen() -> None:
    class Note(msgspec.Struct):
        text: str
        code: Annotated[str, msgspec.Meta(pattern="^[a-z-]+$")]

    class Letter(msgspec.Struct):
        notes: list[dict[str, Note]] | None

    found = places(msgspec.inspect.type_info(Letter), "", set())

    assert {name for name, info in found if takes_sentence(info)} == {"Letter.notes", "Note.text"}


def test_no_member_of_a_request_or_an_answer_is_named_as_one_of_the_sealed_content() -> None:
    folder = ROOT / "services/sharing/connect/samsyn_connect/schemas"
    sealed = {name for file in folder.glob("*.json") for name in json.loads(file.read_text(encoding="utf-8"))["properties"]}
    kinds = {kind for what in ("data", "return") for kind in bodies(what)}
    members = {name for kind in kinds for name in members_of(msgspec.inspect.type_info(kind), set())}

    assert {"summary", "adaptations"} <= sealed
    assert {"case_id", "jwe"} <= members
    assert sealed & members == set()


def members_of(info: msgspec.inspect.Type, seen: set[type]) -> Iterator[str]:
    """Names of the members of every struct in a type."""
    if isinstance(info, msgspec.inspect.StructType) and info.cls not in seen:
        seen.add(info.cls)
        for field in info.fields:
            yield field.name
            yield from members_of(field.type, seen)
    for inner in inside(info):
        yield from members_of(inner, seen)


WRITABLE = re.compile(r"<textarea|contenteditable|<input(?![^>]*type=.?(hidden|radio|checkbox|submit|date)\b)", re.IGNORECASE)
"""Where a person could write freely on a page."""


PARTS = "shared/pages/templates/parts.html"
"""Where the one macro is that makes a line to write in."""
FIELD = re.compile(r"\bfield\(\s*[\"']([\w-]+)[\"']")
"""A use of it, with the field's name."""
FIELDS = {
    "reference": "the page of components: about nobody",
    "number": "a personal number at consent, where identity lives: digits, or it is refused",
    "unit": "a unit's id; the page takes nothing else",
    "case_id": "a case's id; the page takes nothing else",
    "child_ref": "the organisation's own reference to a child; the page takes nothing else",
    "person": "an employee's id at the login, for a grant; the page takes nothing else",
    "client": "a system's id at the login; the page takes nothing else",
    "kid": "a key's id, of a form without spaces",
    "key": "a public key; the page takes nothing else",
    "unit_children": "a number",
    "person_children": "a number",
    "unit_acts": "a number",
    "person_acts": "a number",
    "professional": "the user id of somebody at work, without a space; sent by POST and never kept",
}
"""Every line that somebody may write in, and why it has no room for content."""


def test_no_page_of_a_house_has_a_box_to_write_in() -> None:
    kits = ("services/sharing/connect", "services/audit/verify")  # at the organisation, where content belongs
    files = [
        path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*") if path.suffix in {".html", ".py", ".toml", ".js"}
    ]
    ours = [path for path in files if not path.relative_to(ROOT).as_posix().startswith((*kits, PARTS))]
    fields = {name for path in ours for name in FIELD.findall(path.read_text(encoding="utf-8"))}

    assert len(ours) > 100
    assert fields <= FIELDS.keys(), fields - FIELDS.keys()
    assert [str(path) for path in ours if WRITABLE.search(path.read_text(encoding="utf-8"))] == []
    assert WRITABLE.search('<form><TextArea name="x">')
    assert WRITABLE.search('<input name="x">')
    assert not WRITABLE.search('<input type="hidden" name="csrf">')
