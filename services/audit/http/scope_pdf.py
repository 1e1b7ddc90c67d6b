"""An export of a part of a log on paper: what was asked for, how many of how many, and one line for each entry."""

from services.audit.usecases.export_scope import Reported, told

_FIELDS = {
    "case_id": "Ärende / Case",
    "subject": "Barnet, som loggen kallar det / The child, as the log names it",
    "since": "Från och med / From",
    "until": "Före / Before",
}
_WIDTHS = (16, 48, 82, 40)
"""Millimetres of the columns: index, time, act, unit."""


def pdf_of(reported: Reported) -> bytes:
    """A4, with the fonts that every reader has."""
    from fpdf import FPDF  # here: 2 MB that only a paper needs

    manifest = reported.manifest
    count, size, rest = manifest.in_scope, manifest.size, manifest.hashes_only
    page = FPDF(format="A4")
    page.set_title("Samsyn: utdrag ur logg")
    page.add_page()
    page.set_font("helvetica", "B", 15)
    page.multi_cell(0, 8, _latin("Utdrag ur logg / Extract of a log"), new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=10)
    scope = [f"{_FIELDS[name]}: {value}" for name, _, value in (one.partition("=") for one in manifest.scope)]
    for line in (
        f"Logg / Log: {manifest.origin}",
        *scope,
        f"Gjort / Made: {manifest.exported_at}",
        f"{count} av {count} poster i urvalet; loggen har {size} poster, {rest} av dem bara som hashar.",
        f"{count} of {count} entries in scope; the log has {size} entries, {rest} of them as hashes only.",
        f"Rot / Root: {manifest.root}",
        "Kontroll / Check: samsyn-verify archive",
    ):
        page.multi_cell(0, 5.5, _latin(line), new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    page.set_font("helvetica", size=8)
    for row in told(reported.rows):
        for width, cell in zip(_WIDTHS, row, strict=True):
            page.cell(width, 4.5, _latin(str(cell)))
        page.ln()
    return bytes(page.output())


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
