"""The pages of one house: made once in its `app.py`, asked by its handlers for an answer.

SITE = Site(name=N_("För dig och ditt barn"), folder=Path(__file__).parent / "templates", navigation=(...))

@get("/requests", guards=[FAMILY], include_in_schema=False)
async def list_own(request: AnyRequest, caller: TheCaller, work: TheWork, site: TheSite) -> Response[str]:
    listed = await work.once(lambda tx: list_requests(tx, means, caller, now=work.now))
    return site.page(request, "requests.html", requests=listed.requests)
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from shared import csrf, problems, telemetry
from shared.auth import Caller
from shared.clock import utc_now
from shared.login import expiry
from shared.login.authenticate import read_cookie
from shared.login.return_to import is_own_path
from shared.pages import assets, drafts, forms
from shared.pages.drafts import Drafts
from shared.pages.frame import Frame, Item, environment
from shared.pages.languages import FIRST, Language, choice_in, language_for, tongues
from shared.pages.texts import Catalogue, catalogue
from shared.pages.theme import Theme
from shared.problems import Problem

AnyRequest = Request[Any, Any, Any]
TO_LOGIN = {"not-logged-in": "", "stronger-login-needed": "&strong=true"}
"""Problems that a login solves, and what it must ask for."""
HERE = Path(__file__).parent / "templates"


class Site:
    """Folder, navigation, languages and looks of one house's pages."""

    def __init__(
        self,
        *,
        name: str,
        folder: Path,
        navigation: Sequence[Item] = (),
        footer: Sequence[Item] = (),
        among: Sequence[Language] = FIRST,
        theme: Theme | None = None,
        drafts: Drafts | None = None,
        unkept: Sequence[str] = (),
    ) -> None:
        """`name`: what readers call the house, a message id. `folder`: its templates; the catalogues lie in `texts` beside it.

        `unkept`: paths whose forms are not kept over a login, because they hold more than codes.
        """
        self.name = name
        self.folder = folder
        self.navigation = tuple(navigation)
        self.footer = tuple(footer)
        self.among = tuple(among)
        self.theme = theme or Theme()
        self.drafts = drafts
        self.unkept = frozenset(unkept)

    @property
    def routes(self) -> list[Any]:
        """The assets and the page that shows all components; each house has them on its own origin."""
        from shared.pages.components import components  # it needs this module

        return [assets.asset, *assets.theme_routes(self.theme), components(self)]

    def page(
        self,
        request: AnyRequest,
        template: str,
        *,
        status: int = 200,
        cookies: Sequence[Cookie] = (),
        among: Sequence[Language] | None = None,
        **values: Any,
    ) -> Response[str]:
        """A template of this house as an answer, in the reader's language, inside the frame. `among`: the languages of this very page."""
        language = language_for(request, among or self.among)
        body = (
            environment(self.folder, language)
            .get_template(template)
            .render(frame=self._frame(request, language, among or self.among), **values)
        )
        return Response(
            body,
            status_code=status,
            media_type=MediaType.HTML,
            headers={"Vary": "Accept-Language, Cookie"},
            cookies=[*choice_in(request, language), *cookies],
        )

    def language(self, request: AnyRequest) -> Language:
        """What this reader reads."""
        return language_for(request, self.among)

    def words(self, request: AnyRequest) -> Catalogue:
        """Words for what Python says on a page (faults of a form)."""
        return catalogue(self.language(request), (self.folder.parent / "texts",))

    def draft(self, request: AnyRequest, caller: Caller, *, now: datetime) -> dict[str, list[str]]:
        """What this person had filled in at this path when their session ended; empty otherwise. Answer then with `drafts.forget()`."""
        sealed = read_cookie(request, drafts.COOKIE)
        return {} if self.drafts is None else self.drafts.open(sealed, request.scope["path"], caller, now=now)

    def problem(self, request: AnyRequest, problem: Problem) -> Response[Any]:
        """A problem as a page; what a login solves goes there and comes back, with the form that was sent (`Runtime.page`)."""
        path = request.scope["path"]
        known = problem.code == "not-logged-in" and request.scope.get("user") is not None  # the login is right, the page is for others
        if problem.code in TO_LOGIN and not known and not path.startswith("/auth"):
            return self._to_login(request, path, TO_LOGIN[problem.code])
        text = problems.TEXTS.get(problem.code)
        return self.page(
            request,
            "problem.html",
            status=problem.status,
            title=_say(text, self.language(request), problem.status),
            help=_help(text, self.language(request)),
            problem=problem,
            trace=telemetry.trace_id() if problem.status >= 500 else None,  # noqa: PLR2004  ours to look at
        )

    def _to_login(self, request: AnyRequest, path: str, asks: str) -> Response[None]:
        query = request.scope["query_string"].decode("latin-1")
        back = f"{path}?{query}" if request.method == "GET" and query else path
        address = f"/auth/login?{urlencode({'return_to': back if is_own_path(back) else '/'})}{asks}"
        kept: list[Cookie] = []
        if self.drafts is not None and path not in self.unkept and (sent := forms.sent_with(request)) is not None:
            kept = self.drafts.keep(path, sent, now=utc_now())
        return Response(None, status_code=303, headers={"Location": address, "Cache-Control": "no-store"}, cookies=kept)

    def _frame(self, request: AnyRequest, language: Language, among: Sequence[Language]) -> Frame:
        caller: Caller | None = request.scope.get("user")
        path = request.scope["path"]
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return Frame(
            language=language,
            path=path,
            tongues=tongues(path, language, among, query),
            name=self.name,
            navigation=tuple(item for item in self.navigation if caller is not None and item.scopes <= caller.scopes),
            footer=self.footer,
            csrf=csrf.current(request),
            owner="" if caller is None or self.drafts is None else self.drafts.owner(caller),
            ends_at=expiry.current(request),
            themed=bool(self.theme.style),
            logo=self.theme.logo is not None,
        )


TheSite = NamedDependency[SkipValidation[Site]]
"""How a handler asks for the site of its house."""


def _say(text: problems.Text | None, language: Language, status: int) -> str:
    if text is None:
        return str(status)
    return text.sv if language == "sv" else text.en


def _help(text: problems.Text | None, language: Language) -> str:
    if text is None:
        return ""
    return text.sv_help if language == "sv" else text.en_help
