"""What an organisation does here, out of its agreements and the models' own rules, for its record of processing (GDPR art. 30)."""

from datetime import datetime

from services.sharing.domain.models import Model
from services.sharing.domain.register import Agreement
from services.sharing.domain.tables import Tables
from services.sharing.storage import grants
from shared.contracts.sharing import Processing, ProcessingFound, ProcessingRecord
from shared.database import Connection


async def tell_processing(connection: Connection, tables: Tables, question: Processing, *, now: datetime) -> ProcessingFound:
    """One record for each agreement whose model is still in the tables."""
    agreements = await grants.agreements_of(connection, question.organisation)
    records = [_record(one, tables.models[one.model], now) for one in agreements if one.model in tables.models]
    return ProcessingFound(records=tuple(records), rules=tables.sha256)


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
