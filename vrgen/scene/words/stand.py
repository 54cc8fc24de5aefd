"""Stand: every [[mesh]] with its copies where they stand."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Scene, Surface
from vrgen.core.progress import SILENT, Progress
from vrgen.core.toml_source import Source
from vrgen.scene.words.ground import Ground
from vrgen.scene.words.models import Model, models_of
from vrgen.scene.words.placing import Plan, Spot, bearing, in_grid, in_row, near_any, strewn
from vrgen.scene.words.tables import Along, Described, MeshTable, Scatter, Vary

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Stood:
    """A mesh and its copies."""

    table: MeshTable
    """What was asked for."""
    models: tuple[Model, ...]
    """Its looks; copies take turns."""
    spots: tuple[Spot, ...]
    """Places of the copies."""

    def copies(self) -> list[tuple[Model, Spot]]:
        """Every copy."""
        looks = (k if spot.look is None else spot.look for k, spot in enumerate(self.spots))
        return [
            (self.models[look % len(self.models)], spot) for look, spot in zip(looks, self.spots, strict=True)
        ]

    def triangles(self) -> list[Floats]:
        """(T, 3, 3) of every copy, in the scene's metres."""
        return [_at(model.triangles(), spot) for model, spot in self.copies()]

    def ground(self) -> Ground:
        """What is level of all copies."""
        return Ground(np.concatenate(self.triangles() or [np.zeros((0, 3, 3))]))


def stand(
    words: Described,
    source: Source,
    *,
    surfaces: Mapping[str, Surface],
    files: Mapping[str, Scene],
    houses: Mapping[str, Floats] | None = None,
    progress: Progress = SILENT,
) -> list[Stood]:
    """All meshes in the order of the file. UsageProblem, with the line, where something cannot stand.

    houses: triangles (T, 3, 3) of what else there is to keep clear of, by name.
    """
    stood: dict[str, Stood] = {}
    for number, table in enumerate(words.mesh):
        many = table.grid is not None or table.along is not None or table.scatter is not None
        looks = models_of(table, surfaces=surfaces, files=files, seed=words.scene.seed, copies=many)
        spots = _Placer(
            table, ("mesh", number), source, stood, words.scene.seed, houses or {}, progress
        ).spots()
        worn = _worn_by_chance(spots, table, words.scene.seed, len(looks))
        stood[table.name] = Stood(table, looks, tuple(worn))
    return list(stood.values())


