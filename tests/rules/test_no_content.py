"""The houses hold no content (I3): no request takes a sentence about a child, no answer has a place for one, no page a box for it.

Whoever adds a field of text to a request gives it a form (`shared/words.py`); whoever adds one to an answer says here what stands in it.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, get_type_hints

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests.rules.code import ROOT, called, house_modules, keyword, sources
from tests.rules.test_routes import _resolve

SENTENCE = "Tindra har varit borta från lektionerna och sover dåligt."

REQUESTS = {
    "About an organisation, its units, agreements and keys, from its administrator: nothing about a child.": (
        "EnrolOrganisation.display_name",
        "EnrolOrganisation.principal",
        "OfferUnitKey.jwk",
        "RegisterSigningKey.jwk",
        "RegisterUnit.name",
        "RenewAgreement.signed_by",
        "SignAgreement.signed_by",
    ),
    "What an operator tells the staff about a switch, in two languages.": (
        "ThrowSwitch.en",
        "ThrowSwitch.sv",
    ),
    "A number of digits; the use case takes nothing else, and keeps it under the house's key.": (
        "NameChild.number",
        "StatedGuardian.number",
        "NewJudgement.secret_from",
        "TelephoneWithdrawal.number",
        "ImportConsent.number",
        "ImportConsent.signers",
        "NewRecordedAnswer.number",
        "NewRecordedAnswer.together_with",
        "NewException.guardian",
        "Erasable.number",
        "NewErasure.number",
        "NewHold.number",
        "NamedHandler.number",
    ),
    "A cipher: its header is checked member by member, and the house has no key to what is inside.": ("SealedItem.jwe",),
    "Facts by name, read one by one into codes, numbers and ids; anything else is refused, and a hypothetical one is kept nowhere.": (
        "AskDecision.items",
    ),
    "A question of AuthZEN: what is no fact of ours is ignored, as its specification demands, and nothing of it is kept.": (
        "dict[str, typing.Any]",
    ),
    "A signed receipt: the payload must be exactly delivery, state, time and codes.": ("StoreReceipt.receipt",),
}

ANSWERS = {
    "The register, for administrators: organisations, units, agreements, grants of employees, keys, switches; nothing about a child.": (
        "AccessView.organisation",
        "Agreement.model",
        "Agreement.organisations",
        "Agreement.signed_by",
        "ChangesView.organisation",
        "Finding.kid",
        "Finding.principal",
        "Finding.role",
        "Finding.unit",
        "Grant.granted_by",
        "Grant.models",
        "Grant.organisation",
        "Grant.principal",
        "Grant.responsible",
        "Grant.role",
        "Grant.unit",
        "Lift.lifted_by",
        "Lift.organisation",
        "Lift.reason",
        "Lift.value",
        "Limits.organisation",
        "OnboardingView.next",
        "OnboardingView.organisation",
        "Organisation.display_name",
        "Organisation.hsa_id",
        "Organisation.number",
        "Organisation.organisation",
        "Organisation.principal",
        "Proposal.decided_by",
        "Proposal.organisation",
        "Proposal.proposed_by",
        "Proposal.wanted",
        "RegisterChange.action",
        "RegisterChange.after",
        "RegisterChange.before",
        "RegisterChange.changed_by",
        "RegisterChange.kind",
        "RegisterChange.object",
        "RegisterChange.organisation",
        "ReviewView.organisation",
        "SigningKey.kid",
        "SigningKey.organisation",
        "SigningKey.public",
        "Step.missing",
        "Step.step",
        "Switch.en",
        "Switch.kind",
        "Switch.sv",
        "Switch.thrown_by",
        "Switch.value",
        "SwitchView.value",
        "System.client_id",
        "System.issuer",
        "System.organisation",
        "Unit.hsa_id",
        "Unit.name",
        "Unit.organisation",
        "Unit.unit",
        "UnitKey.countersignatures",
        "UnitKey.kid",
        "UnitKey.public",
        "UnitKey.thumbprint",
        "UnitKey.unit",
    ),
    "A signed note over hashes, and the way in the tree.": (
        "WitnessedProof.checkpoint",
        "WitnessedProof.proof",
    ),
    "The hash of a paper that lies at the organisation.": ("RecordingListed.document_sha256",),
    "The number of a note that lies at the organisation, of a form that leaves room for no word.": ("ExceptionListed.document",),
    "An id of an organisation, a unit, a model, a log, a key or a text: opaque.": (
        "CaseView.unit",
        "CaseView.model",
        "CaseView.parties",
        "CaseRead.unit",
        "CaseRead.model",
        "CaseRead.parties",
        "ItemView.discloser_unit",
        "ItemView.recipient_unit",
        "RequestView.discloser_unit",
        "PermitView.recipient_unit",
        "FilingNote.discloser_unit",
        "FilingNote.recipient_unit",
        "KeysView.unit",
        "KeysView.organisation",
        "OfferedKey.kid",
        "OfferedSigningKey.kid",
        "Released.discloser_organisation",
        "FoundView.log",
        "TimelineView.logs",
        "OnLineView.organisation",
        "Cell.organisation",
        "Cell.quarter",
        "Cell.model",
        "Cell.measure",
        "StatisticsView.sizes",
        "PlanView.organisation",
        "PlanView.unit",
        "ReviewedView.unit",
        "Covered.unit",
        "Drawn.unit",
        "Draw.origin",
        "Draw.plan_id",
        "OpenedView.log",
        "Leaf.entry_id",
        "Leaf.organisation",
        "Leaf.producer",
        "Leaf.actor_organisation",
        "Leaf.unit",
        "Leaf.model",
        "Leaf.rules",
        "Leaf.case_id",
        "Leaf.object_id",
        "Page.text_id",
        "RequestGiven.unit",
        "RequestGiven.model",
        "GivenRow.recipient_unit",
        "RowNotAsked.recipient_unit",
        "Receipt.organisation",
        "Receipt.discloser_unit",
        "ReceiptRow.recipient_unit",
        "TextShown.text_id",
        "TaskListed.unit",
        "RecordingListed.unit",
        "ExceptionListed.unit",
    ),
    "A code, or a name of a state, from a closed list of ours.": (
        "ErasureShown.state",
        "ErasureShown.reason",
        "ErasureShown.waiting_for",
        "HouseAnswer.house",
        "HouseAnswer.destroyed",
        "ErasurePreviewed.consent",
        "ErasurePreviewed.sharing",
        "CaseView.purpose",
        "ReviewedView.why",
        "ReviewedView.state",
        "ReviewedView.question",
        "ReviewedView.explanation",
        "ReviewedView.verdict",
        "Drawn.why",
        "Draw.format",
        "Draw.scope",
        "SeenAct.action",
        "SeenAct.purpose",
        "SeenAct.categories",
        "FlagView.rule",
        "FlagView.mark",
        "CaseRead.purpose",
        "DecisionView.rules",
        "ItemView.category",
        "ItemView.about",
        "ItemView.answer",
        "ItemView.label",
        "ItemView.row",
        "ItemView.reasons",
        "ItemView.to_attest",
        "ItemView.tell",
        "ItemView.open_facts",
        "ItemView.said_by",
        "ItemView.whom",
        "ItemView.alternatives",
        "Answers.rules",
        "AnsweredItem.row",
        "AnsweredItem.reasons",
        "AnsweredItem.to_attest",
        "AnsweredItem.open_facts",
        "Condition.code",
        "Alternative.row",
        "Missing.role",
        "DeliveryView.state",
        "ReceiptView.state",
        "FilingNote.category",
        "FilingNote.purpose",
        "FilingNote.tell",
        "NotPermitted.answer",
        "NotPermitted.reasons",
        "PostedItem.reason",
        "NoticeView.name",
        "ConsentRow.category",
        "ConsentRow.purpose",
        "ConsentRow.state",
        "ConsentWithdrawn.state",
        "ConsentPaused.state",
        "ConsentEnded.state",
        "ConsentStruck.state",
        "ExceptionKept.state",
        "ExceptionListed.state",
        "ConsentChanged.state",
        "GivenRow.purpose",
        "OwnChoice.medium",
        "RequestGiven.media",
        "GivenRow.category",
        "GivenRow.about",
        "NoticeListed.kind",
        "RowTold.state",
        "RowTold.reason",
        "Changer.role",
        "DisclosureListed.purpose",
        "DisclosureListed.categories",
        "DisclosureListed.tell",
        "NamedSigner.role",
        "Receipt.kind",
        "ReceiptRow.about",
        "ReceiptRow.choice",
        "Signer.role",
        "Signer.method",
        "TextShown.language",
        "TextShown.rendering",
        "Words.code",
        "TaskListed.kind",
        "Leaf.action",
        "Leaf.actor_kind",
        "Leaf.answer",
        "Leaf.reasons",
        "Leaf.purpose",
        "Leaf.categories",
    ),
    "A paragraph of law, from the rules' tables.": (
        "ItemView.basis",
        "ItemView.law",
        "AnsweredItem.basis",
        "AnsweredItem.law",
        "SeenAct.basis",
        "PathAnswer.basis",
        "FilingNote.basis",
        "FilingNote.law",
        "DisclosureListed.basis",
        "Leaf.legal_basis",
    ),
    "A sentence of ours out of a file of texts, filled in with names of units and dates.": (
        "ItemView.texts",
        "AnsweredItem.texts",
        "OwnChoice.reason",
        "PathAnswer.sv",
        "PathAnswer.en",
        "FilingNote.sv",
        "FilingNote.en",
        "Text.sv",
        "Text.en",
        "FlagView.sv",
        "FlagView.en",
        "Page.title",
        "Page.intro",
        "Page.until",
        "Page.everybody",
        "Page.refusal",
        "Page.withdrawal",
        "Page.kept",
        "Page.law",
        "RowText.sentence",
        "Words.sv",
        "Words.en",
    ),
    "The name of the asking or receiving organisation, shown to the family that decides.": (
        "ConsentListed.organisation",
        "ConsentRow.recipient",
        "SeenAct.unit",
        "RowShown.discloser",
        "RowShown.recipient",
        "RequestListed.organisation",
        "NoticeListed.organisation",
        "DisclosureListed.organisation",
        "DisclosureListed.unit",
        "DisclosureListed.recipient",
        "Receipt.organisation_name",
        "Receipt.discloser",
        "ReceiptRow.recipient",
    ),
    "The child's name from the population register, shown to the child's own family alone.": (
        "ConsentListed.child_name",
        "SeenAct.child_name",
        "RequestListed.child_name",
        "RequestShown.child_name",
        "NoticeListed.child_name",
        "DisclosureListed.child_name",
        "Receipt.child",
    ),
    "Where a person wants to be told, shown to that person alone.": ("Contact.email", "Contact.telephone", "Contact.language"),
    "The signer's own receipt: their name, the login that proved it, hashes of what was shown, and all of it signed.": (
        "Signer.name",
        "Signer.issuer",
        "Signer.acr",
        "TextShown.sha256",
        "TextShown.shown_sha256",
        "ReceiptView.jws",
    ),
    "Names out of the register, asked of consent for this one page of the discloser's own staff, and kept nowhere.": (
        "NamesView.child",
        "NamedSigner.name",
    ),
    "Who acted, for the organisation's own data-protection officer: issuer and subject, or a token of it.": (
        "OpenedView.actor",
        "Leaf.actor",
        "Leaf.actor_seal",
    ),
    "A token or a seal in place of the child, a hash, a time or codes of a search.": (
        "Leaf.subject",
        "Leaf.subject_seal",
        "Leaf.previous_hash",
        "Leaf.at",
        "Leaf.query",
        "ConsistencyView.hashes",
        "Seed.root",
        "Seed.note",
    ),
    "The envelope: ids, codes and times, which the header of the cipher repeats member by member.": (
        "PermitItemView.binding",
        "Released.binding",
    ),
    "A cipher that only the recipient's unit can open.": ("Released.jwe",),
    "What an organisation does by rule and agreement: codes, names of models, ids of organisations, a role. Nobody is in it.": (
        "LogActivity.purposes",
        "LogActivity.subjects",
        "ProcessingRecord.categories",
        "ProcessingRecord.model",
        "ProcessingRecord.model_name_en",
        "ProcessingRecord.model_name_sv",
        "ProcessingRecord.parties",
        "ProcessingRecord.purposes",
        "ProcessingRecord.received_by",
        "ProcessingRecord.signed_by",
        "ProcessingView.organisation",
        "ProcessingView.rules",
    ),
    "A public key, or a registrar's signature over it.": ("OfferedKey.jwk", "OfferedKey.countersignatures", "OfferedSigningKey.jwk"),
    "The paths of an answer with their conditions: codes, states and paragraphs out of the tables.": ("ItemView.paths",),
    "An answer of AuthZEN: codes, sentences of ours, names of members that were ignored, addresses of ours.": (
        "Decision.context",
        "Results.context",
        "Results.page",
        "Results.results",
        "dict[str, typing.Any]",
    ),
    "A published notice (`shared/contracts`), which holds ids and codes only.": ("NoticeView.body",),
}

OPEN = (msgspec.inspect.StrType, msgspec.inspect.AnyType, msgspec.inspect.BytesType, msgspec.inspect.RawType)
"""What a text could stand in."""


def places(info: msgspec.inspect.Type, name: str, seen: set[type]) -> Iterator[tuple[str, msgspec.inspect.Type]]:
    """Every place of a type where a text could stand, at any depth, as `Struct.field`."""
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls not in seen:
            seen.add(info.cls)
            for field in info.fields:
                yield from places(field.type, f"{info.cls.__name__}.{field.name}", seen)
        return
    if isinstance(info, OPEN):
        yield name, info
    for inner in inside(info):
        yield from places(inner, name, seen)


def inside(info: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """What a collection, a mapping or a union is made of."""
    for name in ("item_type", "value_type", "key_type", "type"):
        if isinstance(found := getattr(info, name, None), msgspec.inspect.Type):
            yield found
    for name in ("types", "item_types"):
        yield from getattr(info, name, ())


def takes_sentence(info: msgspec.inspect.Type) -> bool:
    """Whether a sentence about a child could stand there."""
    if not isinstance(info, msgspec.inspect.StrType):
        return True
    return info.pattern is None or re.search(info.pattern, SENTENCE) is not None


def bodies(what: str) -> Iterator[Any]:
    """The types of every request (`data`, `request`) or answer (`return`, `answer`) of every route and operation."""
    for module in house_modules():
        for value in vars(module).values():
            if isinstance(value, HTTPRouteHandler) and what in (hints := get_type_hints(value.fn)):
                yield hints[what]
    field = {"data": "request", "return": "answer"}[what]
    for source in sources("services"):
        for call in source.calls():
            if called(call) == "Operation" and isinstance(wanted := keyword(call, field), ast.Name):
                yield _resolve(source, wanted.id)


def open_places(what: str) -> set[str]:
    """Where a sentence could stand in the houses' requests or answers."""
    seen: set[type] = set()
    found = [place for kind in bodies(what) for place in places(msgspec.inspect.type_info(kind), str(kind), seen)]
    assert len(seen) > 10
    return {name for name, info in found if takes_sentence(info)}


