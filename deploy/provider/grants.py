"""The token endpoint: one function per grant. No password grant, no implicit one, and nothing wider than asked or allowed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, post

from deploy.provider.config import OWN_SCOPES_OF_OPENID, Client, Kind
from deploy.provider.faults import OAuthFault, invalid_request
from deploy.provider.minting import ACCESS_TOKEN_TYPE
from deploy.provider.people import Persona
from deploy.provider.proofs import is_challenge_met
from deploy.provider.provider import Provider
from deploy.provider.state import Granted, RefreshToken
from deploy.provider.wire import Given, form_of, json_answer
from shared.tokens.strict_jose import JoseFault

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN_URN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  a name

Form = dict[str, str]
Answer = dict[str, Any]


@post("/token", status_code=200)
async def give_token(request: Request[Any, Any, Any], provider: Given) -> Response[bytes]:
    """Authenticate the client, then carry out its grant."""
    form = await form_of(request)
    now = provider.clock()
    if "authorization" in request.headers:
        raise OAuthFault("invalid_client", "only private_key_jwt is accepted", status=401)
    client = provider.proofs.client(form, now)
    grant = GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthFault("unsupported_grant_type", "this grant is not offered")
    kinds, carry_out = grant
    if client.kind not in kinds:
        raise OAuthFault("unauthorized_client", "this client may not use this grant")
    proof = provider.proofs.possession(request.headers.getall("dpop", []), method="POST", url=provider.address("/token"), now=now)
    return json_answer(carry_out(provider, client, form, None if proof is None else proof.jkt, now))


def redeem_code(provider: Provider, client: Client, form: Form, jkt: str | None, now: datetime) -> Answer:
    """authorization_code: once. A second try, or a wrong one by the right client, ends what the code gave."""
    granted = provider.state.codes.get(form.get("code", ""), now)
    if granted is None or granted.request.client_id != client.client_id:
        raise OAuthFault("invalid_grant", "code is unknown or has run out")
    if granted.is_redeemed:
        granted.is_revoked = True
    granted.is_redeemed = True
    _check_alive(granted)
    request = granted.request
    if form.get("redirect_uri") != request.redirect_uri:
        raise OAuthFault("invalid_grant", "redirect_uri is another one")
    if not is_challenge_met(request.challenge, form.get("code_verifier", "")):
        raise OAuthFault("invalid_grant", "code_verifier does not fit")
    if request.jkt is not None and request.jkt != jkt:
        raise OAuthFault("invalid_dpop_proof", "the code is bound to another key")
    persona = _persona(provider, granted)
    answer = _person_answer(provider, client, granted, persona, form, request.scopes, jkt, now)
    if "openid" in request.scopes:
        answer["id_token"] = provider.minting.id_token(granted, persona, now)
    if "offline_access" in request.scopes:
        answer["refresh_token"] = provider.state.refresh_tokens.put(RefreshToken(granted=granted), now)
    return answer


def refresh(provider: Provider, client: Client, form: Form, jkt: str | None, now: datetime) -> Answer:
    """refresh_token, with rotation: a used one that comes again was stolen by somebody, so the whole family ends."""
    token = provider.state.refresh_tokens.get(form.get("refresh_token", ""), now)
    if token is None or token.granted.request.client_id != client.client_id:
        raise OAuthFault("invalid_grant", "refresh_token is unknown or has run out")
    if token.is_used:
        token.granted.is_revoked = True
    _check_alive(token.granted)
    scopes = _narrowed(form, token.granted.request.scopes)
    answer = _person_answer(provider, client, token.granted, _persona(provider, token.granted), form, scopes, jkt, now)
    token.is_used = True
    answer["refresh_token"] = provider.state.refresh_tokens.put(RefreshToken(granted=token.granted), now)
    return answer


def client_credentials(provider: Provider, client: Client, form: Form, jkt: str | None, now: datetime) -> Answer:
    """The client as itself: `sub` is its id, and it gets no refresh token."""
    if client.must_bind and jkt is None:
        raise OAuthFault("invalid_dpop_proof", "a DPoP proof is required")
    scopes = _narrowed(form, frozenset(client.own_scopes))
    audience = form.get("resource") or (client.resources[0] if len(client.resources) == 1 else "")
    _check_resource(client, audience)
    token, claims = provider.minting.access_token(
        subject=client.client_id, client_id=client.client_id, audience=audience, scopes=scopes, now=now, more={}, jkt=jkt
    )
    return _answer(token, claims)


def exchange(provider: Provider, client: Client, form: Form, jkt: str | None, now: datetime) -> Answer:
    """RFC 8693: a person's token for another resource, with `act` naming who acts. Never longer than the token it came of."""
    wanted = (form.get("subject_token_type"), form.get("requested_token_type", ACCESS_TOKEN_URN))
    if wanted != (ACCESS_TOKEN_URN, ACCESS_TOKEN_URN):
        invalid_request("only access tokens are exchanged")
    if {"actor_token", "audience"} & form.keys():
        invalid_request("actor_token and audience are not accepted: the actor is the client, the target a resource")
    try:
        subject = provider.minting.read_own(form.get("subject_token", ""), ACCESS_TOKEN_TYPE, now)
    except JoseFault as fault:
        raise OAuthFault("invalid_request", f"subject_token: {fault}") from fault
    is_ours = subject["aud"] == client.serves or (subject["client_id"] == client.client_id and subject["aud"] == provider.issuer)
    if not is_ours or subject["sub"] == subject["client_id"] or provider.state.is_revoked(subject["jti"]):
        raise OAuthFault("invalid_grant", "subject_token is not a live token of a person that this client may act for")
    resource = form.get("resource", "")
    _check_resource(client, resource)
    allowed = frozenset(client.scopes) - OWN_SCOPES_OF_OPENID
    scopes = _narrowed(form, allowed) if "scope" in form else allowed & frozenset(subject["scope"].split(" "))
    act = {"sub": client.client_id} | ({"act": subject["act"]} if "act" in subject else {})
    token, claims = provider.minting.access_token(
        subject=subject["sub"],
        client_id=client.client_id,
        audience=resource,
        scopes=scopes,
        now=now,
        more={name: subject[name] for name in ("acr", "auth_time", "organisation", "sid") if name in subject} | {"act": act},
        jkt=jkt,
        until=datetime.fromtimestamp(subject["exp"], now.tzinfo),
    )
    return {**_answer(token, claims), "issued_token_type": ACCESS_TOKEN_URN}


