"""A bar chart as SVG, drawn without a plotting library so that it is small and reproducible."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

__all__ = ["bars"]

_COLOURS = ("#c44536", "#e09f3e", "#335c67", "#8d99ae", "#9bc1a3")
_LEFT, _WIDTH, _BAR, _GAP = 230, 640, 13, 16
_MOST = 6.0


def bars(relative: Mapping[str, Mapping[str, float | None]]) -> str:
    """Each contender's time on each case, as a multiple of Darkroom's, which is the line at 1.

    A bar longer than six times is cut; its number is the true multiple.
    """
    names = list(next(iter(relative.values())))
    scale = (_WIDTH - 60) / _MOST
    parts: list[str] = []
    top = 60
    for number, name in enumerate(names):
        left = 20 + number * 170
        parts.append(f'<rect x="{left}" y="14" width="12" height="12" fill="{_COLOURS[number]}"/>')
        parts.append(f'<text x="{left + 18}" y="24">{escape(name)}</text>')
    for case, shares in relative.items():
        middle = top + len(names) * _BAR / 2 + 4
        parts.append(f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end">{escape(case)}</text>')
        for number, name in enumerate(names):
            share = shares[name]
            y = top + number * _BAR
            if share is None:
                parts.append(
                    f'<text x="{_LEFT + 6}" y="{y + 10}" fill="#888">cannot read it</text>'
                )
                continue
            length = min(share, _MOST) * scale
            parts.append(
                f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR - 2}" '
                f'fill="{_COLOURS[number]}"/>'
            )
            parts.append(
                f'<text x="{_LEFT + length + 5:.1f}" y="{y + 10}" font-size="10">{share:.2f}</text>'
            )
        top += len(names) * _BAR + _GAP
    line = _LEFT + scale
    parts.append(
        f'<line x1="{line:.1f}" y1="44" x2="{line:.1f}" y2="{top}" stroke="#111" '
        f'stroke-dasharray="3 3"/><text x="{line:.1f}" y="42" text-anchor="middle">Darkroom</text>'
    )
    height, width = top + 10, _LEFT + _WIDTH
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
