"""The login's own routes: to the provider, back from it, and out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx2 as httpx
import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler

from shared import csrf
from shared.clock import utc_now
from shared.errors import Invalid, Unauthenticated
from shared.login.authenticate import read_cookie
from shared.login.relying_party import RelyingParty
from shared.login.return_to import is_own_path
from shared.login.sessions import ATTEMPT_LIFE, csrf_token, is_random, new_random
from shared.tokens.strict_jose import JoseFault

NO_STORE: Final = {"Cache-Control": "no-store"}
PUBLIC: Final = {"public": True}
_MAX_FORM = 32 * 1024
AnyRequest = Request[Any, Any, Any]
Clock = Callable[[], datetime]


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """What a page may know of its own session."""

    csrf_token: str
    """For the header `X-CSRF-Token` or the form field `csrf`."""
    acr: str | None
    organisation: str | None
    authenticated_at: datetime
    ends_at: datetime
    over_at: datetime
    """When it ends if it is not used again."""


def login_routes(party: RelyingParty, *, clock: Clock = utc_now) -> Sequence[HTTPRouteHandler]:
    """`/auth/login`, `/auth/callback`, `/auth/session`, `/auth/logout`, `/auth/backchannel-logout`; all public."""
    return [route(party, clock) for route in (_login, _callback, _session, _logout, _backchannel_logout)]


def _login(party: RelyingParty, clock: Clock) -> HTTPRouteHandler:
    @get("/auth/login", opt=PUBLIC, operation_id="auth.login", status_code=303)
    async def login(request: AnyRequest) -> Response[None]:
        """Send the browser to the provider. `return_to` is a path of ours; `strong` and `fresh` ask for a step-up."""
        asked = _once(request.scope["query_string"])
        return_to = asked.get("return_to", "/")
        if not is_own_path(return_to):
            raise Invalid("return-to-refused")
        browser = read_cookie(request, party.config.attempt_cookie)
        if browser is None or not is_random(browser):
            browser = new_random()
        strong, fresh = asked.get("strong") == "true", asked.get("fresh") == "true"
        address = await party.begin(browser, return_to=return_to, strong=strong, fresh=fresh, now=clock())
        cookie = _cookie(party.config.attempt_cookie, browser, max_age=int(ATTEMPT_LIFE.total_seconds()))
        return _redirect(address, cookie)

    return login


def _callback(party: RelyingParty, clock: Clock) -> HTTPRouteHandler:
    @get("/auth/callback", opt=PUBLIC, operation_id="auth.callback", status_code=303)
    async def callback(request: AnyRequest) -> Response[None]:
        """The provider's answer: a session under a new id, then back to where the person wanted to go."""
        now = clock()
        answer = _once(request.scope["query_string"])
        checked, return_to = await party.finish(answer, read_cookie(request, party.config.attempt_cookie), now)
        former = read_cookie(request, party.config.cookie)
        cookie = await party.sessions.begin(checked, replaces=former, now=now)
        return _redirect(return_to, _cookie(party.config.cookie, cookie), _cookie(party.config.attempt_cookie, "", max_age=0))

    return callback


def _session(party: RelyingParty, clock: Clock) -> HTTPRouteHandler:
    @get("/auth/session", opt=PUBLIC, operation_id="auth.session")
    async def session(request: AnyRequest) -> Response[SessionView]:
        """The caller's own session, with the token that its forms must carry."""
        cookie = read_cookie(request, party.config.cookie)
        now = clock()
        found = None if cookie is None else await party.sessions.find(cookie, now)
        if cookie is None or found is None:
            raise Unauthenticated("not-logged-in")
        view = SessionView(
            csrf_token=csrf_token(cookie),
            acr=found.acr,
            organisation=found.organisation,
            authenticated_at=found.authenticated_at,
            ends_at=found.ends_at,
            over_at=party.sessions.over_at(found, now),
        )
        return Response(view, headers=NO_STORE)

    return session


def _logout(party: RelyingParty, clock: Clock) -> HTTPRouteHandler:
    @post("/auth/logout", opt=PUBLIC, operation_id="auth.logout", status_code=303)
    async def logout(request: AnyRequest) -> Response[None]:
        """End the session here and go on to the provider, so that it ends there and in the other houses (RP-Initiated Logout 1.0)."""
        cookie = read_cookie(request, party.config.cookie)
        if cookie is not None and await party.sessions.find(cookie, clock()) is not None:
            csrf.bind(request, csrf_token(cookie))
            await csrf.check(request, party.config.public_url)
            await party.sessions.end(cookie)
        endpoint = (await party.metadata(clock())).end_session_endpoint
        gone = _cookie(party.config.cookie, "", max_age=0)
        if endpoint is None:
            return _redirect("/", gone, clear=True)
        parameters = {"client_id": party.config.client_id, "post_logout_redirect_uri": f"{party.config.public_url}/"}
        return _redirect(str(httpx.URL(endpoint).copy_merge_params(parameters)), gone, clear=True)

    return logout


def _backchannel_logout(party: RelyingParty, clock: Clock) -> HTTPRouteHandler:
    @post("/auth/backchannel-logout", opt=PUBLIC, operation_id="auth.backchannel-logout", status_code=200)
    async def backchannel_logout(request: AnyRequest) -> Response[None]:
        """The provider ends a login (Back-Channel Logout 1.0 2.5-2.8): 200 also when there was no session here."""
        now = clock()
        try:
            sid, subject, jti = await party.answers.logout_token(_once(await _form(request)).get("logout_token", ""), now=now)
        except JoseFault as fault:
            raise Invalid("logout-token-refused", str(fault)) from fault
        if not await party.sessions.end_login(party.config.issuer, sid=sid, subject=subject, jti=jti, now=now):
            raise Invalid("logout-token-refused", "logout token already used")
        return Response(None, headers=NO_STORE)

    return backchannel_logout


def _once(encoded: bytes) -> dict[str, str]:
    """Parameters that each stand once (RFC 6749 3.1). Raises Invalid."""
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=20)
    except ValueError as error:
        raise Invalid("malformed-parameters") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("malformed-parameters")
    return found


async def _form(request: AnyRequest) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    if (body and kind != "application/x-www-form-urlencoded") or len(body) > _MAX_FORM:
        raise Invalid("malformed-parameters")
    return body


def _cookie(name: str, value: str, *, max_age: int | None = None) -> Cookie:
    return Cookie(key=name, value=value, path="/", secure=True, httponly=True, samesite="lax", max_age=max_age)


def _redirect(address: str, *cookies: Cookie, clear: bool = False) -> Response[None]:
    headers = {"Location": address, **NO_STORE} | ({"Clear-Site-Data": '"cache", "storage"'} if clear else {})
    return Response(None, status_code=303, headers=headers, cookies=cookies)
