"""`/children/name`: staff type a child's number here, because identity lives in this house; they go on with their own reference."""

from collections.abc import Sequence
from typing import Any

from litestar import Router, get, post
from litestar.di import Provide
from litestar.response import Response
from litestar.types import ControllerRouterHandler

from services.consent.domain.numbers import normalised
from services.consent.domain.register import Register
from services.consent.pages.family import TheMeans
from services.consent.pages.site import FOLDER
from services.consent.settings import Settings
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import name_child
from services.consent.usecases.through_barrier import through_barrier
from shared.auth import Kind, requires
from shared.pages import N_, AnyRequest, Site, TheSite, forms
from shared.pages.theme import Theme
from shared.work import TheCaller, TheWork

PATH = "/children/name"
STAFF = requires("consent:ask", kinds=frozenset({Kind.PERSON}))


class NamingPage:
    """Answers with a link and no redirect: our policy lets a form lead nowhere else, and the number is in no address."""

    def __init__(self, register: Register, cases_url: str) -> None:
        self._register = register
        self._cases = cases_url

    def handlers(self) -> list[Any]:
        """The form and its answer."""

        @get(PATH, guards=[STAFF], include_in_schema=False)
        async def ask(request: AnyRequest, site: TheSite) -> Response[str]:
            """The one line to write a number in."""
            return site.page(request, "name_child.html", number="", faults={})

        @post(PATH, guards=[STAFF], status_code=200, include_in_schema=False)
        async def name(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
            """The same page whether or not the child was known."""
            number = (await forms.read(request)).one("number")
            digits = normalised(number)
            if digits is None:
                words = site.words(request)
                faults = {"number": words.gettext("Skriv personnumret eller samordningsnumret med tolv siffror")}
                return site.page(request, "name_child.html", status=400, number=number, faults=faults)
            found = await self._register.look_up(digits)
            named, _ = await through_barrier(work, means, lambda tx: name_child(tx, means, caller, digits, found, now=work.now))
            return site.page(request, "child_named.html", onward=f"{self._cases}?child={named.child_ref}")

        return [ask, name]


def naming_page(given: Settings, means: Means, register: Register) -> Sequence[ControllerRouterHandler]:
    """Nothing where no page for cases is known: systems name children at `POST /v1/children`."""
    if given.cases_url is None:
        return []
    site = Site(name=N_("För dig som arbetar med barn"), folder=FOLDER, theme=Theme.of(given))
    needs = {"site": Provide(lambda: site, sync_to_thread=False), "means": Provide(lambda: means, sync_to_thread=False)}
    return [Router(path="/", route_handlers=NamingPage(register, given.cases_url).handlers(), dependencies=needs)]
