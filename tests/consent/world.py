"""A small family and a small world for consent's tests: valid by default, deviation by keyword."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from joserfc.jwk import OKPKey
from stdnum import luhn

from services.consent.domain.consent import Choice
from services.consent.domain.register import Registered, RegisteredGuardian
from services.consent.domain.wording import Language, Rendering
from services.consent.storage import people
from services.consent.storage.receipts import ReceiptKeys
from services.consent.storage.texts import load
from services.consent.storage.vault import Vault
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.check_coverage import check_coverage
from services.consent.usecases.identify_person import identify_person
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import Named, name_child
from services.consent.usecases.open_request import open_request
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.remember_organisation import remember_organisation
from services.consent.usecases.show_request import RequestShown, show_request
from services.consent.usecases.withdraw_consent import Withdrawn, withdraw_consent
from shared.auth import Caller, Kind
from shared.contracts.consent import Coverage, CoverageNeed, RowCoverage, RowKey
from shared.contracts.sharing import ConsentWanted, GrantChanged, OrganisationChanged, UnitSeen, WantedRow
from shared.database import Connection
from shared.errors import AppError
from shared.ids import new_id
from shared.law.disposers import Custody

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECEIPTS = ReceiptKeys([{**OKPKey.generate_key("Ed25519").as_dict(private=True), "kid": "receipts-1"}])
MEANS = Means(vault=Vault(bytes(range(32))), texts=load(), operator="o1op", receipts=RECEIPTS)
ISSUER = "https://id.example"
LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"

STAFF = Caller(kind=Kind.PERSON, issuer=ISSUER, subject="kurator", client_id="consent", organisation="o5ek", acr=LOA3)
SYSTEM = Caller(kind=Kind.SYSTEM, issuer=ISSUER, subject="o5ek-system", client_id="o5ek-system", organisation="o5ek")


def number(born: str, serial: int) -> str:
    """A number of the tax agency's test series: YYYYMMDD and 980-999."""
    digits = f"{born}{serial:03}"
    return digits + luhn.calc_check_digit(digits[2:])


CHILD = number("20130517", 980)
MOTHER = number("19840302", 982)
FATHER = number("19820911", 981)
STRANGER = number("19900101", 983)


def registered(child: str = CHILD, *, guardians: tuple[tuple[str, Custody], ...] | None = None, protected: bool = False) -> Registered:
    if guardians is None:
        guardians = ((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT))
    return Registered(
        number=child,
        name="Alva Provsson",
        protected=protected,
        guardians=tuple(RegisteredGuardian(number=who, custody=how, name="Förälder Provsson") for who, how in guardians),
    )


async def remember_world(tx: Connection) -> None:
    """The school board with its units, a region with BUP, and the counsellor's grant."""
    school = (
        UnitSeen(unit="o5ek-u1", name="Björkskolan", regime="S_SCH"),
        UnitSeen(unit="o5ek-u2", name="Elevhälsan", regime="S_EH"),
    )
    region = (UnitSeen(unit="o2rg-u2", name="BUP", regime="H_REG"),)
    for organisation, name, units, systems in (
        ("o5ek", "Utbildningsnämnden", school, (SYSTEM.principal,)),
        ("o2rg", "Regionen", region, ()),
    ):
        event = OrganisationChanged(organisation=organisation, display_name=name, public=True, units=units, systems=systems, revision=1)
        await remember_organisation(tx, event, now=NOW)
    for principal in (STAFF.principal, f"{ISSUER} rektor"):
        await remember_grant(tx, grant(principal), now=NOW)


def grant(principal: str, *, organisation: str = "o5ek", revoked_at: datetime | None = None) -> GrantChanged:
    return GrantChanged(
        grant_id=new_id(NOW),
        organisation=organisation,
        unit=None,
        principal=principal,
        role="counsellor",
        models=(),
        valid_from=NOW - timedelta(days=30),
        valid_until=NOW + timedelta(days=300),
        revision=1,
        revoked_at=revoked_at,
    )


