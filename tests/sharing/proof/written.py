"""The tables as they are written, read without the engine's structs: what the proofs compare the engine with."""

import tomllib
from importlib.resources import files
from typing import Any

from services.sharing.domain.tables import read

ANY = "ANY"
ANY_INFO = "I_ANY"

RAW = read(files("services.sharing").joinpath("rules"))


def _rows(folder: str, key: str) -> list[dict[str, Any]]:
    return [row for name in sorted(RAW) if name.startswith(folder) for row in tomllib.loads(RAW[name].decode())[key]]


MATRIX = _rows("matrix/", "row")
REGIMES = {row["code"]: row for row in _rows("regimes.toml", "regime")}
CATEGORIES = {row["code"]: row for row in _rows("categories.toml", "category")}
NEEDS = _rows("needs.toml", "need")


def info_of(category: str, holder: str) -> str:
    """What the law calls it when this regime holds it: by regime, else by category, else the holder's own code."""
    row = CATEGORIES[category]
    return str(row.get("by_regime", {}).get(holder) or row.get("info") or REGIMES[holder]["own_info"])


def matching(holder: str, recipient: str, purpose: str, info: str) -> list[dict[str, Any]]:
    """Every written row that speaks of this question, found by looking at all of them."""
    return [
        row
        for row in MATRIX
        if purpose in row["purpose"]
        and (holder in row["from"] or ANY in row["from"])
        and (recipient in row["to"] or ANY in row["to"])
        and (info in row["info"] or ANY_INFO in row["info"])
    ]


def fitting(row: dict[str, Any], holder: str, recipient: str) -> list[dict[str, Any]]:
    """The row's paths that exist between these two."""
    return [p for p in row.get("path", []) if holder in p.get("from", [holder]) and recipient in p.get("to", [recipient])]
