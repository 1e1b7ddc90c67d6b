"""No query can see another organisation's log by leaving out which log it is about (decision 0080)."""

import re
from collections.abc import Iterator
from pathlib import Path

import services.audit.storage

FOLDER = Path(services.audit.storage.__path__[0])
OF_A_LOG = re.compile(r"\b(?:from|join|update|delete from)\s+(?:entry|entry_fact|person_part|keystore\.person|tile|flag)\b")
CONFINED = re.compile(r"\blog_id\s*=\s*(?:any\()?(?:\$\d|wanted\.)|using \(year, log_id|\(log_id, \w+\) in \(select")
KNOWN = {
    "find_entry": "by its id; whoever asks is judged by the log that it is found in (usecases/read_entry.py)",
    "unreviewed_glass": "a loop of the house's own looks into all logs; each finding stands in the log that it is about",
}


def queries() -> Iterator[tuple[str, str]]:
    for file in FOLDER.glob("*.sql"):
        parts = re.split(r"^-- name: (\w+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        yield from zip(parts[1::2], parts[2::2], strict=True)


def test_every_query_over_entries_says_of_which_log() -> None:
    found = {name: text for name, text in queries() if OF_A_LOG.search(text)}

    assert len(found) > 15
    assert {name for name, text in found.items() if not CONFINED.search(text)} == set(KNOWN)
