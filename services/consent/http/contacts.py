"""Where the family's members want to be told that there is something to read."""

from typing import Annotated, Literal

import msgspec
from litestar import get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from services.consent.domain.channel import Contact
from services.consent.http.children import TheMeans
from services.consent.http.requests import FAMILY
from services.consent.usecases.choose_contact import choose_contact, show_contact
from services.consent.usecases.list_given_up import GivenUpList, list_given_up
from shared.auth import LOA3, Kind, requires
from shared.work import TheCaller, TheWork

Email = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}$(?!\n)")]
Telephone = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$(?!\n)")]


class Choosing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both left out: nowhere, the inbox alone."""

    email: Email | None = None
    telephone: Telephone | None = None
    """E.164: `+46701740605`."""
    language: Literal["sv", "en"] = "sv"


@put("/v1/contact", guards=[FAMILY])
async def choose(data: JSONBody[Choosing], caller: TheCaller, work: TheWork, means: TheMeans) -> Contact:
    """Takes the place of what was chosen before."""
    chosen = Contact(email=data.email, telephone=data.telephone, language=data.language)
    return await work.once(lambda tx: choose_contact(tx, means, caller, chosen, now=work.now))


@get("/v1/contact", guards=[FAMILY])
async def show(caller: TheCaller, work: TheWork, means: TheMeans) -> Contact:
    """The person's own choice."""
    return await work.once(lambda tx: show_contact(tx, means, caller, now=work.now))


@get("/v1/given-up-notices", guards=[requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)])
async def given_up(caller: TheCaller, work: TheWork, means: TheMeans) -> GivenUpList:
    """What could not be sent, for the operator's staff."""
    return await work.once(lambda tx: list_given_up(tx, means, caller, now=work.now))


ROUTES: list[HTTPRouteHandler] = [choose, show, given_up]
