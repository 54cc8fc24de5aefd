"""Lamps: the sun and the punctual lights of a scene, and the exposure that suits them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE
from vrgen.core.node import Light
from vrgen.core.scene import Scene
from vrgen.view.ambient import irradiance_towards
from vrgen.view.records import LAMP, LAMPS

KINDS = {"directional": 0.0, "point": 1.0, "spot": 2.0}
FILL = 0.25
"""Share of the light that the studio adds where a scene brings lamps but no sky."""


def lamp_of(light: Light, world: NDArray[np.float64]) -> NDArray[Any]:
    """One LAMP record (KHR_lights_punctual) at a (4, 4) world transform."""
    record = np.zeros((), LAMP)
    direction = -world[:3, 2] / max(float(np.linalg.norm(world[:3, 2])), 1e-12)
    record["position_range"] = (*world[:3, 3], light.range_m or 0.0)
    record["colour_kind"] = (*np.multiply(light.colour, light.intensity), KINDS[light.kind])
    record["direction"][:3] = direction
    inner, outer = np.cos(light.inner_cone), np.cos(light.outer_cone)
    scale = 1.0 / max(0.001, inner - outer)
    record["cone"][:2] = (scale, -outer * scale)
    return record


def lamps_of(scene: Scene) -> NDArray[Any]:
    """(N,) LAMP records, N <= 16, directional ones first, then the strongest.

    The sky's sun is one of them unless the scene has a directional light already.
    """
    found = [(node.light, world) for node, world in scene.walk() if node.light is not None]
    records = [lamp_of(light, world) for light, world in found]
    sun = scene.sky.sun if scene.sky is not None else None
    if sun is not None and not any(light.kind == "directional" for light, _ in found):
        record = np.zeros((), LAMP)
        record["direction"][:3] = -sun.direction
        record["colour_kind"][:3] = sun.colour * sun.lux
        records.append(record)
    lamps = np.array(records, LAMP)
    strength = lamps["colour_kind"][:, :3] @ LUMINANCE
    directional = lamps["colour_kind"][:, 3] == 0
    return lamps[np.lexsort((-strength, ~directional))[:LAMPS]]


def lux_of(
    lamps: NDArray[Any], points: NDArray[np.float64], normals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N,) illuminance by all lamps at points (N, 3) with unit normals (N, 3), nothing in the way."""
    total = np.zeros(len(points))
    for lamp in lamps:
        kind = lamp["colour_kind"][3]
        way = (
            lamp["position_range"][:3] - points if kind else np.tile(-lamp["direction"][:3], (len(points), 1))
        )
        distance = np.maximum(np.linalg.norm(way, axis=1), 1e-2)
        towards = way / distance[:, None]
        fall = distance**-2.0 if kind else np.ones(len(points))
        if kind == KINDS["spot"]:
            cosine = -towards @ lamp["direction"][:3]
            fall = fall * np.clip(cosine * lamp["cone"][0] + lamp["cone"][1], 0, 1) ** 2
        facing = np.maximum((towards * normals).sum(axis=1), 0.0)
        total += (lamp["colour_kind"][:3] @ LUMINANCE) * fall * facing
    return total


def samples_of(scene: Scene, count: int = 512) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(points, unit normals) (N, 3) of triangles spread over the lit meshes, the larger ones first."""
    points, normals, areas = [], [], []
    for node, world in scene.walk():
        for mesh in node.meshes:
            if mesh.surface.unlit or not len(mesh.indices):
                continue
            corners = (mesh.positions @ world[:3, :3].T + world[:3, 3])[mesh.indices]
            cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            area = np.linalg.norm(cross, axis=1)
            points.append(corners.mean(axis=1))
            normals.append(cross / np.maximum(area, 1e-20)[:, None])
            areas.append(area)
    if not points:
        return np.zeros((0, 3)), np.zeros((0, 3))
    keep = np.argsort(-np.concatenate(areas), kind="stable")[:count]
    return np.concatenate(points)[keep], np.concatenate(normals)[keep]


def balance(scene: Scene, lamps: NDArray[Any], coefficients: NDArray[np.float32]) -> tuple[float, float]:
    """(factor of the environment, exposure) that suit a scene.

    The exposure brings a white surface in its typical light, E / pi cd/m2, to 1. Without a sky of its own,
    a scene with lamps gets the studio as a quarter of their light, one without lamps the studio as it is.
    """
    points, normals = samples_of(scene)
    if not len(points):
        normals = np.array([[0, 1, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, 0, -1]], np.float64)
        points = np.zeros_like(normals)
    ambient = irradiance_towards(coefficients, normals) @ LUMINANCE
    direct = lux_of(lamps, points, normals) / np.pi
    lit = float(np.percentile(direct, 85)) if len(direct) else 0.0
    factor = 1.0
    if scene.sky is None and lit > 0:
        factor = FILL * lit / max(float(ambient.mean()), 1e-9)
    key = float(np.percentile(direct + factor * ambient, 65))
    return factor, 1.0 / max(key, 1e-6)
