"""The houses, their databases and the roles of one cluster. Names alone: the supervisor keeps nothing that it can do without."""

HOUSES = ("consent", "sharing", "audit")
ROLES = (*(f"{house}_owner" for house in HOUSES), *HOUSES, "callout")
"""Every role with a password."""

READERS = {"sharing": ("callout",)}
"""Roles that may connect to a house's database besides its own two; what they may read stands in that house's migrations."""


def database_of(house: str) -> str:
    """The name of a house's database."""
    return f"samsyn_{house}"
