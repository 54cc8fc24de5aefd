"""Exposing: from lux to what is shown, for eyes that are used to the place where they stand.

Where works of art hang, the walls near them are the measure. Elsewhere it is what people see from where
they stand, under a roof if there is one. Where one scene holds places of very different light (a room and
the day outside), each is shown as an eye that stands there would see it: the ratio of what the eye is used
to, there and at the measure, is squeezed to little. The light of a place itself, sun on a floor, a dark
corner, keeps its contrast: the eye is used to all that it sees around it, not to single spots.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from vrgen.bake.eyes import UPWARD, Eyes, View, find_eyes, see, used_to
from vrgen.bake.noise import hashed
from vrgen.bake.sources import SkyLight, small_sky
from vrgen.bake.stage import Stage
from vrgen.bake.texels import ChartedStage
from vrgen.bake.tone import KEY, SUNLIT_KEY, Look
from vrgen.core.frames import LUMINANCE
from vrgen.core.scene import Scene

NEAR_WORKS = 2.5
"""Metres around a work of art within which walls tell the exposure."""
SUNNY = 8.0
"""How many times as light as the walls a floor is where sun lies on it."""
SQUEEZED = (2.0, 1.15)
"""How many times darker than the measure a place may be shown, and how many times lighter: day outside a
room needs no more, or sunlit walls lie all on the shoulder of the tone."""
DAY = 0.6
"""Factor of places that are 16 times as light as the measure, gently from 4 times on: sunlit walls behind a
window keep their shapes, as the sky behind it does (backdrop)."""
APART = 3.0
"""Ratio between the lightest and darkest places below which one exposure serves all."""
DARKEST = 1 / 64
"""Places darker than this share of the measure stay dark: nothing but noise would be brought up."""
BRIGHTEST = 1.6
"""Value x (see tone) that the lightest tenth of what is seen outdoors reaches: sunlit walls keep shape."""
IN_FRONT = 1.2
"""Metres in front of a surface where the eye that looks at it stands, or half the way to what faces it."""
ONE_OF = 16
"""One receiver in so many has an eye of its own; the others go by those around them."""
NEIGHBOURS = 8
ROOM = 4.0
"""Square metres under a roof that are a room in a landscape."""


def expose(
    scene: Scene, stage: Stage, light: NDArray[np.float32], exposure: float | None, *, seed: int
) -> tuple[NDArray[np.float32], Look]:
    """Light (n, 3) in lux as it is to be shown, and how.

    An exposure that is given holds for all places alike, and light comes back as it is.
    """
    part_of, area = who_and_where(stage)
    walls = near_works(stage, part_of)
    if walls.any():
        key = SUNLIT_KEY if _sunny(stage, part_of, light, light[walls]) else KEY
        return light, Look.of(light[walls], area[walls], exposure, key=key)
    sky = SkyLight(small_sky(scene.sky)) if scene.sky is not None else None
    eyes = find_eyes(stage, area, seed=seed)
    view = see(stage, sky, light, eyes.points)
    floor = 1e-6 * max(float(np.nanmax(view.lux, initial=0.0)), 1e-9)
    used = used_to(view, floor)
    measure = _measure(eyes, used, float(area[stage.receivers.normals[:, 1] > UPWARD].sum()))
    usual = float(np.exp(np.log(used[measure]).mean())) if measure.any() else None
    if exposure is None and usual is not None:
        light = light * _adapted(stage, sky, light, usual, floor, seed=seed)[:, None]
    rows = _seen(stage, view, measure, upright=True)
    if not len(rows):  # nobody sees anything lit: all that has light, as a viewer may come inside
        rows = np.flatnonzero(light @ LUMINANCE > 1e-3 * float((light @ LUMINANCE).max(initial=0.0)))
    if not len(rows):
        return light, Look.of(light, np.ones(len(light)), exposure)
    key = SUNLIT_KEY if _sunny(stage, part_of, light, light[rows], view.receiver[measure]) else KEY
    look = Look.of(light[rows], np.ones(len(rows)), exposure, key=key)
    if exposure is None and not eyes.roofed[measure].any():
        look = replace(look, exposure=min(look.exposure, _unburnt(light[rows])))
    return light, look


def who_and_where(stage: Stage) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(n,) part and (n,) square metres of each receiver."""
    if isinstance(stage, ChartedStage):
        return stage.part_of, np.full(len(stage.receivers), 1 / stage.sheet.per_metre**2)
    part_of, area = np.zeros(len(stage.receivers), np.int64), np.zeros(len(stage.receivers))
    for grid in stage.grids:
        mine = grid.receiver[grid.own]
        part_of[mine], area[mine] = grid.facet.part, grid.step[0] * grid.step[1]
    for item in stage.loose:
        part_of[item.receiver] = item.part
        corners = item.positions[item.triangles]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        third = np.repeat(np.linalg.norm(cross, axis=1) / 6, 3)
        np.add.at(area, item.receiver[item.triangles].reshape(-1), third)
    return part_of, area


