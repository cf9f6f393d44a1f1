"""Draws one found ring as SVG: `python docs/pictures/draw_ring.py OUT > docs/pictures/ring.svg`.

`OUT` is the output of a run, for the picture in the README that of `ringleader detect examples/hop-airdrop`. Takes the
ring of highest score that fits a picture. Circles are member accounts, squares what they share; a line is one piece of
evidence.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

import igraph
import polars as pl

WIDTH, HEIGHT, MARGIN, HEADER = 960, 620, 70, 70
FEWEST_MEMBERS, MOST_MEMBERS = 10, 16
COLOURS = {"address": "#c2571a", "device": "#2f7d4f", "ip": "#8a6d1f", "account": "#8795a8", "line": "#b5bdc8"}
MEMBER = "#2b5c9e"
WORDS = {"account": "common counterparty"}


def choose_ring(rings: pl.DataFrame) -> dict[str, object]:
    fitting = rings.filter(pl.col("size").is_between(FEWEST_MEMBERS, MOST_MEMBERS))
    return fitting.sort("score", "size", "ring_id", descending=[True, True, False]).row(0, named=True)


def lines_of(evidence: pl.DataFrame, ring_id: object) -> pl.DataFrame:
    """One row per line: the member and the other end (a member or a shared resource)."""
    rows = evidence.filter(pl.col("ring_id") == ring_id)
    to_resource = rows.filter(pl.col("resource_id").is_not_null()).select(
        "account_id", pl.col("resource_id").alias("end"), pl.col("resource_kind").alias("kind")
    )
    between = rows.filter(pl.col("resource_id").is_null() & pl.col("other_account_id").is_not_null()).select(
        pl.min_horizontal("account_id", "other_account_id").alias("account_id"),
        pl.max_horizontal("account_id", "other_account_id").alias("end"),
        pl.lit("account").alias("kind"),
    )
    return pl.concat([to_resource, between]).unique().sort("account_id", "end")


def places(members: list[str], lines: pl.DataFrame) -> dict[str, tuple[float, float]]:
    names = sorted({*members, *lines["account_id"], *lines["end"]})
    graph = igraph.Graph(n=len(names), edges=[(names.index(a), names.index(b)) for a, b, _ in lines.rows()])
    points = graph.layout_kamada_kawai(seed=graph.layout_circle())
    points.fit_into((MARGIN, HEADER + MARGIN / 2, WIDTH - MARGIN, HEIGHT - MARGIN), keep_aspect_ratio=False)
    return dict(zip(names, map(tuple, points), strict=True))


def draw(out: Path) -> str:
    rings, members, evidence = (pl.read_parquet(out / f"{n}.parquet") for n in ("rings", "members", "evidence"))
    ring = choose_ring(rings)
    accounts = members.filter(pl.col("ring_id") == ring["ring_id"])["account_id"].to_list()
    lines = lines_of(evidence, ring["ring_id"])
    at = places(accounts, lines)
    kinds = {end: kind for _, end, kind in lines.rows() if end not in accounts}
    body = [
        f'<line x1="{at[a][0]:.1f}" y1="{at[a][1]:.1f}" x2="{at[b][0]:.1f}" y2="{at[b][1]:.1f}"/>'
        for a, b, _ in lines.rows()
    ]
    shapes = [_square(at[name], kind) for name, kind in sorted(kinds.items())]
    shapes += [_circle(at[name], name) for name in accounts]
    title = f"{ring['ring_id']}: {len(accounts)} accounts, score {ring['score']:.3f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text x="24" y="34" font-size="19" font-weight="bold" fill="#1d2733">{escape(title)}</text>',
            f'<text x="24" y="58" font-size="13" fill="#4a5563">{escape(str(ring["summary"]))}</text>',
            f'<g stroke="{COLOURS["line"]}" stroke-width="1.2">',
            *body,
            "</g>",
            *shapes,
            *_legend(sorted(set(kinds.values()))),
            "</svg>",
        ]
    )


def _text(x: float, y: float, text: str, style: str = 'font-size="12"') -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _label(point: tuple[float, float], name: str) -> str:
    short = name if len(name) <= 12 else f"{name[:10]}…"
    return _text(point[0], point[1] + 24, short, 'font-size="10" text-anchor="middle" fill="#4a5563"')


def _circle(point: tuple[float, float], name: str) -> str:
    x, y = point
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{MEMBER}"/>{_label(point, name)}'


def _square(point: tuple[float, float], kind: str) -> str:
    x, y = point
    colour = COLOURS.get(kind, COLOURS["address"])
    return f'<rect x="{x - 8:.1f}" y="{y - 8:.1f}" width="16" height="16" fill="{colour}"/>'


def _legend(kinds: list[str]) -> list[str]:
    y = HEIGHT - 18
    parts = [f'<circle cx="32" cy="{y - 4}" r="6" fill="{MEMBER}"/>', _text(44, y, "member")]
    for number, kind in enumerate(kinds, start=1):
        x = 190 * number - 60
        colour = COLOURS.get(kind, COLOURS["address"])
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 20, y, WORDS.get(kind, f"shared {kind}")))
    return parts


if __name__ == "__main__":
    sys.stdout.write(draw(Path(sys.argv[1])) + "\n")
