"""A small world for the tests of sharing: two registrars, a school board, a region, their people, systems and keys."""

from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from joserfc.jwk import ECKey, OKPKey
from samsyn_connect.binding import Binding
from samsyn_connect.content import newest
from samsyn_connect.countersign import KeyStatement, countersign
from samsyn_connect.seal import Item, seal

from services.sharing.domain.countersigning import Registrars
from services.sharing.domain.register import Organisation, SigningKey, System, Unit, UnitKey
from services.sharing.usecases.grant_access import GrantAccess, grant_access
from services.sharing.usecases.register_organisation import RegisterOrganisation, register_organisation
from services.sharing.usecases.register_unit_key import register_unit_key
from services.sharing.usecases.sign_agreement import SignAgreement, sign_agreement
from shared.auth import Caller, Kind
from shared.contracts.consent import (
    Changes,
    ChangesSince,
    Child,
    ChildFound,
    Coverage,
    CoverageAnswer,
    CoverageState,
    GoverningRow,
    Missing,
    Reference,
    ReferenceMade,
    RowCoverage,
    RowKey,
    RowState,
    SignerStatus,
)
from shared.contracts.message import Question
from shared.database import Connection
from shared.errors import Unavailable
from shared.ids import opaque_id
from shared.law.codes import Regime

A = TypeVar("A", bound=msgspec.Struct)

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=365)
ISSUER = "https://op.test"
SCHOOL, REGION, OPERATOR = "o5ek", "o2rg", "o1op"
PLAIN, HEALTH, BUP = "o5ek-u1", "o5ek-u2", "o2rg-u2"

REGISTRAR_KEYS = {name: OKPKey.generate_key("Ed25519", {"kid": name}) for name in ("o3ra", "o4rb")}
REGISTRARS: Registrars = {name: OKPKey.import_key(key.as_dict(private=False)) for name, key in REGISTRAR_KEYS.items()}
SIGNING = {name: OKPKey.generate_key("Ed25519", {"kid": f"{name}-sign-1"}) for name in (SCHOOL, REGION)}
BUP_KEY = ECKey.generate_key("P-256", {"kid": f"{BUP}-1"})


def person(subject: str, organisation: str | None, *scopes: str) -> Caller:
    """A logged-in human being."""
    return Caller(
        kind=Kind.PERSON,
        issuer=ISSUER,
        subject=subject,
        client_id="desk",
        organisation=organisation,
        acr="http://id.elegnamnden.se/loa/1.0/loa3",
        scopes=frozenset(scopes or ("sharing:decide", "sharing:confirm", "sharing:read")),
    )


def system(organisation: str, *more: str) -> Caller:
    """An organisation's connected system, with scopes beside those of sending and fetching."""
    client = f"https://system.{organisation}.test"
    scopes = frozenset({"sharing:send", "sharing:fetch", *more})
    return Caller(kind=Kind.SYSTEM, issuer=ISSUER, subject=client, client_id=client, organisation=organisation, scopes=scopes)


OPERATING = Caller(kind=Kind.HOUSE, issuer="cli", subject="operator", client_id="operator", organisation=OPERATOR)
COUNSELLOR = person("p-counsellor", SCHOOL)
UNGRANTED = person("p-ungranted", SCHOOL)
CLINICIAN = person("p-clinician", REGION)
STRANGER = person("p-stranger", "o9kl")


def organisation(name: str, *units: tuple[str, str], operator: bool = False) -> RegisterOrganisation:
    """One public organisation with its units (id, regime), system and signing key."""
    key = SIGNING.get(name)
    return RegisterOrganisation(
        organisation=Organisation(organisation=name, display_name=name, principal=name, public=True, operator=operator),
        units=tuple(Unit(unit=unit, organisation=name, name=unit, regime=Regime(regime)) for unit, regime in units),
        systems=(
            System(
                issuer=ISSUER, client_id=system(name).client_id, organisation=name, valid_from=NOW - timedelta(days=1), valid_until=UNTIL
            ),
        ),
        signing_keys=()
        if key is None
        else (
            SigningKey(
                organisation=name,
                kid=str(key.kid),
                public=key.as_dict(private=False),
                valid_from=NOW - timedelta(days=1),
                valid_until=UNTIL,
            ),
        ),
    )


def unit_key(key: ECKey = BUP_KEY, *, unit: str = BUP, signers: tuple[str, ...] = ("o3ra", "o4rb")) -> UnitKey:
    """A key of BUP's that these registrars have countersigned."""
    statement = KeyStatement(
        organisation=REGION,
        unit=unit,
        kid=str(key.kid),
        thumbprint=key.thumbprint(),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=80),
    )
    return UnitKey(
        unit=unit,
        kid=statement.kid,
        public=key.as_dict(private=False),
        thumbprint=statement.thumbprint,
        valid_from=statement.valid_from,
        valid_until=statement.valid_until,
        countersignatures=tuple(countersign(statement, REGISTRAR_KEYS[name]) for name in signers),
    )


async def register_world(tx: Connection) -> None:
    """Everything of this module, through the use cases. Safe to repeat."""
    await register_organisation(tx, OPERATING, organisation(OPERATOR, operator=True), now=NOW)
    await register_organisation(tx, OPERATING, organisation(SCHOOL, (PLAIN, "S_SCH"), (HEALTH, "S_EH")), now=NOW)
    await register_organisation(tx, OPERATING, organisation(REGION, ("o2rg-u1", "H_REG"), (BUP, "H_REG")), now=NOW)
    await register_organisation(tx, OPERATING, organisation("o9kl", ("o9kl-u1", "H_PRIV")), now=NOW)
    await register_unit_key(tx, OPERATING, unit_key(), REGISTRARS, now=NOW)
    agreement = SignAgreement(model="hlt-team", organisations=(SCHOOL, REGION), signed_by="ordförande", valid_from=NOW, valid_until=UNTIL)
    await sign_agreement(tx, OPERATING, agreement, now=NOW)
    for caller, unit, role in (
        (COUNSELLOR, PLAIN, "counsellor"),
        (COUNSELLOR, HEALTH, "counsellor"),
        (CLINICIAN, BUP, "psychologist"),
        (system(SCHOOL), None, "system"),
        (system(REGION), None, "system"),
    ):
        await grant_access(tx, OPERATING, grant(caller, unit, role), now=NOW)