@dataclass(frozen=True, slots=True)
class _Placer:
    table: MeshTable
    path: tuple[str | int, ...]
    source: Source
    stood: Mapping[str, Stood]
    seed: int
    houses: Mapping[str, Floats]
    progress: Progress

    def spots(self) -> list[Spot]:
        """Places of all copies."""
        under = self.table.on if self.table.scatter is None else self.table.scatter.on
        placed = self._placed()
        if not self.table.align or under is None:
            return placed
        ground = self.stood[under].ground()
        return [replace(spot, up=ground.upright_at(spot.at[0], spot.at[2])) for spot in placed]

    def _placed(self) -> list[Spot]:
        table = self.table
        if table.scatter is not None:
            return self._strewn(table.scatter)
        if table.on is not None and table.at is None and table.grid is None and table.along is None:
            return self._one_on_each(self.stood[table.on])
        x, y, z = table.at or (0.0, 0.0, 0.0)
        if table.along is not None:
            points, turn = self._row(table.along)
        elif table.grid is not None:
            points, turn = in_grid(table.grid.count, table.grid.step), 0.0
            points = [(px + x, pz + z) for px, pz in points]
        else:
            points, turn = [(x, z)], 0.0
        if table.vary is None:
            return [Spot((px, y + self._below(px, pz), pz), turn + table.turn) for px, pz in points]
        return self._varied(table.vary, points, y, turn + table.turn)

    def _varied(self, vary: Vary, points: list[Plan], y: float, turn: float) -> list[Spot]:
        chance = self._chance(vary.seed)
        shifts = chance.uniform(-vary.shift, vary.shift, (len(points), 2))
        turns = chance.uniform(-vary.turn / 2, vary.turn / 2, len(points))
        sizes = chance.uniform(*vary.size, len(points))
        spots = []
        for (x, z), (dx, dz), extra, size in zip(points, shifts, turns, sizes, strict=True):
            px, pz = float(x + dx), float(z + dz)
            spots.append(Spot((px, y + self._below(px, pz), pz), turn + float(extra), float(size)))
        return spots

    def _chance(self, seed: int | None) -> np.random.Generator:
        """Chance of this mesh alone: another mesh in the file changes nothing here."""
        told = self.seed if seed is None else seed
        return np.random.default_rng((told, zlib.crc32(self.table.name.encode())))

    def _below(self, x: float, z: float) -> float:
        if self.table.on is None:
            return 0.0
        height = self.stood[self.table.on].ground().height_at(x, z)
        if height is None:
            raise self.source.wrong(
                (*self.path, "on"),
                f"{self.table.on!r} has nothing level under [{x:g}, {z:g}]; move it, or leave `on` out",
            )
        return height

    def _one_on_each(self, under: Stood) -> list[Spot]:
        spots = []
        for triangles, (_, spot) in zip(under.triangles(), under.copies(), strict=True):
            low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
            x, z = (float(low[k] + high[k]) / 2 for k in (0, 2))
            height = Ground(triangles).height_at(x, z)
            top = float(high[1]) if height is None else height
            spots.append(Spot((x, top, z), spot.turn + self.table.turn))
        return spots

    def _row(self, along: Along) -> tuple[list[Plan], float]:
        if along.wall is None:
            assert along.start is not None and along.end is not None  # checked
            start, end = along.start, along.end
        else:
            start, end = self._beside(self.stood[along.wall], along)
        points = in_row(start, end, count=along.count, spacing=along.spacing)
        if len(points) > 100_000:
            raise self.source.wrong((*self.path, "along", "spacing"), "makes too many copies; widen it")
        return points, bearing(start, end) if along.face and start != end else 0.0

    def _beside(self, wall: Stood, along: Along) -> tuple[Plan, Plan]:
        """The line along the longer side of a wall, such that what faces along it turns its back to it."""
        if len(wall.spots) != 1:
            raise self.source.wrong(
                (*self.path, "along", "wall"),
                f"{along.wall!r} stands in {len(wall.spots)} copies, expected one; give start and end",
            )
        spot = wall.spots[0]
        points = wall.models[0].triangles().reshape(-1, 3)
        low, high = points.min(axis=0), points.max(axis=0)
        long, short = (0, 2) if high[0] - low[0] >= high[2] - low[2] else (2, 0)
        inward = np.linalg.inv(spot.matrix) @ np.array([along.towards[0], 0.0, along.towards[1], 1.0])
        side = 1.0 if inward[short] >= (low[short] + high[short]) / 2 else -1.0
        face = (high if side > 0 else low)[short] + side * along.away
        ends = [low[long] + along.inset, high[long] - along.inset]
        if ends[0] > ends[1]:
            raise self.source.wrong((*self.path, "along", "inset"), "leaves nothing of the wall; lower it")
        if (side > 0) != (long == 0):  # +x along the row and +z out of the wall
            ends.reverse()
        plan = []
        for end in ends:
            local = np.array([0.0, 0.0, 0.0, 1.0])
            local[long], local[short] = end, face
            world = spot.matrix @ local
            plan.append((float(world[0]), float(world[2])))
        return plan[0], plan[1]

    def _strewn(self, scatter: Scatter) -> list[Spot]:
        under = self.stood[scatter.on]
        ground = under.ground()
        if not len(ground):
            raise self.source.wrong((*self.path, "scatter", "on"), f"{scatter.on!r} has nothing level")
        kept_clear = [self.houses[name] for name in scatter.clear if name in self.houses]
        things = [self.stood[name] for name in scatter.clear if name in self.stood]
        kept_clear += [part for thing in things for part in thing.triangles()]
        chance = self._chance(scatter.seed)

        def taken(points: Floats) -> NDArray[np.bool_]:
            near = np.zeros(len(points), bool)
            for triangles in kept_clear:
                near |= near_any(points, triangles, scatter.clearance)
            return near

        places = strewn(
            ground,
            count=scatter.count,
            spacing=scatter.spacing,
            margin=scatter.margin,
            taken=taken,
            chance=chance,
        )
        if len(places) < scatter.count:
            self.progress.note(f"{self.table.name}: room for {len(places)} of {scatter.count}")
        turns, sizes = chance.random((2, len(places)))
        low, high = scatter.size
        lift = self.table.at[1] if self.table.at is not None else 0.0
        return [
            Spot((float(x), float(y) + lift, float(z)), self.table.turn + float(turn) * scatter.turn, size)
            for (x, y, z), turn, size in zip(
                places, turns, (low + sizes * (high - low)).tolist(), strict=True
            )
        ]


def _worn_by_chance(spots: Sequence[Spot], table: MeshTable, seed: int, looks: int) -> list[Spot]:
    """Spots whose look is drawn where a list of materials is to be worn."""
    if isinstance(table.material, str) or not table.material or len(table.material) < 2:
        return list(spots)
    chance = np.random.default_rng((seed, zlib.crc32(f"{table.name} wears".encode())))
    drawn = chance.integers(0, looks, len(spots)).tolist()
    return [replace(spot, look=look) for spot, look in zip(spots, drawn, strict=True)]


def _at(triangles: Floats, spot: Spot) -> Floats:
    matrix = spot.matrix
    return np.asarray(triangles @ matrix[:3, :3].T + matrix[:3, 3])
