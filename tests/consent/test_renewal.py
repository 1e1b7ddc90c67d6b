"""Less holds at once, more asks everybody again, and what has changed is computed and shown to each for their own rows."""

import asyncio
import itertools
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.consent.domain.consent import Choice
from services.consent.domain.periods import day_of, end_of
from services.consent.domain.renewal import Period, Scope, compare
from services.consent.storage import requests
from services.consent.usecases.change_consent import ChangedConsent, change_consent
from shared.contracts.consent import CoverageState, RowKey
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.errors import Invalid
from shared.ids import new_id
from tests.consent.test_http import Client, Stage, client, stage
from tests.consent.test_http import given as given_over_http
from tests.consent.test_http import home as home_over_http
from tests.consent.world import MEANS, NOW, STAFF, SYSTEM, Family, ask, covered, family, number, registered, say, show

__all__ = ["client", "home_over_http", "stage"]

LATER = NOW + timedelta(hours=1)
TODAY = day_of(NOW)
OLD_END = TODAY + timedelta(days=180)
LONGER, SHORTER = OLD_END + timedelta(days=100), TODAY + timedelta(days=60)
_DAY = itertools.count(1)


def key(category: str) -> RowKey:
    return RowKey(subject_id=UUID(int=1), discloser_unit="a", recipient_unit="b", purpose="P_SUPPORT", category=category)


A, B, C = key("plan"), key("matter"), key("identity")
D1, D2 = date(2027, 1, 1), date(2027, 6, 1)


@pytest.mark.parametrize(
    ("old", "new", "wider", "narrower", "period"),
    [
        (((A, B), D1), ((A, B), D1), False, False, Period.SAME),
        (((A, B), D1), ((A,), D1), False, True, Period.SAME),
        (((A,), D1), ((A, B), D1), True, False, Period.SAME),
        (((A, B), D1), ((A, C), D1), True, True, Period.SAME),
        (((A,), D1), ((A,), D2), True, False, Period.LONGER),
        (((A,), D2), ((A,), D1), False, True, Period.SHORTER),
        (((A,), D2), ((A, B), D1), True, True, Period.SHORTER),
        (((A, B), D1), ((A,), D2), True, True, Period.LONGER),
    ],
)
def test_wider_and_narrower_follow_from_rows_and_period(
    old: tuple[tuple[RowKey, ...], date], new: tuple[tuple[RowKey, ...], date], wider: bool, narrower: bool, period: Period
) -> None:
    changed = compare(*(Scope(rows=frozenset(rows), last_day=day) for rows, day in (old, new)))

    assert (changed.is_wider, changed.is_narrower, changed.period) == (wider, narrower, period)
    assert changed.kept | changed.added == frozenset(new[0])
    assert changed.kept | changed.removed == frozenset(old[0])


async def given(tx: Connection, home: Family, event: ConsentWanted) -> UUID:
    for who in (home.mother, home.father, home.child):
        await say(tx, who, event.request_id)
    row = (await covered(tx, event)).row
    assert row is not None
    return row.consent_id


async def change(tx: Connection, consent_id: UUID, keep: tuple[int, ...] | None, last_day: date) -> ChangedConsent:
    changed = await change_consent(tx, MEANS, STAFF, consent_id, keep, last_day, now=LATER)
    assert isinstance(changed, ChangedConsent), changed
    return changed


async def test_asking_for_less_holds_at_once_and_asks_nobody(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "plan"))
    consent_id = await given(consent_tx, home, event)

    changed = await change(consent_tx, consent_id, (1,), SHORTER)

    assert changed.view.state == "being-confirmed"
    assert (changed.view.kept, changed.view.ended, changed.view.request_id) == ((1,), (2,), None)
    first, second = [await covered(consent_tx, event, place=place, now=LATER) for place in (0, 1)]
    assert first.row is not None
    assert first.state is CoverageState.GIVEN
    assert first.row.valid_until == end_of(SHORTER)
    assert second.row is not None
    assert second.row.withdrawn
    assert {row.key.category for stop in changed.stops for row in stop.rows} == {"pupil-health", "plan"}


