"""Logins that the provider has ended (OpenID Connect Back-Channel Logout): their tokens end with them."""

from datetime import datetime


class EndedLogins:
    """`sid`s per issuer, in memory, read at each request. `shared.login.sessions` fills it from the database in every replica."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], datetime] = {}

    def add(self, issuer: str, sid: str, *, until: datetime) -> None:
        """Refuse tokens of this login from now; `until` is when the last of them has run out."""
        self._until[issuer, sid] = until

    def has(self, issuer: str, sid: str) -> bool:
        """Whether the login has been ended."""
        return (issuer, sid) in self._until

    def forget(self, now: datetime) -> None:
        """Drop those whose tokens have run out by themselves."""
        self._until = {key: until for key, until in self._until.items() if until >= now}
