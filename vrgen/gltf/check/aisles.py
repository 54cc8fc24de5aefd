"""Aisles: how wide is the widest way from the spawn point to every stop?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Placed, Subject, points_of

WIDTH = 0.9
"""Metres: what a wheelchair passes (ADA 403.5.1: 36 inches)."""
BODY = 0.25
"""Metres that walkable polygons keep from walls, for the visitor's body."""
ANKLE, SHOULDER = 0.1, 1.5
"""Metres above the floor between which a thing is in the way."""
CELL, MOST_CELLS = 0.05, 4_000_000
"""Metres of a cell of the drawn floor plan; cells of the largest one, whatever a file says."""
FARTHEST = 10_000.0
"""Metres from the origin that a floor reaches at most."""
REACH = 3 * FARTHEST
"""Metres: what lies farther is drawn there."""
SEARCH = 0.75
"""Metres around a stop within which its place on the floor may lie."""


@dataclass(frozen=True, eq=False, slots=True)
class FloorPlan:
    """The floor as a picture."""

    room: NDArray[np.float64]
    """(h, w) metres from each cell to the nearest thing or border; 0 where nobody can be."""
    origin: NDArray[np.float64]
    """(2,) x and z of the first cell."""
    cell: float
    """Metres."""


def aisles(subject: Subject) -> Iterator[Finding]:
    """Stops that cannot be reached, or only through a gap; one finding for all behind the same gap."""
    polygons, spawn = _polygons(subject), subject.spawn
    if not polygons or spawn is None or np.abs(spawn).max() > FARTHEST:
        return
    plan = _drawn(subject, polygons, float(spawn[1]))
    widths = _widths(plan, spawn[[0, 2]], {name: eye[[0, 2]] for name, eye in subject.stops.items()})
    cut = [name for name, width in widths.items() if width == 0]
    if cut:
        told = f"no way leads there, nor to {len(cut) - 1} more" if len(cut) > 1 else "no way leads there"
        yield finding("STOP_CUT_OFF", cut[0], f"{told}, from the spawn point")
    narrow = [name for name, width in widths.items() if 0 < width < WIDTH]
    if narrow:
        least = min(narrow, key=lambda name: widths[name])
        more = f" ({len(narrow)} stops have narrow ways)" if len(narrow) > 1 else ""
        told = f"the way from the spawn point is {widths[least]:.2f} m wide, expected {WIDTH} m{more}"
        yield finding("AISLE_NARROW", least, told)


def _polygons(subject: Subject) -> list[NDArray[np.float64]]:
    said = subject.ours.get("walkable")
    found = [points_of(item, 2) for item in said] if isinstance(said, list) else []
    whole = [item for item in found if item is not None and item.ndim == 2 and len(item) >= 3]
    return [item for item in whole if np.abs(item).max() <= FARTHEST]


def _drawn(subject: Subject, polygons: list[NDArray[np.float64]], floor: float) -> FloorPlan:
    from PIL import Image, ImageDraw
    from scipy.ndimage import distance_transform_edt

    corners = np.concatenate(polygons)
    low, high = corners.min(axis=0) - 2 * BODY, corners.max(axis=0) + 2 * BODY
    cell = max(CELL, float(np.sqrt(np.prod(high - low) / MOST_CELLS)), float((high - low).max() / 20_000))
    wide, deep = (int(side) for side in np.ceil((high - low) / cell) + 1)
    walk = Image.new("1", (wide, deep), 0)
    pen = ImageDraw.Draw(walk)
    for polygon in polygons:
        pen.polygon(((polygon - low) / cell).ravel().tolist(), fill=1)
    things = Image.new("1", (wide, deep), 0)
    pen = ImageDraw.Draw(things)
    for item in subject.placed:
        for triangle in (np.clip(_in_the_way(item, floor)[..., [0, 2]], -REACH, REACH) - low) / cell:
            pen.polygon(triangle.ravel().tolist(), fill=1)
    # The polygons end where a body would touch: the free floor reaches so much farther.
    free = distance_transform_edt(~np.asarray(walk)) * cell <= BODY
    free &= ~np.asarray(things)
    return FloorPlan(distance_transform_edt(np.pad(free, 1))[1:-1, 1:-1] * cell, low, cell)


def _in_the_way(item: Placed, floor: float) -> NDArray[np.float64]:
    """(n, 3, 3) triangles between ankle and shoulder."""
    low, high = item.corners[..., 1].min(axis=1) - floor, item.corners[..., 1].max(axis=1) - floor
    return np.asarray(item.corners[(high > ANKLE) & (low < SHOULDER)])


def _widths(
    plan: FloorPlan, start: NDArray[np.float64], stops: Mapping[str, NDArray[np.float64]]
) -> dict[str, float]:
    """Metres, by stop: twice the largest radius of a body that comes there; 0 for none.

    Both ends count where the body fits nearest to them: a stop close to a wall is no narrow way.
    """
    from scipy.ndimage import label

    widths = dict.fromkeys(stops, 0.0)
    for radius in (*np.arange(plan.cell / 2, WIDTH / 2, plan.cell / 2), WIDTH / 2):
        regions = label(plan.room >= radius)[0]
        here = _regions_near(plan, regions, start)
        for name in [name for name, place in stops.items() if here & _regions_near(plan, regions, place)]:
            widths[name] = 2 * float(radius)
    return widths


def _regions_near(plan: FloorPlan, regions: NDArray[np.int32], place: NDArray[np.float64]) -> set[int]:
    """Which of the regions (h, w) a place on the floor lies in or close to."""
    column, row = (np.clip(place - plan.origin, -REACH, REACH) / plan.cell).round().astype(int)
    reach = round(SEARCH / plan.cell)
    near = regions[
        max(0, row - reach) : max(0, row + reach + 1), max(0, column - reach) : max(0, column + reach + 1)
    ]
    return {int(one) for one in np.unique(near)} - {0}
