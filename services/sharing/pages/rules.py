"""`/rules`: the tables of law as a lawyer reads and prints them, each row with its law, status, texts and worked cases."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from services.sharing.domain.case_file import WorkedCase, shipped
from services.sharing.domain.engine import decide_item
from services.sharing.domain.models import Model
from services.sharing.domain.rows import Path as Way
from services.sharing.domain.rows import Row
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import Bilingual, question, reason, say, word
from services.sharing.usecases.ground import Ground
from shared import pages
from shared.law.codes import Info
from shared.pages import Language

FOLDER = Path(__file__).parent / "templates"
ADDRESS = "/rules"
On = NamedDependency[SkipValidation[Ground]]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "sv": {
        "title": "Reglerna",
        "lead": "Det här är hela regelverket som Samsyn svarar efter. Samma tabeller kör programmet.",
        "advice": "Ett svar är ett råd. En namngiven människa beslutar (OSL 6:3).",
        "read": "Så läser du",
        "read_rows": "En rad svarar på en fråga: vem har uppgiften, vem ska få den, varför, och vilken sorts uppgift det är. "
        "Finns ingen rad är svaret: fråga en människa.",
        "read_ways": "En väg är öppen när samtycket finns, om vägen kräver det, och allt som ska intygas är intygat.",
        "read_status": "«Behöver jurist» betyder att ingen jurist har skrivit under raden än.",
        "rows": "Rader",
        "models": "Samverkansmodeller",
        "models_lead": "En modell kan bara vara snävare än lagen. Svaret säger vem av dem som sa nej.",
        "others": "Fall som ingen rad avgör",
        "from": "Från",
        "to": "Till",
        "all": "alla",
        "others_too": "m.fl.",
        "label_duty": "skyldighet",
        "label_may": "får, med villkor",
        "label_consent": "samtycke",
        "label_free": "får",
        "label_deny": "får inte",
        "label_escalate": "jurist avgör",
        "purpose": "Ändamål",
        "info": "Uppgifter",
        "law": "Lag",
        "status": "Status",
        "valid": "Gäller",
        "tell": "Berätta",
        "note": "Anmärkning",
        "way": "Väg",
        "no_way": "Ingen väg är öppen: lagen tillåter det inte.",
        "consent": "Samtycke behövs från dem som bestämmer över uppgiften.",
        "attest": "Du intygar",
        "cases": "Fall",
        "no_cases": "Inget fall än.",
        "verified": "Granskad av jurist",
        "needs lawyer": "Behöver jurist",
        "evidence_L": "läst i lagtexten",
        "evidence_S": "läst i en annan källa",
        "evidence_I": "vår tolkning",
        "evidence_M": "blandat underlag",
        "until": "till",
        "from_date": "från",
        "parties": "Parter",
        "ages": "Åldrar",
        "years": "år",
        "purposes": "För att",
        "kinds": "Uppgifter som kan gå",
        "off": "Avstängt tills en jurist har beslutat",
        "on": "Påslagen",
        "model_off": "Avstängd tills en jurist har beslutat",
        "version": "version",
        "months": "Samtycke längst (månader)",
        "source": "Handbok",
        "hash": "Tabellernas kontrollsumma. Den står i varje beslut.",
    },
    "en": {
        "title": "The rules",
        "lead": "These are all the rules that Samsyn answers by. The program runs the same tables.",
        "advice": "An answer is advice. A named human decides (OSL 6:3).",
        "read": "How to read",
        "read_rows": "A row answers one question: who holds the information, who would get it, why, and what kind it is. "
        "Where there is no row the answer is: ask a human.",
        "read_ways": "A way is open when consent is there, if the way demands it, and all that must be attested is attested.",
        "read_status": "“Needs a lawyer” means that no lawyer has signed the row yet.",
        "rows": "Rows",
        "models": "Collaboration models",
        "models_lead": "A model can only be narrower than the law. The answer says which of the two said no.",
        "others": "Cases that no row decides",
        "from": "From",
        "to": "To",
        "all": "all",
        "others_too": "and others",
        "label_duty": "duty",
        "label_may": "may, on conditions",
        "label_consent": "consent",
        "label_free": "may",
        "label_deny": "may not",
        "label_escalate": "a lawyer decides",
        "purpose": "Purpose",
        "info": "Information",
        "law": "Law",
        "status": "Status",
        "valid": "In force",
        "tell": "Tell",
        "note": "Note",
        "way": "Way",
        "no_way": "No way is open: the law does not allow it.",
        "consent": "Consent is needed from those who decide over the information.",
        "attest": "You attest",
        "cases": "Cases",
        "no_cases": "No case yet.",
        "verified": "Reviewed by a lawyer",
        "needs lawyer": "Needs a lawyer",
        "evidence_L": "read in the law's text",
        "evidence_S": "read in another source",
        "evidence_I": "our interpretation",
        "evidence_M": "mixed ground",
        "until": "to",
        "from_date": "from",
        "parties": "Parties",
        "ages": "Ages",
        "years": "years",
        "purposes": "In order to",
        "kinds": "Information that can go",
        "off": "Off until a lawyer has decided",
        "on": "On",
        "model_off": "Off until a lawyer has decided",
        "version": "version",
        "months": "Longest consent (months)",
        "source": "Handbook",
        "hash": "The tables' checksum. It stands in every decision.",
    },
}


class RulesPage:
    """The page in one language, made once: tables and cases do not change while the process lives."""

    def __init__(self, tables: Tables, language: Language) -> None:
        self._tables = tables
        self._language: Language = language
        self._words = WORDS[language]

    @cached_property
    def body(self) -> str:
        """The whole document."""
        by_row: dict[str | None, list[dict[str, Any]]] = {}
        for case in shipped(self._tables):
            row, shown = self._case(case)
            by_row.setdefault(row, []).append(shown)
        rows = [self._row(row, by_row.get(row.id, [])) for row in self._tables.rows]
        return pages.render(
            FOLDER,
            "rules.html",
            self._language,
            title=self._words["title"],
            path=ADDRESS,
            t=self._words,
            sha256=self._tables.sha256,
            rows=rows,
            groups=[(name, [row for row in rows if row["group"] == name]) for name in dict.fromkeys(row["group"] for row in rows)],
            models=[self._model(model) for model in sorted(self._tables.models.values(), key=lambda model: model.id)],
            others=by_row.get(None, []),
        )

    def _row(self, row: Row, cases: list[dict[str, Any]]) -> dict[str, Any]:
        t = self._words
        until = f" {t['until']} {row.valid_to}" if row.valid_to else ""
        return {
            "id": row.id,
            "label": row.label.value,
            "label_text": self._word(row.label),
            "short": t[f"label_{row.label}"],
            "title": f"{self._side(row.discloser)} → {self._side(row.recipient)}",
            "group": self._word(row.purpose[0]),
            "from": self._regimes(row.discloser),
            "to": self._regimes(row.recipient),
            "purpose": [self._word(code) for code in row.purpose],
            "info": [self._words["all"]] if set(row.info) == set(Info) else [self._word(code) for code in row.info],
            "ways": [self._way(way) for way in row.paths],
            "tell": [self._word(code) for code in row.tell],
            "law": ", ".join(row.law),
            "status": f"{t[row.status.value]} ({t.get(f'evidence_{row.evidence}', row.evidence)})",
            "valid": f"{t['from_date']} {row.valid_from}{until}",
            "note": row.note_sv if self._language == "sv" else row.note_en,
            "cases": cases,
        }

    def _way(self, way: Way) -> dict[str, Any]:
        return {
            "text": self._say(way),
            "basis": ", ".join(way.basis),
            "consent": way.consent.value == "disposer",
            "attest": [self._word(code) for code in way.attest],
        }

    def _case(self, case: WorkedCase) -> tuple[str | None, dict[str, Any]]:
        """The row that answers it, and how it is shown: with the answer that the engine gives now."""
        answer = decide_item(self._tables, case.facts)
        return answer.row, {
            "id": case.id,
            "name": (case.name_sv if self._language == "sv" else case.name_en) or case.id,
            "question": question(self._tables, case.facts, self._language),
            "answer": answer.answer.value,
            "answer_text": self._word(answer.answer),
            "why": [reason(self._tables, code, self._language) for code in answer.reasons],
            "law": ", ".join(case.law),
        }

    def _model(self, model: Model) -> dict[str, Any]:
        t = self._words
        kinds = dict.fromkeys(code for flow in model.flows for code in flow.categories)
        return {
            "id": model.id,
            "name": self._say(model),
            "version": f"{t['version']} {model.version}",
            "state": t["on"] if model.enabled else t["model_off"],
            "enabled": model.enabled,
            "parties": self._regimes(model.parties),
            "ages": f"{model.age_from}–{model.age_to} {t['years']}",
            "purposes": [self._say(purpose) for purpose in model.purposes],
            "kinds": [self._say(self._tables.categories[code]) for code in kinds],
            "consent": None if model.consent is None else self._say(model.consent),
            "months": model.consent_months or None,
            "off": [self._say(off) for off in model.off if off.turned_on is None],
            "handbook": model.handbook,
        }

    def _regimes(self, codes: Iterable[Any]) -> list[str]:
        named = [self._say(self._tables.regimes[code]) for code in codes]
        return [self._words["all"]] if len(named) == len(self._tables.regimes) else named

    def _side(self, codes: Sequence[Any]) -> str:
        named = self._regimes(codes)
        return named[0] if len(named) == 1 else f"{named[0]} {self._words['others_too']}"

    def _word(self, code: str) -> str:
        return word(self._tables, code, self._language)

    def _say(self, text: Bilingual) -> str:
        return say(text, self._language)


_MADE: dict[tuple[str, Language], RulesPage] = {}


@get(ADDRESS, opt={"public": True}, include_in_schema=False, sync_to_thread=True)
def show_rules(request: Request[Any, Any, Any], ground: On, lang: FromQuery[str | None] = None) -> Response[str]:
    """All rules for everybody: no login, no script."""
    language = pages.language_of(lang, request.headers.get("accept-language"))
    page = _MADE.setdefault((ground.tables.sha256, language), RulesPage(ground.tables, language))
    return pages.html(page.body)


ROUTES: list[Any] = [show_rules, *pages.ROUTES]
