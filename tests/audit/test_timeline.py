"""One child's line over the logs that an officer may see, and a search by who acted, why and for what."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.audit.domain.timeline import kind_of
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.read_timeline import Line, Timeline, read_timeline
from services.audit.usecases.remember_register import remember_grant
from services.audit.usecases.search_entries import Search, search_entries
from shared.database import Connection
from tests.audit.make import CHILD, ISSUER, KEEPER, NOW, Producer, make_entry, make_grant, make_officer, make_world
from tests.audit.test_flags import leaf

DISA = make_officer()
STEPS = ("case.opened", "disclosure.decided", "consent.answered", "item.posted", "delivery.fetched")


async def line(tx: Connection, *, limit: int = 50, subject: UUID = CHILD, before: Timeline | None = None) -> Timeline | None:
    cursor = before.next_before if before else None
    asked = Line(organisation="o5ek", subject_id=subject, limit=limit, before=cursor)
    return await read_timeline(tx, KEEPER, DISA, asked, now=NOW)


async def test_a_line_goes_over_the_logs_of_all_organisations_the_officer_answers_for(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    sent = [
        make_entry(organisation=("o5ek", "o8st")[n % 2], action=action, at=NOW + timedelta(minutes=n)) for n, action in enumerate(STEPS)
    ]
    await append_entries(audit_tx, KEEPER, Producer().send(*sent, make_entry(subject=UUID(int=9))), epoch=0, now=NOW)

    whole = await line(audit_tx)
    assert whole is not None
    assert [(one.organisation, one.seen.leaf.action if one.seen.leaf else None, one.kind) for one in whole.lines] == [
        ("o5ek", "delivery.fetched", "delivery"),
        ("o8st", "item.posted", "delivery"),
        ("o5ek", "consent.answered", "consent"),
        ("o8st", "disclosure.decided", "decision"),
        ("o5ek", "case.opened", "case"),
    ]
    for organisation in ("o5ek", "o8st"):
        newest = await search_entries(audit_tx, KEEPER, DISA, Search(organisation=organisation, action="timeline.read"), now=NOW)
        assert newest is not None
        assert [one.leaf.count for one in newest.entries if one.leaf] == [(3, 2)[organisation == "o8st"]]


async def test_pages_of_a_line_join_and_only_the_officers_own_logs_are_on_it(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek")
    sent = [make_entry(at=NOW + timedelta(minutes=n // 2)) for n in range(5)]
    await append_entries(audit_tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)
    await remember_grant(audit_tx, make_grant("o8st", revision=2, revoked_at=NOW), now=NOW)

    first = await line(audit_tx, limit=3)
    second = await line(audit_tx, limit=3, before=first)
    assert first is not None
    assert second is not None
    ids = [one.seen.leaf.entry_id for page in (first, second) for one in page.lines if one.seen.leaf]
    assert ids == [str(entry.entry_id) for entry in sorted(sent, key=lambda entry: (entry.at, entry.entry_id), reverse=True)]
    assert (first.logs, second.next_before) == (("audit.samsyn.example/audit/o5ek/2026",), None)
    nobody = await line(audit_tx, subject=UUID(int=9))
    assert nobody is not None
    assert (nobody.logs, nobody.lines) == ((), ())
    teacher = await read_timeline(audit_tx, KEEPER, make_officer(subject="tea"), Line(organisation="o5ek", subject_id=CHILD), now=NOW)
    assert teacher is None


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"professional": f"{ISSUER} bo"}, ["case.read"]),
        ({"professional": f"{ISSUER} nobody"}, []),
        ({"purpose": "P_CARE"}, ["case.read"]),
        ({"reason": "consent-missing"}, ["disclosure.decided"]),
        ({"reason": "consent"}, []),
    ],
)
async def test_a_search_by_who_acted_why_and_for_what(audit_tx: Connection, search: dict[str, str], found: list[str]) -> None:
    await make_world(audit_tx)
    sent = (
        make_entry(action="disclosure.decided", purpose="P_SUPPORT", reasons=("path-open", "consent-missing")),
        make_entry(action="case.read", actor=f"{ISSUER} bo", purpose="P_CARE", reasons=()),
    )
    await append_entries(audit_tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)

    page = await search_entries(audit_tx, KEEPER, DISA, Search(organisation="o5ek", **search), now=NOW)  # type: ignore[arg-type]

    assert page is not None
    assert [one.leaf.action for one in page.entries if one.leaf] == found


def test_a_refused_try_stands_on_the_line_as_a_reading() -> None:
    assert kind_of(leaf(action="access.refused")) == "reading"
    assert kind_of(leaf(action="custody.stated", producer="consent")) == "consent"
