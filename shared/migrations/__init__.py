"""Tables that every house has: outbox, inbox, dead letters, idempotency, sessions."""
