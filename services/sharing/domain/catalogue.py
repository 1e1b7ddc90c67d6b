"""The catalogue of collaboration models, read from TOML: kinds of party become regimes, overlays are laid on, unknown codes refused."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.sharing.domain.model_rules import apply_overlay, may_see_case
from services.sharing.domain.model_words import Document, PartyKind, Role
from services.sharing.domain.models import (
    ConsentTerms,
    Flow,
    Identification,
    Level,
    Limit,
    Model,
    ModelParty,
    ModelPurpose,
    Off,
    Rhythm,
    TurnedOn,
)
from services.sharing.domain.overlays import Overlay
from shared.law.codes import LeafCategory, Purpose, Regime

S = TypeVar("S", bound=msgspec.Struct)
NO_LIMIT = 150
"""Years: an age that nobody reaches, where a model names none."""
EVERYBODY = "*"


class BrokenModels(Exception):
    """A model contradicts itself or names something unknown; the message names the file's model and the word."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a file of a model."""


class PartyLine(_Entry, frozen=True, kw_only=True):
    """A party of one model."""

    kind: str
    mandatory: bool = False
    each_case: bool = False


class FlowLine(_Entry, frozen=True, kw_only=True, rename={"discloser": "from", "recipient": "to"}):
    """A flow between kinds of party; `*` is every party of the model."""

    discloser: tuple[str, ...]
    recipient: tuple[str, ...]
    categories: tuple[LeafCategory, ...]
    purposes: tuple[Purpose, ...] = ()


class OffLine(_Entry, frozen=True, kw_only=True, rename={"recipient": "to"}):
    """What is off until a lawyer has turned it on."""

    sv: str
    en: str
    categories: tuple[LeafCategory, ...] = ()
    recipient: tuple[str, ...] = ()
    turned_on: TurnedOn | None = None


class ReadsLine(_Entry, frozen=True, kw_only=True):
    """A role that reads less than the model lets through."""

    role: str
    categories: tuple[LeafCategory, ...]


class ModelFile(
    _Entry,
    frozen=True,
    kw_only=True,
    rename={"parties": "party", "purposes": "purpose", "flows": "flow", "rhythms": "rhythm", "limits": "limit"},
):
    """One file of `rules/models`, strictly."""

    id: str
    version: int
    sv: str
    en: str
    identification: Identification
    consent: ConsentTerms
    parties: tuple[PartyLine, ...]
    roles: tuple[str, ...]
    purposes: tuple[ModelPurpose, ...] = ()
    flows: tuple[FlowLine, ...] = ()
    levels: tuple[Level, ...] = ()
    age_from: int = 0
    age_to: int = NO_LIMIT
    ages_source: str = "proposal"
    convenes: tuple[str, ...] = ()
    coordinator: str | None = None
    reads: tuple[ReadsLine, ...] = ()
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    rhythms: tuple[Rhythm, ...] = ()
    limits: tuple[Limit, ...] = ()
    off: tuple[OffLine, ...] = ()
    search: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    handbook: str | None = None
    instead: str | None = None
    needs_lawyer: bool = True


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Every model with its words."""

    models: Mapping[str, Model]
    overlays: Mapping[str, Overlay]
    roles: Mapping[str, Role]
    parties: Mapping[str, PartyKind]
    documents: Mapping[str, Document]
    earlier: Mapping[str, Model]
    """Versions that running cases were opened under, `hlt-team@1`."""

    def named(self, name: str) -> Model | None:
        """A model by its id, or the version of it that a case was opened under by `id@version`; None when it is not kept."""
        current, at, version = name.partition("@")
        model = self.models.get(current)
        if at and (model is None or str(model.version) != version):
            return self.earlier.get(name)
        return model


def files_of(models: Traversable) -> dict[str, bytes]:
    """The bytes of every file below `rules/models`, by the name that `read_catalogue` knows it by."""
    found = _toml(models, "models")
    for folder in ("overlays", "shared", "earlier"):
        found |= _toml(models / folder, f"models/{folder}")
    return found


def local_files(folder: Path) -> dict[str, bytes]:
    """The models of an operator's own folder, named as the shipped ones are. Raises OSError where there is no such folder."""
    return _toml(folder, "models") | _toml(folder / "earlier", "models/earlier")


def _toml(folder: Traversable, prefix: str) -> dict[str, bytes]:
    if prefix == "models/earlier" and not folder.is_dir():
        return {}
    return {f"{prefix}/{f.name}": f.read_bytes() for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.name.endswith(".toml")}


def read_catalogue(raw: Mapping[str, bytes]) -> Catalogue:
    """Read and check; other names than those of models are passed over. Raises BrokenModels."""
    try:
        roles = {r.code: r for r in _list(raw, "roles", "role", Role)}
        parties = {p.kind: p for p in _list(raw, "parties", "party", PartyKind)}
        documents = {d.code: d for d in _list(raw, "documents", "document", Document)}
        overlays = [_file(raw[name], Overlay) for name in sorted(raw) if name.startswith("models/overlays/")]
        written = [_file(raw[name], ModelFile) for name in sorted(raw) if name.startswith("models/") and name.count("/") == 1]
        before = [_file(raw[name], ModelFile) for name in sorted(raw) if name.startswith("models/earlier/")]
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, KeyError) as error:
        raise BrokenModels(str(error)) from error
    words = Catalogue(models={}, overlays={o.id: o for o in overlays}, roles=roles, parties=parties, documents=documents, earlier={})
    for overlay in overlays:
        _known(overlay.id, overlay.onlookers, roles)
    models = {one.id: _compile(one, words) for one in written}
    for one in written:
        _known(one.id, [one.instead] if one.instead else [], models)
    if len(models) != len(written):
        raise BrokenModels("two files have the same id")
    for one in before:
        _known(f"{one.id}, earlier", [one.id], models)
        if one.version >= models[one.id].version:
            raise BrokenModels(f"{one.id}: an earlier version has a lower number")
    return msgspec.structs.replace(words, models=models, earlier={f"{one.id}@{one.version}": _compile(one, words) for one in before})


