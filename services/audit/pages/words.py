"""What codes of the log are called on a page: past-tense sentences of acts, answers, purposes, questions of a review."""

from collections.abc import Mapping

from services.audit.domain.leaf import Leaf
from services.audit.domain.review import Asked, Explained, Verdict
from services.audit.usecases.read_entry import Why
from shared.law.codes import Purpose
from shared.pages.texts import N_, Catalogue

ACTS: Mapping[str, str] = {
    "access.refused": N_("försökte nå något utan behörighet"),
    "answer.recorded": N_("skrev in ett svar som familjen lämnat på papper eller muntligt"),
    "answer.verified": N_("kontrollerade ett inskrivet svar"),
    "archive.exported": N_("exporterade hela loggen"),
    "bundle.read": N_("hämtade ett stycke av loggen"),
    "case.closed": N_("avslutade ett ärende"),
    "case.handed-over": N_("lämnade över ett ärende"),
    "case.names-read": N_("läste namn i ett ärende"),
    "case.opened": N_("öppnade ett ärende"),
    "case.read": N_("läste ett ärende"),
    "case.reopened": N_("öppnade ett ärende igen"),
    "case.steered": N_("planerade nästa steg i ett ärende"),
    "cases.listed": N_("läste listan över ärenden"),
    "child.named": N_("angav ett barn"),
    "feed.anchored": N_("skrev in var kedjan av samtycken står"),
    "consent.answered": N_("svarade på en fråga om samtycke"),
    "consent.asked": N_("frågade familjen om samtycke"),
    "consent.given": N_("gav sitt samtycke"),
    "consent.imported": N_("förde in ett äldre samtycke"),
    "consent.wanted": N_("ville fråga om samtycke"),
    "consent.withdrawn": N_("återkallade sitt samtycke"),
    "consents.listed": N_("läste vad som får berättas"),
    "consents.read": N_("läste vad som får berättas"),
    "coverage.read": N_("kontrollerade vilka samtycken som finns"),
    "custody.stated": N_("angav vem som är vårdnadshavare"),
    "delivery.fetched": N_("hämtade uppgifter"),
    "delivery.expired": N_("tog bort uppgifter som ingen hämtat"),
    "delivery.stopped": N_("stoppade en leverans"),
    "delivery.withdrawn": N_("drog tillbaka en leverans"),
    "disclosure.asked": N_("frågade om uppgifter får lämnas ut"),
    "disclosure.confirmed": N_("bekräftade ett utlämnande"),
    "disclosure.decided": N_("beslutade om ett utlämnande"),
    "disclosure.declined": N_("avstod från att lämna ut"),
    "disclosure.limited": N_("stoppades av gränsen för hur mycket en person når"),
    "disclosure.told": N_("berättade uppgifter muntligt"),
    "duties.listed": N_("läste listan över det som ska göras"),
    "duty.done": N_("gjorde något som skulle göras"),
    "duty.overdue": N_("noterade att något inte gjorts i tid"),
    "entry.read": N_("läste en post med namn"),
    "entry.rejected": N_("tog inte emot en post som var fel"),
    "entry.shown": N_("läste en post utan namn"),
    "extract.read": N_("läste vem som tagit del av uppgifter"),
    "finding.read": N_("läste en utvald post"),
    "flag.marked": N_("bedömde en flagga"),
    "flags.listed": N_("läste flaggorna"),
    "grant.approved": N_("godkände en behörighet"),
    "grant.given": N_("gav en behörighet"),
    "grant.proposed": N_("föreslog en behörighet"),
    "grant.revoked": N_("drog in en behörighet"),
    "inbox.read": N_("läste inkorgen"),
    "item.posted": N_("skickade uppgifter"),
    "judgement.made": N_("skrev under en bedömning"),
    "log.thinned": N_("gallrade ett års logg"),
    "log-hold.confirmed": N_("bekräftade en spärr på det som loggen har"),
    "log-hold.lift-proposed": N_("föreslog att en spärr hävs"),
    "log-hold.lifted": N_("hävde en spärr"),
    "log-hold.listed": N_("läste listan över spärrar"),
    "log-hold.proposed": N_("föreslog en spärr på det som loggen har"),
    "log.opened": N_("öppnade loggen"),
    "log.searched": N_("sökte i loggen"),
    "matters.listed": N_("läste förfrågningar"),
    "names.read": N_("läste namn på dem som ska svara"),
    "notices.listed": N_("läste meddelanden"),
    "overview.read": N_("läste granskningens startsida"),
    "person.erasure-held": N_("väntade med att radera, för en spärrs skull"),
    "own-acts.read": N_("läste sina egna poster"),
    "processing.read": N_("läste registerförteckningen"),
    "proof.read": N_("hämtade beviset för en post"),
    "receipt.read": N_("läste ett kvitto"),
    "receipt.stored": N_("bekräftade att uppgifter tagits emot"),
    "register.read": N_("läste registret"),
    "request.shown": N_("läste en fråga om samtycke"),
    "requests.listed": N_("läste sina frågor"),
    "retention.confirmed": N_("bekräftade att ett års logg gallras"),
    "retention.listed": N_("läste vilka år som gallras"),
    "retention.previewed": N_("provkörde gallring av ett års logg"),
    "retention.proposed": N_("föreslog att ett års logg gallras"),
    "review.answered": N_("svarade på en fråga i granskningen"),
    "review.asked": N_("ställde en fråga i granskningen"),
    "release.attested": N_("intygade att uppgifter om en skyddad person får lämnas ut"),
    "review.drawn": N_("drog ett urval"),
    "review.planned": N_("planerade en granskning"),
    "review.questions-read": N_("läste frågor från granskningen"),
    "review.read": N_("läste en granskning"),
    "review.signed": N_("avslutade en utvald post"),
    "reviews.listed": N_("läste listan över granskningar"),
    "scope.exported": N_("exporterade en del av loggen"),
    "seen.listed": N_("läste vem som tagit del"),
    "status.read": N_("läste driftläget"),
    "dead-letter.replayed": N_("lät ta emot ett meddelande igen"),
    "statistics.read": N_("räknade ur loggen"),
    "subject.erased": N_("raderade uppgifter om en person"),
    "tasks.listed": N_("läste sina uppgifter"),
    "timeline.read": N_("läste ett barns linje"),
}
"""The verb phrase of a sentence; an act that is not here is shown by its code."""

