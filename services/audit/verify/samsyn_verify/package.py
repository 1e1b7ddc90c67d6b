"""Reads an archive without trusting it: sizes are bounded, names occur once, lines and tiles are streamed."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FORMAT = "samsyn-archive-v1"
SCOPE = "samsyn-scope-v1"
WIDTH = 256
_SMALL = 1 << 20
_LONGEST_LINE = 1 << 17
_CHUNK = 1 << 18
_LARGE = 1 << 28  # checkpoints.ndjson and proofs.ndjson hold at most a thousand lines of a few kilobytes


class PackageError(Exception):
    """`code` is one of `texts`; `name` the file in the archive that it is about."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


@dataclass(frozen=True)
class Manifest:
    """What the archive says of itself; believed only where a signature says the same."""

    origin: str
    size: int
    exported_at: str
    is_scope: bool = False
    """Holds a part of the log, with a proof for each entry (`scope`)."""


class Package:
    """An open archive. `with Package(path) as package:`."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise PackageError("not-an-archive") from error
        names = self._zip.namelist()
        if len(set(names)) != len(names):
            raise PackageError("name-twice", next(name for name in names if names.count(name) > 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def manifest(self) -> Manifest:
        """Raises PackageError for another format."""
        value = _json(self.small("manifest.json"), "manifest.json")
        if not isinstance(value, dict) or value.get("format") not in {FORMAT, SCOPE}:
            raise PackageError("format-unknown", "manifest.json")
        origin, size, when = value.get("origin"), value.get("size"), value.get("exported_at")
        if not isinstance(origin, str) or not isinstance(size, int) or not isinstance(when, str):
            raise PackageError("format-unknown", "manifest.json")
        return Manifest(origin, size, when, value["format"] == SCOPE)

    def small(self, name: str, limit: int = _SMALL) -> bytes:
        """A whole file. Raises PackageError when it is missing, damaged or too large."""
        try:
            with self._zip.open(name) as file:
                data = file.read(limit + 1)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
            raise PackageError("file-unreadable", name) from error
        if len(data) > limit:
            raise PackageError("file-too-large", name)
        return data

    def records(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of an ndjson file."""
        for line in self.small(name, _LARGE).splitlines():
            value = _json(line, name)
            if not isinstance(value, dict):
                raise PackageError("file-unreadable", name)
            yield value

    def entries(self, start: int = 0) -> Iterator[bytes]:
        """The stored bytes of each entry from `start` on, in order; empty where the exporter found no row."""
        skip = start
        for lines in self._lines():
            if skip < len(lines):
                yield from lines[skip:] if skip else lines
            skip = max(0, skip - len(lines))

    def _lines(self) -> Iterator[list[bytes]]:
        """The lines of the entries' file, many at a time; one without end comes in pieces, so that memory stays flat."""
        try:
            with self._zip.open("entries.ndjson") as file:
                rest = b""
                while chunk := file.read(_CHUNK):
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield lines
                    if len(rest) > _LONGEST_LINE:
                        yield [rest]
                        rest = b""
                if rest:
                    yield [rest]
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
            raise PackageError("file-unreadable", "entries.ndjson") from error

    def kept_hashes(self, n: int, width: int) -> bytes:
        """The leaf hashes of one hash tile, one after another; empty where it is missing."""
        try:
            return self.small(f"tile/0/{_number(n)}" + ("" if width == WIDTH else f".p/{width}"))
        except PackageError:
            return b""


def _number(n: int) -> str:
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03d}")
    return "/".join(reversed(groups))


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PackageError("file-unreadable", name) from error