class Family(msgspec.Struct, frozen=True):
    """Who is who in this house's own ids."""

    number: str
    subject_id: UUID
    child_ref: UUID
    child: Caller
    mother: Caller
    father: Caller
    stranger: Caller


async def login(tx: Connection, person_number: str, *, now: datetime = NOW) -> Caller:
    person_id = await identify_person(tx, MEANS.vault, person_number, None, now=now)
    return Caller(kind=Kind.PERSON, issuer=ISSUER, subject=str(person_id), client_id="consent", acr=LOA3, person_id=person_id)


async def family(tx: Connection, *, child: str = CHILD, found: Registered | None = None, now: datetime = NOW) -> Family:
    """The child named by the school, with custody from the register."""
    await remember_world(tx)
    named = await name_child(tx, MEANS, STAFF, child, found or registered(child), now=now)
    assert isinstance(named, Named)
    child_login = await login(tx, child, now=now)
    person = await people.get(tx, MEANS.vault, UUID(child_login.person_id))
    assert person is not None
    return Family(
        number=child,
        subject_id=person.subject_id,
        child_ref=named.view.child_ref,
        child=child_login,
        mother=await login(tx, MOTHER, now=now),
        father=await login(tx, FATHER, now=now),
        stranger=await login(tx, STRANGER, now=now),
    )


def wanted(
    subject_id: UUID,
    *,
    unit: str = "o5ek-u2",
    categories: tuple[str, ...] = ("pupil-health",),
    about: str = "child",
    now: datetime = NOW,
    until: datetime | None = None,
) -> ConsentWanted:
    return ConsentWanted(
        request_id=new_id(now),
        case_id=new_id(now),
        subject_id=subject_id,
        organisation="o5ek",
        discloser_unit=unit,
        model="hlt-team",
        rows=tuple(WantedRow(recipient_unit="o2rg-u2", purpose="P_SUPPORT", category=one, about=about) for one in categories),
        until=until or now + timedelta(days=180),
        answer_by=now + timedelta(days=14),
        longest_months=12,
    )


async def ask(tx: Connection, subject_id: UUID, *, now: datetime = NOW, **how: object) -> ConsentWanted:
    event = wanted(subject_id, now=now, **how)  # type: ignore[arg-type]
    await open_request(tx, MEANS, event, now=now)
    return event


async def show(tx: Connection, caller: Caller, request_id: UUID, *, now: datetime = NOW) -> RequestShown:
    shown = await show_request(tx, MEANS, caller, request_id, Language.SWEDISH, Rendering.STANDARD, now=now)
    assert isinstance(shown, RequestShown)
    return shown


async def say(tx: Connection, caller: Caller, request_id: UUID, choice: Choice = Choice.YES, *, now: datetime = NOW) -> Answered:
    """Look at the page and give the same answer on every row of it."""
    shown = await show(tx, caller, request_id, now=now)
    answers = [RowAnswer(row=row.row, choice=choice) for row in shown.page.rows]
    answered = await answer_request(tx, MEANS, caller, request_id, shown.served_id, answers, now=now)
    assert isinstance(answered, Answered), answered
    return answered


async def withdraw(
    tx: Connection, caller: Caller, consent_id: UUID, row: int | None = None, *, now: datetime = NOW
) -> Withdrawn | AppError:
    return await withdraw_consent(tx, MEANS, caller, consent_id, row, now=now)


def key_of(event: ConsentWanted, place: int = 0) -> RowKey:
    row = event.rows[place]
    return RowKey(
        subject_id=event.subject_id,
        discloser_unit=event.discloser_unit,
        recipient_unit=row.recipient_unit,
        purpose=row.purpose,
        category=row.category,
        about=row.about,
    )


async def covered(tx: Connection, event: ConsentWanted, *, place: int = 0, regime: str = "S_EH", now: datetime = NOW) -> RowCoverage:
    question = Coverage(needs=(CoverageNeed(key=key_of(event, place), regime=regime),))
    answer = await check_coverage(tx, MEANS.vault, question, now=now)
    return answer.rows[0]
