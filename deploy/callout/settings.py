"""What the callout needs to know. Each field is the variable `SAMSYN_<FIELD>`."""

from pathlib import Path

import msgspec

from shared.settings import Secret


class CalloutSettings(msgspec.Struct, frozen=True, kw_only=True):
    """No default for what protects."""

    nats_url: str
    database_url: Secret
    """Role `callout` on sharing's database."""
    issuer: str
    audience: str
    """The bus as a resource, `https://bus.samsyn.example` in the demo."""
    callout_seeds: Path
    """Folder with `nats-callout.seed`, `nats-monitor.seed`, `nats-issuer.seed`, `nats-xkey.seed` (and, on one machine, deploy's)."""
    house_clients: str
    """`consent=<client_id>,sharing=<client_id>,audit=<client_id>`."""
    production: bool
    nats_config: Path | None = None
    """On one machine: the server's own configuration, which organisations that come at run time are added to."""

    def houses(self) -> dict[str, str]:
        """`<issuer> <client_id>` to the house's name."""
        pairs = (pair.partition("=") for pair in self.house_clients.split(","))
        return {f"{self.issuer} {client_id}": house for house, _, client_id in pairs}
