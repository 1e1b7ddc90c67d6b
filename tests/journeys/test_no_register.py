"""No register of children (S41): nobody can look a child up in sharing, by number or anything else; a reference opens no list."""

from typing import Any

import httpx2

from deploy.embedded.home import Running
from tests.journeys.openapi import Route, routes

BEGINS = {"POST /v1/cases", "POST /v1/decisions", "POST /v1/decision", "POST /v1/break-glass"}
"""What a reference may be given to: each makes something new or answers a question in the caller's own name; none shows what was."""
NAMES_A_PERSON = {"number", "personal_number", "name", "child_name", "birth_date", "subject_id"}


def given(route: Route) -> set[str]:
    """The names of everything that a caller may give."""
    found = {str(one["name"]) for one in route.parameters if one["in"] in {"path", "query"}}
    waiting: list[Any] = [route.schema] if route.takes_body else []
    seen: set[str] = set()
    while waiting:
        schema = waiting.pop()
        if (reference := schema.get("$ref")) is not None and reference not in seen:
            seen.add(reference)
            waiting.append(route.components[reference.rpartition("/")[2]])
        found |= set(schema.get("properties", {}))
        waiting += [*schema.get("properties", {}).values(), *schema.get("oneOf", ()), *schema.get("anyOf", ())]
        waiting += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return found


async def test_no_way_into_sharing_finds_a_child(running_suite: Running) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        found = await routes(http.get, "sharing", running_suite.addresses["sharing"])
    by_child = {f"{route.method} {route.path}": given(route) for route in found}
    of_register = {way for way in by_child if way.startswith("POST /v1/register/")}

    assert {way for way, names in by_child.items() if "child_ref" in names} == BEGINS
    assert {way for way, names in by_child.items() if names & NAMES_A_PERSON} <= of_register
    assert len(by_child) > len(BEGINS) + len(of_register)
