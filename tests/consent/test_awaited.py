"""What the units' questions wait for, child by child, and what staff are told to do next."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.consent.domain.awaited import Waits, waits_for
from services.consent.domain.consent import Choice
from services.consent.storage.texts import load_advice
from services.consent.usecases import list_awaited as listing
from services.consent.usecases.list_awaited import AwaitedList, list_awaited
from shared.auth import Caller
from shared.database import Connection
from shared.law.disposers import AskHuman, AskReason
from tests.consent.test_domain import BOTH_YES, DAD, record, word
from tests.consent.test_domain import NOW as DOMAIN_NOW
from tests.consent.test_http import Client, Stage, client, home, stage
from tests.consent.test_usecases import entries
from tests.consent.world import MEANS, NOW, STAFF, SYSTEM, ask, family, number, registered, say

__all__ = ["client", "home", "stage"]

SECOND = number("20130901", 980)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([record()], (Waits.NO_ANSWER,)),
        ([record(answer_by=DOMAIN_NOW)], (Waits.NOT_REACHED,)),
        ([record(word(DAD, Choice.TALK))], (Waits.WANTS_TO_TALK,)),
        ([record(BOTH_YES[0], word(DAD, Choice.NO))], (Waits.CONFLICT,)),
        ([record(word(DAD, Choice.NO))], ()),
        ([record(who=AskHuman(reason=AskReason.PROTECTED))], (Waits.ASK_HUMAN,)),
        ([record(word(DAD, Choice.TALK)), record()], (Waits.NO_ANSWER, Waits.WANTS_TO_TALK)),
        ([], ()),
    ],
)
def test_a_question_waits_for_an_answer_a_talk_agreement_or_a_human_and_a_no_settles_it(
    facts: list[Any], expected: tuple[Waits, ...]
) -> None:
    assert waits_for(facts, DOMAIN_NOW) == expected


def test_each_state_has_words_of_its_own_in_both_languages() -> None:
    advice = [load_advice().of(one) for one in Waits]

    assert len({one.sv for one in advice} | {one.en for one in advice}) == 2 * len(Waits)


async def listed(tx: Connection, caller: Caller = STAFF, *, now: datetime = NOW) -> AwaitedList:
    found = await list_awaited(tx, MEANS, caller, None, now=now)
    assert isinstance(found, AwaitedList)
    return found


def told(found: AwaitedList) -> list[list[tuple[int, list[str]]]]:
    return [[(one.days, [what.waits_for.value for what in one.awaited]) for one in child.questions] for child in found.children]


async def test_children_stand_by_how_long_they_have_waited_and_who_has_settled_is_left_out(consent_tx: Connection) -> None:
    first = await family(consent_tx)
    event = await ask(consent_tx, first.subject_id)
    other = await family(consent_tx, child=SECOND, found=registered(SECOND))
    await ask(consent_tx, other.subject_id)

    fresh = await listed(consent_tx, now=NOW + timedelta(days=3))
    late = await listed(consent_tx, now=NOW + timedelta(days=15))
    await say(consent_tx, first.father, event.request_id, Choice.NO)
    settled = await listed(consent_tx, now=NOW + timedelta(days=15))

    assert told(fresh) == [[(3, ["no-answer"])]] * 2
    assert told(late) == [[(15, ["not-reached"])]] * 2
    assert [one.child_ref for one in settled.children] == [other.child_ref]


async def test_nothing_is_said_of_who_has_answered_and_another_organisation_sees_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    before = msgspec.json.encode(await listed(consent_tx))
    await say(consent_tx, home.mother, event.request_id)

    assert msgspec.json.encode(await listed(consent_tx)) == before
    assert (await listed(consent_tx, msgspec.structs.replace(SYSTEM, organisation="o2rg"))).children == ()
    assert [one["reasons"] for one in await entries(consent_tx, "tasks.listed")] == [["awaited"]] * 3


async def test_a_long_list_goes_on_where_the_page_ended(consent_tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    home = await family(consent_tx)
    for category in ("plan", "attendance"):
        await ask(consent_tx, home.subject_id, unit="o5ek-u1", categories=(category,))
    monkeypatch.setattr(listing, "AT_ONCE", 1)

    seen, after = [], None
    for _ in range(2):
        page = await list_awaited(consent_tx, MEANS, STAFF, after, now=NOW)
        assert isinstance(page, AwaitedList)
        seen += [one.request_id for child in page.children for one in child.questions]
        after = page.after
    assert len(set(seen)) == 2
    assert after == seen[-1]


@pytest.mark.usefixtures("home")
async def test_staff_read_it_over_http_with_what_to_do_next(client: Client, stage: Stage) -> None:
    stage.be(STAFF, "consent:ask")

    answer = await client.get("/v1/awaited")

    assert answer.status_code == 200
    assert set(answer.json()) == {"children", "after"}
    assert (await client.get("/v1/awaited?after=nothing")).status_code == 400
