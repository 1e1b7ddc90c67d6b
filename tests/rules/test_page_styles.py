"""The style sheet is small, and every class in it is used by a page."""

import re

from tests.rules.code import ROOT

SHEET = ROOT / "shared/pages/assets/samsyn.css"
PAGES = [ROOT / "shared/pages", *(ROOT / f"services/{house}/pages" for house in ("consent", "sharing", "audit"))]
MOST = 16_500
"""Bytes as they stand in the file; compressed they are a quarter."""
MADE = ("button-", "notice-", "sign-", "tag-", "word-", "width-")
"""Classes whose end a template fills in: `tag-{{ kind }}`."""


def test_no_class_of_the_style_sheet_is_without_a_page() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", SHEET.read_text(), flags=re.DOTALL)
    written = "\n".join(file.read_text() for folder in PAGES for file in folder.rglob("*") if file.suffix in {".html", ".py"})
    classes = set(re.findall(r"\.([a-z][a-z-]+)(?=[ ,:.{>+\[)])", sheet))

    unused = [name for name in classes if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", written)]

    assert [name for name in sorted(unused) if not name.startswith(MADE)] == []
    assert [stem for stem in MADE if f"{stem}{{{{" not in written] == []


def test_the_style_sheet_stays_small() -> None:
    assert len(SHEET.read_bytes()) <= MOST
