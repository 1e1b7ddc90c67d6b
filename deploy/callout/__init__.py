"""The auth callout: turns an access token into a NATS user with exactly its organisation's subjects (design/identity.md 1.7)."""
