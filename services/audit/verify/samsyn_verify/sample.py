"""The check of a review's sample: drawn again from the exported log, by the root that was signed after the plan was fixed."""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .note import Checkpoint, Key, NoteError, open_checkpoint
from .package import Package, PackageError
from .verdict import Verdict

FORMAT = "samsyn-sample-v1"
ALWAYS = frozenset({"break-glass.opened", "telling.held"})
_TICKET = b"samsyn-sample-v1\x00"
_NAMED = 5


def check_sample(data: bytes, archive: Path, *, keys: Sequence[Key] | None) -> Verdict:
    """The verdict on a draw. Check the archive itself first (`samsyn-verify archive`): here its entries are believed.

    To believe that nobody steered the sample we (1) read the draw, (2) check that its seed is the root of a checkpoint that is signed,
    (3) that the plan's entry says the same scope, (4) that the seed came after it and no other checkpoint between, (5) draw again.
    """
    verdict = Verdict()
    try:
        draw = json.loads(data)
        if draw["format"] != FORMAT:
            verdict.unknown("format-unknown", name=str(draw["format"])[:40])
            return verdict
        verdict.log = str(draw["origin"])
        with Package(archive) as package:
            _check(verdict, draw, package, keys)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # (1)
        verdict.unknown("not-a-draw")
    except PackageError as error:
        verdict.unknown(error.code, name=error.name)
    return verdict


def _check(verdict: Verdict, draw: dict[str, Any], package: Package, keys: Sequence[Key] | None) -> None:
    if keys is None:
        verdict.unknown("no-keys")
        return
    seed = _seed(verdict, draw, keys)  # (2)
    if seed is None:
        return
    verdict.step("step-signed", size=seed.size)
    index, plan_id, scope = int(draw["plan_index"]), str(draw["plan_id"]), [str(one) for one in draw["scope"]]
    wanted = dict(one.split("=", 1) for one in scope)
    lots: dict[str, list[tuple[bytes, int]]] = defaultdict(list)
    again: set[int] = set()
    planned: dict[str, Any] | None = None
    for at, stored in enumerate(package.entries()):
        leaf = _leaf(stored)
        if at == index:
            planned = leaf
        if at < int(wanted["upto"]) and _is_in(leaf, wanted):
            if leaf.get("action") in ALWAYS:
                again.add(at)
            else:
                ticket = hashlib.sha256(_TICKET + seed.root + f"{plan_id}\x00{at}".encode()).digest()
                lots[str(leaf.get("unit", ""))].append((ticket, at))
    _check_plan(verdict, draw, package, planned, seed)  # (3), (4)
    for found in lots.values():
        again |= {at for _, at in sorted(found)[: -(-len(found) * int(wanted["share"]) // 100)]}
    said = {int(one["index"]) for one in draw["drawn"]}
    for at in sorted(again ^ said)[:_NAMED]:  # (5)
        verdict.broken("sample-lacks" if at in again else "sample-adds", index=at)
    if said == again:
        verdict.step("step-drawn", count=len(said), size=seed.size)


def _seed(verdict: Verdict, draw: dict[str, Any], keys: Sequence[Key]) -> Checkpoint | None:
    try:
        seed = open_checkpoint(str(draw["seed"]["note"]).encode(), [key for key in keys if key.name == draw["origin"]])
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name="seed")
        else:
            verdict.unknown(f"checkpoint-{error.code}", name="seed")
        return None
    if seed.origin != draw["origin"] or base64.b64encode(seed.root).decode() != draw["seed"]["root"]:
        verdict.broken("seed-differs")
        return None
    return seed


def _check_plan(verdict: Verdict, draw: dict[str, Any], package: Package, planned: dict[str, Any] | None, seed: Checkpoint) -> None:
    scope = [str(one) for one in draw["scope"]]
    said = [] if planned is None else planned.get("query", [])
    if planned is None or planned.get("action") != "review.planned" or planned.get("object_id") != draw["plan_id"]:
        verdict.broken("plan-missing", index=draw["plan_index"])
    elif said[: len(scope)] != scope or any(one.startswith("unit=") for one in said[len(scope) :]):
        verdict.broken("plan-differs", index=draw["plan_index"])
    sizes = [int(record.get("size", 0)) for record in package.records("checkpoints.ndjson")]
    if not int(draw["plan_index"]) < seed.size or any(int(draw["plan_index"]) < size < seed.size for size in sizes):
        verdict.broken("seed-not-first", size=seed.size)


def _is_in(leaf: dict[str, Any], wanted: dict[str, str]) -> bool:
    return (
        leaf.get("producer") == "sharing"
        and leaf.get("actor_kind") == "person"
        and wanted["since"] <= str(leaf.get("at", "")) < wanted["until"]
        and ("unit" not in wanted or leaf.get("unit") == wanted["unit"])
    )


def _leaf(stored: bytes) -> dict[str, Any]:
    try:
        value = json.loads(stored)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
