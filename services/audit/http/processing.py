"""The record of processing activities: as JSON, CSV and Markdown."""

import csv
import io
from datetime import datetime

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.http.entries import OFFICER
from services.audit.http.views import TheKeeper
from services.audit.usecases.tell_processing import ProcessingRecords, tell_processing
from shared.contracts.processing import Processing, ProcessingRecord
from shared.errors import NotFound
from shared.work import TheCaller, TheWork, Work


class LogActivity(msgspec.Struct, frozen=True, kw_only=True):
    """The log itself as an activity."""

    purposes: tuple[str, ...]
    subjects: tuple[str, ...]
    kept_years: int


class ProcessingView(msgspec.Struct, frozen=True, kw_only=True):
    """All that Samsyn knows of what the organisation does here."""

    organisation: str
    made_at: datetime
    rules: str
    activities: tuple[ProcessingRecord, ...]
    log: LogActivity

    @classmethod
    def of(cls, told: ProcessingRecords) -> "ProcessingView":
        """From the use case's answer."""
        log = LogActivity(purposes=told.log.purposes, subjects=told.log.subjects, kept_years=told.log.kept_years)
        return cls(organisation=told.organisation, made_at=told.made_at, rules=told.sharing.rules, activities=told.sharing.records, log=log)


@get("/v1/processing", guards=[OFFICER])
async def processing(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> ProcessingView:
    """One's own organisation's record, made anew from the rules and agreements of this moment."""
    return await _told(caller, work, keeper)


@get("/v1/processing/csv", guards=[OFFICER])
async def as_csv(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[str]:
    """A line for each activity; several values in a cell stand with spaces between."""
    told = await _told(caller, work, keeper)
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(ProcessingRecord.__struct_fields__)
    for one in told.activities:
        lines.writerow(_cell(value) for value in msgspec.structs.astuple(one))
    named = {"content-disposition": f'attachment; filename="processing-{told.organisation}.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=named)


@get("/v1/processing/markdown", guards=[OFFICER])
async def as_markdown(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[str]:
    """For the organisation's own register of documents."""
    told = await _told(caller, work, keeper)
    return Response("\n".join(_markdown(told)) + "\n", media_type="text/markdown")


async def _told(caller: TheCaller, work: Work, keeper: TheKeeper) -> ProcessingView:
    organisation = caller.organisation or keeper.operator
    found = await work.ask(Processing(organisation=organisation))
    async with work.database.transaction() as tx:
        told = await tell_processing(tx, keeper, caller, organisation, found, now=work.now)
    if told is None:
        raise NotFound
    return ProcessingView.of(told)


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _markdown(told: ProcessingView) -> list[str]:
    lines = [
        f"# Registerförteckning (GDPR art. 30): {told.organisation}",
        "",
        f"Gjord {told.made_at.isoformat()} ur reglerna {told.rules}.",
        "",
    ]
    for one in told.activities:
        period = f"{one.valid_from.date()} till {one.valid_until.date()}{'' if one.in_force else ' (gäller inte nu)'}"
        lines += [
            f"## {one.model_name_sv} ({one.model}, {one.model_version})",
            "",
            f"- Ändamål: {', '.join(one.purposes)}",
            f"- Kategorier av registrerade: barn {one.age_from} till {one.age_to} år, vårdnadshavare, personal",
            f"- Kategorier av uppgifter: {', '.join(one.categories)}",
            f"- Parter och mottagare: {', '.join(one.parties)}; regelverk {', '.join(one.received_by)}",
            f"- Överenskommelse: {period}, undertecknad av {one.signed_by}",
            f"- Samtycke gäller längst: {one.consent_months} månader",
            "",
        ]
    lines += [
        "## Logg",
        "",
        f"- Ändamål: {', '.join(told.log.purposes)}",
        f"- Kategorier av registrerade: {', '.join(told.log.subjects)}",
        f"- Bevaras minst {told.log.kept_years} år efter årets slut",
    ]
    return lines


ROUTES: list[HTTPRouteHandler] = [processing, as_csv, as_markdown]
