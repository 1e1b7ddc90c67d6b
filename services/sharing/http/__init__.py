"""Parse, one transaction, one use case, view."""
