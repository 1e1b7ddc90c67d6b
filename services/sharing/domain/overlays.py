"""Overlays: what can be laid on any collaboration model without writing a new one."""

import msgspec

from shared.law.codes import Regime


class Counterpart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one regime takes part, these may take part as well, with their own rule of secrecy."""

    beside: Regime
    regimes: tuple[Regime, ...]


class Overlay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"counterparts": "counterpart"}):
    """One overlay, version and all."""

    id: str
    version: int
    sv: str
    en: str
    why_sv: str
    why_en: str
    counterparts: tuple[Counterpart, ...] = ()
    onlookers: tuple[str, ...] = ()
    """Roles that may sit in without reading anything."""
    remote: bool = False
    demands: tuple[str, ...] = ()
    """Codes with a text: what has to be done besides."""
    search: tuple[str, ...] = ()
