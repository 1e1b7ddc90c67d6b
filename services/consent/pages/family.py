"""What every handler of the family's pages names: who may come, and the words for codes."""

from collections.abc import Iterable, Mapping

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.consent.domain.wording import Language
from services.consent.usecases.means import Means
from shared.auth import Kind, requires
from shared.law.codes import LeafCategory, Purpose
from shared.pages import N_, AnyRequest, Site

FAMILY = requires("consent:answer", kinds=frozenset({Kind.PERSON}))
TheMeans = NamedDependency[SkipValidation[Means]]

STATES: Mapping[str, tuple[str, str]] = {
    "holds": (N_("Gäller"), "yes"),
    "paused": (N_("Pausat"), "mind"),
    "stopped": (N_("Stoppat"), "no"),
    "being-confirmed": (N_("Stoppas, bekräftas"), "mind"),
    "ended": (N_("Har slutat gälla"), "past"),
    "struck-out": (N_("Struket"), "past"),
}
"""State of a row: its word, and the kind of its tag."""

CHOICES: Mapping[str, str] = {
    "yes": N_("Ja"),
    "no": N_("Nej"),
    "wants-to-talk": N_("Vill prata först"),
    "withdrawn": N_("Stoppat"),
}

NOTICES: Mapping[str, str] = {
    "reminder": N_("Påminnelse: du har en fråga att svara på."),
    "asked-again": N_("Du får frågan på nytt. Det gamla gäller tills alla har svarat."),
    "came-of-age": N_("Du har fyllt 18. Nu är det bara du som bestämmer, och du får frågan själv."),
    "narrowed": N_("Det du har sagt ja till har minskats. Mindre får berättas än förut."),
    "ended": N_("Den som frågade har avslutat det ni sagt ja till. Inget mer berättas."),
    "paused": N_("Det du har sagt ja till är pausat."),
    "resumed": N_("Pausen är över. Det du har sagt ja till gäller igen."),
    "struck-out": N_("Det var fel registrerat och är struket."),
    "withdrawn-by-telephone": N_("Du har stoppat per telefon. Inget mer berättas."),
    "ends-soon": N_("Det du har sagt ja till slutar snart att gälla."),
    "expired": N_("Det du har sagt ja till har slutat gälla."),
}
OTHER_NOTICE = N_("Något har hänt med en fråga som rör dig.")

ACTS: Mapping[str, str] = {
    "delivery.fetched": N_("%(unit)s hämtade uppgifterna."),
    "delivery.withdrawn": N_("%(unit)s drog tillbaka uppgifterna innan de hämtats."),
    "receipt.stored": N_("%(unit)s bekräftade att uppgifterna tagits emot."),
    "item.posted": N_("%(unit)s skickade uppgifterna."),
    "disclosure.told": N_("%(unit)s berättade uppgifterna på ett möte."),
    "disclosure.confirmed": N_("%(unit)s bekräftade att uppgifterna får lämnas."),
    "case.read": N_("%(unit)s läste ärendet."),
    "case.names-read": N_("%(unit)s läste vilka ärendet gäller."),
}
OTHER_ACT = N_("%(unit)s arbetade med uppgifterna.")
"""What a unit did, as the log has it: its name and never a person's."""


def spoken(site: Site, request: AnyRequest) -> Language:
    """The language of the texts that an answer is bound to."""
    return Language(site.language(request))


class Labels:
    """What codes are called in a sentence, in one language."""

    def __init__(self, means: Means, language: Language) -> None:
        self._labels = means.texts.labels
        self._language = language

    def category(self, code: str) -> str:
        """`elevhälsans bedömning`."""
        return self._labels.category[LeafCategory(code)][self._language]

    def categories(self, codes: Iterable[str]) -> list[str]:
        """The words of several."""
        return [self.category(code) for code in codes]

    def purpose(self, code: str) -> str:
        """`planera stöd tillsammans`."""
        return self._labels.purpose[Purpose(code)][self._language]
