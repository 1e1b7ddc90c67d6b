"""What codes are called on the pages of those who work with children."""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import ItemView
from services.sharing.domain.wording import ROLES, STATUSES, Language, say, word
from services.sharing.usecases.ground import Ground
from shared.contracts.consent import Missing
from shared.law.codes import Answer
from shared.pages import N_, AnyRequest, Site

KINDS: Mapping[str, str] = {Answer.YES: "yes", Answer.ATTEST: "mind", Answer.WAIT: "mind", Answer.NO: "no", Answer.ASK: "neutral"}
"""How a tag shows an answer."""
STEPS: Mapping[str, str] = {
    "ask-family": N_("Fråga familjen"),
    "gather": N_("Samla underlag"),
    "meet": N_("Träffas"),
    "plan": N_("Skriva plan"),
    "act": N_("Göra det som är planerat"),
    "follow-up": N_("Följa upp"),
    "hand-over": N_("Lämna över"),
}
CLOSED: Mapping[str, str] = {
    "done": N_("Det är klart"),
    "family-wish": N_("Familjen vill det"),
    "moved": N_("Barnet har flyttat"),
    "other-case": N_("Det går vidare i ett annat ärende"),
    "of-age": N_("Den unga har fyllt 18"),
}
DECLINED: Mapping[str, str] = {
    "not-needed": N_("Det behövs inte"),
    "other-way": N_("Det går på ett annat sätt"),
    "family-wish": N_("Familjen vill inte"),
    "harm-feared": N_("Det kan skada"),
    "other": N_("Annat skäl"),
}
DUTIES: Mapping[str, str] = {
    "answer": N_("Svara på det som en annan enhet har frågat"),
    "receipt": N_("Se till att det brådskande har kommit fram"),
    "feedback": N_("Återkoppla till den som har gjort en orosanmälan"),
    "tell-family": N_("Berätta för familjen att något har lämnats ut"),
    "delete-receipt": N_("Kvittera det som har stoppats: raderat eller kvar, och varför"),
    "responsible": N_("Någon ska ta över ett ärende som ingen svarar för"),
    "stuck": N_("Något går fram och tillbaka mellan två enheter: chefen avgör"),
    "hold-review": N_("Besluta på nytt om familjen ska få veta"),
    "review": N_("Granska det som gjordes i ett nödläge"),
}
DELIVERIES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Väntar på att hämtas"), "mind"),
    "released": (N_("Hämtad"), "yes"),
    "stopped": (N_("Stoppad"), "no"),
}
"""State of a delivery: its word, and the kind of its tag."""
RECEIPTS: Mapping[str, str] = {
    "stored": N_("sparad hos mottagaren"),
    "opened": N_("öppnad hos mottagaren"),
    "refused": N_("avvisad av mottagaren"),
    "duty-done": N_("mottagaren har gjort det som lagen kräver"),
    "deleted": N_("raderad hos mottagaren"),
    "kept": N_("kvar hos mottagaren, med lagstöd"),
}


class Speech:
    """Codes in one reader's words."""

    def __init__(self, ground: Ground, site: Site, request: AnyRequest, units: Mapping[str, str] | None = None) -> None:
        self._tables: Tables = ground.tables
        self.language: Language = "en" if site.language(request) == "en" else "sv"
        self._units = units or {}

    def category(self, code: str) -> str:
        """`elevhälsans bedömning`."""
        return next((say(found, self.language) for name, found in self._tables.categories.items() if name == code), code)

    def categories(self, codes: Iterable[str]) -> list[str]:
        """The words of several."""
        return [self.category(code) for code in codes]

    def purpose(self, code: str, model: str | None = None) -> str:
        """As the model says it, else as the law's list does."""
        known = self._tables.models.get(model or "")
        own = next((purpose for purpose in known.purposes if purpose.code == code), None) if known else None
        return word(self._tables, code, self.language) if own is None else say(own, self.language)

    def model(self, code: str) -> str:
        """`HLT-team (hälsa, lärande och trygghet)`."""
        found = self._tables.models.get(code)
        return code if found is None else say(found, self.language)

    def unit(self, code: str) -> str:
        """`BUP Ekdala`."""
        return self._units.get(code, code)

    def named(self, text: str) -> str:
        """A sentence with the names of units instead of their ids."""
        pattern = "|".join(map(re.escape, sorted(self._units, key=len, reverse=True)))
        return re.sub(rf"\b(?:{pattern})\b", lambda found: self._units[found[0]], text) if pattern else text

    def word(self, code: str) -> str:
        """Any code of an answer."""
        return word(self._tables, code, self.language)

    def whose(self, missing: Missing) -> str:
        """`2 vårdnadshavare: inte tillfrågad`."""
        role = say(ROLES[missing.role], self.language) if missing.role in ROLES else missing.role
        return f"{f'{missing.number} ' if missing.number > 1 else ''}{role}: {self.status(missing.status)}"

    def role(self, code: str) -> str:
        """`vårdnadshavare`."""
        return say(ROLES[code], self.language) if code in ROLES else code

    def status(self, code: str) -> str:
        """`har inte svarat`."""
        return say(STATUSES[code], self.language) if code in STATUSES else code


def short(case_id: UUID) -> str:
    """By what people call a case among each other: the last six figures of its id, which names nobody."""
    return case_id.hex[-6:].upper()


def answer_of(item: ItemView) -> ItemAnswer:
    """A recorded item as the answer that it was, to be put in words."""
    known = {name: getattr(item, name) for name in ItemAnswer.__struct_fields__ if name in ItemView.__struct_fields__}
    return msgspec.convert(msgspec.to_builtins(known), ItemAnswer)
