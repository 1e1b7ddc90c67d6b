"""A receipt on paper: the same facts, and the signed text itself, so that the paper can be verified too."""

from services.consent.usecases.read_receipt import ReceiptView
from shared.clock import STOCKHOLM

_CHOICES = {
    "yes": "Ja / Yes",
    "no": "Nej / No",
    "wants-to-talk": "Vill prata först / Wants to talk first",
    "withdrawn": "Återtaget / Withdrawn",
}
_ROLES = {"guardian": "Vårdnadshavare / Guardian", "child": "Barnet självt / The child", "third-person": "Egna uppgifter / Own data"}
_TITLES = {
    "answer": "Kvitto på ditt svar / Receipt for your answer",
    "withdrawal": "Kvitto på ditt återtagande / Receipt for your withdrawal",
}


def pdf_of(view: ReceiptView) -> bytes:
    """A4, with the fonts that every reader has; letters beyond them become a question mark."""
    from fpdf import FPDF  # here: 2 MB that only a paper needs
    from fpdf.enums import WrapMode

    receipt = view.receipt
    page = FPDF(format="A4")
    page.set_title("Samsyn: kvitto")
    page.set_creation_date(receipt.acted_at)
    page.add_page()
    page.set_font("helvetica", "B", 15)
    page.multi_cell(0, 8, _latin(_TITLES[receipt.act]), new_x="LMARGIN", new_y="NEXT")
    page.set_font("helvetica", size=10.5)
    for line in _lines(view):
        page.multi_cell(0, 5.5, _latin(line), new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    page.set_font("courier", size=6.5)
    page.multi_cell(0, 3, view.jws, wrapmode=WrapMode.CHAR, new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def _lines(view: ReceiptView) -> list[str]:
    receipt = view.receipt
    when = receipt.acted_at.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        f"{row.row}. {row.recipient}: {row.category.sv} / {row.category.en}; {row.purpose.sv} / {row.purpose.en}. {_CHOICES[row.choice]}"
        for row in receipt.rows
    ]
    return [
        f"Vem / Who: {receipt.signer.name or '-'} ({_ROLES[receipt.signer.role]})",
        f"Barn / Child: {receipt.child or '-'}",
        f"När / When: {when} ({receipt.signer.method})",
        f"Från / From: {receipt.discloser}, {receipt.organisation_name}",
        "",
        *rows,
        "",
        f"Gäller längst till och med / Holds at the latest until and including: {receipt.last_day}",
        f"Text: {receipt.text.text_id} {receipt.text.version}, SHA-256 {receipt.text.sha256}",
        f"Kvitto / Receipt: {receipt.receipt_id}",
        "",
        "Undertecknat / Signed (samsyn-verify receipt):",
    ]


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
