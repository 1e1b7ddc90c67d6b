"""What every check of a row has in common."""

import msgspec

from services.sharing.domain.tables import Tables


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One check of a row."""

    def run(self, tables: Tables, raw: dict[str, bytes]) -> str | None:
        """Try it. `raw`: the files, for checks that write a model of their own."""
        raise NotImplementedError


def unless(came: object, wanted: object) -> str | None:
    """None when it came as wanted, else what came."""
    return None if came == wanted else f"{came} instead of {wanted}"
