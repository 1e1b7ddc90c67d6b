"""Rows to structs and back: each function runs one named query in the caller's transaction and decides nothing."""

from types import MappingProxyType

CONFLICTS = MappingProxyType({"consent_governs_row": "changed-meanwhile", "person_lookup_once": "changed-meanwhile"})
"""Constraints that a race can hit, and what the client is told: reload and try again."""
