"""An operator's colour and logo over our own, refused when text in that colour could not be read (WCAG 2.2, 1.4.3)."""

import re
from pathlib import Path
from typing import Final

import msgspec

from shared.settings import HouseSettings

LEAST: Final = 4.5
"""Contrast of text to its ground, to 1."""
GROUNDS: Final = {"light": ("#ffffff", "#f6f2ea"), "dark": ("#16191c", "#23282c")}
"""Every ground that the accent stands on; the same values as in `assets/samsyn.css`."""
LOGO_TYPES: Final = {".svg": "image/svg+xml", ".png": "image/png"}
MAX_LOGO: Final = 32 * 1024
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """What the base template may use. Raises ValueError when made of colours that nobody could read: the house does not start."""

    accent: str | None = None
    """`#rrggbb` in the light scheme."""
    accent_dark: str | None = None
    logo: Path | None = None
    """SVG or PNG, shown 2.25 rem high beside the name."""

    def __post_init__(self) -> None:
        for scheme, colour in (("light", self.accent), ("dark", self.accent_dark)):
            if colour is not None:
                _check(colour, scheme)
        if (self.accent is None) != (self.accent_dark is None):
            raise ValueError("a theme has an accent for light and one for dark")
        if self.logo is not None and (self.logo.suffix not in LOGO_TYPES or self.logo.stat().st_size > MAX_LOGO):
            raise ValueError("the logo is an SVG or PNG file of at most 32 KiB")

    @classmethod
    def of(cls, given: HouseSettings) -> "Theme":
        """As the settings say."""
        return cls(accent=given.theme_accent, accent_dark=given.theme_accent_dark, logo=given.theme_logo)

    @property
    def style(self) -> str:
        """A sheet that sets the accent's custom properties; empty without one."""
        if self.accent is None or self.accent_dark is None:
            return ""
        light, dark = (f"--accent:{colour};--on-accent:{on(colour)}" for colour in (self.accent, self.accent_dark))
        return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two `#rrggbb`, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def on(colour: str) -> str:
    """Black or white, whichever is easier to read on this colour."""
    return max(("#ffffff", "#000000"), key=lambda text: contrast(text, colour))


def _check(colour: str, scheme: str) -> None:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour}: a colour is written #rrggbb")
    for ground in GROUNDS[scheme]:
        if (found := contrast(colour, ground)) < LEAST:
            raise ValueError(f"{colour} on {ground} ({scheme}) has a contrast of {found:.2f}:1; text needs {LEAST}:1")


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB (IEC 61966-2-1)