@pytest.mark.parametrize("what", ["data", "return"])
def test_no_request_and_no_answer_has_a_place_for_content(what: str) -> None:
    listed = {"data": REQUESTS, "return": ANSWERS}[what]

    assert open_places(what) == {name for names in listed.values() for name in names}


def test_a_free_text_would_be_seen() -> None:
    class Note(msgspec.Struct):
        text: str
        code: Annotated[str, msgspec.Meta(pattern="^[a-z-]+$")]

    class Letter(msgspec.Struct):
        notes: list[dict[str, Note]] | None

    found = places(msgspec.inspect.type_info(Letter), "", set())

    assert {name for name, info in found if takes_sentence(info)} == {"Letter.notes", "Note.text"}


def test_no_member_of_a_request_or_an_answer_is_named_as_one_of_the_sealed_content() -> None:
    folder = ROOT / "services/sharing/connect/samsyn_connect/schemas"
    sealed = {name for file in folder.glob("*.json") for name in json.loads(file.read_text(encoding="utf-8"))["properties"]}
    kinds = {kind for what in ("data", "return") for kind in bodies(what)}
    members = {name for kind in kinds for name in members_of(msgspec.inspect.type_info(kind), set())}

    assert {"summary", "adaptations"} <= sealed
    assert {"case_id", "jwe"} <= members
    assert sealed & members == set()


