"""An authorization request, checked whole before anybody is asked anything. Raises PageFault or RedirectFault."""

import re
from typing import Any, Final

from deploy.provider.config import OWN_SCOPES_OF_OPENID, Client
from deploy.provider.faults import PageFault, RedirectFault
from deploy.provider.provider import Provider
from deploy.provider.state import Authorization
from shared.tokens.strict_jose import JoseFault, load_object

LOCALES: Final = ("sv", "en")
PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_Fault = tuple[str, str] | None
"""Error code and description; None where all is well."""


def client_of(provider: Provider, given: dict[str, str]) -> Client:
    """The client of a request, if it may log people in. Raises PageFault."""
    client = provider.clients.get(given.get("client_id", ""))
    if client is None or not client.redirect_uris:
        raise PageFault("client_id is unknown")
    return client


def read(given: dict[str, str], client: Client) -> Authorization:
    """The request as a checked value. Until the redirect address has been compared, exactly, nothing is sent to it."""
    redirect_uri = given.get("redirect_uri", "")
    if redirect_uri not in client.redirect_uris:
        raise PageFault("redirect_uri is not one of the client's")
    for check in (_flow, _scope, _login):
        if (fault := check(given, client)) is not None:
            error, description = fault
            raise RedirectFault(error, description, redirect_uri, given.get("state"))
    return Authorization(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=_words(given, "scope"),
        challenge=given["code_challenge"],
        resource=given.get("resource"),
        state=given.get("state"),
        nonce=given.get("nonce"),
        acr_values=_acr_values(given) or frozenset(),
        prompt=_words(given, "prompt"),
        max_age=int(given["max_age"]) if "max_age" in given else None,
        locale=locale_of(given["ui_locales"], "") if "ui_locales" in given else None,
        jkt=given.get("dpop_jkt"),
    )


def _flow(given: dict[str, str], _client: Client) -> _Fault:
    for name in ("request", "request_uri", "registration"):
        if name in given:
            return f"{name}_not_supported", f"{name} is not accepted here"
    if given.get("response_type") != "code":
        return "unsupported_response_type", "only the code flow"
    if given.get("response_mode", "query") != "query":
        return "invalid_request", "only response_mode query"
    if given.get("code_challenge_method") != "S256" or _CHALLENGE.fullmatch(given.get("code_challenge", "")) is None:
        return "invalid_request", "PKCE with S256 is required"
    return None


def _scope(given: dict[str, str], client: Client) -> _Fault:
    scopes = _words(given, "scope")
    if not scopes or not scopes <= frozenset(client.scopes):
        return "invalid_scope", "a scope is missing or not the client's"
    if "openid" in scopes and "nonce" not in given:
        return "invalid_request", "nonce is required"
    if "openid" not in scopes and scopes & OWN_SCOPES_OF_OPENID:
        return "invalid_scope", "scopes of a login need openid"
    if "resource" in given and given["resource"] not in client.resources:
        return "invalid_target", "resource is not one of the client's"
    return None


def _login(given: dict[str, str], _client: Client) -> _Fault:
    prompt = _words(given, "prompt")
    if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        return "invalid_request", "prompt is malformed"
    if "max_age" in given and _SECONDS.fullmatch(given["max_age"]) is None:
        return "invalid_request", "max_age is malformed"
    if _acr_values(given) is None:
        return "invalid_request", "claims is malformed"
    return None


def locale_of(ui_locales: str, accept_language: str) -> str:
    """Swedish, unless somebody asks for English first."""
    wanted = [tag.split("-")[0] for tag in ui_locales.lower().split(" ")]
    wanted += [tag.split(";")[0].split("-")[0].strip() for tag in accept_language.lower().split(",")]
    return next((tag for tag in wanted if tag in LOCALES), LOCALES[0])


def _acr_values(given: dict[str, str]) -> frozenset[str] | None:
    """Levels that the client insists on: an essential acr in `claims`, else `acr_values`. Empty: any. None: malformed."""
    if "claims" in given:
        try:
            claims = load_object(given["claims"].encode("utf-8"))
        except (JoseFault, UnicodeEncodeError):
            return None
        of_id_token = claims.get("id_token", {})
        acr: Any = of_id_token.get("acr") if isinstance(of_id_token, dict) else None
        if isinstance(acr, dict) and acr.get("essential") is True:
            values = acr.get("values", [acr["value"]] if "value" in acr else [])
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                return None
            return frozenset(values)
    return _words(given, "acr_values")


def _words(given: dict[str, str], name: str) -> frozenset[str]:
    return frozenset(given.get(name, "").split(" ")) - {""}
