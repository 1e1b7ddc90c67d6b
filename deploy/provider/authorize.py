"""The authorization endpoint, pushed requests, and the page where a person chooses who to be."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from litestar import Request, Response, get, post, route

from deploy.provider import pages, requests
from deploy.provider.faults import OAuthFault, PageFault, RedirectFault
from deploy.provider.people import Persona
from deploy.provider.provider import Provider
from deploy.provider.state import PUSHED_LIFE, SESSION_LIFE, Authorization, Granted, Session
from deploy.provider.wire import Given, form_of, json_answer, query_of
from shared.ids import opaque_id

COOKIE = "samsyn-provider"
PUSHED = "urn:ietf:params:oauth:request_uri:"

AnyRequest = Request[Any, Any, Any]


@post("/par", status_code=201)
async def push_request(request: AnyRequest, provider: Given) -> Response[bytes]:
    """A request sent beforehand, by an authenticated client (RFC 9126)."""
    form = await form_of(request)
    now = provider.clock()
    client = provider.proofs.client(form, now)
    if "request_uri" in form or client.client_id != form.get("client_id", client.client_id):
        raise OAuthFault("invalid_request", "request_uri and another client_id are not accepted here")
    proof = provider.proofs.possession(request.headers.getall("dpop", []), method="POST", url=provider.address("/par"), now=now)
    if proof is not None:
        form.setdefault("dpop_jkt", proof.jkt)
        if form["dpop_jkt"] != proof.jkt:
            raise OAuthFault("invalid_dpop_proof", "dpop_jkt is another key's")
    try:
        wanted = requests.read(form, requests.client_of(provider, form | {"client_id": client.client_id}))
    except RedirectFault as fault:
        raise OAuthFault(fault.error, fault.description) from fault
    except PageFault as fault:
        raise OAuthFault("invalid_request", str(fault)) from fault
    answer = {"request_uri": PUSHED + provider.state.pushed.put(wanted, now), "expires_in": int(PUSHED_LIFE.total_seconds())}
    return json_answer(answer, status=201)


@route("/authorize", http_method=["GET", "POST"])
async def authorize(request: AnyRequest, provider: Given) -> Response[bytes]:
    """Ask who somebody is. Answers with the page, or with a redirect where no page is needed or nothing can be granted."""
    try:
        given = await form_of(request) if request.method == "POST" else query_of(request)
    except OAuthFault as fault:
        raise PageFault(fault.description) from fault
    now = provider.clock()
    client = requests.client_of(provider, given)
    if given.get("request_uri", "").startswith(PUSHED):
        pushed = provider.state.pushed.take(given["request_uri"].removeprefix(PUSHED), now)
        if pushed is None or pushed.client_id != client.client_id:
            raise PageFault("request_uri is unknown, used or has run out")
        wanted = pushed
    else:
        wanted = requests.read(given, client)
    if "none" in wanted.prompt:
        return _without_page(provider, wanted, live_session(request, provider))
    return _page(request, provider, wanted)


@get("/login")
async def choose(request: AnyRequest, provider: Given) -> Response[bytes]:
    """The same page in another language."""
    given = query_of(request)
    wanted = provider.state.requests.take(given.get("request", ""), provider.clock())
    if wanted is None:
        raise PageFault("the login has run out, start again at the application")
    locale = requests.locale_of(given.get("ui_locales", ""), "")
    return _page(request, provider, msgspec.structs.replace(wanted, locale=locale))


@post("/login", status_code=303)
async def log_in(request: AnyRequest, provider: Given) -> Response[bytes]:
    """A persona was chosen: 303 back to the client with a code (RFC 9700 4.12), or with the reason why not."""
    refuse_other_sites(request)
    form = await form_of(request)
    now = provider.clock()
    wanted = provider.state.requests.take(form.get("request", ""), now)
    if wanted is None:
        raise PageFault("the login has run out, start again at the application")
    if "cancel" in form:
        raise RedirectFault("access_denied", "the person cancelled", wanted.redirect_uri, wanted.state)
    subject = provider.people.subject_of(form["number"]) if "number" in form and "persona" not in form else form.get("persona", "")
    persona = provider.people.find(subject, provider.clients[wanted.client_id].persons, provider.today())
    if persona is None:
        raise PageFault("nobody of that name or number may log in here")
    if wanted.acr_values and persona.acr not in wanted.acr_values:
        # The Swedish profile: say so rather than log in at a lower level.
        raise RedirectFault(
            "unmet_authentication_requirements", "this login does not reach the level asked for", wanted.redirect_uri, wanted.state
        )
    session = _renewed(request, provider, persona)
    answer = _grant(provider, wanted, session)
    answer.set_cookie(
        COOKIE,
        provider.state.sessions.put(session, now),
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        path="/",
    )
    return answer


def live_session(request: AnyRequest, provider: Provider) -> Session | None:
    """The login that this browser has at the provider."""
    session = provider.state.sessions.get(request.cookies.get(COOKIE, ""), provider.clock())
    return session if session is not None and not session.is_ended else None


def refuse_other_sites(request: AnyRequest) -> None:
    """Forms are sent from our own pages alone; browsers say where a request comes from. Raises PageFault."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise PageFault("sent from another site")


