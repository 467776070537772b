"""The reliability plot of a calibration as SVG: what was said against what was true, the diagonal being honest."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.calibrate import Bin, Calibration

SIDE, EDGE, GAP = 300, 46, 40  # pixels of a panel, around it, between the two
BLUE, GREY, INK = "#17457f", "#b8c0cc", "#1f2733"
TITLES = ("some procedure answers", "the best candidate is right")


def plot(calibration: Calibration) -> str:
    """Two panels, one a probability; the area of a point grows with its questions."""
    bins = (calibration.answerable_bins, calibration.right_bins)
    panels = [
        _panel(EDGE + number * (SIDE + GAP + EDGE), title, chosen)
        for number, (title, chosen) in enumerate(zip(TITLES, bins, strict=True))
    ]
    width, height = 2 * (SIDE + EDGE) + GAP + 20, SIDE + 2 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{"".join(panels)}</svg>\n'
    )


def _panel(left: int, title: str, bins: Sequence[Bin]) -> str:
    def x(value: float) -> float:
        return round(left + value * SIDE, 1)

    def y(value: float) -> float:
        return round(EDGE + (1 - value) * SIDE, 1)

    parts = [f'<text x="{left}" y="{EDGE - 16}" font-weight="bold">{title}</text>']
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{x(tick)} {y(0)}V{y(1)}M{x(0)} {y(tick)}H{x(1)}" stroke="{GREY}" stroke-width="0.5"/>')
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{left - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="{GREY}" stroke-dasharray="4 4"/>')
    line = " ".join(f"{x(b.said)},{y(b.true)}" for b in bins)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="1.5"/>')
    for b in bins:
        radius = round(2 + min(b.questions, 400) ** 0.5 / 2, 1)
        parts.append(f'<circle cx="{x(b.said)}" cy="{y(b.true)}" r="{radius}" fill="{BLUE}" fill-opacity="0.7"/>')
    parts.append(f'<text x="{x(0.5)}" y="{y(0) + 34}" text-anchor="middle">said</text>')
    return "\n".join(parts) + "\n"
