"""May I share this, in a case: what, who holds it, to whom; and what the one who asks can stand for."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.sharing.domain.cases import AskedItem
from services.sharing.domain.facts import Judgements
from services.sharing.domain.wording import ATTESTATIONS, JUDGED
from services.sharing.pages.staff import DECIDES, TheGround, once
from services.sharing.pages.words import Speech, short
from services.sharing.usecases.decide_items import DecideItems, decide_items
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.learn_facts import learn_for_case
from services.sharing.usecases.show_case import CaseShown, show_case
from shared.law.codes import Attestation, LeafCategory
from shared.pages import AnyRequest, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork

ALWAYS = ("judge-necessary", "judge-relevant", "judge-proportionate", "A_RELEVANT", "A_THIRD")
"""The golden rule, and what every disclosure demands of whoever discloses."""


@get("/cases/{case_id:uuid}/share", guards=[DECIDES], include_in_schema=False)
async def ask(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[str]:
    """The question, as far as the case answers it."""
    shown = await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))
    kept = site.draft(request, caller, now=work.now)
    values = _form(request, ground, site, shown)
    chosen = {name: kept.get(name, []) for name in ("discloser", "recipient", "yes")}
    chosen["category"] = [*kept.get("category", []), *kept.get("other", [])]
    return site.page(request, "share.html", cookies=[drafts.forget()] if kept else [], **values, chosen=chosen, faults={})


@post("/cases/{case_id:uuid}/share", guards=[DECIDES], status_code=303, include_in_schema=False)
async def answer(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[Any]:
    """One recorded answer for each thing; then to its page."""
    form = await forms.read(request)
    shown = await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))
    categories = [code for code in (*form.all("category"), *form.all("other")) if code in set(map(str, ground.tables.categories))]
    discloser = form.chosen("discloser", shown.units)
    recipient = form.chosen("recipient", shown.case.parties)
    words = site.words(request)
    faults = {} if categories else {"category": words.gettext("Välj vad du vill berätta")}
    if discloser is None:
        faults["discloser"] = words.gettext("Välj vem som har uppgiften")
    if recipient is None:
        faults["recipient"] = words.gettext("Välj vem du vill berätta för")
    elif recipient == discloser:
        faults["recipient"] = words.gettext("Välj en annan enhet än den som har uppgiften")
    if faults or discloser is None or recipient is None:
        chosen = {name: form.all(name) for name in ("discloser", "recipient", "yes")} | {"category": categories}
        return site.page(request, "share.html", status=400, **_form(request, ground, site, shown), chosen=chosen, faults=faults)
    attested, judgements = spoken_for(form.all("yes"))
    items = tuple(
        AskedItem(discloser_unit=discloser, recipient_unit=recipient, category=LeafCategory(code), attested=attested, judgements=judgements)
        for code in dict.fromkeys(categories)
    )
    asked = DecideItems(case_id=case_id, items=items)
    learned = await learn_for_case(work.database, work.ask, ground, caller, case_id, items, now=work.now)
    trusted = ground.lease.holds()
    made = await once(
        work, lambda tx: decide_items(tx, caller, asked, tables=ground.tables, learned=learned, trusted=trusted, now=work.now)
    )
    return Response(None, status_code=303, headers={"Location": f"/cases/{case_id}/decisions/{made.decision_id}"})


def spoken_for(ticked: list[str]) -> tuple[dict[Attestation, bool], Judgements]:
    """What somebody has ticked: attestations and the golden rule's answers. What is not ticked is not answered."""
    judged = {code.removeprefix(JUDGED): True for code in ticked if code.startswith(JUDGED)}
    known = {name: value for name, value in judged.items() if name in Judgements.__struct_fields__}
    return {Attestation(code): True for code in ticked if code in ATTESTATIONS}, Judgements(**known)


def _form(request: AnyRequest, ground: Ground, site: Site, shown: CaseShown) -> dict[str, Any]:
    says = Speech(ground, site, request, shown.names)
    model = ground.tables.models.get(shown.case.model)
    usual = {code for flow in model.flows for code in flow.categories} if model else set()
    named = sorted(((str(code), says.category(code).capitalize()) for code in ground.tables.categories), key=lambda one: one[1].casefold())
    units = [(unit, says.unit(unit)) for unit in shown.case.parties]
    return {
        "number": short(shown.case.case_id),
        "case": shown.case,
        "says": says,
        "usual": [one for one in named if one[0] in usual],
        "others": [one for one in named if one[0] not in usual],
        "holders": [one for one in units if one[0] in shown.units],
        "receivers": units,
        "always": [(code, says.word(code)) for code in ALWAYS],
    }


ROUTES: list[Any] = [ask, answer]
