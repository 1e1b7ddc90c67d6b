"""The words of the page `/rules`, and what goes before every row in words: `domain/overrides.py` is what runs."""

from collections.abc import Mapping

import msgspec

from services.sharing.domain.wording import Language


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes before the rows."""

    id: str
    sv: str
    en: str
    law: str


OVERRIDES = (
    Override(
        id="X1",
        sv="Barnet eller en vårdnadshavare har skyddade personuppgifter, eller ingen vet: en utsedd person "
        "hanterar det för hand, två personer ser på det.",
        en="The child or a guardian has a protected identity, or nobody knows: an appointed person handles it "
        "by hand, and two people look at it.",
        law="OSL 21:3, 21:3 a, 26:2, 26:14 b–c; LVU 14 §; lag 2024:79 5:4",
    ),
    Override(
        id="X2",
        sv="Uppgiften handlar om någon annan än barnet: den personens eget ja, eller en regel som når närstående.",
        en="It is about somebody other than the child: that person's own yes, or a rule that reaches those close to the child.",
        law="OSL 12:2, 25:12, 26:9",
    ),
    Override(
        id="X3",
        sv="Det som har sagts till familjerådgivningen är helt hemligt, utom vid orosanmälan.",
        en="What has been told to family counselling is wholly secret, except for a report of concern.",
        law="OSL 26:3; SoL 19:1–2",
    ),
    Override(
        id="X4",
        sv="Uppgiften är hemlig för en vårdnadshavare: den visas inte för den vårdnadshavaren.",
        en="It is secret against a guardian: it is not shown to that guardian.",
        law="OSL 12:3",
    ),
    Override(
        id="X5",
        sv="Uppgiften kommer ur en orosanmälan eller återkopplingen på den: den stannar hos den som gjorde anmälan.",
        en="It stems from a report of concern or the feedback on it: it stays with whoever made the report.",
        law="OSL 40:7 g",
    ),
    Override(
        id="X6",
        sv="Personen har fyllt 18: bara det egna samtycket räknas, och ingen vårdnadshavare har insyn.",
        en="The person has turned 18: only their own consent counts, and no guardian has insight.",
        law="SoL 3:1, 19:1; FB 6:2, 6:11",
    ),
    Override(
        id="X7",
        sv="Ett barn som har fyllt 12 har sagt nej: en väg som bygger på samtycke stannar tills en människa har avgjort.",
        en="A child of 12 or more has said no: a way that rests on consent stops until a human has decided.",
        law="FB 6:11; lag 2018:1197 art. 12",
    ),
    Override(
        id="X8",
        sv="Mottagaren är privat: bara samtycke, skadeprövning, förbehåll och några få undantag håller.",
        en="The recipient is private: only consent, the harm test, a reservation and a few exceptions hold.",
        law="OSL 10:2, 10:14, 25:11–13",
    ),
    Override(
        id="X9",
        sv="Den som lämnar är privat: undantagen som bara myndigheter får använda är stängda.",
        en="The discloser is private: the exceptions that only authorities may use are closed.",
        law="OSL 10:15 a, 10:27, 25:12, 26:9",
    ),
    Override(
        id="X10",
        sv="Uppgiften togs emot för något annat: ett nytt ändamål är ett nytt beslut.",
        en="It was received for something else: another purpose is a new decision.",
        law="OSL 7:1; GDPR 5.1 b",
    ),
)
"""Shown in this order; the strongest first is the engine's own order."""

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
        "derived": "Registret eller samtycket svarar",
        "before": "Före raderna",
        "before_lead": "Det här prövas före varje rad. Inget av det öppnar något: det stänger, ställer fler "
        "villkor, eller lämnar över till en människa.",
        "golden": "Den gyllene regeln",
        "golden_text": "Varje uppgift ska vara nödvändig, höra till saken och stå i proportion till ändamålet. "
        "En människa svarar på det, och programmet "
        "säger nej till det som ändamålet inte behöver: mer detalj, längre tid, för gamla uppgifter, fel mottagare. GDPR 5.1 b, c, e.",
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
        "derived": "The register or consent answers",
        "before": "Before the rows",
        "before_lead": "This is tested before every row. None of it opens anything: it closes, adds conditions, or hands over to a human.",
        "golden": "The golden rule",
        "golden_text": "Each piece of information must be necessary, relevant and proportionate to the "
        "purpose. A human answers that, and the program "
        "says no to what the purpose does not need: more detail, a longer time, information that is too old, "
        "the wrong reader. GDPR 5.1 b, c, e.",
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
