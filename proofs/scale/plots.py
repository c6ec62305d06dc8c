"""Line charts as SVG, drawn without a plotting library so that they are small and reproducible.

The colours are legible on light and dark pages: text and axes take the page's own colour.
"""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

__all__ = ["Line", "lines"]

Line = tuple[Sequence[float], Sequence[float]]

_COLOURS = ("#d1495b", "#2e86ab", "#e09f3e", "#4a9c6d", "#8367c7")
_LEFT, _TOP, _WIDTH, _HEIGHT = 80, 56, 620, 260
_POINTS = 300
_STEPS = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 4.8, 6, 8, 10)
_STYLE = (
    "text{fill:#24292f}.axis{stroke:#57606a}.grid{stroke:#d0d7de}"
    "@media(prefers-color-scheme:dark){.paper{fill:#0d1117}text{fill:#e6edf3}"
    ".axis{stroke:#9198a1}.grid{stroke:#30363d}}"
)


def lines(series: Mapping[str, Line], *, title: str, across: str, up: str) -> str:
    """One chart with a line for each name; both axes begin at zero and are linear."""
    right = _ceiling(max(max(xs) for xs, _ in series.values()))
    top = _ceiling(max(max(ys) for _, ys in series.values()))
    bottom = _TOP + _HEIGHT
    parts = [f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>']
    for tick in range(5):
        y = bottom - _HEIGHT * tick / 4
        x = _LEFT + _WIDTH * tick / 4
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{_number(top * tick / 4)}</text>'
        )
        parts.append(
            f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">'
            f"{_number(right * tick / 4)}</text>"
        )
    parts.append(
        f'<line class="axis" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{bottom}" y2="{bottom}"/>'
    )
    parts.append(
        f'<text x="{_LEFT + _WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">'
        f"{escape(across)}</text>"
    )
    middle = _TOP + _HEIGHT / 2
    parts.append(
        f'<text x="16" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle})">{escape(up)}</text>'
    )
    left = float(_LEFT)
    for number, (name, (xs, ys)) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        dash = "" if number < 2 else ' stroke-dasharray="6 3"'
        points = " ".join(
            f"{_LEFT + _WIDTH * x / right:.1f},{bottom - _HEIGHT * y / top:.1f}"
            for x, y in _thinned(xs, ys)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        parts.append(f'<rect x="{left:.0f}" y="32" width="14" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{left + 20:.0f}" y="38">{escape(name)}</text>')
        left += 46 + 6.6 * len(name)
    width, height = _LEFT + _WIDTH + 30, bottom + 52
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">'
        f'<style>{_STYLE}</style><rect class="paper" width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _thinned(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """At most `_POINTS` of the points, the last among them."""
    step = max(1, math.ceil(len(xs) / _POINTS))
    found = list(zip(xs, ys, strict=True))
    return [*found[:-1:step], found[-1]]


def _ceiling(value: float) -> float:
    """The next number whose quarters are short."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * 0.9999)


def _number(value: float) -> str:
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
