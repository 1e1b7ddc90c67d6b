"""What a collaboration model says besides `allows`: parties, meetings, roles, search, overlays. Pure; a refusal is a code with a text."""

from collections.abc import Iterable, Sequence

import msgspec

from services.sharing.domain.model_words import Role, Sees
from services.sharing.domain.models import ConsentWhen, Flow, Identification, Level, Model, ModelParty
from services.sharing.domain.overlays import Overlay
from shared.contracts.consent import CoverageState
from shared.law.codes import LeafCategory, Regime

WAITS = {ConsentWhen.BEFORE_MEETING: "meeting-waits-for-consent", ConsentWhen.BEFORE_CASE: "case-waits-for-consent"}
"""What a model makes wait for the family, by its rule of consent."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The model's no, the party or model it is about, and the model to try instead."""

    code: str
    about: str | None = None
    instead: str | None = None


def may_meet(model: Model, *, identified: bool, consents: Sequence[CoverageState]) -> str | None:
    """Whether a meeting about this child may be held, or a plan, team or handover package made, by this model.

    `consents`: the state of every consent that the disclosing operations need for it. Nobody asked is a no: `all()` over nobody
    is no yes (I5). A question without identity needs no consent anywhere.
    """
    if not model.enabled:
        return "model-off"
    if not identified:
        return None
    if model.identification in {Identification.NONE, Identification.AGGREGATE}:
        return "no-individuals"
    if model.identification is Identification.DEIDENTIFIED:
        return "de-identified-only"
    if consents and all(state is CoverageState.GIVEN for state in consents):
        return None
    return WAITS.get(model.consent.when) if model.consent is not None else None


def may_open(model: Model, regimes: Iterable[Regime]) -> Refusal | None:
    """Whether units of these regimes may open a case together: all belong to the model, and none it cannot do without is missing."""
    if not model.enabled:
        return Refusal(code="model-off")
    if model.identification in {Identification.NONE, Identification.AGGREGATE}:
        return Refusal(code="no-individuals")
    taking_part = tuple(dict.fromkeys(regimes))
    for regime in taking_part:
        if regime not in model.parties:
            return Refusal(code="party-not-in-template", about=regime, instead=model.instead)
    return _missing([p for p in model.who if p.each_case], taking_part, model.instead)


def may_agree(model: Model, regimes: Iterable[Regime]) -> Refusal | None:
    """Whether organisations with units of these regimes may agree on the model: each mandatory party is there."""
    return _missing([p for p in model.who if p.mandatory or p.each_case], tuple(regimes), model.instead)


def _missing(needed: Iterable[ModelParty], regimes: tuple[Regime, ...], instead: str | None) -> Refusal | None:
    for party in needed:
        if not any(regime in party.regimes for regime in regimes):
            return Refusal(code="mandatory-party-missing", about=party.kind, instead=instead)
    return None


def may_convene(model: Model, role: str) -> str | None:
    """Whether a holder of this role may open a case or put a child on the list."""
    if role not in model.roles or (model.convenes and role not in model.convenes):
        return "role-not-allowed"
    return None


def may_read(model: Model, role: str, category: LeafCategory) -> str | None:
    """Whether the model lets this role read such an item. The law and the item's own recipient have been asked before."""
    if role not in model.roles:
        return "role-not-allowed"
    if role in model.reads and category not in model.reads[role]:
        return "category-not-allowed"
    if not any(category in flow.categories for flow in model.flows):
        return "category-not-allowed"
    return None


def may_see_case(role: Role) -> str | None:
    """Whether holders of this role may open a case by its id at all; others get counts, or that it moves."""
    return None if role.sees is Sees.CASE else "role-not-allowed"


def search(models: Iterable[Model], words: str = "", *, level: Level | None = None) -> list[Model]:
    """Models by name, search name or id, whole or in part and whatever the case; sorted by id."""
    wanted = words.casefold().strip()
    return sorted(
        (
            model
            for model in models
            if (level is None or level in model.levels)
            and any(wanted in name.casefold() for name in (model.id, model.sv, model.en, *model.search))
        ),
        key=lambda model: model.id,
    )


def apply_overlay(model: Model, overlay: Overlay) -> Model:
    """The model with the overlay laid on: more parties of the same kinds, never another category, purpose, age or role that reads."""
    return msgspec.structs.replace(
        model,
        parties=_beside(model.parties, overlay),
        who=tuple(msgspec.structs.replace(p, regimes=_beside(p.regimes, overlay)) for p in model.who),
        flows=tuple(_wider(flow, overlay) for flow in model.flows),
        off=tuple(msgspec.structs.replace(o, recipient=_beside(o.recipient, overlay)) for o in model.off),
        onlookers=tuple(dict.fromkeys((*model.onlookers, *overlay.onlookers))),
        remote=model.remote or overlay.remote,
        demands=tuple(dict.fromkeys((*model.demands, *overlay.demands))),
        search=tuple(dict.fromkeys((*model.search, *overlay.search))),
    )


def _wider(flow: Flow, overlay: Overlay) -> Flow:
    return msgspec.structs.replace(flow, discloser=_beside(flow.discloser, overlay), recipient=_beside(flow.recipient, overlay))


def _beside(regimes: tuple[Regime, ...], overlay: Overlay) -> tuple[Regime, ...]:
    more = [regime for pair in overlay.counterparts if pair.beside in regimes for regime in pair.regimes]
    return tuple(dict.fromkeys((*regimes, *more)))
