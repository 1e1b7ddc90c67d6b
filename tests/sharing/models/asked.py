"""Checks that ask the model, or the engine under it. `run` is None when the answer is the one stated, else what came."""

from datetime import date

import msgspec

from services.sharing.domain.catalogue import BrokenModels, read_catalogue
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts, Judgements, Party
from services.sharing.domain.model_rules import apply_overlay as overlay_on
from services.sharing.domain.model_rules import may_agree, may_convene, may_meet, may_open, may_read, may_see_case
from services.sharing.domain.models import Model, allows
from services.sharing.domain.tables import Tables
from shared.contracts.consent import CoverageState
from shared.law.codes import Answer, Attestation, Label, LeafCategory, Purpose, Regime
from tests.sharing.models.trial import Trial, unless

LET_THROUGH = "let-through"
TODAY = date(2026, 11, 24)


class ModelSays(Trial, frozen=True, kw_only=True, tag="model_says", rename={"discloser": "from", "recipient": "to"}):
    """The model's own word for one kind of information from one regime to another: `let-through` or its reason."""

    model: str
    discloser: Regime
    recipient: Regime
    category: LeafCategory
    want: str
    purpose: Purpose | None = None
    """None: the model's first."""
    age: int | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model alone, whatever the law says."""
        del raw
        return unless(_says(tables.models[self.model], self), self.want)


def _says(model: Model, asked: "ModelSays | Overlaid | Local") -> str:
    purpose = asked.purpose or (model.purposes[0].code if model.purposes else Purpose.SUPPORT)
    return allows(model, asked.discloser, asked.recipient, purpose, asked.category, asked.age) or LET_THROUGH


class Decide(Trial, frozen=True, kw_only=True, tag="decide", rename={"discloser": "from", "recipient": "to"}):
    """The engine's answer for one item under the model: law and model together, each party an organisation of its own."""

    discloser: Regime
    recipient: Regime
    category: LeafCategory
    purpose: Purpose
    answer: Answer
    model: str | None = None
    reason: str | None = None
    """The deciding one."""
    label: Label | None = None
    age: int = 10
    consent: CoverageState | None = CoverageState.NOT_ASKED
    attested: dict[Attestation, bool] = msgspec.field(default_factory=dict)
    judged: Judgements = Judgements(necessary=True, relevant=True, proportionate=True)
    on: date = TODAY

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the engine, twice: the same question has the same answer."""
        del raw
        facts = self._facts(tables)
        answer = decide_item(tables, facts)
        if decide_item(tables, facts) != answer:
            return "another answer the second time"
        came = (answer.answer, answer.label if self.label else None, answer.reasons[0] if self.reason else None)
        return unless(came, (self.answer, self.label, self.reason))

    def _facts(self, tables: Tables) -> ItemFacts:
        return ItemFacts(
            discloser=Party(organisation="o1", regime=self.discloser, public=tables.regimes[self.discloser].public),
            recipient=Party(organisation="o2", regime=self.recipient, public=tables.regimes[self.recipient].public),
            purpose=self.purpose,
            category=self.category,
            on=self.on,
            age=self.age,
            restricted=False,
            consent=None if self.consent is None else ConsentFact(state=self.consent),
            attested=self.attested,
            judgements=self.judged,
            model=self.model,
        )


class DifferentRules(Trial, frozen=True, kw_only=True, tag="different_rules"):
    """The same question about a public and a private party is judged by different law, and each answer names its own."""

    category: LeafCategory
    purpose: Purpose
    public: tuple[Regime, Regime]
    """From and to."""
    private: tuple[Regime, Regime]

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Compare the rows."""
        del raw
        rows = [tables.row((a, b, self.purpose, tables.info(self.category, a)), TODAY) for a, b in (self.public, self.private)]
        if any(row is None or not row.law for row in rows):
            return "no row with a law"
        regimes = [tables.regimes[pair[0]].law + tables.regimes[pair[1]].law for pair in (self.public, self.private)]
        return None if regimes[0] != regimes[1] else "the same rule of secrecy"


