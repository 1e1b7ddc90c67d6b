"""The holder asks for less or for longer: less holds at once, longer asks everybody again while the old consent governs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.life import Act, EndReason
from services.consent.domain.periods import day_of, end_of, months_later
from services.consent.domain.renewal import Changed, Period, Scope, compare
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import renewals, requests
from services.consent.usecases.change_rows import Why, shorten_rows, stop_because
from services.consent.usecases.hold_consent import Held, HeldRow, hold_consent, record_act
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_family
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid
from shared.ids import new_id

ANSWER_WITHIN = timedelta(days=14)


class ConsentChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. `state`: `unchanged`, `narrowed` on sharing's word, `being-confirmed` before it, `asked`."""

    consent_id: UUID
    state: str
    kept: tuple[int, ...]
    ended: tuple[int, ...]
    request_id: UUID | None = None
    """The new round, where everybody is asked again; the old consent governs until it is complete."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedConsent:
    """The view before sharing's word, and what sharing must confirm."""

    view: ConsentChanged
    stops: tuple[Stop, ...]


async def change_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, keep: tuple[int, ...] | None, last_day: date, *, now: datetime
) -> ChangedConsent | AppError:
    """Compare what is asked for with what holds. New rows are not asked for here but through sharing, which asks for their basis first."""
    held = await hold_consent(tx, means, caller, consent_id, None, Act.CHANGE, now=now)
    if isinstance(held, AppError):
        return held
    months = held.request.longest_months
    if not day_of(now) <= last_day <= months_later(day_of(now), months):
        raise Invalid("request-invalid", faults=[Fault("#/last_day", f"from today and at most {months} months ahead")])
    kept = [one for one in held.rows if keep is None or one.asked.row_number in keep]
    if not kept or (keep is not None and len(kept) != len(set(keep))):
        raise Invalid("request-invalid", faults=[Fault("#/rows", "not rows of this consent that hold")])
    old = Scope(rows=frozenset(one.asked.key for one in held.rows), last_day=held.request.last_day)
    changed = compare(old, Scope(rows=frozenset(one.asked.key for one in kept), last_day=last_day))
    stops = await _narrow(tx, caller, held, kept, changed, last_day, now=now) if changed.is_narrower else ()
    asked = await _ask_again(tx, means, held.request, kept, last_day, now=now) if changed.is_wider else None
    if changed.is_narrower or changed.is_wider:
        reasons = (*(("narrower",) if changed.is_narrower else ()), *(("wider",) if changed.is_wider else ()))
        await record_act(tx, caller, held, consent_id, Act.CHANGE, reasons, now=now)
        await notify_family(tx, held, consent_id, "asked-again" if changed.is_wider else "narrowed", now=now)
    state = "asked" if asked is not None else "being-confirmed" if stops else "narrowed" if changed.is_narrower else "unchanged"
    view = ConsentChanged(
        consent_id=consent_id,
        state=state,
        kept=tuple(one.asked.row_number for one in kept),
        ended=tuple(one.asked.row_number for one in held.rows if one.asked.key in changed.removed),
        request_id=asked,
    )
    return ChangedConsent(view=view, stops=stops)


async def _narrow(
    tx: Connection,
    caller: Caller,
    held: Held,
    kept: list[HeldRow],
    changed: Changed,
    last_day: date,
    *,
    now: datetime,
) -> tuple[Stop, ...]:
    why = Why(ending=Ending.ENDED, reason=EndReason.NARROWED, recorded_by=caller.principal)
    stops = await stop_because(tx, [one.row for one in held.rows if one.asked.key in changed.removed], why, now=now)
    if changed.period is not Period.SHORTER:
        return stops
    await renewals.narrow(tx, held.request.request_id, last_day, caller.principal, now=now)
    sooner = [one.row for one in kept if one.row.valid_until > end_of(last_day)]
    return (*stops, *await shorten_rows(tx, sooner, end_of(last_day), now=now))


async def _ask_again(tx: Connection, means: Means, earlier: Request, kept: list[HeldRow], last_day: date, *, now: datetime) -> UUID:
    open_round = await requests.latest_round(tx, kept[0].asked.key)
    if open_round is not None and open_round.request_id != earlier.request_id and open_round.last_day == last_day:
        return open_round.request_id  # asked already
    texts = means.texts
    await requests.keep_text(tx, texts.sha256, texts.text.id, texts.text.version, texts, now=now)
    anew = msgspec.structs.replace(
        earlier,
        request_id=new_id(now),
        text_sha256=texts.sha256,
        asked_at=now,
        answer_by=min(now + ANSWER_WITHIN, end_of(last_day)),
        last_day=last_day,
    )
    await requests.add(tx, anew, [AskedRow(row_number=number, key=one.asked.key) for number, one in enumerate(kept, start=1)])
    await renewals.link(tx, anew.request_id, earlier.request_id)
    return anew.request_id
