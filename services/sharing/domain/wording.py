"""An answer in words, for a tired counsellor: the answer first, why, what is missing, what would open it, whom to tell; the law last."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from services.sharing.domain.answers import Condition, Instead, ItemAnswer, Opener, PathAnswer, State
from services.sharing.domain.explain import gap_words, tell_steps
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.rows import Text
from services.sharing.domain.tables import Tables
from shared.contracts.consent import Missing
from shared.law.codes import Answer, Attestation

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and what stands under it."""

    title: str
    lines: tuple[str, ...]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer in one language."""

    question: str
    headline: str
    sections: tuple[Section, ...]


TITLES: Mapping[str, Text] = {
    "why": Text(sv="Varför", en="Why"),
    "missing": Text(sv="Det här saknas", en="What is missing"),
    "opens": Text(sv="Det här kan öppna", en="What would open it"),
    "closed": Text(sv="Stängda vägar", en="Closed ways"),
    "tell": Text(sv="Berätta för familjen", en="Tell the family"),
    "instead": Text(sv="Det här går i stället", en="What you could do instead"),
    "whom": Text(sv="Fråga", en="Ask"),
    "gap": Text(sv="Tänk på", en="Mind"),
    "law": Text(sv="Lag", en="Law"),
    "decide": Text(sv="Det här är ett råd. Du beslutar.", en="This is advice. You decide."),
    "for": Text(sv="Ändamål", en="Purpose"),
    "not-so": Text(sv="Stämmer inte", en="Not so"),
    "row": Text(sv="Rad {row} i tabellen", en="Row {row} of the table"),
}
OPENERS: Mapping[Opener, Text] = {
    Opener.CALLER: Text(sv="du svarar", en="yours to answer"),
    Opener.FAMILY: Text(sv="familjen svarar", en="the family's to answer"),
    Opener.REGISTER: Text(sv="registret svarar", en="the register answers"),
    Opener.NOBODY: Text(sv="ingen kan ändra det", en="nobody can change it"),
}
ROLES: Mapping[str, Text] = {
    "guardian": Text(sv="vårdnadshavare", en="guardian"),
    "child": Text(sv="barnet", en="the child"),
    "third-person": Text(sv="annan person", en="another person"),
}
STATUSES: Mapping[str, Text] = {
    "not-asked": Text(sv="inte tillfrågad", en="not asked"),
    "no-answer": Text(sv="har inte svarat", en="has not answered"),
    "refused": Text(sv="har sagt nej", en="has said no"),
    "withdrawn": Text(sv="har tagit tillbaka sitt ja", en="has taken back the yes"),
    "wants-to-talk": Text(sv="vill prata först", en="wants to talk first"),
}


class Bilingual(Protocol):
    """Anything that is called something in both languages."""

    @property
    def sv(self) -> str:
        """In Swedish."""
        ...

    @property
    def en(self) -> str:
        """In English."""
        ...


ATTESTATIONS = frozenset(code.value for code in Attestation)
FACT = "fact-"
"""Facts that are no attestation, among those that nobody has answered."""
JUDGED = "judge-"
"""The golden rule's questions: the same for every way, so they are asked once, among what is missing."""


def say(text: Bilingual, language: Language) -> str:
    """One of the two."""
    return text.sv if language == "sv" else text.en


def word(tables: Tables, code: str, language: Language) -> str:
    """A code in words; the code itself where it has none."""
    text = tables.texts.get(code)
    return code if text is None else say(text, language)


def reason(tables: Tables, code: str, language: Language) -> str:
    """A reason in words. An attestation stands among reasons only where it is not so, and must not read as if it were."""
    text = word(tables, code, language)
    return f"{say(TITLES['not-so'], language)}: {text}" if code in ATTESTATIONS else text


def codes_in(tables: Tables, answer: ItemAnswer) -> dict[str, Text]:
    """Every code of an answer that has a text."""
    codes = {answer.answer, answer.label, answer.said_by, *(f"whom-{code}" for code in answer.whom)}
    codes.update(answer.reasons, answer.to_attest, answer.tell, answer.open_facts)
    codes.update(condition.code for path in answer.paths for condition in path.conditions)
    codes.update(f"instead-{other.kind}" for other in answer.alternatives)
    return {str(code): tables.texts[code] for code in sorted(codes) if code in tables.texts}


def explain(tables: Tables, facts: ItemFacts, answer: ItemAnswer, language: Language) -> Explained:
    """The answer as it is read by a human being."""
    return Explained(
        question=question(tables, facts, language),
        headline=word(tables, answer.answer, language),
        sections=sections(tables, answer, language),
    )