def near_works(stage: Stage, part_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) texels of upright walls within 2.5 m of a work of art, so that a bright court does not darken
    the rooms; all upright ones if no wall is so near, none where nothing hangs."""
    works = [part.corners().mean(axis=(0, 1)) for part in stage.parts if part.mesh.lighting == "neutral"]
    baked = np.array([part.mesh.lighting == "baked" for part in stage.parts])[part_of]
    walls = (np.abs(stage.receivers.normals[:, 1]) < 0.3) & baked
    walls &= np.arange(len(walls)) < stage.receivers.texels
    if not works or not walls.any():
        return np.zeros(len(walls), dtype=bool)
    distance, _ = KDTree(np.array(works)).query(stage.receivers.places[:, 0])
    near = walls & (distance < NEAR_WORKS)
    return np.asarray(near if near.any() else walls)


def _measure(eyes: Eyes, used: NDArray[np.float64], ground: float) -> NDArray[np.bool_]:
    """(n,) the eyes that tell the exposure: those under a roof, if that is a room and some light gets there,
    else all. ground: square metres on which the eyes stand."""
    sees = np.isfinite(used)
    under = sees & eyes.roofed
    if not under.any():
        return sees
    dark = used[under].max() < 1e-5 * used[sees].max()
    small = ground * float(under.mean()) < ROOM and float(under.mean()) < 0.1
    return sees if dark or small else under


def _seen(stage: Stage, view: View, eyes: NDArray[np.bool_], *, upright: bool) -> NDArray[np.int64]:
    """Receivers that these eyes see, as often as they do: walls at eye level if they make a tenth of it."""
    met = view.receiver[eyes]
    rows = met[met >= 0]
    level = np.abs(view.rise[eyes][met >= 0]) < 0.6
    walls = rows[level & (np.abs(stage.receivers.normals[rows, 1]) < 0.3)]
    return walls if upright and len(walls) > 0.1 * len(rows) else rows


def _sunny(
    stage: Stage,
    part_of: NDArray[np.int64],
    light: NDArray[np.float32],
    walls: NDArray[np.float32],
    seen: NDArray[np.int64] | None = None,
) -> bool:
    """Whether sun lies on floors (those that are seen): over 1 % of them far lighter than walls (n, 3)."""
    floors = stage.receivers.normals[:, 1] > 0.9
    floors &= np.array([part.mesh.lighting == "baked" for part in stage.parts])[part_of]
    if seen is None:
        floors &= np.arange(len(floors)) < stage.receivers.texels
        rows = np.flatnonzero(floors)
    else:
        rows = seen[seen >= 0]
        rows = rows[floors[rows]]
    if not len(rows) or not len(walls):
        return False
    bright = light[rows] @ LUMINANCE > SUNNY * np.percentile(walls @ LUMINANCE, 60)
    return bool(bright.mean() > 0.01)


def _unburnt(light: NDArray[np.float32]) -> float:
    return float(BRIGHTEST * np.pi / max(float(np.percentile(light @ LUMINANCE, 90)), 1e-9))


def _adapted(
    stage: Stage, sky: SkyLight | None, light: NDArray[np.float32], usual: float, floor: float, *, seed: int
) -> NDArray[np.float32]:
    """(n,) factors that bring the light of all places near that of the measure, `usual` in lux."""
    count = len(stage.receivers)
    rows = np.flatnonzero(hashed(np.arange(count), seed + 31)[:, 0] < 1 / ONE_OF)
    if len(rows) < NEIGHBOURS:
        rows = np.arange(count)
    eyes = _facing(stage, rows)
    used = used_to(see(stage, sky, light, eyes), floor)
    known = np.isfinite(used)
    ratio = np.log(np.clip(used / usual, DARKEST, None))
    if known.sum() < NEIGHBOURS or np.ptp(np.percentile(ratio[known], (2, 98))) < np.log(APART):
        return np.ones(count, np.float32)
    ratio = ratio[known]
    limit = np.log(np.where(ratio < 0, *SQUEEZED))
    change = limit * np.tanh(ratio / limit) - ratio + np.log(DAY) * _smooth(ratio / np.log(4) - 1)
    rows, eyes = rows[known], eyes[known]
    change = _spread(stage, rows, rows, eyes, change)  # once among themselves: looks are few, and that shows
    return np.exp(_spread(stage, np.arange(count), rows, eyes, change)).astype(np.float32)


def _smooth(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 up to 0, 1 from 1 on, without a bend."""
    x = np.clip(value, 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def _facing(stage: Stage, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, 3) where the eyes stand that look at receivers `rows`."""
    places = stage.receivers.places[rows, 0].astype(np.float64)
    normals = stage.receivers.normals[rows].astype(np.float64)
    hits = stage.tracer.closest(places, normals)
    free = np.where(hits.triangle >= 0, 0.5 * hits.distance, np.inf)
    return np.asarray(places + normals * np.minimum(free, IN_FRONT)[:, None])


def _spread(
    stage: Stage,
    asked: NDArray[np.int64],
    rows: NDArray[np.int64],
    eyes: NDArray[np.float64],
    change: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(n,) values for the receivers `asked` (n,) from those of `rows`: the nearest eight that face alike and
    whose eyes the receiver sees, so that nothing comes through a wall."""
    places, normals = stage.receivers.places[:, 0].astype(np.float64), stage.receivers.normals
    where = np.concatenate([places, normals], axis=1)
    distance, near = KDTree(where[rows]).query(where[asked], k=NEIGHBOURS)
    way = eyes[near] - places[asked][:, None]
    start = np.repeat(places[asked], NEIGHBOURS, axis=0)
    reach = np.full(len(start), 0.999, np.float32)
    closed = stage.tracer.blocked(start, way.reshape(-1, 3), reach).reshape(distance.shape)
    far = np.maximum(distance[:, -1:], 1e-6)
    weight = np.maximum(1 - (distance / (1.001 * far)) ** 2, 1e-4) ** 2 * np.where(closed, 1e-4, 1.0)
    return np.asarray((weight * change[near]).sum(axis=1) / weight.sum(axis=1))
