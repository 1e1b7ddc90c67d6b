"""Each room sees only the rooms below it, houses do not know each other, rules are pure (STYLE 7)."""

import subprocess
import sys
from pathlib import Path

from tests.rules.code import ROOT


def test_the_rooms_are_kept() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert found.returncode == 0, found.stdout + found.stderr
