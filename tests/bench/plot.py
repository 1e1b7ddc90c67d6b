"""A bar chart as SVG, by hand: a plotting library would be a hundred times what is drawn."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, BAR, GAP, LEFT = 900, 22, 14, 430


class Bar(NamedTuple):
    """One ratio, and the goal for it."""

    what: str
    value: float
    goal: float | None


def write_svg(path: Path, title: str, bars: Sequence[Bar]) -> None:
    """Bars from the left, the goal as a line across each; 1 is as fast as the bare thing."""
    most = max(1.0, *(bar.value for bar in bars))
    scale, height = (WIDTH - LEFT - 80) / most, 60 + len(bars) * (BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<text x="10" y="24" font-size="16">{escape(title)}</text>',
    ]
    for number, bar in enumerate(bars):
        top = 44 + number * (BAR + GAP)
        parts.append(f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end">{escape(bar.what)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{top}" width="{bar.value * scale:.1f}" height="{BAR}" fill="#2f6f8f"/>')
        parts.append(f'<text x="{LEFT + bar.value * scale + 6:.1f}" y="{top + 16}">{bar.value:.2f}</text>')
        if bar.goal is not None:
            at = LEFT + bar.goal * scale
            parts.append(f'<line x1="{at:.1f}" y1="{top - 3}" x2="{at:.1f}" y2="{top + BAR + 3}" stroke="#b00020" stroke-width="2"/>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