async def test_a_later_answer_in_the_old_round_does_not_lengthen_it_again(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await change(consent_tx, await given(consent_tx, home, event), None, SHORTER)

    await say(consent_tx, home.mother, event.request_id, now=LATER + timedelta(minutes=1))

    row = (await covered(consent_tx, event, now=LATER + timedelta(minutes=1))).row
    assert row is not None
    assert row.valid_until == end_of(SHORTER)


async def test_asking_for_longer_asks_everybody_and_the_old_governs_until_the_last_yes(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    old = await given(consent_tx, home, event)

    changed = await change(consent_tx, old, None, LONGER)
    again = await change(consent_tx, old, None, LONGER)

    anew = changed.view.request_id
    assert anew is not None
    assert again.view.request_id == anew
    governing = []
    for minute, who in enumerate((home.mother, home.father, home.child), start=1):
        at = LATER + timedelta(minutes=minute)
        await say(consent_tx, who, anew, now=at)
        answer = await covered(consent_tx, event, now=at)
        assert answer.state is CoverageState.GIVEN
        assert answer.row is not None
        governing.append((answer.row.consent_id == old, answer.row.valid_until))
    assert governing == [(True, end_of(OLD_END)), (True, end_of(OLD_END)), (False, end_of(LONGER))]


async def test_a_no_to_the_renewal_stops_what_held(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    anew = (await change(consent_tx, await given(consent_tx, home, event), None, LONGER)).view.request_id
    assert anew is not None

    await say(consent_tx, home.father, anew, Choice.NO, now=LATER + timedelta(minutes=1))

    assert (await covered(consent_tx, event, now=LATER + timedelta(minutes=1))).state is CoverageState.REFUSED


async def test_the_page_of_a_renewal_says_what_is_new_what_is_left_out_and_how_long(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    first = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan", "matter"))
    await given(consent_tx, home, first)
    longer = LATER + timedelta(days=200)
    second = await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=("plan", "identity"), now=LATER, until=longer)

    shown = await show(consent_tx, home.mother, second.request_id, now=LATER)
    before = await show(consent_tx, home.mother, first.request_id, now=LATER)

    assert before.renewal is None
    assert shown.renewal is not None
    assert shown.renewal.renews == first.request_id
    assert (shown.renewal.same_rows, shown.renewal.new_rows) == ((1,), (2,))
    assert [one.category for one in shown.renewal.not_asked_again] == ["matter"]
    assert shown.renewal.period is Period.LONGER
    assert shown.renewal.earlier_last_day == OLD_END
    left_out = await covered(consent_tx, first, place=1, regime="S_SCH", now=LATER)
    assert left_out.state is CoverageState.GIVEN, "what a new question leaves out ends as it would have"


@pytest.mark.parametrize(
    ("keep", "last_day", "pointer"),
    [(None, TODAY - timedelta(days=1), "#/last_day"), (None, TODAY + timedelta(days=400), "#/last_day"), ((7,), SHORTER, "#/rows")],
)
async def test_what_cannot_be_asked_for_is_pointed_at(
    consent_tx: Connection, keep: tuple[int, ...] | None, last_day: date, pointer: str
) -> None:
    home = await family(consent_tx)
    consent_id = await given(consent_tx, home, await ask(consent_tx, home.subject_id))

    with pytest.raises(Invalid) as raised:
        await change_consent(consent_tx, MEANS, STAFF, consent_id, keep, last_day, now=LATER)

    assert [fault.pointer for fault in raised.value.faults] == [pointer]


async def test_two_who_ask_for_longer_at_once_open_one_round(consent_db: Database) -> None:
    child = number(f"201309{next(_DAY):02}", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        consent_id = await given(tx, home, await ask(tx, home.subject_id))

    async def longer() -> UUID | None:
        async with consent_db.transaction() as tx:
            return (await change(tx, consent_id, None, LONGER)).view.request_id

    first, second = await asyncio.gather(longer(), longer())

    assert first is not None
    assert first == second
    async with consent_db.transaction() as tx:
        assert len(await requests.of_children(tx, [UUID(home.child.person_id or "")])) == 2


async def test_over_http_narrowed_is_said_on_the_word_of_sharing(
    client: Client, stage: Stage, home_over_http: Family, consent_db: Database
) -> None:
    consent_id, _ = await given_over_http(client, stage, home_over_http, consent_db, categories=("pupil-health", "plan"))
    stage.be(SYSTEM, "consent:ask")

    narrowed = await client.post(f"/v1/consents/{consent_id}/change", json={"last_day": SHORTER.isoformat(), "rows": [1]})
    same = await client.post(f"/v1/consents/{consent_id}/change", json={"last_day": SHORTER.isoformat()})
    longer = await client.post(f"/v1/consents/{consent_id}/change", json={"last_day": LONGER.isoformat()})
    nobody = await client.post(f"/v1/consents/{new_id(NOW)}/change", json={"last_day": LONGER.isoformat()})

    assert [one.json().get("state") for one in (narrowed, same, longer)] == ["narrowed", "unchanged", "asked"]
    assert longer.json()["request_id"] is not None
    assert nobody.status_code == 404
