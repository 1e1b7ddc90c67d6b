"""The answer, item by item; and what a human does with it: ask the family, confirm, or decide not to tell."""

import base64
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.sharing.domain.answers import ItemAnswer, Opener, State
from services.sharing.domain.reasons import Reason
from services.sharing.domain.views import DecisionView, ItemView, PermitView
from services.sharing.domain.wording import ATTESTATIONS, JUDGED
from services.sharing.domain.wording import sections as in_words
from services.sharing.pages.ask import shown as lines_of
from services.sharing.pages.cases import names_in
from services.sharing.pages.share import spoken_for
from services.sharing.pages.staff import PEOPLE, READS, TheGround, once
from services.sharing.pages.words import DECLINED, KINDS, Speech, answer_of, short
from services.sharing.usecases.attest_release import AttestRelease, attest_release
from services.sharing.usecases.decline_items import DeclineItems, DeclineReason, decline_items
from services.sharing.usecases.give_permit import GivePermit, give_permit
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.learn_facts import Overlay, learn_for_decision
from services.sharing.usecases.see_release import ReleaseSeen, see_release
from services.sharing.usecases.show_case import CaseShown, show_case
from services.sharing.usecases.want_consent import WantConsent, want_consent
from shared.auth import LOA3, Caller, requires
from shared.errors import NotFound, Refused, Unauthenticated
from shared.law.codes import Answer
from shared.pages import AnyRequest, Form, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork, Work

CONFIRMS = requires("sharing:decide", "sharing:confirm", kinds=PEOPLE)
CLOSED = frozenset({Answer.NO, Answer.ASK})
"""Answers that no tick changes."""


@get("/cases/{case_id:uuid}/decisions/{decision_id:uuid}", guards=[READS], include_in_schema=False)
async def show(
    request: AnyRequest,
    case_id: FromPath[UUID],
    decision_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[str]:
    """Each answer with why, what opens it, and boxes for what the reader can answer."""
    return await _page(request, case_id, decision_id, caller, work, ground, site, {})


@post("/cases/{case_id:uuid}/decisions/{decision_id:uuid}", guards=[CONFIRMS], status_code=303, include_in_schema=False)
async def act(
    request: AnyRequest,
    case_id: FromPath[UUID],
    decision_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[Any]:
    """Ask the family, decide not to tell, attest as a handler, or confirm: the last two take a strong login."""
    form, words, tables = await forms.read(request), site.words(request), ground.tables
    step = form.one("step")
    if step == "ask":
        wanted = WantConsent(decision_id=decision_id)
        await once(work, lambda tx: want_consent(tx, caller, wanted, tables=tables, now=work.now))
        return _to_case(case_id)
    if step == "attest":
        return await _attest(work, caller, ground, case_id, decision_id)
    decision = own_decision(await _shown(work, caller, ground, case_id), decision_id)
    picked = [item for item in decision.items if str(item.item_id) in form.all("item")]
    reason = form.chosen("reason", tuple(DECLINED))
    if not picked or (step == "decline" and reason is None):
        faults = {} if picked else {"item": words.gettext("Välj minst en sak")}
        if step == "decline" and reason is None:
            faults["reason"] = words.gettext("Välj varför ni inte berättar")
        return await _page(request, case_id, decision_id, caller, work, ground, site, faults, form)
    if step == "decline" and reason is not None:
        no = DeclineItems(decision_id=decision_id, item_ids=tuple(item.item_id for item in picked), reason=DeclineReason(reason))
        await once(work, lambda tx: decline_items(tx, caller, no, tables=tables, now=work.now))
        return _to_case(case_id)
    try:
        permit = await _confirm(work, caller, ground, decision_id, picked, form)
    except Refused as refused:
        if refused.code != "nothing-to-permit":
            raise
        faults = {"item": words.gettext("Inget av det valda får lämnas ut än. Svara på det som saknas, eller fråga familjen.")}
        return await _page(request, case_id, decision_id, caller, work, ground, site, faults, form)
    return await _confirmed(request, case_id, caller, work, ground, site, permit)


async def _attest(work: Work, caller: Caller, ground: Ground, case_id: UUID, decision_id: UUID) -> Response[None]:
    """The handler's word, and back to see how it stands."""
    if caller.acr not in LOA3:
        raise Unauthenticated("stronger-login-needed")
    said = AttestRelease(shows_no_whereabouts=True)
    await once(work, lambda tx: attest_release(tx, caller, decision_id, said, tables=ground.tables, now=work.now))
    return Response(None, status_code=303, headers={"Location": f"/cases/{case_id}/decisions/{decision_id}"})


async def release_of(work: Work, caller: Caller, ground: Ground, decision: DecisionView) -> ReleaseSeen:
    """Asked only where something is for an appointed person to say."""
    if not any(Reason.SPECIAL_HANDLING in item.reasons for item in decision.items):
        return ReleaseSeen()
    asked, decision_id = [Overlay(item_id=item.item_id) for item in decision.items], decision.decision_id
    learned = await learn_for_decision(work.database, work.ask, ground, caller, decision_id, asked, now=work.now)
    trusted, tables = ground.lease.holds(), ground.tables
    return await once(work, lambda tx: see_release(tx, caller, decision_id, tables=tables, learned=learned, trusted=trusted, now=work.now))


async def _confirm(work: Work, caller: Caller, ground: Ground, decision_id: UUID, picked: list[ItemView], form: Form) -> PermitView:
    if caller.acr not in LOA3:
        raise Unauthenticated("stronger-login-needed")
    overlays = []
    for item in picked:
        attested, judgements = spoken_for(form.all(f"yes-{item.item_id}"))
        overlays.append(Overlay(item_id=item.item_id, attested=attested, judgements=judgements))
    asked = GivePermit(decision_id=decision_id, items=tuple(overlays))
    learned = await learn_for_decision(work.database, work.ask, ground, caller, decision_id, asked.items, now=work.now)
    trusted = ground.lease.holds()
    return await once(work, lambda tx: give_permit(tx, caller, asked, tables=ground.tables, learned=learned, trusted=trusted, now=work.now))


async def _confirmed(
    request: AnyRequest, case_id: UUID, caller: Caller, work: Work, ground: Ground, site: Site, permit: PermitView
) -> Response[str]:
    """Where to write it now, and the notes for one's own record. The permit is a file for the desk: ids, codes and dates."""
    shown = await _shown(work, caller, ground, case_id)
    decision = own_decision(shown, permit.decision_id)
    return site.page(
        request,
        "confirmed.html",
        status=200,
        permit=permit,
        file=base64.b64encode(msgspec.json.encode(permit)).decode(),
        items={item.item_id: item for item in decision.items},
        desk=ground.desks.get(caller.organisation or ""),
        says=Speech(ground, site, request, shown.names),
        case=shown.case,
        number=short(case_id),
    )


async def _shown(work: Work, caller: Caller, ground: Ground, case_id: UUID) -> CaseShown:
    return await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))