def grant(caller: Caller, unit: str | None, role: str) -> GrantAccess:
    """A year's grant for a caller in its own organisation."""
    return GrantAccess(
        principal=caller.principal, organisation=caller.organisation or "", unit=unit, role=role, valid_from=NOW, valid_until=UNTIL
    )


class Family:
    """Consent's side of the contracts for one child, as an Ask: what it says is what sharing must believe."""

    def __init__(self, *, birth: date = date(2013, 5, 4), restricted: bool = False) -> None:
        self.child_ref = opaque_id()
        self.subject_id = opaque_id()
        self.recipient_ref = opaque_id()
        self.child = ChildFound(subject_id=self.subject_id, birth_date=birth, restricted=restricted)
        self.consent_id = opaque_id()
        self.epoch = 1
        self.revision = 0
        self.rows: dict[RowKey, GoverningRow] = {}
        self.feed: list[GoverningRow] = []
        self.asked: list[Question[Any]] = []
        self.knows_coverage = True
        """False: consent answers who the child is and then is out of reach."""
        self.is_away = False
        """True: consent answers nothing at all."""

    def key(self, *, unit: str = HEALTH, category: str = "pupil-health") -> RowKey:
        """The row of the assessment, from pupil health to BUP."""
        return RowKey(subject_id=self.subject_id, discloser_unit=unit, recipient_unit=BUP, purpose="P_SUPPORT", category=category)

    def give(self, key: RowKey | None = None) -> GoverningRow:
        """Everybody has said yes."""
        return self._change(key or self.key(), RowState.GIVEN, withdrawn=False)

    def pause(self, key: RowKey | None = None) -> GoverningRow:
        """Narrowed, not withdrawn: custody, restriction."""
        return self._change(key or self.key(), RowState.STOPPED, withdrawn=False)

    def withdraw(self, key: RowKey | None = None) -> GoverningRow:
        """One of them takes it back."""
        return self._change(key or self.key(), RowState.STOPPED, withdrawn=True)

    def _change(self, key: RowKey, state: RowState, *, withdrawn: bool) -> GoverningRow:
        self.revision += 1
        row = GoverningRow(
            key=key,
            consent_id=self.consent_id,
            state=state,
            epoch=self.epoch,
            revision=self.revision,
            valid_from=NOW - timedelta(days=1),
            valid_until=UNTIL,
            withdrawn=withdrawn,
        )
        self.rows[key] = row
        self.feed.append(row)
        return row

    def __call__(self, question: Question[A], /, *, within: float = 2.0) -> Awaitable[A]:
        """The answer of consent's primary."""
        del within
        return self._answer(question)

    async def _answer(self, question: Question[Any]) -> Any:
        self.asked.append(question)
        if self.is_away or (isinstance(question, Coverage) and not self.knows_coverage):
            raise Unavailable("no-answer")
        answer: Any
        match question:
            case Child(child_ref=child_ref):
                answer = self.child if child_ref == self.child_ref else ChildFound()
            case Reference():
                answer = ReferenceMade(child_ref=self.recipient_ref)
            case Coverage(needs=needs):
                answer = CoverageAnswer(rows=tuple(self._coverage(need.key) for need in needs))
            case ChangesSince(since=since):
                answer = Changes(epoch=self.epoch, position=len(self.feed), rows=tuple(self.feed[since:]), complete=True)
            case _:
                raise AssertionError(question)
        return msgspec.convert(answer, question.answer)

    def _coverage(self, key: RowKey) -> RowCoverage:
        row = self.rows.get(key)
        if row is None:
            missing = (
                Missing(role="guardian", number=2, status=SignerStatus.NOT_ASKED),
                Missing(role="child", number=1, status=SignerStatus.NOT_ASKED),
            )
            return RowCoverage(key=key, state=CoverageState.NOT_ASKED, missing=missing)
        state = (
            CoverageState.WITHDRAWN if row.withdrawn else CoverageState.GIVEN if row.state is RowState.GIVEN else CoverageState.ASK_HUMAN
        )
        return RowCoverage(key=key, state=state, row=row)


def sealed(binding: dict[str, Any], *, to: ECKey = BUP_KEY, signed_by: str = SCHOOL) -> str:
    """The cipher that the school's kit would post for an item of a permit."""
    schema = newest(binding["category"])
    item = Item(
        binding=msgspec.convert({**binding, "schema": schema.sha256}, Binding),
        author="Kim Ek, skolkurator",
        written_at=NOW,
        child={"number": "20130504-9805", "name": "Syntetiskt Barn"},
        content=example(schema.document),
    )
    return seal(item, SIGNING[signed_by], to)


def example(schema: dict[str, Any]) -> Any:
    """Some content that fits a schema of the kit."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: example(schema["properties"][name]) for name in schema.get("required", ())}
        case "array":
            return [example(schema["items"])] * schema.get("minItems", 1)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return "2026-10-01" if schema.get("pattern", "").startswith("^[0-9]{4}-[0-9]{2}-") else "syntetisk text"
