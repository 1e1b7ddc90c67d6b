"""A small OpenID provider that tells every lie a test asks for: `bend` changes one thing of its next answers."""

import asyncio
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from shared.ids import opaque_id
from shared.tokens.strict_jose import encode_base64url, take_apart
from tests.shared.tokens.forge import AT, Forge, without_none

LOA3 = "http://id.elegnamnden.se/loa/1.0/loa3"
CLIENT = "https://consent.example"


class SmallIssuer:
    """Discovery, JWKS, PAR, token, UserInfo over HTTP; `approve` plays the person at the provider's page."""

    def __init__(self, base: str) -> None:
        self.forge = Forge(base)
        self.base = base
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.pushed: dict[str, dict[str, str]] = {}
        self.assertions: set[str] = set()
        self.metadata: dict[str, Any] = {}
        self.id_token: dict[str, Any] = {}
        self.id_token_header: dict[str, Any] = {}
        self.user_info: dict[str, Any] = {}
        self.token_answer: dict[str, Any] = {}
        self.token_failures: list[tuple[int, dict[str, Any]]] = []
        self.nonce: str | None = None
        self.gate: asyncio.Event | None = None

    def approve(self, address: str, **bend: str | None) -> dict[str, str]:
        """The query that the provider would send the browser back with."""
        asked = self.asked(address)
        code = f"code-{opaque_id()}"
        self.codes[code] = asked
        return without_none({"code": code, "state": asked["state"], "iss": self.base} | bend)

    def asked(self, address: str) -> dict[str, str]:
        """The parameters of an authorization request, pushed or not."""
        query = dict(parse_qsl(urlsplit(address).query))
        return self.pushed[query["request_uri"]] if "request_uri" in query else query

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form, _ in self.requests if asked == path]

    def logout_token(self, header: dict[str, Any] | None = None, **bend: Any) -> str:
        claims = {
            "iss": self.base,
            "aud": CLIENT,
            "sub": "c-anna",
            "sid": "sid-1",
            "iat": AT,
            "exp": AT + 120,
            "jti": str(opaque_id()),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.forge.token(without_none(claims | bend), **({"typ": "logout+jwt"} | (header or {})))

    def make_id_token(self, nonce: str) -> str:
        claims = {
            "iss": self.base,
            "aud": CLIENT,
            "sub": "c-anna",
            "sid": "sid-1",
            "acr": LOA3,
            "auth_time": AT,
            "iat": AT,
            "exp": AT + 300,
            "nonce": nonce,
        }
        return self.forge.token(without_none(claims | self.id_token), **({"typ": "JWT"} | self.id_token_header))

    def make_user_info(self) -> bytes:
        claims = {"iss": self.base, "aud": CLIENT, "sub": "c-anna", "https://id.oidc.se/claim/personalIdentityNumber": "198009809990"}
        return self.forge.token(without_none(claims | self.user_info), typ="JWT").encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        form = {name: value for name, (value,) in parse_qs(body.decode()).items()}
        self.requests.append((scope["path"], form, headers))
        if self.gate is not None:
            await self.gate.wait()
        status, answer, more_headers = self._answer(scope["path"], form, headers)
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": status, "headers": more_headers})
        await send({"type": "http.response.body", "body": raw})

    def _answer(self, path: str, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if path == "/.well-known/openid-configuration":
            return 200, self._describe(), []
        if path == "/jwks":
            return 200, self.forge.jwks, []
        if path == "/userinfo":
            return 200, self.make_user_info(), []
        if path == "/par":
            self._check_assertion(form)
            request_uri = f"urn:ietf:params:oauth:request_uri:{opaque_id()}"
            self.pushed[request_uri] = form
            return 201, {"request_uri": request_uri, "expires_in": 60}, []
        return self._token(form, headers)

    def _describe(self) -> dict[str, Any]:
        known = {
            "issuer": self.base,
            "jwks_uri": f"{self.base}/jwks",
            "token_endpoint": f"{self.base}/token",
            "authorization_endpoint": f"{self.base}/authorize",
            "userinfo_endpoint": f"{self.base}/userinfo",
            "pushed_authorization_request_endpoint": f"{self.base}/par",
            "end_session_endpoint": f"{self.base}/logout",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
        }
        return without_none(known | self.metadata)

    def _token(self, form: dict[str, str], headers: dict[str, str]) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        if self.token_failures:
            return *self.token_failures.pop(0), []
        self._check_assertion(form)
        if form["grant_type"] == "client_credentials":
            return self._credentials(headers)
        asked = self.codes.pop(form["code"], None)
        verifier = encode_base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != verifier or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}, []
        answer = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": self.make_id_token(asked["nonce"])}
        return 200, without_none(answer | {"scope": asked["scope"]} | self.token_answer), []

    def _credentials(self, headers: dict[str, str]) -> tuple[int, Any, list[tuple[bytes, bytes]]]:
        proof = take_apart(headers["dpop"])
        if self.nonce is not None and proof.claims.get("nonce") != self.nonce:
            return 400, {"error": "use_dpop_nonce"}, [(b"dpop-nonce", self.nonce.encode())]
        answer = {"access_token": f"token-{opaque_id()}", "token_type": "DPoP", "expires_in": 300}
        return 200, without_none(answer | self.token_answer), []

    def _check_assertion(self, form: dict[str, str]) -> None:
        assertion = take_apart(form["client_assertion"])
        assert assertion.header["typ"] == "client-authentication+jwt"
        assert assertion.claims["aud"] == self.base
        assert assertion.claims["iss"] == assertion.claims["sub"] == form["client_id"]
        assert 0 < assertion.claims["exp"] - assertion.claims["iat"] <= 60
        assert assertion.claims["jti"] not in self.assertions
        self.assertions.add(assertion.claims["jti"])


def callback_query(answer: dict[str, str]) -> str:
    return f"/auth/callback?{urlencode(answer)}"
