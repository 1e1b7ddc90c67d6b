"""Who is logged in at this desk, and what they are in the middle of. In memory alone: ending the process logs everybody out."""

import hmac
import secrets
from datetime import datetime, timedelta

import msgspec

from samsyn_connect.desk.permit import Permit
from samsyn_connect.messages import ItemResult, SealedItem

IDLE = timedelta(minutes=20)
ABSOLUTE = timedelta(minutes=60)
ATTEMPT_LIFE = timedelta(minutes=10)
MOST_ATTEMPTS = 1000
MOST_PERMITS = 50


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has logged in at the level that the desk asks for."""

    subject: str
    name: str


class Session(msgspec.Struct, kw_only=True):
    """One login at one browser."""

    person: Person
    csrf: str
    begun_at: datetime
    seen_at: datetime
    permits: dict[str, Permit] = {}
    results: dict[str, ItemResult] = {}
    """By item: what Samsyn answered."""
    sealed: dict[str, SealedItem] = {}
    """By request id: what is posted again, byte for byte, when no answer came. A cipher, never the text."""
    signed_at: dict[str, datetime] = {}
    """By request id: the instant of a receipt, so that repeating it signs the same bytes."""
    said: tuple[str, str] | None = None
    """(text key, value) of the last act's success, shown once."""

    def keep(self, permit: Permit) -> None:
        """Remember a permit for this login; the oldest goes when there are too many."""
        self.permits[str(permit.permit_id)] = permit
        while len(self.permits) > MOST_PERMITS:
            del self.permits[next(iter(self.permits))]

    def is_ours(self, token: str) -> bool:
        """Whether a form's token is this session's."""
        return hmac.compare_digest(token.encode(), self.csrf.encode())


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A login under way, tied to the browser that began it."""

    browser: str
    nonce: str
    verifier: str
    begun_at: datetime


class Sessions:
    """All logins of this desk."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._attempts: dict[str, Attempt] = {}

    def begin(self, person: Person, now: datetime) -> str:
        """A new session; its cookie."""
        self._sessions = {cookie: session for cookie, session in self._sessions.items() if _is_live(session, now)}
        cookie = secrets.token_urlsafe(32)
        self._sessions[cookie] = Session(person=person, csrf=secrets.token_urlsafe(32), begun_at=now, seen_at=now)
        return cookie

    def find(self, cookie: str | None, now: datetime) -> Session | None:
        """The session of a cookie, kept alive by being used."""
        session = self._sessions.get(cookie or "")
        if session is None or not _is_live(session, now):
            self.end(cookie)
            return None
        session.seen_at = now
        return session

    def end(self, cookie: str | None) -> None:
        """Log out here."""
        self._sessions.pop(cookie or "", None)

    def attempt(self, browser: str, now: datetime) -> tuple[str, Attempt]:
        """A new login under way and its `state`."""
        self._attempts = {state: made for state, made in self._attempts.items() if now - made.begun_at < ATTEMPT_LIFE}
        while len(self._attempts) >= MOST_ATTEMPTS:
            del self._attempts[next(iter(self._attempts))]
        state = secrets.token_urlsafe(32)
        made = Attempt(browser=browser, nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48), begun_at=now)
        self._attempts[state] = made
        return state, made

    def take_attempt(self, state: str, browser: str | None, now: datetime) -> Attempt | None:
        """The login that this browser began, once."""
        made = self._attempts.pop(state, None)
        if made is None or now - made.begun_at >= ATTEMPT_LIFE or not hmac.compare_digest((browser or "").encode(), made.browser.encode()):
            return None
        return made


def _is_live(session: Session, now: datetime) -> bool:
    return now - session.seen_at < IDLE and now - session.begun_at < ABSOLUTE