def redirect(issuer: str, address: str, values: dict[str, str | None]) -> Response[bytes]:
    """303 to a checked address, with `iss` (RFC 9207)."""
    query = urlencode({name: value for name, value in {**values, "iss": issuer}.items() if value is not None})
    target = address + ("&" if urlsplit(address).query else "?") + query
    return Response(b"", status_code=303, headers={"Location": target, "Cache-Control": "no-store"})


def _without_page(provider: Provider, wanted: Authorization, session: Session | None) -> Response[bytes]:
    persons = provider.clients[wanted.client_id].persons
    if session is not None and wanted.max_age is not None:
        age = provider.clock() - session.authenticated_at
        session = session if age.total_seconds() <= wanted.max_age else None
    if session is None or provider.people.find(session.subject, persons, provider.today()) is None:
        raise RedirectFault("login_required", "nobody is logged in, or too long ago", wanted.redirect_uri, wanted.state)
    if wanted.acr_values and session.acr not in wanted.acr_values:
        raise RedirectFault(
            "unmet_authentication_requirements", "this login does not reach the level asked for", wanted.redirect_uri, wanted.state
        )
    return _grant(provider, wanted, session)


def _grant(provider: Provider, wanted: Authorization, session: Session) -> Response[bytes]:
    session.clients.add(wanted.client_id)
    code = provider.state.codes.put(Granted(request=wanted, session=session), provider.clock())
    return redirect(provider.issuer, wanted.redirect_uri, {"code": code, "state": wanted.state})


def _renewed(request: AnyRequest, provider: Provider, persona: Persona) -> Session:
    """The same person again keeps the session (one logout ends all of it) under a new cookie; another person gets a new one."""
    now = provider.clock()
    before = provider.state.sessions.take(request.cookies.get(COOKIE, ""), now)
    if before is not None and before.subject == persona.subject and not before.is_ended:
        before.authenticated_at, before.acr = now, persona.acr
        return before
    return Session(sid=str(opaque_id()), subject=persona.subject, acr=persona.acr, authenticated_at=now)


def _page(request: AnyRequest, provider: Provider, wanted: Authorization) -> Response[bytes]:
    session = live_session(request, provider)
    client = provider.clients[wanted.client_id]
    origin = urlsplit(wanted.redirect_uri)
    body = pages.render(
        "choose.html",
        wanted.locale or requests.locale_of("", request.headers.get("accept-language", "")),
        client=client.name,
        groups=provider.people.groups(client.persons, provider.today()),
        request=provider.state.requests.put(wanted, provider.clock()),
        current=session.subject if session is not None else None,
        takes_number=client.persons != "staff",
    )
    # Browsers hold a form's redirects to form-action too, so the client's origin has to be in it.
    return pages.answer(body, form_targets=(f"{origin.scheme}://{origin.netloc}",))
