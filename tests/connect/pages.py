"""A person at a desk without JavaScript: reads pages, fills in forms by their fields, presses buttons."""

from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin

import httpx2
import msgspec

from deploy.provider.browser import Browser, _chosen


class Form(msgspec.Struct):
    """A form as a browser would send it."""

    action: str
    fields: dict[str, str] = {}
    buttons: list[tuple[str, str, str]] = []
    """(name, value, text)"""


class Page(HTMLParser):
    """A page's words, links and forms."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.url, self.status, self.headers = str(answer.url), answer.status_code, answer.headers
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.hrefs: list[str] = []
        self.text = ""
        self.title = ""
        self.language = ""
        self.labelled: set[str] = set()
        self.named: set[str] = set()
        self._inside: str | None = None
        self._name = ""
        self._href = ""
        self.feed(answer.text)
        self.text = " ".join(self.text.split())

    def form(self, path: str, *, number: int = 0) -> Form:
        return [form for form in self.forms if form.action.endswith(path)][number]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given["lang"]
        if tag in {"title", "textarea", "button", "a"}:
            self._inside = tag
        if tag == "a":
            self._href = given.get("href", "")
            self.hrefs.append(self._href)
        if tag == "label":
            self.labelled.add(given["for"])
        if tag == "form":
            self.forms.append(Form(action=given["action"]))
        elif self.forms:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag in {"input", "textarea", "select"} and given.get("type") != "hidden" and "hidden" not in given:
            self.named.add(given["id"])
        if tag == "input" and given.get("type") != "file":
            form.fields[name] = given.get("value", "")
        elif tag in {"textarea", "select"}:
            form.fields[name], self._name = "", name
        elif tag == "option" and ("selected" in given or self._name not in form.fields):
            form.fields[self._name] = given["value"]
        elif tag == "button":
            form.buttons.append((name, given.get("value", ""), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"
        if self._inside == "title":
            self.title += data
        elif self._inside == "textarea":
            self.forms[-1].fields[self._name] += data.removeprefix("\n")
        elif self._inside == "a":
            self.links[data.strip()] = self._href
        elif self._inside == "button":
            name, value, text = self.forms[-1].buttons[-1]
            self.forms[-1].buttons[-1] = (name, value, f"{text}{data}".strip())


class AtDesk:
    """One employee's browser at their organisation's desk."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = Browser()

    async def __aenter__(self) -> Self:
        await self.browser.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.browser.__aexit__(None, None, None)

    async def log_in(self, persona: str) -> Page:
        choosing = await self.browser.follow(await self.browser.get(f"{self.url}/auth/login"), until=self.url)
        action, fields = _chosen(choosing.text, persona)
        answer = await self.browser.post(urljoin(str(choosing.url), action), data=fields)
        return Page(await self.browser.follow(answer, until=self.url))

    async def read(self, path: str) -> Page:
        return Page(await self.browser.follow(await self.browser.get(urljoin(self.url, path)), until=self.url))

    async def press(self, form: Form, text: str, **typed: str) -> Page:
        """Press a button by its words, with some fields typed (`_` stands for `-`)."""
        name, value, _ = next(button for button in form.buttons if button[2] == text)
        data = {**form.fields, **{key.replace("_", "-", 1): entry for key, entry in typed.items()}}
        return await self.send(form.action, {**data, name: value} if name else data)

    async def send(self, path: str, data: dict[str, str], **options: Any) -> Page:
        answer = await self.browser.post(urljoin(self.url, path), data=data, **options)
        return Page(await self.browser.follow(answer, until=self.url))
