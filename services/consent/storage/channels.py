"""The channels: a line in the log for development, SMTP, and a signed webhook for what sends SMS or Mina meddelanden."""

import hmac
from collections.abc import Callable
from email.message import EmailMessage
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

import httpx2 as httpx
import msgspec

from services.consent.domain.channel import TEXTS, ChannelFailed, Word
from shared import logs
from shared.tokens.fetch import Fetcher

SIGNATURE = "Samsyn-Signature"
"""`t=<seconds since 1970>,v1=<HMAC-SHA-256 in hexadecimal over "<t>.<body>">`."""
WITHIN = 10.0
"""Seconds that a server may take."""


class LogChannel:
    """For development: the log says that somebody would have been told, and not whom."""

    async def send(self, word: Word) -> bool:
        """Always handed over."""
        logs.line("notice.pushed", message_id=str(word.push_id))
        return True


class SmtpChannel:
    """By e-mail: `smtps://host:port`, or `smtp://host:port`, which must offer STARTTLS unless the host is this machine."""

    def __init__(self, url: str, sender: str) -> None:
        """Raises ValueError for another scheme."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("the address of the mail server is smtp://host:port or smtps://host:port")
        self._host = parts.hostname
        self._is_implicit = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._is_implicit else 25)
        self._sender = sender

    async def send(self, word: Word) -> bool:
        """False for a person without an e-mail address."""
        from aiosmtplib import SMTPException, send  # late: only a house that sends mail holds it in memory

        if word.email is None:
            return False
        message = EmailMessage()
        subject, sentence = TEXTS[word.language]
        message["From"], message["To"], message["Subject"] = self._sender, word.email, subject
        message["Message-ID"] = f"<{word.push_id}@samsyn>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(sentence)
        is_near = self._host in {"localhost", "127.0.0.1", "::1"}
        try:
            await send(
                message,
                hostname=self._host,
                port=self._port,
                use_tls=self._is_implicit,
                start_tls=None if self._is_implicit or not is_near else False,
                timeout=WITHIN,
            )
        except (SMTPException, OSError) as error:
            raise ChannelFailed("smtp-failed") from error
        return True


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook is sent: whom to tell, and the one sentence."""

    id: UUID
    email: str | None
    telephone: str | None
    language: str
    text: str


class WebhookChannel:
    """A POST with the signature of its body; 2xx is *handed over*. The receiver drops an `id` that it has had."""

    def __init__(self, fetcher: Fetcher, url: str, key: bytes, seconds: Callable[[], int]) -> None:
        """`seconds`: the clock's, since 1970. Raises FetchFailed for an address that may not be called, ValueError for a short key."""
        if len(key) < sha256().digest_size:
            raise ValueError("the webhook's key is 32 bytes or more")
        self._fetcher = fetcher
        self._url = fetcher.check_url(url)
        self._key = key
        self._seconds = seconds

    async def send(self, word: Word) -> bool:
        """Whoever has any address goes there: what sends SMS or Mina meddelanden chooses."""
        called = Called(id=word.push_id, email=word.email, telephone=word.telephone, language=word.language, text=TEXTS[word.language][1])
        body = msgspec.json.encode(called)
        at = str(self._seconds())
        made = hmac.new(self._key, f"{at}.".encode() + body, sha256).hexdigest()
        headers = {"Content-Type": "application/json", SIGNATURE: f"t={at},v1={made}"}
        try:
            response = await self._fetcher.client.post(self._url, content=body, headers=headers, timeout=WITHIN)
        except (httpx.HTTPError, OSError) as error:
            raise ChannelFailed("webhook-failed") from error
        if not response.is_success:
            raise ChannelFailed("webhook-refused")
        return True
