"""A review from plan to signature: nobody steers the sample, nobody reviews themselves, and anybody can draw it again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from samsyn_verify.note import read_keys
from samsyn_verify.sample import check_sample
from samsyn_verify.verdict import BROKEN, WHOLE

from services.audit.domain.leaf import Leaf
from services.audit.domain.review import Asked, Explained, Item, Plan, Verdict
from services.audit.domain.sampling import Scope, Urn
from services.audit.storage import entries, logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.export_archive import export_archive
from services.audit.usecases.follow_finding import answer_question, ask_unit, list_questions, sign_finding
from services.audit.usecases.list_reviews import Sample, list_reviews, read_review
from services.audit.usecases.plan_review import Draw, WantedReview, draw_sample, plan_review
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.remember_register import remember_grant
from services.audit.usecases.search_entries import as_seen
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Conflict, NotFound, Unavailable
from tests.audit.make import KEEPER, NOW, Producer, key_of, make_entry, make_grant, make_officer, make_world

DISA, ELSA, MANAGER = make_officer(), make_officer(subject="elsa"), make_officer(subject="maja")
WANTED = WantedReview(
    organisation="o5ek",
    since=datetime(2026, 11, 1, tzinfo=UTC),
    until=datetime(2026, 12, 1, tzinfo=UTC),
    share=10,
    due=NOW + timedelta(days=30),
)
LATER = NOW + timedelta(seconds=5)


async def planned(tx: Connection) -> Plan:
    """Forty acts at one unit, one at another, one break-glass; two officers and a manager."""
    await make_world(tx)
    await remember_grant(tx, make_grant(subject="elsa"), now=NOW)
    await remember_grant(tx, make_grant(subject="maja", role="manager", unit="o5ek-u2"), now=NOW)
    acts = [make_entry() for _ in range(40)]
    acts += [make_entry(unit="o5ek-u1"), make_entry(action="break-glass.opened", unit="o5ek-u1"), make_entry(actor="timer", unit=None)]
    await append_entries(tx, KEEPER, Producer().send(*acts), epoch=0, now=NOW)
    made = await plan_review(tx, KEEPER, DISA, WANTED, now=NOW)
    assert isinstance(made, Plan)
    return made


async def signed(tx: Connection) -> None:
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    assert await publish_checkpoint(tx, KEEPER, log, now=LATER) is not None


async def drawn(tx: Connection) -> tuple[Plan, Draw]:
    plan = await planned(tx)
    await signed(tx)
    draw = await draw_sample(tx, KEEPER, DISA, plan.plan_id, now=LATER)
    assert isinstance(draw, Draw)
    return plan, draw


async def actions(tx: Connection) -> list[str]:
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    leaves = [as_seen(row).leaf for row in await entries.between(tx, 2026, log.log_id, 44, 1000)]
    return [leaf.action for leaf in leaves if leaf]


async def test_what_is_drawn_is_unknown_until_something_is_signed_after_the_plan(audit_tx: Connection) -> None:
    plan = await planned(audit_tx)

    assert isinstance(await draw_sample(audit_tx, KEEPER, DISA, plan.plan_id, now=NOW), Unavailable)
    await signed(audit_tx)
    first = await draw_sample(audit_tx, KEEPER, DISA, plan.plan_id, now=LATER)
    again = await draw_sample(audit_tx, KEEPER, ELSA, plan.plan_id, now=LATER)

    assert isinstance(first, Draw)
    assert first == again
    assert first.seed.size > plan.plan_index
    assert await actions(audit_tx) == ["review.planned", "review.drawn", "review.read"]


async def test_a_tenth_of_each_unit_is_drawn_and_break_glass_always(audit_tx: Connection) -> None:
    _, draw = await drawn(audit_tx)

    by_unit = sorted((one.unit, one.why) for one in draw.drawn)
    assert by_unit == [("", "drawn"), ("o5ek-u1", "always"), ("o5ek-u1", "drawn"), *[("o5ek-u2", "drawn")] * 4]


async def test_the_verifier_draws_the_same_and_names_a_sample_that_was_steered(audit_tx: Connection, tmp_path: Path) -> None:
    _, draw = await drawn(audit_tx)
    archive = tmp_path / "log.zip"
    with archive.open("wb") as file:
        assert await export_archive(audit_tx, KEEPER, DISA, "o5ek", 2026, file, now=LATER)
    keys = read_keys(key_of(draw.origin))

    honest = check_sample(msgspec.json.encode(draw), archive, keys=keys)
    assert (honest.findings, honest.exit) == ([], WHOLE)
    for steered, code in (
        (msgspec.structs.replace(draw, drawn=draw.drawn[1:]), "sample-lacks"),
        (msgspec.structs.replace(draw, plan_id=str(UUID(int=1))), "plan-missing"),
        (msgspec.structs.replace(draw, scope=(*draw.scope[:-1], "share=1")), "plan-differs"),
        (msgspec.structs.replace(draw, seed=msgspec.structs.replace(draw.seed, root="AAAA")), "seed-differs"),
    ):
        verdict = check_sample(msgspec.json.encode(steered), archive, keys=keys)
        assert verdict.exit == BROKEN
        assert code in {found for found, _ in verdict.findings}


async def test_asked_answered_and_signed_by_three_each_an_entry(audit_tx: Connection) -> None:
    plan, draw = await drawn(audit_tx)
    index = next(one.index for one in draw.drawn if one.unit == "o5ek-u2")

    async def sign(who: Caller) -> Item | AppError:
        return await sign_finding(audit_tx, KEEPER, who, plan.plan_id, index, Verdict.GUIDANCE, now=LATER)

    async def answer(who: Caller) -> Item | AppError:
        return await answer_question(audit_tx, KEEPER, who, plan.plan_id, index, Explained.BY_MISTAKE, now=LATER)

    assert isinstance(await answer(MANAGER), Conflict)  # nobody has asked yet
    asked = await ask_unit(audit_tx, KEEPER, DISA, plan.plan_id, index, Asked.WHICH_CASE, now=LATER)
    assert isinstance(asked, Item)
    assert isinstance(await sign(ELSA), Conflict)  # before the answer
    (waiting,) = await list_questions(audit_tx, KEEPER, MANAGER, "o5ek", now=LATER)
    assert (waiting.item.entry_index, waiting.leaf.action) == (index, "decision.made")
    assert isinstance(await answer(ELSA), NotFound)  # not this unit's manager
    answered = await answer(MANAGER)
    assert isinstance(answered, Item)
    assert isinstance(await sign(DISA), Conflict)  # who asked does not close
    closed = await sign(ELSA)

    assert isinstance(closed, Item)
    assert (closed.state, closed.explanation, closed.verdict) == ("signed", "by-mistake", "guidance")
    assert (await actions(audit_tx))[2:] == [
        "review.asked",
        "review.questions-read",
        "access.refused",
        "review.answered",
        "review.signed",
    ]


async def test_nobody_reviews_their_own_acts(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    own = make_entry(actor=DISA.principal)
    await append_entries(audit_tx, KEEPER, Producer().send(own), epoch=0, now=NOW)
    plan = await plan_review(audit_tx, KEEPER, DISA, WANTED, now=NOW)
    assert isinstance(plan, Plan)
    await signed(audit_tx)
    draw = await draw_sample(audit_tx, KEEPER, DISA, plan.plan_id, now=LATER)
    assert isinstance(draw, Draw)

    refused = await ask_unit(audit_tx, KEEPER, DISA, plan.plan_id, draw.drawn[0].index, Asked.WHY_NEEDED, now=LATER)

    assert isinstance(refused, Conflict)
    assert refused.code == "review-needs-another"


async def test_the_list_says_what_is_done_late_and_open(audit_tx: Connection) -> None:
    plan, draw = await drawn(audit_tx)
    for one in draw.drawn[1:]:
        assert isinstance(await sign_finding(audit_tx, KEEPER, ELSA, plan.plan_id, one.index, Verdict.IN_ORDER, now=LATER), Item)
    (early,) = await list_reviews(audit_tx, KEEPER, DISA, "o5ek", now=LATER) or []  # type: ignore[misc]
    (late,) = await list_reviews(audit_tx, KEEPER, DISA, "o5ek", now=WANTED.due + timedelta(days=1)) or []  # type: ignore[misc]
    sample = await read_review(audit_tx, KEEPER, DISA, plan.plan_id, now=LATER)

    assert (early.done, early.late, late.late) == (False, False, True)
    assert (sum(unit.signed for unit in early.units), sum(unit.waiting for unit in early.units)) == (6, 1)
    assert isinstance(sample, Sample)
    assert [item.state for item in sample.items] == ["drawn", *["signed"] * 6]


async def test_a_review_is_its_organisations_officers_alone(audit_tx: Connection) -> None:
    plan, _ = await drawn(audit_tx)
    stranger = make_officer("o8st", "hans")

    assert isinstance(await plan_review(audit_tx, KEEPER, stranger, WANTED, now=LATER), NotFound)
    assert isinstance(await draw_sample(audit_tx, KEEPER, stranger, plan.plan_id, now=LATER), NotFound)
    assert isinstance(await list_reviews(audit_tx, KEEPER, stranger, "o5ek", now=LATER), NotFound)
    assert (await actions(audit_tx))[2:] == ["access.refused"] * 3


@pytest.mark.parametrize(("population", "share", "wanted"), [(1, 1, 1), (100, 1, 1), (101, 1, 2), (10, 100, 10)])
def test_a_share_is_rounded_up(population: int, share: int, wanted: int) -> None:
    scope = Scope(upto=population, since=WANTED.since, until=WANTED.until, share=share)
    urn = Urn(bytes(32), "p", scope)
    urn.put((index, leaf_at("2026-11-24T10:00:00.000000Z")) for index in range(population + 5))

    assert len(urn.draw()) == wanted


def leaf_at(moment: str) -> Leaf:
    return Leaf(
        v=1,
        entry_id="e",
        organisation="o5ek",
        at=moment,
        action="decision.made",
        actor_kind="person",
        actor="",
        actor_seal="",
        producer="sharing",
        unit="o5ek-u2",
    )
