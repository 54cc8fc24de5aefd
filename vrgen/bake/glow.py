"""Glow: glowing triangles as lamps with an area, chosen by how strongly they can reach a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.guide import invert
from vrgen.bake.noise import hashed, spread_out
from vrgen.bake.rays import LIFT
from vrgen.bake.sources import Sources
from vrgen.bake.stage import Stage
from vrgen.core.frames import LUMINANCE

SHARE = 3
"""One ray straight at glowing triangles for so many over the hemisphere."""


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """Points on glowing triangles seen from receivers; arrays (n, s, ...)."""

    way: NDArray[np.float64]
    """(n, s, 3) unit directions."""
    light: NDArray[np.float64]
    """(n, s, 3) radiance, 0 where hidden."""
    density: NDArray[np.float64]
    """(n, s) samples a steradian that were expected there."""


@dataclass(frozen=True, eq=False, slots=True)
class Glow:
    """All glowing triangles of a stage."""

    stage: Stage
    triangles: NDArray[np.int64]
    """(e,) their numbers on the stage."""
    place: NDArray[np.int64]
    """(T,) the inverse; -1 for what does not glow."""
    areas: NDArray[np.float64]
    """(e,) square metres."""
    emission: NDArray[np.float64]
    """(e, 3) cd/m2."""

    @classmethod
    def of(cls, stage: Stage, sources: Sources) -> Glow:
        """The glow of a stage."""
        triangles = sources.glowing
        place = np.full(len(stage.owner), -1, np.int64)
        place[triangles] = np.arange(len(triangles))
        edges = stage.corners[triangles, 1:].astype(np.float64) - stage.corners[triangles, :1]
        areas = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
        return cls(stage, triangles, place, areas, sources.emission[triangles].astype(np.float64))

    def shares(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(n, e) chance that a point (n, 3) asks each triangle: its power over the squared distance."""
        centre = self.stage.corners[self.triangles].mean(axis=1)
        way = points[:, None] - centre[None]
        square = np.einsum("nek,nek->ne", way, way)
        normal = self.stage.normals[self.triangles]
        facing = np.einsum("nek,ek->ne", way, normal) / np.sqrt(np.maximum(square, 1e-9))
        facing = np.where(self.stage.two_sided[self.triangles], np.abs(facing), facing)
        # A triangle seen from behind at its centre may still be seen from the cluster's edge: keep a little.
        weight = (self.emission @ LUMINANCE) * self.areas * np.maximum(facing, 0.02) / (square + self.areas)
        return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-30))

    def ask(
        self,
        rows: NDArray[np.int64],
        cluster: NDArray[np.int64],
        shares: NDArray[np.float64],
        *,
        samples: int,
        seed: int,
    ) -> Asked:
        """Send rays from each receiver of `rows` (n,), aimed by its cluster's row of `shares`."""
        stage, count = self.stage, len(rows)
        noise = spread_out(hashed(rows, seed + 7919), np.arange(samples)).reshape(-1, 2)
        spot, chosen = invert(shares, np.repeat(cluster, samples), noise[:, 0])
        third = (spot * shares.shape[1]) % 1.0  # what is left of the choice is as good as new
        root = np.sqrt(third)[:, None]
        a, b, c = stage.corners[self.triangles[chosen]].astype(np.float64).transpose(1, 0, 2)
        points = a * (1 - root) + b * (root * (1 - noise[:, 1:])) + c * (root * noise[:, 1:])
        places = stage.receivers.places[rows][:, np.arange(samples) % stage.receivers.places.shape[1]]
        origin = places.reshape(-1, 3).astype(np.float64)
        way = points - origin
        distance = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
        facing = -np.einsum("nk,nk->n", way, stage.normals[self.triangles[chosen]]) / distance
        facing = np.where(stage.two_sided[self.triangles[chosen]], np.abs(facing), facing)
        upright = np.einsum("nk,nk->n", way, np.repeat(stage.receivers.normals[rows], samples, axis=0))
        useful = np.flatnonzero((facing > 1e-4) & (upright > 0))
        light = np.zeros((len(way), 3))
        closed = stage.tracer.blocked(origin[useful], way[useful], 1.0 - LIFT / distance[useful])
        light[useful[~closed]] = self.emission[chosen[useful[~closed]]]
        chance = shares[np.repeat(cluster, samples), chosen] / np.maximum(self.areas[chosen], 1e-12)
        density = samples * chance * distance**2 / np.maximum(facing, 1e-4)
        shape = (count, samples)
        return Asked(
            (way / distance[:, None]).reshape(*shape, 3), light.reshape(*shape, 3), density.reshape(shape)
        )
