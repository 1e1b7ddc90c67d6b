"""The settings of the consent house; `deploy/README.md` explains each."""

from pathlib import Path

from shared.settings import HouseSettings


class Settings(HouseSettings, frozen=True, kw_only=True):
    """What only consent needs. `secret_key` is also the key that persons are found and kept under."""

    operator: str
    """The operator's organisation: what belongs to no discloser stands in its log."""
    receipt_keys: Path
    """A JWK Set: the first key, private Ed25519, signs receipts; those after it are published so that older ones verify."""
    population_register: Path | None = None
    """A file with one JSON object a line, read at each look-up; without it custody comes from documents and staff."""
    population_register_url: str | None = None
    """Instead of the file: where a register answers over HTTP (`services/consent/README.md` has the form)."""
    population_register_audience: str | None = None
    """Whom our token for that register is made out to (`private_key_jwt`, DPoP); unset: it is asked without a token."""
    cases_url: str | None = None
    """Where staff open a case (sharing's `/cases/new`): the page on which they name a child leads there; unset: there is no such page."""
    keep_notices_days: int = 730
    """How long a notice stands in a family's inbox."""
    keep_tasks_days: int = 730
    """How long a unit's task is kept after it was closed."""
    keep_pushes_days: int = 90
    """How long it is kept that a family was told, or could not be told, that there is something to read."""
    keep_disclosures_days: int = 3650
    """How long what was told about a child stands in its family's list."""
    keep_requests_days: int = 730
    """How long a question that no consent came of is kept after the last day it asked for, with the answers to it."""
    notice_smtp_url: str | None = None
    """The mail server that tells families there is something to read: `smtps://host:port`, or `smtp://` with STARTTLS."""
    notice_sender: str | None = None
    """Whom those mails are from; needed with `notice_smtp_url`."""
    notice_webhook_url: str | None = None
    """Instead: who sends SMS or Mina meddelanden for us. Neither: a line in the log."""
    notice_webhook_key: Path | None = None
    """32 random bytes or more, shared with that receiver, who checks each call's signature by them."""
