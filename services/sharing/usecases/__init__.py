"""One verb, one file: load, ask the rule, save, and put event and audit entry into the outbox."""
