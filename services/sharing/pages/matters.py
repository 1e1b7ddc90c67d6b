"""What units ask of each other, by codes: a request, an offer, a wish for a plan, a concern; and the organisation's inbox."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from services.sharing.domain.matters import KINDS, Matter, MatterAnswer, MatterKind
from services.sharing.pages.staff import DECIDES, READS, TheGround, once
from services.sharing.pages.words import Speech, short
from services.sharing.usecases.answer_matter import AnswerMatter, answer_matter, list_matters
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.know_workplace import name_units
from services.sharing.usecases.read_inbox import read_inbox
from services.sharing.usecases.send_matter import SendMatter, send_matter
from services.sharing.usecases.show_case import CaseShown, show_case
from shared.law.codes import LeafCategory
from shared.pages import N_, AnyRequest, Site, TheSite, forms
from shared.work import TheCaller, TheWork

ASKS: Mapping[str, str] = {
    "request": N_("Vi behöver veta något"),
    "offer": N_("Vi skulle kunna berätta något"),
    "sip-wish": N_("Vi önskar en SIP"),
    "concern": N_("Orosanmälan"),
    "consultation": N_("En fråga utan namn"),
}
ANSWERS: Mapping[str, str] = {
    "accepted": N_("Ja"),
    "declined": N_("Nej"),
    "returned": N_("Tillbaka: det behöver göras om"),
    "already-planned": N_("Det finns redan en plan"),
    "advised": N_("Vi har gett råd"),
    "go-on-identified": N_("Gå vidare med namn"),
    "inquiry-opened": N_("Utredning är inledd"),
    "inquiry-not-opened": N_("Utredning är inte inledd"),
    "inquiry-under-way": N_("Utredning pågår redan"),
    "not-suitable": N_("Det är inte lämpligt att svara"),
}
NOTICES: Mapping[str, str] = {
    "delivery": N_("Något har kommit: öppna det vid skrivbordet"),
    "stopped": N_("Något är stoppat: kvittera vid skrivbordet"),
    "receipt": N_("Mottagaren har kvitterat"),
    "matter": N_("En annan enhet frågar er"),
    "matter-answered": N_("Ni har fått svar"),
    "duty-overdue": N_("Något skulle ha varit klart"),
    "expired": N_("Något hämtades aldrig och är borta"),
    "told": N_("Något har sagts till er: en anteckning hör hemma hos er"),
    "limit-reached": N_("En gräns är nådd: chefen ser efter"),
    "review-overdue": N_("Behörigheterna har ingen sett över på ett halvår"),
}
OTHER_NOTICE = N_("Något har hänt")
FIELDS = ("kind", "by", "to", "category")
IN_CASE = (MatterKind.REQUEST, MatterKind.OFFER, MatterKind.SIP_WISH, MatterKind.CONCERN)
NAMED = (MatterKind.REQUEST, MatterKind.OFFER)
"""Kinds that say which categories."""


@get("/matters", guards=[READS], include_in_schema=False)
async def list_own(
    request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite, before: FromQuery[UUID | None] = None
) -> Response[str]:
    """Sent and got, newest first; those to the reader's units with their possible answers."""
    listed = await once(work, lambda tx: list_matters(tx, caller, before=before, now=work.now))
    named = await once(work, lambda tx: name_units(tx, {unit for one in listed.matters for unit in (one.from_unit, one.to_unit)}))
    return site.page(
        request,
        "matters.html",
        matters=listed.matters,
        older=listed.before,
        ours=caller.organisation,
        may={one.matter_id: sorted(KINDS[one.kind].answers, key=list(ANSWERS).index) for one in listed.matters},
        says=Speech(ground, site, request, named.names),
        kinds=ASKS,
        answers=ANSWERS,
        short=short,
        now=work.now,
    )


@post("/matters", guards=[DECIDES], status_code=303, include_in_schema=False)
async def reply(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround) -> Response[None]:
    """Arrived, or the answer: a code, one press."""
    form = await forms.read(request)
    matter_id, _, said = form.one("answer").partition(" ")
    try:
        asked = AnswerMatter(matter_id=UUID(matter_id), answer=MatterAnswer(said) if said else None)
    except ValueError:
        return Response(None, status_code=303, headers={"Location": "/matters"})
    await once(work, lambda tx: answer_matter(tx, caller, asked, tables=ground.tables, now=work.now))
    return Response(None, status_code=303, headers={"Location": "/matters"})