def _file(body: bytes, kind: type[S]) -> S:
    return msgspec.convert(tomllib.loads(body.decode()), kind)


def _list(raw: Mapping[str, bytes], name: str, key: str, kind: type[S]) -> list[S]:
    rows = tomllib.loads(raw[f"models/shared/{name}.toml"].decode())[key]
    return msgspec.convert(rows, list[kind])  # type: ignore[valid-type]


def _known(model: str, words: Iterable[str], among: Mapping[str, Any]) -> None:
    for word in words:
        if word not in among:
            raise BrokenModels(f"{model}: {word} is not known")


def _compile(one: ModelFile, words: Catalogue) -> Model:
    _check(one, words)
    who = tuple(_party(line, words.parties[line.kind]) for line in one.parties)
    by_kind = {party.kind: party.regimes for party in who}
    whole = next((o for o in one.off if not o.categories and not o.recipient and o.turned_on is None), None)
    model = Model(
        id=one.id,
        version=one.version,
        sv=one.sv,
        en=one.en,
        parties=_regimes([EVERYBODY], by_kind),
        roles=tuple(role for role in one.roles if may_see_case(words.roles[role]) is None),
        onlookers=tuple(role for role in one.roles if may_see_case(words.roles[role]) is not None),
        age_from=one.age_from,
        age_to=one.age_to,
        purposes=one.purposes,
        flows=tuple(
            Flow(
                discloser=_regimes(f.discloser, by_kind),
                recipient=_regimes(f.recipient, by_kind),
                categories=f.categories,
                purposes=f.purposes,
            )
            for f in one.flows
        ),
        consent_months=one.consent.longest_months,
        default_months=one.consent.default_months,
        rhythm_days=one.rhythms[0].days if one.rhythms else None,
        enabled=whole is None,
        identification=one.identification,
        consent=one.consent,
        who=who,
        levels=one.levels,
        convenes=one.convenes,
        coordinator=one.coordinator,
        reads={line.role: line.categories for line in one.reads},
        documents=one.documents,
        tools=one.tools,
        rhythms=one.rhythms,
        limits=one.limits,
        off=tuple(
            Off(sv=o.sv, en=o.en, categories=o.categories, recipient=_regimes(o.recipient, by_kind), turned_on=o.turned_on) for o in one.off
        ),
        search=one.search,
        handbook=one.handbook,
        instead=one.instead,
        needs_lawyer=one.needs_lawyer,
    )
    for overlay in one.overlays:
        model = apply_overlay(model, words.overlays[overlay])
    return model


def _party(line: PartyLine, kind: PartyKind) -> ModelParty:
    return ModelParty(
        kind=line.kind,
        sv=kind.sv,
        en=kind.en,
        commits_sv=kind.commits_sv,
        commits_en=kind.commits_en,
        regimes=kind.regimes,
        mandatory=line.mandatory,
        each_case=line.each_case,
    )


def _regimes(kinds: Iterable[str], by_kind: Mapping[str, tuple[Regime, ...]]) -> tuple[Regime, ...]:
    chosen = [regimes for kind in kinds for regimes in (by_kind.values() if kind == EVERYBODY else [by_kind[kind]])]
    return tuple(dict.fromkeys(regime for regimes in chosen for regime in regimes))


def _check(one: ModelFile, words: Catalogue) -> None:
    _known(one.id, [line.kind for line in one.parties], words.parties)
    _known(one.id, [*one.roles, *([one.coordinator] if one.coordinator else [])], words.roles)
    own = dict.fromkeys(one.roles)
    _known(f"{one.id}, roles of its own", [*one.convenes, *(line.role for line in one.reads)], own)
    kinds = dict.fromkeys([EVERYBODY, *(line.kind for line in one.parties)])
    for flow in one.flows:
        _known(f"{one.id}, parties of its own", [*flow.discloser, *flow.recipient], kinds)
        _known(f"{one.id}, purposes of its own", flow.purposes, dict.fromkeys(p.code for p in one.purposes))
    for off in one.off:
        _known(f"{one.id}, parties of its own", off.recipient, kinds)
        if off.recipient and not any(words.parties[kind].regimes for kind in off.recipient if kind != EVERYBODY):
            raise BrokenModels(f"{one.id}: off towards a party that no unit can be")
    _known(one.id, [*one.documents, *one.tools], words.documents)
    _known(one.id, one.overlays, words.overlays)
    if one.age_from > one.age_to or one.consent.default_months > one.consent.longest_months:
        raise BrokenModels(f"{one.id}: from is after to")
    if one.identification in {Identification.NONE, Identification.AGGREGATE} and one.flows:
        raise BrokenModels(f"{one.id}: no individual matters, and yet a flow")
    if one.identification is Identification.DEIDENTIFIED and any(f.categories != (LeafCategory.DEIDENTIFIED_QUESTION,) for f in one.flows):
        raise BrokenModels(f"{one.id}: de-identified only, and yet another category")