def sections(tables: Tables, answer: ItemAnswer, language: Language) -> tuple[Section, ...]:
    """What stands under the answer. Sections without content are left out."""
    found = {
        "why": [reason(tables, code, language) for code in answer.reasons],
        "whom": [word(tables, f"whom-{code}", language) for code in answer.whom],
        "missing": [*_missing(answer.missing, language), *(word(tables, code, language) for code in _unknown(answer))],
        "opens": list(_opens(tables, answer, language)),
        "closed": list(_closed(tables, answer, language)),
        "instead": list(_instead(tables, answer, language)),
        "tell": [say(step.text, language) for step in tell_steps(tables, answer)],
        "gap": [say(gap_words(tables, answer), language)] if answer.gap and answer.answer is not Answer.NO else [],
        "law": list(_law(tables, answer, language)),
    }
    return tuple(
        Section(title=say(TITLES[name], language), lines=tuple(line[:1].upper() + line[1:] for line in lines))
        for name, lines in found.items()
        if lines
    )


def question(tables: Tables, facts: ItemFacts, language: Language) -> str:
    """What was asked, in one line."""
    parts: tuple[Bilingual, ...] = (
        tables.categories[facts.category],
        tables.regimes[facts.discloser.regime],
        tables.regimes[facts.recipient.regime],
    )
    what, holder, receiver = (say(part, language) for part in parts)
    return f"{what[:1].upper()}{what[1:]}: {holder} → {receiver}. {say(TITLES['for'], language)}: {_purpose(tables, facts, language)}"


def _purpose(tables: Tables, facts: ItemFacts, language: Language) -> str:
    model = tables.catalogue.named(facts.model) if facts.model else None
    own = next((p for p in model.purposes if p.code == facts.purpose), None) if model else None
    return word(tables, facts.purpose, language) if own is None else say(own, language)


def _missing(missing: Iterable[Missing], language: Language) -> Iterator[str]:
    for one in missing:
        role = say(ROLES[one.role], language) if one.role in ROLES else one.role
        yield f"{f'{one.number} ' if one.number > 1 else ''}{role}: {say(STATUSES[one.status], language)}"


def _unknown(answer: ItemAnswer) -> tuple[str, ...]:
    """What nobody has answered and could still change the answer; a way's own attestations first."""
    return tuple(dict.fromkeys((*answer.to_attest, *(code for code in answer.open_facts if code.startswith(FACT)))))


def _instead(tables: Tables, answer: ItemAnswer, language: Language) -> Iterator[str]:
    """What could be told instead, and what the rules say to it."""
    for other in answer.alternatives:
        lead = word(tables, f"instead-{other.kind}", language)
        if other.kind is Instead.DETAIL:
            yield f"{lead} ({word(tables, f'detail-{other.detail}', language)})"
        elif other.kind is Instead.CATEGORY:
            yield f"{lead} {say(tables.categories[other.category], language)}: {word(tables, other.answer, language)}"
        elif other.kind is Instead.PURPOSE:
            yield f"{lead} {word(tables, other.purpose, language)}: {word(tables, other.answer, language)}"
        else:
            yield lead


def _opens(tables: Tables, answer: ItemAnswer, language: Language) -> Iterator[str]:
    """Every way that can still open, with each condition that is not met and whose it is."""
    if answer.answer in {Answer.ATTEST, Answer.WAIT, Answer.NO}:
        for path in answer.paths:
            if path.can_open and not path.is_open:
                yield from _way(tables, path, State.OPEN, language)


def _closed(tables: Tables, answer: ItemAnswer, language: Language) -> Iterator[str]:
    if answer.answer is not Answer.YES:
        for path in answer.paths:
            if not path.can_open:
                yield from _way(tables, path, State.FAILED, language)


def _way(tables: Tables, path: PathAnswer, state: State, language: Language) -> Iterator[str]:
    yield f"{say(path, language)} ({', '.join(path.basis)})"
    for condition in path.conditions:
        if condition.state is state and not condition.code.startswith(JUDGED):
            yield f"  – {condition_in_words(tables, condition, language)}"


def condition_in_words(tables: Tables, condition: Condition, language: Language) -> str:
    """What is demanded, and who can change it."""
    said = (reason if condition.state is State.FAILED else word)(tables, condition.code, language)
    return f"{said} ({say(OPENERS[condition.opener], language)})"


def _law(tables: Tables, answer: ItemAnswer, language: Language) -> Iterator[str]:
    references = ", ".join(dict.fromkeys((*answer.basis, *answer.law)))
    if answer.row is not None:
        references = f"{references}. {say(TITLES['row'], language).format(row=answer.row)}"
    if references:
        yield references
    row = tables.by_id.get(answer.row or "")
    if row is not None and (note := row.note_sv if language == "sv" else row.note_en):
        yield note
    yield say(TITLES["decide"], language)
