"""What the sharing house needs to know before it starts."""

from pathlib import Path

from shared.settings import HouseSettings


class Settings(HouseSettings, frozen=True, kw_only=True):
    """One process of sharing. Everything in `HouseSettings`, and whom it trusts for keys."""

    trust_file: Path
    """The registrars: `{"<organisation>": <Ed25519 public JWK>}`, two or more."""
    naming_url: str | None = None
    """Consent's `/children/name`, where staff name a child by number; unset: cases are opened by systems alone."""
    own_acts_url: str | None = None
    """Audit's `/mine`, where somebody at work sees their own look-ups; unset: no page leads there."""
    desks_file: Path | None = None
    """Where organisations have their desks: `{"<organisation>": "<address>"}`; a permit's page leads there."""
    models_folder: Path | None = None
    """Collaboration models of one's own, one TOML file each; without, only those that are shipped."""
    keep_cases_days: int = 1825
    """How long a closed case says whom it was about, and what was said of them."""
