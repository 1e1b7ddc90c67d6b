"""People's logins: OpenID Connect relying party, sessions, and the way from a request to its `Caller`."""
