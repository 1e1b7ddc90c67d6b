"""`/rules`: the tables of law as a lawyer reads and prints them, each row with its law, status, texts and worked cases."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.sharing.domain.case_file import WorkedCase, shipped
from services.sharing.domain.catalogue import NO_LIMIT
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import DERIVED
from services.sharing.domain.models import Model
from services.sharing.domain.rows import Path as Way
from services.sharing.domain.rows import Row
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import Bilingual, Language, question, reason, say, word
from services.sharing.pages.rules_words import OVERRIDES, WORDS
from services.sharing.usecases.ground import Ground
from shared import pages
from shared.law.codes import Info

FOLDER = Path(__file__).parent / "templates"
ADDRESS = "/rules"
On = NamedDependency[SkipValidation[Ground]]


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
            overrides=[(one.id, self._say(one), one.law) for one in OVERRIDES],
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
            "attest": [self._word(code) for code in way.attest if code not in DERIVED],
            "derived": [self._word(code) for code in way.attest if code in DERIVED],
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
            "ages": f"{model.age_from}–{'' if model.age_to == NO_LIMIT else model.age_to} {t['years']}",
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
def show_rules(request: Request[Any, Any, Any], ground: On) -> Response[str]:
    """All rules for everybody: no login, no script."""
    language: Language = "en" if pages.language_for(request) == "en" else "sv"
    page = _MADE.setdefault((ground.tables.sha256, language), RulesPage(ground.tables, language))
    headers = {"Vary": "Accept-Language, Cookie"}
    return Response(page.body, media_type=MediaType.HTML, headers=headers, cookies=pages.choice_in(request, language))


ROUTES: list[Any] = [show_rules]
