"""Flags, which are the saved questions too: each rule is a question, what it found are the answers."""

from datetime import datetime

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from services.audit.domain.flags import RULES
from services.audit.domain.leaf import Leaf
from services.audit.http.entries import OFFICER
from services.audit.http.views import Index, TheKeeper
from services.audit.usecases.raise_flags import Flagged, Mark, list_flags, mark_flag
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.words import Code, OpaqueId
from shared.work import TheCaller, TheWork


class ListFlags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which flags: of all rules or one, those without a mark or all."""

    organisation: OpaqueId | None = None
    rule: Code | None = None
    before: Index | None = None
    marked: bool = False


class MarkFlag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the officer makes of one flag."""

    index: Index
    rule: Code
    mark: Mark
    organisation: OpaqueId | None = None


class FlagView(msgspec.Struct, frozen=True, kw_only=True):
    """A flag with its sentence and its entry. It is a reason to ask, never a verdict."""

    index: int
    rule: str
    version: int
    sv: str
    en: str
    raised_at: datetime
    mark: str | None
    entry: Leaf | None

    @classmethod
    def of(cls, one: Flagged) -> "FlagView":
        """With the rule's sentence of today."""
        rule = RULES[one.flag.rule]
        return cls(
            index=one.flag.entry_index,
            rule=rule.id,
            version=one.flag.version,
            sv=rule.sv,
            en=rule.en,
            raised_at=one.flag.raised_at,
            mark=one.flag.mark,
            entry=one.seen.leaf,
        )


class FlagsView(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first."""

    flags: tuple[FlagView, ...]


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """What stands now."""

    index: int
    mark: Mark


@post("/v1/flags", guards=[OFFICER], opt={"reads": True}, status_code=200)
async def listed(data: JSONBody[ListFlags], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> FlagsView:
    """What the rules found in this year's log."""
    organisation = data.organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> FlagsView | AppError:
        found = await list_flags(tx, keeper, caller, organisation, rule=data.rule, before=data.before, marked=data.marked, now=work.now)
        return found if isinstance(found, AppError) else FlagsView(flags=tuple(map(FlagView.of, found)))

    return await work.once(effect)


@post("/v1/flag-marks", guards=[OFFICER], status_code=200)
async def mark(data: JSONBody[MarkFlag], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Marked:
    """Say that a flag has been looked at, or was false."""
    organisation = data.organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> Marked | AppError:
        if data.rule not in RULES:
            return NotFound()
        made = await mark_flag(tx, keeper, caller, organisation, data.index, data.rule, data.mark, now=work.now)
        return made if isinstance(made, AppError) else Marked(index=made.entry_index, mark=data.mark)

    return await work.once(effect)


ROUTES: list[HTTPRouteHandler] = [listed, mark]