def own_decision(shown: CaseShown, decision_id: UUID) -> DecisionView:
    """The decision that the address names; raises NotFound for one of another case, or of units that are not the reader's."""
    found = next((one for one in shown.case.decisions if one.decision_id == decision_id), None)
    if found is None:
        raise NotFound
    return found


def _to_case(case_id: UUID) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": f"/cases/{case_id}"})


async def _page(
    request: AnyRequest,
    case_id: UUID,
    decision_id: UUID,
    caller: Caller,
    work: Work,
    ground: Ground,
    site: Site,
    faults: dict[str, str],
    form: Form | None = None,
) -> Response[str]:
    shown = await _shown(work, caller, ground, case_id)
    decision = own_decision(shown, decision_id)
    release = await release_of(work, caller, ground, decision)
    kept = site.draft(request, caller, now=work.now)
    said: dict[str, list[str]] = dict(kept)
    for name, value in () if form is None else form.fields:
        said.setdefault(name, []).append(value)
    says = Speech(ground, site, request, shown.names)
    return site.page(
        request,
        "decision.html",
        status=400 if faults else 200,
        cookies=[drafts.forget()] if kept else [],
        case=shown.case,
        decision=decision,
        people=await names_in(work, caller, ground, case_id),
        rows=[
            _row(item, release.answers.get(item.item_id) or answer_of(item), ground, says, said.get(f"yes-{item.item_id}", []))
            for item in decision.items
        ],
        release=release,
        picked=said.get("item", []),
        reason=said.get("reason", [""])[0],
        waits=any(item.answer == Answer.WAIT and item.needs_consent and item.declined_at is None for item in decision.items),
        asked=[one for one in shown.asked if one.decision_id == decision_id],
        faults=faults,
        kept=bool(kept),
        says=says,
        kinds=KINDS,
        reasons=DECLINED,
        number=short(case_id),
    )


def _row(item: ItemView, answer: ItemAnswer, ground: Ground, says: Speech, ticked: list[str]) -> dict[str, Any]:
    """One item as the page shows it: its sections, and the boxes that could still change the answer."""
    codes = [] if answer.answer in CLOSED else [*answer.to_attest, *answer.open_facts, *_of_ways(answer)]
    own = [code for code in dict.fromkeys(codes) if code in ATTESTATIONS or code.startswith(JUDGED)]
    boxes = [(code, says.word(code)) for code in own]
    return {
        "item": item,
        "answer": answer.answer,
        "boxes": boxes,
        "ticked": ticked,
        "sections": lines_of(in_words(ground.tables, answer, says.language), boxes),
        "open": item.declined_at is None and answer.answer not in CLOSED,
    }


def _of_ways(answer: ItemAnswer) -> list[str]:
    """What the caller could answer on any way that is not closed: an exception stands beside the consent that is waited for."""
    return [
        condition.code
        for path in answer.paths
        if path.can_open
        for condition in path.conditions
        if condition.state is State.OPEN and condition.opener is Opener.CALLER
    ]


ROUTES: list[Any] = [show, act]
