"""`/ask`: may I share this? Three short questions, the answer at once, why, and what would open it. About no child: nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.question import read_facts
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import ATTESTATIONS, JUDGED, LANGUAGES, TITLES, Language, Section, explain, say, word
from services.sharing.pages.words import KINDS
from services.sharing.usecases.ask_hypothetical import suppose
from services.sharing.usecases.ground import Ground
from shared.auth import Kind, requires
from shared.clock import STOCKHOLM
from shared.errors import Invalid
from shared.law.codes import LeafCategory, Purpose, Regime
from shared.pages import AnyRequest, TheSite
from shared.work import TheWork

On = NamedDependency[SkipValidation[Ground]]
FOLDED = frozenset(say(TITLES[name], language) for name in ("opens", "closed", "law") for language in LANGUAGES)
"""Sections for whoever wants to know more."""
BELOW = "  – "
"""How a line of `explain` begins that belongs to the one before it."""
OLDEST = 20
NOT_ASKED = "not-asked"


def asked(request: AnyRequest, tables: Tables) -> dict[str, Any]:
    """What the address asks, each value only if it was offered: codes, never anything about anybody."""
    query = request.query_params
    offered: Mapping[str, Iterable[str]] = {
        "discloser": tables.regimes,
        "recipient": tables.regimes,
        "category": tables.categories,
        "purpose": Purpose,
        "model": tables.models,
        "age": map(str, range(OLDEST + 1)),
        "consent": ("given", "pending", "refused", "withdrawn"),
    }
    given = {name: query[name] for name, among in offered.items() if query.get(name) in set(map(str, among))}
    said = set(query.getall("yes", []))
    wanted: dict[str, Any] = {"consent": NOT_ASKED, **given, "attested": dict.fromkeys(sorted(said & ATTESTATIONS), True)}
    if "age" in given:
        wanted["age"] = int(given["age"])
    wanted["judgements"] = {code.removeprefix(JUDGED): True for code in sorted(said) if code.startswith(JUDGED) and code in tables.texts}
    return wanted


def choices(tables: Tables, language: Language) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen, by field, in the reader's alphabet."""

    def sorted_by_name(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return sorted(pairs, key=lambda pair: pair[1].casefold().translate(str.maketrans("åäö", "{|}")))

    regimes = sorted_by_name((str(code), say(tables.regimes[code], language)) for code in Regime if code in tables.regimes)
    return {
        "regimes": regimes,
        "categories": sorted_by_name(
            (str(code), say(tables.categories[code], language)) for code in LeafCategory if code in tables.categories
        ),
        "purposes": sorted_by_name((str(code), word(tables, code, language)) for code in Purpose),
        "ages": [(str(age), str(age)) for age in range(OLDEST + 1)],
        "models": sorted_by_name((code, say(one, language)) for code, one in tables.models.items()),
    }


def open_questions(tables: Tables, answer: ItemAnswer, said: Sequence[str], language: Language) -> list[tuple[str, str]]:
    """What the reader can answer here: (code, words). What is ticked stays in sight, so that it can be taken back."""
    own = [code for code in (*answer.to_attest, *answer.open_facts) if code in ATTESTATIONS or code.startswith(JUDGED)]
    return [(code, word(tables, code, language)) for code in dict.fromkeys((*said, *own))]


def shown(found: Iterable[Section], questions: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Sections with their lines, each with those below it; what is asked with a box stands there only."""
    asked_with_a_box = {words for _, words in questions}
    sections = []
    for section in found:
        lines: list[tuple[str, list[str]]] = []
        for line in section.lines:
            if line.startswith(BELOW) and lines:
                lines[-1][1].append(line.removeprefix(BELOW))
            elif line not in asked_with_a_box:
                lines.append((line, []))
        if lines:
            sections.append({"title": section.title, "lines": lines, "folded": section.title in FOLDED})
    return sections


@get("/ask", guards=[requires("sharing:decide", kinds=frozenset({Kind.PERSON}))], include_in_schema=False)
async def ask(request: AnyRequest, work: TheWork, ground: On, site: TheSite) -> Response[str]:
    """The form and, when the three questions are answered, the answer beside it. A GET: nothing changes, the address can be kept."""
    tables = ground.tables
    language: Language = "en" if site.language(request) == "en" else "sv"
    wanted = asked(request, tables)
    given: dict[str, Any] = {"explained": None, "kind": None, "questions": [], "said": [], "faults": []}
    if {"discloser", "recipient", "category", "purpose"} <= wanted.keys():
        today = work.now.astimezone(STOCKHOLM).date()
        try:
            facts = read_facts(wanted, tables, today=today)
        except Invalid as wrong:
            given["faults"] = [fault.detail for fault in wrong.faults]
        else:
            answer = suppose(tables, facts)
            said = [*wanted["attested"], *(f"{JUDGED}{name}" for name in wanted["judgements"])]
            explained, questions = explain(tables, facts, answer, language), open_questions(tables, answer, said, language)
            given |= {"explained": explained, "sections": shown(explained.sections, questions), "kind": KINDS[answer.answer]}
            given |= {"questions": questions, "said": said}
    return site.page(request, "ask.html", wanted=wanted, choices=choices(tables, language), **given)


ROUTES: list[Any] = [ask]
