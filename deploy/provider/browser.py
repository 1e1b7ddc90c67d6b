"""A person at a browser, in code: for the story and the tests. It knows the houses and the provider only by their pages and addresses.

It keeps cookies as a browser does that takes loopback for a secure place: by host, whatever the port.
"""

from collections.abc import Mapping
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

import httpx2
import msgspec

CSRF_HEADER: Final = "x-csrf-token"
MAX_REDIRECTS: Final = 10
TIMEOUT: Final = 10.0


class LoginFailed(Exception):
    """The login ended somewhere else than in a session; the text says where, without what was sent."""


class Button(msgspec.Struct):
    """A button of a form, and what a reader sees on it."""

    name: str
    value: str
    text: str = ""


class Form(msgspec.Struct):
    """A form of a page."""

    action: str
    hidden: dict[str, str] = msgspec.field(default_factory=dict)
    inputs: list[str] = msgspec.field(default_factory=list)
    buttons: list[Button] = msgspec.field(default_factory=list)


class Browser:
    """One person's browser: `async with Browser() as browser`, log in at houses, then read and send as that person."""

    def __init__(self) -> None:
        self._http = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        self._cookies: dict[str, dict[str, str]] = {}
        self._csrf: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def login(
        self, house_url: str, persona: str | None, *, return_to: str = "/", strong: bool = False, fresh: bool = False
    ) -> dict[str, Any]:
        """Log in at a house as a persona: its subject, its name on the page, or a citizen's number of twelve digits.

        None where the provider shows no page. Returns the house's `/auth/session`; the page that the house sends one to afterwards is
        not opened. Raises LoginFailed.
        """
        query = {"return_to": return_to} | ({"strong": "true"} if strong else {}) | ({"fresh": "true"} if fresh else {})
        answer = await self.get(f"{house_url}/auth/login", params=query)
        if persona is not None:
            page = await self.follow(answer, until=house_url)
            if page.status_code != httpx2.codes.OK:
                raise LoginFailed(f"no page to choose a persona on: {describe(page)}")
            action, fields = _chosen(page.text, persona)
            answer = await self.post(urljoin(str(page.url), action), data=fields)
        arrived = await self.follow(answer, until=house_url, before_last=True)
        if not arrived.is_redirect:
            raise LoginFailed(f"the login did not end at the house: {describe(arrived)}")
        return await self.session(house_url)

    async def choose(self, address: str, persona: str) -> httpx2.Response:
        """Open a login that somebody else began, choose a persona, and walk back to whoever asked. Raises LoginFailed."""
        page = await self.follow(await self.get(address), until="")
        if page.status_code != httpx2.codes.OK:
            raise LoginFailed(f"no page to choose a persona on: {describe(page)}")
        action, fields = _chosen(page.text, persona)
        return await self.follow(await self.post(urljoin(str(page.url), action), data=fields), until="")

    async def session(self, house_url: str) -> dict[str, Any]:
        """The session at a house; its CSRF token goes with every later request there. Raises LoginFailed where there is none."""
        answer = await self.get(f"{house_url}/auth/session")
        if answer.status_code != httpx2.codes.OK:
            raise LoginFailed(f"no session: {describe(answer)}")
        session: dict[str, Any] = answer.json()
        self._csrf[_origin(house_url)] = session["csrf_token"]
        return session

    async def logout(self, house_url: str) -> httpx2.Response:
        """Log out at a house, say yes on the provider's page, and so everywhere. Returns the last answer before the house's own page."""
        answer = await self.follow(await self.post(f"{house_url}/auth/logout"), until=house_url, before_last=True)
        if answer.status_code == httpx2.codes.OK:
            form = next(form for form in read_forms(answer.text) if "confirm" in form.hidden)
            answer = await self.post(urljoin(str(answer.url), form.action), data=form.hidden)
        self._csrf.pop(_origin(house_url), None)
        return answer

    async def get(self, url: str, **options: Any) -> httpx2.Response:
        """GET with this browser's cookies; redirects are not followed."""
        return await self.send("GET", url, **options)

    async def post(self, url: str, **options: Any) -> httpx2.Response:
        """POST (`json=`, `data=`, `headers=`) with cookies and the CSRF token of that house's session."""
        return await self.send("POST", url, **options)

    async def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> httpx2.Response:
        """Any request, as this browser."""
        host = str(urlsplit(url).hostname)
        more = dict(headers or {})
        if cookies := self._cookies.get(host):
            more["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if method not in {"GET", "HEAD"}:
            more.setdefault("Origin", _origin(url))
            if token := self._csrf.get(_origin(url)):
                more[CSRF_HEADER] = token
        answer = await self._http.request(method, url, headers=more, **options)
        self._keep(host, answer)
        self._http.cookies.clear()
        return answer

    def is_known_at(self, house_url: str) -> bool:
        """Whether this browser has logged in there."""
        return _origin(house_url) in self._csrf

    def cookies(self, url: str) -> dict[str, str]:
        """What this browser would send there."""
        return dict(self._cookies.get(str(urlsplit(url).hostname), {}))

    def _keep(self, host: str, answer: httpx2.Response) -> None:
        jar = self._cookies.setdefault(host, {})
        for header in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value

    async def follow(self, answer: httpx2.Response, *, until: str, before_last: bool = False) -> httpx2.Response:
        """Walk redirects. `before_last`: stop at the one that leads from the login back to a page of the house `until`."""
        for _ in range(MAX_REDIRECTS):
            if not answer.is_redirect:
                return answer
            target = urljoin(str(answer.url), answer.headers["location"])
            if before_last and _origin(target) == _origin(until) and not urlsplit(target).path.startswith("/auth/"):
                return answer
            answer = await self.get(target)
        raise LoginFailed("too many redirects")


def read_forms(page: str) -> list[Form]:
    """The forms of a page."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms


def describe(answer: httpx2.Response) -> str:
    """Status, path and problem type or heading of an answer; nothing of its query, where codes and states stand."""
    said = (
        " ".join(str(answer.json().get(name, "")) for name in ("type", "detail"))
        if "json" in answer.headers.get("content-type", "")
        else _text_of(answer.text)
    )
    return f"{answer.status_code} at {urlsplit(str(answer.url)).path} {said}".strip()


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._button: Button | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(action=given.get("action", "")))
        elif not self.forms:
            return
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].hidden[given["name"]] = given.get("value", "")
        elif tag == "input":
            self.forms[-1].inputs.append(given["name"])
        elif tag == "button":
            self._button = Button(name=given.get("name", ""), value=given.get("value", ""))
            self.forms[-1].buttons.append(self._button)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.text += data


class _Said(HTMLParser):
    """What a page says in its heading and paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  the parser's signature
        self._is_inside = self._is_inside or tag in {"h1", "p"}

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag not in {"h1", "p"}

    def handle_data(self, data: str) -> None:
        if self._is_inside and data.strip():
            self.text.append(data.strip())


def _text_of(page: str) -> str:
    reader = _Said()
    reader.feed(page)
    return " ".join(reader.text)[:200]


def _chosen(page: str, persona: str) -> tuple[str, dict[str, str]]:
    forms = read_forms(page)
    if persona.isascii() and persona.isdigit():
        form = next((form for form in forms if "number" in form.inputs), None)
        if form is None:
            raise LoginFailed("this client's people have no numbers")
        return form.action, {**form.hidden, "number": persona}
    found = [
        (form, button)
        for form in forms
        for button in form.buttons
        if button.name == "persona" and (button.value == persona or button.text.startswith(persona))
    ]
    if len({button.value for _, button in found}) != 1:
        raise LoginFailed(f"{len(found)} buttons on the page fit that persona")
    form, button = found[0]
    return form.action, {**form.hidden, button.name: button.value}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
