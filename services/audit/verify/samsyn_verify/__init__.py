"""Checks archives and proofs of a Samsyn audit log. Imports nothing of the service on purpose: it is the other opinion."""
