"""The settings of the audit house; `deploy/README.md` explains each."""

from pathlib import Path

from shared.settings import HouseSettings


class Settings(HouseSettings, frozen=True, kw_only=True):
    """What only audit needs. `secret_key` wraps the data keys of persons; without it no identity in any log can be read again."""

    operator: str
    """The operator's organisation: what belongs to nobody else stands in its log."""
    origin: str
    """First part of every log's name, a host without scheme; a log keeps its name for ever, so choose it once."""
    signer: Path
    """The Unix socket of the signer, a process of its own that holds the logs' keys (`python -m services.audit.signer`)."""
    witness_policy: Path | None = None
    """Whose cosignatures of the root log are enough (C2SP tlog-policy); on one machine none are demanded."""
    witness_stop_hours: int = 72
    """How long the quorum may be missing before no entry is taken in, and so nothing released; 0: never (one machine)."""
    trust_file: Path | None = None
    """The registrars' public keys, the file that sharing has: each change of it, of the policy and of a log's key is signed and logged."""
    erasure_ledger: Path
    """File of the keys that were destroyed for erased persons: backed up apart from the database, and replayed at each start."""
    retention_years: int = 5
    """How long after its year closed a log keeps who it was, at least; never less than five."""
