"""What a check ends in: a code for the exit, and findings with the facts that their sentences need."""

from dataclasses import dataclass, field

WHOLE, BROKEN, CANNOT_TELL = 0, 1, 2


@dataclass
class Verdict:
    """Findings grow while the check goes on; the exit is the gravest of them."""

    log: str = "?"
    findings: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    remarks: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    done: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    exit: int = WHOLE

    def broken(self, code: str, **facts: object) -> None:
        """The log or proof is not what was signed."""
        self.findings.append((code, facts))
        self.exit = BROKEN

    def unknown(self, code: str, **facts: object) -> None:
        """No verdict is possible; something broken that was found before stays found."""
        self.findings.append((code, facts))
        self.exit = self.exit or CANNOT_TELL

    def remark(self, code: str, **facts: object) -> None:
        """Something the reader should know and which changes no verdict."""
        self.remarks.append((code, facts))

    def step(self, code: str, **facts: object) -> None:
        """A step that was gone through and found good."""
        self.done.append((code, facts))
