"""Collaboration models as data: who takes part, for what, and where the model is narrower than the law."""

import msgspec

from shared.law.codes import LeafCategory, Purpose, Regime


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may go from these regimes to those under the model."""

    discloser: tuple[Regime, ...]
    recipient: tuple[Regime, ...]
    categories: tuple[LeafCategory, ...]


class ModelPurpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purpose of the model in its own words, with the code of law it stands for."""

    code: Purpose
    sv: str
    en: str


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One collaboration model, version and all. A new version never changes running cases."""

    id: str
    version: int
    sv: str
    en: str
    parties: tuple[Regime, ...]
    roles: tuple[str, ...]
    """Roles whose holders may act in it."""
    age_from: int
    age_to: int
    """Whole years, both included."""
    purposes: tuple[ModelPurpose, ...]
    flows: tuple[Flow, ...]
    consent_months: int
    """Longest consent that the model allows."""
    default_months: int
    rhythm_days: int | None = None
    enabled: bool = True
    """False until a lawyer has turned it on."""


def allows(model: Model, discloser: Regime, recipient: Regime, purpose: Purpose, category: LeafCategory, age: int | None) -> str | None:
    """None when the model lets this item be asked about, else the reason code of the model's own no."""
    if not model.enabled:
        return "model-off"
    if discloser not in model.parties or recipient not in model.parties:
        return "party-not-in-template"
    if purpose not in {p.code for p in model.purposes}:
        return "purpose-not-in-template"
    if age is not None and not model.age_from <= age <= model.age_to:
        return "age-not-in-template"
    if not any(discloser in f.discloser and recipient in f.recipient and category in f.categories for f in model.flows):
        return "category-not-allowed"
    return None
