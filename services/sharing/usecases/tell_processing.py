"""What an organisation does here, out of its agreements and the models' own rules, for its record of processing (GDPR art. 30)."""

from collections.abc import Sequence
from datetime import datetime

from services.sharing.domain.models import Model
from services.sharing.domain.register import Agreement
from services.sharing.domain.tables import Tables
from services.sharing.domain.wording import Language, say
from services.sharing.storage import grants, register
from shared.contracts.processing import Processing, ProcessingFound, ProcessingRecord
from shared.database import Connection
from shared.law.codes import LeafCategory, Regime

LANGUAGES: tuple[Language, Language] = ("sv", "en")


async def tell_processing(connection: Connection, tables: Tables, question: Processing, *, now: datetime) -> ProcessingFound:
    """One record for each agreement whose model is still in the tables."""
    agreements = await grants.agreements_of(connection, question.organisation)
    records = [_record(one, tables.models[one.model], now) for one in agreements if one.model in tables.models]
    words = [_words(tables, language, records) for language in LANGUAGES]
    parties = {one: found.display_name for one in _parties(records) if (found := await register.find_organisation(connection, one))}
    return ProcessingFound(records=tuple(records), rules=tables.sha256, sv=words[0] | parties, en=words[1] | parties)


def _parties(records: Sequence[ProcessingRecord]) -> list[str]:
    return sorted({party for record in records for party in record.parties})


def _words(tables: Tables, language: Language, records: Sequence[ProcessingRecord]) -> dict[str, str]:
    """Of the codes that stand in the records."""
    categories = {code: say(tables.categories[LeafCategory(code)], language) for record in records for code in record.categories}
    return categories | {code: say(tables.regimes[Regime(code)], language) for record in records for code in record.received_by}


def _record(agreement: Agreement, model: Model, now: datetime) -> ProcessingRecord:
    ended = agreement.revoked_at or agreement.valid_until
    return ProcessingRecord(
        agreement_id=agreement.agreement_id,
        model=model.id,
        model_version=model.version,
        model_name_sv=model.sv,
        model_name_en=model.en,
        valid_from=agreement.valid_from,
        valid_until=ended,
        in_force=agreement.valid_from <= now < ended,
        signed_by=agreement.signed_by,
        parties=tuple(sorted(agreement.organisations)),
        purposes=tuple(dict.fromkeys(str(one.code) for one in model.purposes)),
        categories=tuple(sorted({str(category) for flow in model.flows for category in flow.categories})),
        received_by=tuple(sorted({str(regime) for flow in model.flows for regime in flow.recipient})),
        age_from=model.age_from,
        age_to=model.age_to,
        consent_months=model.consent_months,
    )
