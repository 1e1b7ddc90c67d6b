"""Rows to structs and back; takes an open transaction, never decides, never commits."""

CONFLICTS: dict[str, str] = {
    "access_grant_unique_in_force": "grant-already-given",
    "case_one_plan_of_child": "plan-in-force",
    "system_client_of_one_organisation": "system-already-connected",
}
"""Names of constraints to problem codes."""
