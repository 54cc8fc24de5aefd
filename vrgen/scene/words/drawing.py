"""Drawing: a described scene from above, as SVG, before anything is generated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core import Scene
from vrgen.scene.words.stand import Stood

WIDE = 1200
"""Pixels of the drawing's longer side."""
EDGE, GROUND, WAY, EYE = "#3a3a3a", "#f4f1ea", "#c2410c", "#1d4ed8"
PLAIN = "#d8d2c6"
"""What wears no colour of its own."""
LABELLED = 0.8
"""Metres of a thing's longer side from which on its name is written."""
Floats = NDArray[np.float64]


def drawn(scene: Scene, stood: Sequence[Stood], colours: Mapping[str, str]) -> str:
    """The plan of a composed scene: outlines from low to high, the walkable floor, the way, eyes, the spawn.

    -Z is up, +X to the right; `colours`: "#rrggbb" by name of material.
    """
    copies = sorted(
        ((one, triangles) for one in stood for triangles in one.triangles()),
        key=lambda item: float(item[1][..., 1].max()),
    )
    ours = scene.extras["vrgen"]
    eyes = [(node, world) for node, world in scene.walk() if node.camera is not None]
    points = [triangles[..., [0, 2]].reshape(-1, 2) for _, triangles in copies]
    points += [np.array([world[[0, 2], 3] for _, world in eyes]).reshape(-1, 2)]
    points += [np.array(polygon) for polygon in ours.get("walkable", ())]
    everything = np.concatenate(points)
    low, high = everything.min(axis=0) - 0.5, everything.max(axis=0) + 0.5
    scale = WIDE / float((high - low).max())
    sheet = _Sheet(low, scale)
    wide, deep = ((high - low) * scale).round().tolist()
    for one, triangles in copies:
        sheet.outline(triangles, _colour(one, colours))
    for polygon in ours.get("walkable", ()):
        sheet.polygon(np.array(polygon), 'fill="#16a34a" fill-opacity="0.14" fill-rule="evenodd"')
    for one, triangles in reversed(copies):  # of what is stacked the topmost is named
        if len(one.spots) == 1:
            sheet.name(one.table.name, triangles)
    sheet.way(ours.get("route", ()))
    for node, world in eyes:
        sheet.eye(node.name.removeprefix("camera_"), world)
    if "spawn" in ours:
        sheet.spawn(ours["spawn"])
    sheet.scale(wide, deep)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{deep:.0f}" '
    head += 'font-family="DejaVu Sans, sans-serif">'
    title = f"<title>{escape(scene.name)}</title>"
    ground = f'<rect width="100%" height="100%" fill="{GROUND}"/>'
    return "\n".join([head, title, ground, *sheet.lines, "</svg>"]) + "\n"


def picture(svg: str) -> bytes:
    """A drawing of ours as PNG."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=96.0))


def _colour(one: Stood, colours: Mapping[str, str]) -> str:
    worn = one.table.material
    name = worn if isinstance(worn, str) else (worn or ("",))[0]
    return colours.get(name, PLAIN)


class _Sheet:
    """Lines of SVG; metres in, pixels out."""

    def __init__(self, low: Floats, scale: float) -> None:
        self.lines: list[str] = []
        self._named: list[tuple[float, float]] = []
        self._low, self._scale = low, scale

    def at(self, points: Floats) -> Floats:
        """(..., 2) plan points as pixels."""
        return np.asarray((points - self._low) * self._scale)

    def polygon(self, points: Floats, style: str) -> None:
        """A closed line."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in self.at(points))
        self.lines.append(f'<polygon points="{path}" {style}/>')

    def outline(self, triangles: Floats, colour: str) -> None:
        """What a thing covers, taken as convex."""
        flat = triangles[..., [0, 2]].reshape(-1, 1, 2).astype(np.float32)
        ring = cv2.convexHull(flat)[:, 0].astype(np.float64)
        self.polygon(ring, f'fill="{colour}" fill-opacity="0.85" stroke="{EDGE}" stroke-width="0.8"')

    def name(self, name: str, triangles: Floats) -> None:
        """A thing's name in its middle, turned along it, where there is room."""
        flat = triangles[..., [0, 2]].reshape(-1, 2)
        size = np.ptp(flat, axis=0)
        if size.max() < LABELLED:
            return
        x, y = self.at((flat.min(axis=0) + flat.max(axis=0)) / 2)
        if any(abs(x - left) < 70 and abs(y - top) < 16 for left, top in self._named):
            return
        self._named.append((x, y))
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if size[1] > 1.5 * size[0] else ""
        self._text(x, y + 4, name, f'font-size="12" text-anchor="middle" fill="{EDGE}"{turn}')

    def way(self, route: Sequence[Sequence[float]]) -> None:
        """The stops in their order, joined."""
        if not len(route):
            return
        points = self.at(np.array(route, np.float64))
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashes = f'stroke="{WAY}" stroke-width="2" stroke-dasharray="7 5"'
        self.lines.append(f'<polyline points="{path}" fill="none" {dashes}/>')
        for number, (x, y) in enumerate(points, 1):
            self.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{WAY}"/>')
            self._text(x, y + 4, str(number), 'font-size="11" text-anchor="middle" fill="#ffffff"')

    def eye(self, name: str, world: Floats) -> None:
        """A camera: a wedge the way it looks, and its name."""
        eye, ahead = world[[0, 2], 3], -world[[0, 2], 2]
        ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        side = np.array([-ahead[1], ahead[0]])
        reach = 26 / self._scale
        wedge = np.stack([eye, eye + reach * (ahead + 0.6 * side), eye + reach * (ahead - 0.6 * side)])
        self.polygon(wedge, f'fill="{EYE}" fill-opacity="0.35"')
        x, y = self.at(eye - 0.7 * reach * ahead)
        self._text(x, y + 4, name, f'font-size="11" text-anchor="middle" fill="{EYE}"')

    def spawn(self, place: Sequence[float]) -> None:
        """A ring where a visit begins."""
        x, y = self.at(np.array([place[0], place[2]], np.float64))
        ring = f'r="14" fill="none" stroke="{WAY}" stroke-width="3"'
        self.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" {ring}/>')

    def scale(self, wide: float, deep: float) -> None:
        """A bar of about a fifth of the width, in whole metres."""
        metres = max(1, round(wide / self._scale / 5))
        end = 20 + metres * self._scale
        self.lines.append(f'<path d="M20 {deep - 20:.0f}H{end:.1f}" stroke="{EDGE}" stroke-width="3"/>')
        self._text(20, deep - 28, f"{metres} m", f'font-size="13" fill="{EDGE}"')

    def _text(self, x: float, y: float, text: str, style: str) -> None:
        self.lines.append(f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>')