def members_of(info: msgspec.inspect.Type, seen: set[type]) -> Iterator[str]:
    """Names of the members of every struct in a type."""
    if isinstance(info, msgspec.inspect.StructType) and info.cls not in seen:
        seen.add(info.cls)
        for field in info.fields:
            yield field.name
            yield from members_of(field.type, seen)
    for inner in inside(info):
        yield from members_of(inner, seen)


WRITABLE = re.compile(r"<textarea|contenteditable|<input(?![^>]*type=.?(hidden|radio|checkbox|submit|date)\b)", re.IGNORECASE)
"""Where a person could write freely on a page."""


PARTS = "shared/pages/templates/parts.html"
"""Where the one macro is that makes a line to write in."""
FIELD = re.compile(r"\bfield\(\s*[\"']([\w-]+)[\"']")
"""A use of it, with the field's name."""
FIELDS = {
    "reference": "the page of components: about nobody",
    "number": "a personal number at consent, where identity lives: digits, or it is refused",
    "unit": "a unit's id; the page takes nothing else",
    "case_id": "a case's id; the page takes nothing else",
    "child_ref": "the organisation's own reference to a child; the page takes nothing else",
    "professional": "the user id of somebody at work, without a space; sent by POST and never kept",
}
"""Every line that somebody may write in, and why it has no room for content."""


def test_no_page_of_a_house_has_a_box_to_write_in() -> None:
    kits = ("services/sharing/connect", "services/audit/verify")  # at the organisation, where content belongs
    files = [
        path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*") if path.suffix in {".html", ".py", ".toml", ".js"}
    ]
    ours = [path for path in files if not path.relative_to(ROOT).as_posix().startswith((*kits, PARTS))]
    fields = {name for path in ours for name in FIELD.findall(path.read_text(encoding="utf-8"))}

    assert len(ours) > 100
    assert fields <= FIELDS.keys(), fields - FIELDS.keys()
    assert [str(path) for path in ours if WRITABLE.search(path.read_text(encoding="utf-8"))] == []
    assert WRITABLE.search('<form><TextArea name="x">')
    assert WRITABLE.search('<input name="x">')
    assert not WRITABLE.search('<input type="hidden" name="csrf">')
