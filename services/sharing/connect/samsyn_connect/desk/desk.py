"""One running desk: what its handlers are given, how a page is made, and which forms are believed."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2
import jinja2
from litestar import Request, Response
from litestar.datastructures import Cookie, UploadFile
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from samsyn_connect.client import Connection
from samsyn_connect.config import Config, DeskConfig, KeyStore, read_client_key
from samsyn_connect.desk.fields import words
from samsyn_connect.desk.login import Login
from samsyn_connect.desk.sessions import Session, Sessions
from samsyn_connect.desk.texts import LANGUAGES, Words
from samsyn_connect.http import HttpTransport
from samsyn_connect.tokens import TokenSource

AnyRequest = Request[Any, Any, Any]
LANGUAGE_COOKIE = "samsyn-desk-language"
SCOPES = ("sharing:send", "sharing:fetch")
_STOCKHOLM = ZoneInfo("Europe/Stockholm")


class NotLoggedIn(Exception):
    """Nobody may see this page without a login."""


class Fault(Exception):
    """A page that says what went wrong: a text key and a status. Never what was typed."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Desk:
    """The organisation's keys, its way to Samsyn, and the people logged in here."""

    def __init__(self, config: Config, settings: DeskConfig, http: httpx2.AsyncClient, clock: Callable[[], datetime]) -> None:
        keys = KeyStore(config)
        self.settings = settings
        self.organisation = config.organisation
        self.issuer = config.issuer
        self.clock = clock
        self.sessions = Sessions()
        self.login = Login(config.issuer, config.organisation, settings, read_client_key(settings.client_key), http)
        tokens = TokenSource(config.issuer, config.client_id, keys.client, resource=config.sharing_audience, scopes=SCOPES, http=http)
        self.transport = HttpTransport(config.sharing_url, tokens, http, clock)
        self.connection = Connection(self.transport, keys)
        self.cookie = f"__Host-samsyn-desk-{config.organisation}"
        self.attempt_cookie = f"{self.cookie}-login"

    def session(self, request: AnyRequest) -> Session:
        """The login of this browser. Raises NotLoggedIn."""
        session = self.sessions.find(request.cookies.get(self.cookie), self.clock())
        if session is None:
            raise NotLoggedIn
        return session

    async def form(self, request: AnyRequest, session: Session) -> dict[str, str]:
        """What a form of ours sent, files as text. Raises Fault for one that another site made.

        Two checks, both needed: the browser says that it comes from our origin, and it carries this session's token.
        """
        if not self._is_own_page(request):
            raise Fault("fault-cross-site", 403)
        form: dict[str, str] = {}
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                form[name] = (await value.read()).decode("utf-8", "replace")
            else:
                form[name] = str(value)
        if not session.is_ours(form.get("csrf", "")):
            raise Fault("fault-cross-site", 403)
        return form

    def unit(self, unit_id: str) -> str:
        """A unit's name, else its id."""
        return self.settings.units.get(unit_id, unit_id)

    def page(
        self,
        request: AnyRequest,
        template: str,
        *,
        session: Session | None,
        status: int = 200,
        form: dict[str, str] | None = None,
        **values: Any,
    ) -> Response[bytes]:
        """A page in the reader's language. `form`: what was sent, where the page answers a form."""
        language, cookies = self._language(request, form or {}), []
        if language in ((form or {}).get("language"), request.query_params.get("language")):
            cookies = [Cookie(key=LANGUAGE_COOKIE, value=language, path="/", secure=True, httponly=True, samesite="lax", max_age=31536000)]
        t = Words(language)
        body = (
            _templates()
            .get_template(template)
            .render(t=t, desk=self, session=session, path=request.url.path, is_answer=request.method != "GET", **values)
        )
        return Response(body.encode(), status_code=status, media_type="text/html", cookies=cookies)

    def words(self, request: AnyRequest, form: dict[str, str] | None = None) -> Words:
        """The texts in the reader's language."""
        return Words(self._language(request, form or {}))

    def _language(self, request: AnyRequest, form: dict[str, str]) -> str:
        asked = (form.get("language"), request.query_params.get("language"), request.cookies.get(LANGUAGE_COOKIE))
        return next((language for language in asked if language in LANGUAGES), LANGUAGES[0])

    def _is_own_page(self, request: AnyRequest) -> bool:
        # Every browser of today sends at least one of the two with a POST; what contradicts us is foreign, and so is what says nothing.
        site, source = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        # Under `Referrer-Policy: no-referrer` browsers write `Origin: null` on forms of our own pages (Fetch 3.2): then the other decides.
        if source is not None and not (source == "null" and site is not None):
            return source == self.settings.public_url
        return site is not None

    @property
    def host(self) -> str:
        """The only `Host` that is answered: a name elsewhere that points at us (DNS rebinding) is a stranger."""
        return urlsplit(self.settings.public_url).netloc


Given = NamedDependency[SkipValidation[Desk]]
"""The desk, in a handler's signature."""


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("samsyn_connect.desk"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = _when
    environment.filters["words"] = words
    return environment


def _when(instant: datetime | str) -> str:
    """`2026-03-11 14:05`, Swedish time."""
    aware = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return aware.astimezone(_STOCKHOLM).strftime("%Y-%m-%d %H:%M")