ANSWERS: Mapping[str, tuple[str, str]] = {
    "yes": (N_("ja"), "yes"),
    "attest": (N_("ja, om det intygas"), "mind"),
    "wait": (N_("inte än"), "mind"),
    "no": (N_("nej"), "no"),
    "ask": (N_("fråga en människa"), "neutral"),
    "done": (N_("gjort"), "neutral"),
    "refused": (N_("nekat"), "no"),
}
"""Words and look of an answer."""

PURPOSES: Mapping[str, str] = {
    Purpose.SUPPORT: N_("planera stöd"),
    Purpose.CARE: N_("vård"),
    Purpose.TRANSITION: N_("övergång"),
    Purpose.CONCERN: N_("orosanmälan"),
    Purpose.INQUIRY: N_("utredning"),
    Purpose.FEEDBACK: N_("återkoppling"),
    Purpose.SIP: N_("samordnad individuell plan"),
    Purpose.CUSTODY: N_("vårdnadsmål"),
    Purpose.CRIME_PREVENTION: N_("förebygga brott"),
    Purpose.CRIME_INVESTIGATION: N_("utreda brott"),
    Purpose.CONTACT: N_("kontakt"),
    Purpose.CONSULTATION: N_("konsultation"),
    Purpose.ACCESS: N_("den enskildes egen begäran"),
    Purpose.ABSENCE: N_("frånvaro"),
    Purpose.TECHNICAL: N_("teknisk drift"),
    Purpose.EMERGENCY: N_("nödläge"),
}

