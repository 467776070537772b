"""The figures as pictures: confusion matrix and fallback curve, plain SVG without a library."""

from __future__ import annotations

from html import escape

from assistant.understanding.figures import Understanding

CELL = 15  # pixels
LABEL = 150
INK, FAINT, GOOD, BAD, MARK = "#1f2933", "#d9dee4", "#0b6e4f", "#b42318", "#1d4ed8"
WIDE, HIGH, EDGE = 640, 360, 52


def _page(width: int, height: int, title: str, body: list[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title, quote=True)}" font-family="system-ui, sans-serif" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *body,
        "</svg>\n",
    ])  # fmt: skip


def confusion_matrix(report: Understanding) -> str:
    """Rows: what was meant; columns: what was read.  Green: the right ones, red: the others, by share of the row."""
    names = sorted(report.matrix.keys() | {got for row in report.matrix.values() for got in row})
    side = CELL * len(names)
    body = []
    for index, name in enumerate(names):
        middle = LABEL + index * CELL + CELL / 2
        beside, above = f'x="{LABEL - 5}" y="{middle + 3.5:g}" text-anchor="end"', f"{middle + 3.5:g} {LABEL - 5}"
        body.append(f'<text {beside} font-size="10">{escape(name)}</text>')
        body.append(f'<text transform="translate({above}) rotate(-90)" font-size="10">{escape(name)}</text>')
        line = LABEL + index * CELL
        body.append(f'<path d="M{LABEL} {line}h{side}M{line} {LABEL}v{side}" stroke="{FAINT}" stroke-width=".5"/>')
    for row, meant in enumerate(names):
        counts = report.matrix.get(meant, {})
        whole = sum(counts.values())
        for got, times in sorted(counts.items()):
            share = times / whole
            strength = share if got == meant else min(1.0, 0.12 + share * 4)
            x, y = LABEL + names.index(got) * CELL, LABEL + row * CELL
            body.append(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{GOOD if got == meant else BAD}" '
                f'fill-opacity="{strength:.2f}"><title>{escape(meant)} read as {escape(got)}: {times} of {whole}'
                "</title></rect>"
            )
    edge = LABEL + side + 12
    return _page(edge, edge, "Confusion matrix of the intents: rows meant, columns read", body)


def threshold_curve(report: Understanding) -> str:
    """Right readings kept and wrong ones let through, over the threshold; the threshold in use is marked."""

    def place(threshold: float, share: float) -> tuple[float, float]:
        return EDGE + threshold * (WIDE - 2 * EDGE), HIGH - EDGE - share * (HIGH - 2 * EDGE)

    body = []
    for tenth in range(0, 11, 2):
        share = tenth / 10
        (left, y), (right, _) = place(0, share), place(1, share)
        x, bottom = place(share, 0)
        body.append(f'<path d="M{left:g} {y:g}H{right:g}" stroke="{FAINT}"/>')
        body.append(f'<text x="{left - 6:g}" y="{y + 4:g}" font-size="11" text-anchor="end">{share:.0%}</text>')
        body.append(f'<text x="{x:g}" y="{bottom + 16:g}" font-size="11" text-anchor="middle">{share:g}</text>')
    for name, colour, shares in (
        ("right readings kept", GOOD, [(point.threshold, point.kept) for point in report.curve]),
        ("wrong readings let through", BAD, [(point.threshold, point.passed) for point in report.curve]),
    ):
        points = " ".join("{:.1f},{:.1f}".format(*place(threshold, share)) for threshold, share in shares)
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = place(0.46, 0.93 if colour == GOOD else 0.42)
        body.append(f'<text x="{x:g}" y="{y:g}" font-size="12" fill="{colour}">{name}</text>')
    x, top = place(report.threshold, 1)
    body.append(f'<path d="M{x:g} {top:g}V{HIGH - EDGE}" stroke="{MARK}" stroke-dasharray="4 3"/>')
    body.append(f'<text x="{x + 5:g}" y="{top - 6:g}" font-size="12" fill="{MARK}">in use: {report.threshold:g}</text>')
    body.append(f'<text x="{WIDE / 2:g}" y="{HIGH - 12}" font-size="12" text-anchor="middle">fallback threshold</text>')
    return _page(WIDE, HIGH, "Right readings kept and wrong ones let through, by fallback threshold", body)
