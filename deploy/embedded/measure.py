"""What the whole of it takes: memory of a process and all below it, and disk."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


def memory_mb(root: int) -> float:
    """Proportional set size of a process and all below it in MB (2**20); where the system has none, resident size."""
    return sum(_kilobytes(pid) for pid in (root, *descendants(root))) / 1024


def descendants(root: int) -> Iterator[int]:
    """Every process below `root`."""
    said = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout if not _has_proc() else ""
    pairs = [tuple(map(int, line.split())) for line in said.splitlines()] if said else list(_pairs())
    below = {root}
    while new := {pid for pid, parent in pairs if parent in below} - below:
        below |= new
    return iter(below - {root})


def disk_mb(folder: Path) -> float:
    """What the files below a folder take on disk, in MB; a file with two names counts once."""
    seen, total = set(), 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                found = Path(path, name).lstat()
            except FileNotFoundError:
                continue
            if found.st_ino not in seen:
                seen.add(found.st_ino)
                total += found.st_blocks * 512
    return total / 1024 / 1024


def _has_proc() -> bool:
    return Path("/proc/self/stat").exists()


def _pairs() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue


def _kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (OSError, ProcessLookupError):
        said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
        return int(said or 0)
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