MEASURES: Mapping[str, str] = {
    "answer-yes": N_("Svar: ja"),
    "answer-attest": N_("Svar: ja, om det intygas"),
    "answer-wait": N_("Svar: inte än"),
    "answer-no": N_("Svar: nej"),
    "answer-ask": N_("Svar: fråga en människa"),
    "consent-asked": N_("Frågor om samtycke"),
    "consent-given": N_("Familjen sa ja"),
    "consent-refused": N_("Familjen sa nej"),
    "consent-wants-to-talk": N_("Familjen vill prata först"),
    "consent-withdrawn": N_("Återkallade samtycken"),
    "notice-withheld": N_("Meddelanden som hållits inne"),
    "break-glass": N_("Nödöppningar"),
    "wait-within-1-day": N_("Svar inom en dag"),
    "wait-within-3-days": N_("Svar inom tre dagar"),
    "wait-within-7-days": N_("Svar inom en vecka"),
    "wait-within-14-days": N_("Svar inom två veckor"),
    "wait-longer": N_("Svar efter mer än två veckor"),
}

KINDS: Mapping[str, tuple[str, str]] = {
    "consent": (N_("samtycke"), "neutral"),
    "decision": (N_("beslut"), "neutral"),
    "delivery": (N_("utlämnande"), "neutral"),
    "reading": (N_("läsning"), "neutral"),
    "case": (N_("ärende"), "neutral"),
}

QUESTIONS: Mapping[str, str] = {
    Asked.WHICH_CASE: N_("Vilket ärende gällde det?"),
    Asked.WHY_NEEDED: N_("Varför behövdes det?"),
    Asked.WHO_DECIDED: N_("Vem beslutade?"),
    Asked.WHY_SO_MUCH: N_("Varför så mycket?"),
    Asked.WHY_THEN: N_("Varför just då?"),
}

EXPLANATIONS: Mapping[str, str] = {
    Explained.WITHIN_DUTY: N_("Det behövdes i arbetet"),
    Explained.BY_MISTAKE: N_("Det var ett misstag"),
    Explained.NOT_BY_THAT_PERSON: N_("Det var någon annan än den som står i loggen"),
    Explained.WITHOUT_GROUND: N_("Det saknades skäl"),
}

VERDICTS: Mapping[str, str] = {
    Verdict.IN_ORDER: N_("I sin ordning"),
    Verdict.GUIDANCE: N_("Vägledning behövs"),
    Verdict.INCIDENT: N_("Möjlig personuppgiftsincident (artikel 33)"),
    Verdict.EMPLOYER: N_("Till arbetsgivaren: möjligt dataintrång (brottsbalken 4 kap. 9 c §)"),
}

STATES: Mapping[str, tuple[str, str]] = {
    "drawn": (N_("Ska tittas på"), "mind"),
    "asked": (N_("Frågan är ställd"), "mind"),
    "answered": (N_("Besvarad, väntar på underskrift"), "mind"),
    "signed": (N_("Avslutad"), "yes"),
}

WHYS: Mapping[str, str] = {
    Why.REVIEW: N_("Systematisk granskning"),
    Why.FLAG: N_("En flagga"),
    Why.COMPLAINT: N_("Ett klagomål"),
    Why.INCIDENT: N_("En möjlig incident"),
    Why.ACCESS_REQUEST: N_("En begäran om registerutdrag"),
}


def said(words: Catalogue, table: Mapping[str, str], code: str | None) -> str:
    """A code's words in the reader's language; the code itself where there are none, and nothing for nothing."""
    return "" if code is None else words.gettext(table[code]) if code in table else code


def act(words: Catalogue, leaf: Leaf) -> str:
    """`En person på o5ek-u2 frågade om uppgifter får lämnas ut`: without who, which takes a reason to see."""
    if leaf.actor_kind == "person":
        who = words.gettext("En person på %(unit)s") % {"unit": leaf.unit} if leaf.unit else words.gettext("En person")
    else:
        who = words.gettext("Ett system") if leaf.actor_kind == "system" else "Samsyn"
    done = words.gettext(ACTS[leaf.action]) if leaf.action in ACTS else words.gettext("gjorde %(act)s") % {"act": leaf.action}
    return f"{who} {done}"