GRANTS: Final[dict[str, tuple[frozenset[Kind], Callable[[Provider, Client, Form, str | None, datetime], Answer]]]] = {
    "authorization_code": (frozenset({Kind.HOUSE, Kind.WEB}), redeem_code),
    "refresh_token": (frozenset({Kind.HOUSE, Kind.WEB}), refresh),
    "client_credentials": (frozenset({Kind.HOUSE, Kind.SYSTEM}), client_credentials),
    EXCHANGE: (frozenset({Kind.HOUSE}), exchange),
}


def _person_answer(
    provider: Provider,
    client: Client,
    granted: Granted,
    persona: Persona,
    form: Form,
    scopes: frozenset[str],
    jkt: str | None,
    now: datetime,
) -> Answer:
    resource = form.get("resource") or granted.request.resource
    if resource is not None:
        _check_resource(client, resource)
        if granted.request.resource not in {None, resource}:
            raise OAuthFault("invalid_target", "the login was for another resource")
    elif "openid" not in scopes:
        raise OAuthFault("invalid_target", "a resource must be named")
    audience = resource if resource is not None else provider.issuer  # our own: UserInfo, and token exchange later
    token, claims = provider.minting.person_token(granted, persona, audience, scopes=scopes, now=now, jkt=jkt)
    provider.state.remember_token(claims["jti"], granted, datetime.fromtimestamp(claims["exp"], now.tzinfo), now)
    return _answer(token, claims)


def _answer(token: str, claims: dict[str, Any]) -> Answer:
    return {
        "access_token": token,
        "token_type": "DPoP" if "cnf" in claims else "Bearer",
        "expires_in": claims["exp"] - claims["iat"],
        "scope": claims["scope"],
    }


def _narrowed(form: Form, allowed: frozenset[str]) -> frozenset[str]:
    """The scopes asked for; all allowed ones where none is. Raises OAuthFault rather than give less than asked."""
    if "scope" not in form:
        return allowed
    wanted = frozenset(form["scope"].split(" ")) - {""}
    if not wanted or not wanted <= allowed:
        raise OAuthFault("invalid_scope", "a scope is not allowed here")
    return wanted


def _check_resource(client: Client, resource: str) -> None:
    if resource not in client.resources:
        raise OAuthFault("invalid_target", "resource is missing or not one of the client's")


def _check_alive(granted: Granted) -> None:
    if granted.is_revoked or granted.session.is_ended:
        raise OAuthFault("invalid_grant", "the login has ended")


def _persona(provider: Provider, granted: Granted) -> Persona:
    persona = provider.persona(granted.session.subject)
    if persona is None:
        raise OAuthFault("invalid_grant", "the person is gone")
    return persona
