"""Sessions of people in the house's own database; a browser holds 256 random bits and nothing else."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from shared import sql
from shared.auth import Caller, Kind
from shared.database import Database
from shared.login.config import STAFF_ABSOLUTE, LoginConfig
from shared.tokens.revocation import EndedLogins
from shared.tokens.strict_jose import encode_base64url

QUERIES = sql.load("shared.login", "sessions.sql")

ATTEMPT_LIFE: Final = timedelta(minutes=10)
ENDED_FOR: Final = timedelta(hours=1)
"""The longest life of an access token (`IssuerConfig.max_lifetime`): that long its login is remembered as ended."""
_TOUCH_EVERY: Final = timedelta(seconds=30)

_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}")


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A login under way."""

    browser_hash: bytes
    nonce: str
    code_verifier: str
    return_to: str
    is_strong: bool
    max_age_seconds: int | None
    begun_at: datetime


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A login that has been checked."""

    issuer: str
    subject: str
    sid: str | None
    organisation: str | None
    acr: str | None
    authenticated_at: datetime
    scopes: frozenset[str]
    person_id: str | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A living session, as read."""

    issuer: str
    subject: str
    sid: str | None
    organisation: str | None
    acr: str | None
    authenticated_at: datetime
    scopes: list[str]
    person_id: str | None
    seen_at: datetime
    ends_at: datetime


class Sessions:
    """Begins, finds and ends sessions. Every effect is durable when the call returns, for all replicas."""

    def __init__(self, database: Database, config: LoginConfig, ended: EndedLogins) -> None:
        self._database = database
        self._config = config
        self._ended = ended

    async def begin_attempt(self, state: str, attempt: Attempt) -> None:
        """Keep a login under way on the server."""
        values = (attempt.nonce, attempt.code_verifier, attempt.return_to, attempt.is_strong, attempt.max_age_seconds, attempt.begun_at)
        async with self._database.transaction() as tx:
            await tx.execute(QUERIES["add_attempt"], digest(state), attempt.browser_hash, *values)

    async def take_attempt(self, state: str) -> Attempt | None:
        """The login under way for this state, once: a second answer finds nothing."""
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(QUERIES["take_attempt"], digest(state))
        return None if row is None else sql.struct(Attempt, row)

    async def begin(self, login: Login, *, replaces: str | None, now: datetime) -> str:
        """A new session under a new id; the browser's former one ends in the same transaction (session fixation, step-up)."""
        cookie = new_random()
        # One house may have staff and families: who acts for an organisation is staff (DESIGN 11).
        longest = self._config.absolute if login.organisation is None else min(self._config.absolute, STAFF_ABSOLUTE)
        values = (login.issuer, login.subject, login.sid, login.organisation, login.acr, login.authenticated_at, sorted(login.scopes))
        async with self._database.transaction() as tx:
            if replaces is not None:
                await tx.execute(QUERIES["end_session"], digest(replaces))
            await tx.execute(QUERIES["add_session"], digest(cookie), *values, login.person_id, now, now + longest)
        return cookie

    async def find(self, cookie: str, now: datetime) -> Session | None:
        """The living session of a cookie. Counts as use of it, noted at most every 30 s."""
        if not is_random(cookie):
            return None
        id_hash = digest(cookie)
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["find_session"], id_hash, now - self._config.idle, now)
            if row is None:
                return None
            session = sql.struct(Session, row)
            if now - session.seen_at >= _TOUCH_EVERY:
                await connection.execute(QUERIES["touch_session"], id_hash, now)
        return session

    async def caller(self, cookie: str, now: datetime) -> Caller | None:
        """Whom a cookie proves, or None when there is no living session."""
        session = await self.find(cookie, now)
        return None if session is None else self.caller_of(session)

    def caller_of(self, session: Session) -> Caller:
        """Whom a living session proves."""
        return caller_of(session, self._config.client_id)

    def over_at(self, session: Session, now: datetime) -> datetime:
        """When it ends if it is not used after `now`."""
        return min(session.ends_at, now + self._config.idle)

    async def end(self, cookie: str) -> bool:
        """End the session of a cookie; False when there was none."""
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(QUERIES["end_session"], digest(cookie))
        return row is not None

    async def end_login(self, issuer: str, *, sid: str | None, subject: str | None, jti: str, now: datetime) -> bool:
        """What a logout token asks: the provider's session `sid`, or all of a subject. False when this token was used before.

        Sessions of this house are gone, and access tokens of the login refused, in every replica within one `run_once`.
        """
        until = now + ENDED_FOR
        async with self._database.transaction() as tx:
            if await tx.fetchval(QUERIES["use_logout_token"], issuer, jti, until) is None:
                return False
            if sid is not None:
                await tx.execute(QUERIES["end_sessions_of_login"], issuer, sid)
                sids = {sid}
            else:
                rows = await tx.fetch(QUERIES["end_sessions_of_person"], issuer, subject)
                sids = {row["sid"] for row in rows} - {None}
            for ended in sorted(sids):
                await tx.execute(QUERIES["add_ended_login"], issuer, ended, until)
        for ended in sids:
            self._ended.add(issuer, ended, until=until)
        return True

    async def end_person(self, issuer: str, subject: str) -> None:
        """End all sessions of one person, as an administrator may ask (ASVS 7.4.5)."""
        async with self._database.transaction() as tx:
            await tx.execute(QUERIES["end_sessions_of_person"], issuer, subject)

    async def run_once(self, now: datetime) -> int:
        """Learn what other replicas ended, and drop what has run out. Returns how many ended logins are known."""
        async with self._database.transaction() as tx:
            await tx.execute(QUERIES["delete_old_attempts"], now - ATTEMPT_LIFE)
            await tx.execute(QUERIES["delete_old_sessions"], now, now - self._config.idle)
            await tx.execute(QUERIES["delete_old_ended_logins"], now)
            await tx.execute(QUERIES["delete_old_logout_tokens"], now)
            rows = await tx.fetch(QUERIES["select_ended_logins"], now)
        self._ended.forget(now)
        for row in rows:
            self._ended.add(row["issuer"], row["sid"], until=row["until_at"])
        return len(rows)


def caller_of(session: Session, client_id: str) -> Caller:
    """A session as a `Caller`: a person, with the scopes of the house's own client."""
    return Caller(
        kind=Kind.PERSON,
        issuer=session.issuer,
        subject=session.subject,
        client_id=client_id,
        organisation=session.organisation,
        acr=session.acr,
        authenticated_at=session.authenticated_at,
        scopes=frozenset(session.scopes),
        person_id=session.person_id,
    )


def csrf_token(cookie: str) -> str:
    """What a page of this session puts into its forms; it cannot be made without the cookie, nor used with another one."""
    return encode_base64url(hmac.digest(cookie.encode("ascii"), b"csrf", "sha256"))


def new_random() -> str:
    """256 random bits as 43 characters: session ids, states, nonces, code verifiers."""
    return secrets.token_urlsafe(32)


def is_random(text: str | None) -> bool:
    """Whether text has the form of `new_random`."""
    return text is not None and _RANDOM.fullmatch(text) is not None


def digest(text: str) -> bytes:
    """SHA-256, which is enough for 256 random bits: what the database holds opens nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
