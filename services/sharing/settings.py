"""What the sharing house needs to know before it starts."""

from pathlib import Path

from shared.settings import HouseSettings


class Settings(HouseSettings, frozen=True, kw_only=True):
    """One process of sharing. Everything in `HouseSettings`, and whom it trusts for keys."""

    trust_file: Path
    """The registrars: `{"<organisation>": <Ed25519 public JWK>}`, two or more."""
    models_folder: Path | None = None
    """Collaboration models of one's own, one TOML file each; without, only those that are shipped."""
    keep_cases_days: int = 1825
    """How long a closed case says whom it was about, and what was said of them."""