@get("/cases/{case_id:uuid}/matter", guards=[DECIDES], include_in_schema=False)
async def ask(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[str]:
    """What is asked of whom in this case."""
    shown = await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))
    return _form(request, ground, site, shown, {}, {})


@post("/cases/{case_id:uuid}/matter", guards=[DECIDES], status_code=303, include_in_schema=False)
async def send(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[Any]:
    """Sent: the other side has a day to answer by."""
    form, words = await forms.read(request), site.words(request)
    shown = await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))
    kind = form.chosen("kind", [str(one) for one in IN_CASE])
    by, to = form.chosen("by", shown.units), form.chosen("to", shown.case.parties)
    categories = tuple(LeafCategory(code) for code in form.all("category") if code in set(map(str, ground.tables.categories)))
    faults = {} if kind else {"kind": words.gettext("Välj vad ni vill")}
    if by is None:
        faults["by"] = words.gettext("Välj din enhet")
    if to is None or to == by:
        faults["to"] = words.gettext("Välj en annan enhet än din egen")
    if kind in NAMED and not categories:
        faults["category"] = words.gettext("Välj vad det gäller")
    if faults or kind is None or by is None or to is None:
        return _form(request, ground, site, shown, {name: form.all(name) for name in FIELDS}, faults)
    asked = SendMatter(kind=MatterKind(kind), from_unit=by, to_unit=to, case_id=case_id, categories=categories if kind in NAMED else ())
    sent: Matter = await once(work, lambda tx: send_matter(tx, caller, asked, tables=ground.tables, now=work.now))
    return Response(None, status_code=303, headers={"Location": f"/matters#m-{sent.matter_id}"})


def _form(
    request: AnyRequest, ground: Ground, site: Site, shown: CaseShown, chosen: dict[str, list[str]], faults: dict[str, str]
) -> Response[str]:
    says = Speech(ground, site, request, shown.names)
    kinds = [kind for kind in IN_CASE if KINDS[kind].model in {None, shown.case.model}]
    words = site.words(request)
    return site.page(
        request,
        "matter.html",
        status=400 if faults else 200,
        case=shown.case,
        number=short(shown.case.case_id),
        kinds=[(str(kind), words.gettext(ASKS[kind])) for kind in kinds],
        own=[(unit, says.unit(unit)) for unit in shown.units],
        others=[(unit, says.unit(unit)) for unit in shown.case.parties],
        categories=sorted(((str(code), says.category(code).capitalize()) for code in ground.tables.categories), key=lambda one: one[1]),
        chosen={name: chosen.get(name, []) for name in FIELDS},
        faults=faults,
    )


@get("/inbox", guards=[READS], include_in_schema=False)
async def inbox(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[str]:
    """What has happened and nobody has confirmed yet: ids and codes. It is confirmed where the content is, at the desk."""
    listed = await once(work, lambda tx: read_inbox(tx, caller, now=work.now))
    bodies: list[dict[str, Any]] = [msgspec.json.decode(notice.body) for notice in listed.notices]
    units = {body[name] for body in bodies for name in ("discloser_unit", "recipient_unit", "from_unit", "unit") if body.get(name)}
    named = await once(work, lambda tx: name_units(tx, units))
    rows = [
        {
            "notice": notice,
            "text": NOTICES.get(notice.name, OTHER_NOTICE),
            "case": UUID(body["case_id"]) if body.get("case_id") else None,
            "unit": body.get("discloser_unit") or body.get("from_unit") or body.get("unit"),
            "category": body.get("category"),
        }
        for notice, body in zip(listed.notices, bodies, strict=True)
    ]
    return site.page(
        request,
        "inbox.html",
        rows=rows[::-1],
        desk=ground.desks.get(caller.organisation or ""),
        says=Speech(ground, site, request, named.names),
        short=short,
    )


ROUTES: list[Any] = [list_own, reply, ask, send, inbox]