class Meeting(Trial, frozen=True, kw_only=True, tag="meeting"):
    """Whether a meeting may be held, or a plan made: `held` or the reason."""

    model: str
    want: str
    identified: bool = True
    consents: tuple[CoverageState, ...] = ()

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model."""
        del raw
        came = may_meet(tables.models[self.model], identified=self.identified, consents=self.consents)
        return unless(came or "held", self.want)


class Parties(Trial, frozen=True, kw_only=True, tag="parties"):
    """Whether these may open a case together: `opens` or the reason, and the model that is pointed at."""

    model: str
    regimes: tuple[Regime, ...]
    want: str
    instead: str | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model."""
        del raw
        refusal = may_open(tables.models[self.model], self.regimes)
        if self.instead is not None and (refusal is None or refusal.instead != self.instead):
            return f"points not at {self.instead}"
        return unless(refusal.code if refusal else "opens", self.want)


class Agreed(Trial, frozen=True, kw_only=True, tag="agreed"):
    """Whether organisations with these regimes may agree on the model: `agreed` or the reason."""

    model: str
    regimes: tuple[Regime, ...]
    want: str

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model."""
        del raw
        refusal = may_agree(tables.models[self.model], self.regimes)
        return unless(refusal.code if refusal else "agreed", self.want)


class Convenes(Trial, frozen=True, kw_only=True, tag="convenes"):
    """Whether a role may open a case or put a child on the list: `may` or the reason."""

    model: str
    role: str
    want: str

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model."""
        del raw
        return unless(may_convene(tables.models[self.model], self.role) or "may", self.want)


class Reads(Trial, frozen=True, kw_only=True, tag="reads"):
    """Whether the model lets a role read a kind of information: `may` or the reason."""

    model: str
    role: str
    category: LeafCategory
    want: str

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the model."""
        del raw
        return unless(may_read(tables.models[self.model], self.role, self.category) or "may", self.want)


class NoCases(Trial, frozen=True, kw_only=True, tag="no_cases"):
    """A role that opens no case in any model: its holders get counts, hear that it moves, or sit in."""

    role: str

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Ask the role, and every model as grants do."""
        del raw
        acts = [m.id for m in tables.models.values() if self.role in m.roles]
        return f"acts in {acts}" if acts else unless(may_see_case(tables.catalogue.roles[self.role]), "role-not-allowed")


class Overlaid(Trial, frozen=True, kw_only=True, tag="overlay", rename={"discloser": "from", "recipient": "to"}):
    """What the model says before and after an overlay is laid on it."""

    model: str
    overlay: str
    discloser: Regime
    recipient: Regime
    category: LeafCategory
    before: str
    after: str
    purpose: Purpose | None = None
    age: int | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Lay it on, and ask both."""
        del raw
        model = tables.models[self.model]
        laid = overlay_on(model, tables.catalogue.overlays[self.overlay])
        return unless((_says(model, self), _says(laid, self)), (self.before, self.after))


class Local(Trial, frozen=True, kw_only=True, tag="local_model", rename={"discloser": "from", "recipient": "to"}):
    """Local models written as data alone: copies of one, changed, which say what is wanted while all others stay as they were."""

    copy_of: str
    want: str
    copies: int = 1
    adds: str = ""
    """TOML put at the end of the copy."""
    drops: str = ""
    """A line of the original that the copy lacks."""
    discloser: Regime
    recipient: Regime
    category: LeafCategory
    purpose: Purpose | None = None
    age: int | None = None

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Write them, read everything anew, ask them."""
        text = raw[f"models/{self.copy_of}.toml"].decode()
        if self.drops and self.drops not in text:
            return f"the original lacks {self.drops}"
        written = dict(raw)
        for number in range(self.copies):
            changed = text.replace(f'id = "{self.copy_of}"', f'id = "local-{number}"', 1).replace(self.drops, "", 1)
            written[f"models/local-{number}.toml"] = (changed + self.adds).encode()
        try:
            models = read_catalogue(written).models
        except BrokenModels:
            return unless("not-complete", self.want)
        if any(models[one] != tables.models[one] for one in tables.models):
            return "another model changed"
        said = {_says(models[f"local-{number}"], self) for number in range(self.copies)}
        return unless(said, {self.want})
