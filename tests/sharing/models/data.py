"""Checks of what the models' data say. `run` is None when it is as stated, else what stands there."""

from collections.abc import Set as AbstractSet

import msgspec

from services.sharing.domain.facts import ItemFacts, Party
from services.sharing.domain.model_rules import search
from services.sharing.domain.models import ConsentWhen, ConsentWho, Identification, Level, Model, allows, is_duty, off_until_lawyer
from services.sharing.domain.tables import Tables
from shared.law.codes import LeafCategory, Regime
from tests.sharing.models.trial import Trial, unless


class Found(Trial, frozen=True, kw_only=True, tag="found"):
    """A search for these words, at this level, finds at least these models, and not those."""

    words: str = ""
    models: tuple[str, ...]
    without: tuple[str, ...] = ()
    level: Level | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Search."""
        del raw
        found = {model.id for model in search(tables.models.values(), self.words, level=self.level)}
        right = set(self.models) <= found and not found & set(self.without)
        return None if right else f"found {sorted(found)}"


class ModelHas(Trial, frozen=True, kw_only=True, tag="model_has"):
    """What the model's data say, each where it is asked for."""

    model: str
    parties: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    ages: tuple[int, int] | None = None
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    rhythm_days: tuple[int, ...] = ()
    coordinator: str | None = None
    limits: dict[str, int] = msgspec.field(default_factory=dict)
    demands: tuple[str, ...] = ()
    remote: bool | None = None
    handbook: bool | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look it up."""
        del raw
        model = tables.models[self.model]
        held: list[tuple[AbstractSet[object], AbstractSet[object]]] = [
            (set(self.parties), {p.kind for p in model.who}),
            (set(self.mandatory), {p.kind for p in model.who if p.mandatory or p.each_case}),
            (set(self.roles), {*model.roles, *model.onlookers}),
            (set(self.documents), set(model.documents)),
            (set(self.tools), set(model.tools)),
            (set(self.rhythm_days), {r.days for r in model.rhythms}),
            (set(self.limits.items()), {(limit.what.value, limit.days) for limit in model.limits}),
            (set(self.demands), set(model.demands)),
            ({self.ages} - {None}, {(model.age_from, model.age_to)}),
            ({self.coordinator} - {None}, {model.coordinator}),
            ({self.remote} - {None}, {model.remote}),
            ({self.handbook} - {None}, {model.handbook is not None}),
        ]
        lacking = [str(asked - has) for asked, has in held if not asked <= has]
        return "lacks " + ", ".join(lacking) if lacking else None


class Commits(Trial, frozen=True, kw_only=True, tag="commits"):
    """Every party of every model says what it brings, in both languages."""

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look it up."""
        del raw
        silent = [p.kind for m in tables.models.values() for p in m.who if not (p.commits_sv.strip() and p.commits_en.strip())]
        return f"silent: {silent}" if silent else None


class OffByDefault(Trial, frozen=True, kw_only=True, tag="off_by_default", rename={"recipient": "to"}):
    """Off until a lawyer has turned it on, and the reason stands there: the whole model, or one kind of information to one regime."""

    model: str
    category: LeafCategory | None = None
    recipient: Regime | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look for what keeps it off."""
        del raw
        model = tables.models[self.model]
        if self.category is None:
            off = next((o for o in model.off if not o.categories), None) if not model.enabled else None
        else:
            off = off_until_lawyer(model, self.recipient or model.parties[0], self.category)
        return None if off is not None and off.sv and off.en else "not off"


class Nowhere(Trial, frozen=True, kw_only=True, tag="nowhere", rename={"discloser": "from", "recipient": "to"}):
    """No model lets this through, from these and to these where they are named."""

    category: LeafCategory | None = None
    discloser: tuple[Regime, ...] = ()
    recipient: tuple[Regime, ...] = ()

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask every model for every purpose of its own, but where a duty speaks and no model does."""
        del raw
        open_in = sorted(
            {
                model.id
                for model in tables.models.values()
                for purpose in model.purposes
                for a in (self.discloser or model.parties)
                for b in (self.recipient or model.parties)
                for category in ([self.category] if self.category else LeafCategory)
                if allows(model, a, b, purpose.code, category, None) is None and not is_duty(model, b, purpose.code)
            }
        )
        return f"open in {open_in}" if open_in else None


class OnlyIn(Trial, frozen=True, kw_only=True, tag="only_in"):
    """This kind of party takes part in exactly these models."""

    party: str
    models: tuple[str, ...]

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look through all models."""
        del raw
        found = sorted(m.id for m in tables.models.values() if any(p.kind == self.party for p in m.who))
        return unless(found, sorted(self.models))


class ConsentRuleIs(Trial, frozen=True, kw_only=True, tag="consent_rule"):
    """The model's rule of consent, whose yes, and whether a source states it."""

    model: str
    when: ConsentWhen
    who: ConsentWho
    proposal: bool = False

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look it up."""
        del raw
        terms = tables.models[self.model].consent
        if terms is None:
            return "no rule"
        return unless((terms.when, terms.who, terms.source == "proposal"), (self.when, self.who, self.proposal))


class IdentificationIs(Trial, frozen=True, kw_only=True, tag="identification"):
    """Whether the child may be known in the model."""

    model: str
    want: Identification

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look it up."""
        del raw
        return unless(tables.models[self.model].identification, self.want)


class NoField(Trial, frozen=True, kw_only=True, tag="no_field"):
    """No fact and no part of a model can hold this: no field of either is called so."""

    words: tuple[str, ...]

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look at the names of all fields."""
        del tables, raw
        names = {field for struct in (ItemFacts, Model, Party) for field in struct.__struct_fields__}
        found = sorted(name for name in names if any(word in name for word in self.words))
        return f"fields {found}" if found else None


class Words(Trial, frozen=True, kw_only=True, tag="words"):
    """All parties see the same words: every kind of information, role and reason of a model has a Swedish and an English one."""

    reasons: tuple[str, ...] = ()

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Look them up."""
        del raw
        words = [(word.sv, word.en) for word in tables.categories.values()]
        words += [(word.sv, word.en) for word in tables.catalogue.roles.values()]
        words += [(tables.texts[code].sv, tables.texts[code].en) for code in self.reasons]
        silent = [word for word in words if not (word[0].strip() and word[1].strip())]
        return f"no words: {silent}" if silent else None
