"""Logging out: asked for by a client or a person, and told to every client that the login reached."""

import asyncio
import logging
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from litestar import Request, Response, route

from deploy.provider import pages
from deploy.provider.authorize import COOKIE, live_session, refuse_other_sites
from deploy.provider.config import Client
from deploy.provider.faults import OAuthFault, PageFault
from deploy.provider.provider import Provider
from deploy.provider.requests import locale_of
from deploy.provider.state import Session
from deploy.provider.wire import NO_STORE, Given, form_of, query_of
from shared.tokens.strict_jose import JoseFault

TELL_WITHIN: Final = 3.0
"""Seconds that a client has to take its logout token."""

log = logging.getLogger("samsyn.provider")


@route("/logout", http_method=["GET", "POST"], status_code=200)
async def log_out(request: Request[Any, Any, Any], provider: Given) -> Response[bytes]:
    """RP-Initiated Logout 1.0. With an id_token_hint the login ends at once; without one the person is asked first."""
    try:
        given = await form_of(request) if request.method == "POST" else query_of(request)
    except OAuthFault as fault:
        raise PageFault(fault.description) from fault
    locale = locale_of(given.get("ui_locales", ""), request.headers.get("accept-language", ""))
    client, session = _hinted(provider, given)
    address = _return_address(client, given)
    if "id_token_hint" not in given:
        if request.method == "GET" or given.get("confirm") != "yes":
            kept = {name: given[name] for name in ("client_id", "post_logout_redirect_uri", "state") if name in given}
            targets = () if address is None else ("{0.scheme}://{0.netloc}".format(urlsplit(address)),)
            return pages.answer(pages.render("logout.html", locale, kept=kept), form_targets=targets)
        refuse_other_sites(request)
        session = live_session(request, provider)
    if session is not None:
        await end_session(provider, session)
    if address is None:
        answer = pages.answer(pages.render("logged_out.html", locale))
    else:
        answer = Response(b"", status_code=303, headers={"Location": address, **NO_STORE})
    answer.delete_cookie(COOKIE, path="/")
    return answer


async def end_session(provider: Provider, session: Session) -> None:
    """End a login everywhere: its codes and tokens here, then a logout token to each client; their answers are awaited."""
    session.is_ended = True
    clients = [provider.clients[client_id] for client_id in sorted(session.clients)]
    async with httpx2.AsyncClient(timeout=TELL_WITHIN, follow_redirects=False, trust_env=False) as http:
        await asyncio.gather(*(_tell(provider, http, client, session) for client in clients if client.backchannel_logout_uri))


async def _tell(provider: Provider, http: httpx2.AsyncClient, client: Client, session: Session) -> None:
    token = provider.minting.logout_token(session, client, provider.clock())
    try:
        answer = await http.post(str(client.backchannel_logout_uri), data={"logout_token": token})
        outcome = str(answer.status_code)
    except httpx2.HTTPError as error:
        outcome = type(error).__name__
    if outcome not in {"200", "204"}:
        log.warning("logout token not taken by %s: %s", client.client_id, outcome)


def _return_address(client: Client | None, given: dict[str, str]) -> str | None:
    address = given.get("post_logout_redirect_uri")
    if address is None:
        return None
    if client is None or address not in client.post_logout_redirect_uris:
        raise PageFault("post_logout_redirect_uri is not one of the client's")
    return str(httpx2.URL(address).copy_merge_params({"state": given["state"]})) if "state" in given else address


def _hinted(provider: Provider, given: dict[str, str]) -> tuple[Client | None, Session | None]:
    """Whose logout this is: by the hint, otherwise by client_id, which only says where to go afterwards."""
    if "id_token_hint" not in given:
        return provider.clients.get(given.get("client_id", "")), None
    try:
        claims = provider.minting.read_own(given["id_token_hint"], "JWT", None)
    except JoseFault as fault:
        raise PageFault("id_token_hint is not an ID token of this provider") from fault
    client = provider.clients.get(claims["aud"])
    if client is None or given.get("client_id", client.client_id) != client.client_id:
        raise PageFault("id_token_hint is another client's")
    return client, provider.state.find_session(str(claims.get("sid")))
