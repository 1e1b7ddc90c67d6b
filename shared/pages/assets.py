"""Files that pages load, each from our own origin and kept by the browser until its content changes. No build step."""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256, sha384
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from shared.errors import NotFound
from shared.pages.theme import LOGO_TYPES, Theme

FOLDER: Final = "/assets"
HTMX: Final = "htmx-2.0.11.min.js"
"""htmx 2.0.11 as its publisher packed it (0BSD, `htmx-LICENSE.txt`); 4.x swaps the bodies of errors."""
HTMX_SRI: Final = "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
TYPES: Final[Mapping[str, str]] = MappingProxyType({"samsyn.css": "text/css", "samsyn.js": "text/javascript", HTMX: "text/javascript"})
FOR_A_YEAR: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def content(name: str) -> bytes:
    """One of our files. Raises NotFound for any other name."""
    if name not in TYPES:
        raise NotFound
    return files("shared.pages").joinpath("assets", name).read_bytes()


@cache
def address(name: str) -> str:
    """Where the file is; a new content has a new address."""
    return f"{FOLDER}/{name}?v={sha256(content(name)).hexdigest()[:12]}"


def integrity(name: str) -> str:
    """Its hash as Subresource Integrity writes it."""
    return "sha384-" + base64.b64encode(sha384(content(name)).digest()).decode()


@get(FOLDER + "/{name:str}", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def asset(name: FromPath[str]) -> Response[bytes]:
    """A style sheet or script."""
    return Response(content(name), media_type=TYPES[name], headers=FOR_A_YEAR)


def theme_routes(theme: Theme) -> Sequence[Any]:
    """The operator's colour and logo, read once."""
    sheet = theme.style.encode()
    logo = None if theme.logo is None else (theme.logo.read_bytes(), LOGO_TYPES[theme.logo.suffix])

    @get("/theme/accent.css", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
    def accent() -> Response[bytes]:
        return Response(sheet, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})

    @get("/theme/logo", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
    def mark() -> Response[bytes]:
        if logo is None:
            raise NotFound
        # An SVG opened by itself is a document of our origin: it may run nothing
        headers = {
            "Cache-Control": "public, max-age=300",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
        return Response(logo[0], media_type=logo[1], headers=headers)

    return [accent, mark]
