"""Replay: what a scene costs along a head path, stop by stop, drawn for both eyes without a headset."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vrgen.core.budget import STARTER, Budget
from vrgen.core.exhibits import exhibits
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import ValueProblem
from vrgen.view.head_path import SIDES, HeadPath
from vrgen.view.viewpoint import cameras

if TYPE_CHECKING:
    from vrgen.view.renderer import FrameCost

Headset = Literal["quest2", "quest3"]
SLICE = 10.0
"""Seconds of a slice of a path, where a scene has no camera stops."""
WARM = 3
"""Pictures drawn beforehand: the first ones compile shaders."""


BUDGETS: dict[Headset, Budget] = {"quest2": STARTER["quest2"], "quest3": STARTER["quest3"]}
"""A headset's starter budget: stay below all of it."""
FIGURES = {"draw_calls": "draw calls", "triangles": "triangles", "texture_bytes": "bytes of textures"}


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How a scene is measured along a head path."""

    target: Headset = "quest3"
    """Headset whose starter budget is held against draw calls, triangles and textures."""
    strict: bool = False
    """Judge the frame time too, of nine frames in ten and as this machine draws; else it is only told."""
    render_scale: float = 1.0
    """Factor of the sides of the path's pictures, 0.02 to 2."""
    per_stop: int = 24
    """Most pictures drawn a stop, evenly among those of the path that are nearest to it; 0 draws all."""

    def __post_init__(self) -> None:
        if self.target not in get_args(Headset):
            raise ValueProblem(f"target: got {self.target!r}, expected one of: {', '.join(BUDGETS)}")
        if not 0.02 <= self.render_scale <= 2:
            raise ValueProblem(f"render_scale: got {self.render_scale}, expected 0.02 to 2")
        if not 0 <= self.per_stop <= 100_000:
            raise ValueProblem(f"per_stop: got {self.per_stop}, expected 0 (all) to 100000 pictures")


@dataclass(frozen=True, slots=True)
class StopCost:
    """The pictures drawn near one stop. Costs are those of the dearest picture."""

    name: str
    """Camera node; the seconds of the path in a scene without cameras."""
    title: str
    """The work there, '' for none."""
    pictures: int
    """How many were drawn."""
    median_ms: float
    """Milliseconds of a picture on this machine: half are quicker,"""
    p90_ms: float
    """nine in ten are,"""
    worst_ms: float
    """all are."""
    draw_calls: int
    """Meshes in the picture of either eye."""
    triangles: int
    """Triangles of those meshes."""
    texture_bytes: int
    """All textures in memory, with mips."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found."""

    scene: str
    """Title of the scene."""
    budget: Budget
    """What it was held against."""
    eye_size: tuple[int, int]
    """Pixels of one eye."""
    drawn_by: str
    """The OpenGL driver, whose frame times these are."""
    seconds: float
    """Length of the path."""
    stops: tuple[StopCost, ...]
    """Stop by stop, in the scene's order."""
    whole: StopCost
    """All pictures together."""
    over: tuple[str, ...]
    """What leaves the budget and where, a sentence each; empty when all is well."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Stretch:
    name: str
    title: str
    frames: NDArray[np.int64]


def replay(
    scene: Scene,
    path: HeadPath,
    options: ReplayOptions = ReplayOptions(),
    *,
    progress: Progress = SILENT,
) -> ReplayReport:
    """Draw the scene along the path and report. Raises MissingPart without OpenGL."""
    from vrgen.view.context import offscreen

    stretches = _stretches(scene, path, options.per_stop)
    width, height = (
        min(max(round(side * options.render_scale), SIDES[0]), SIDES[1]) for side in path.eye_size
    )
    seconds, costs = _drawn(scene, path, stretches, (width, height), progress)
    stops = tuple(
        _cost(
            stretch.name,
            stretch.title,
            [seconds[k] for k in stretch.frames],
            [costs[k] for k in stretch.frames],
        )
        for stretch in stretches
    )
    whole = _cost("whole path", "", list(seconds.values()), list(costs.values()))
    budget = BUDGETS[options.target]
    return ReplayReport(
        scene=scene.name,
        budget=budget,
        eye_size=(width, height),
        drawn_by=offscreen().renderer,
        seconds=path.seconds,
        stops=stops,
        whole=whole,
        over=tuple(_over(stops, whole, budget, strict=options.strict)),
    )


def _stretches(scene: Scene, path: HeadPath, most: int) -> list[_Stretch]:
    """The path's frames by the stop that they are nearest to, at most so many of each (0: all)."""
    known = cameras(scene)
    titles = {work.camera: work.title for work in exhibits(scene) if work.camera}
    if known:
        places = np.array([world[:3, 3] for _, world in known.values()])
        owner = _nearest(path.frames[:, 1:4], places)
        names = [(name, titles.get(name, "")) for name in known]
    else:
        passed = path.frames[:, 0] - path.frames[0, 0]
        owner = (passed // SLICE).astype(np.int64)
        slices = range(int(owner.max()) + 1)
        names = [(f"{k * SLICE:.0f} s to {(k + 1) * SLICE:.0f} s", "") for k in slices]
    found = ((*name, np.flatnonzero(owner == k)) for k, name in enumerate(names))
    return [_Stretch(name, title, _spread(frames, most)) for name, title, frames in found if len(frames)]


def _nearest(heads: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) which of the places (M, 3) each head (N, 3) is nearest to."""
    squares = (places**2).sum(axis=1)
    parts = np.array_split(heads, -(-len(heads) // 4096))
    return np.concatenate([(squares - 2 * part @ places.T).argmin(axis=1) for part in parts])


def _spread(frames: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    if not most or len(frames) <= most:
        return frames
    return frames[np.linspace(0, len(frames) - 1, most).round().astype(np.int64)]


def _drawn(
    scene: Scene, path: HeadPath, stretches: Sequence[_Stretch], size: tuple[int, int], progress: Progress
) -> tuple[dict[int, float], dict[int, FrameCost]]:
    """Seconds and cost of every chosen frame, by its number."""
    from vrgen.view.antialias import ONE_SAMPLE, Smoothing
    from vrgen.view.context import offscreen
    from vrgen.view.shot import rendering

    frames = sorted({int(k) for stretch in stretches for k in stretch.frames})
    seconds: dict[int, float] = {}
    costs: dict[int, FrameCost] = {}
    with rendering(scene) as renderer:
        from vrgen.view.gl import GL
        from vrgen.view.target import Target

        smoothing = ONE_SAMPLE if offscreen().software else Smoothing(samples=4)
        with (
            Target(2 * size[0], size[1], smoothing=smoothing) as target,
            progress.stage("Walking the path", len(frames)) as advance,
        ):
            for k in (*frames[:WARM], *frames):
                eyes = path.eyes_at(k)
                began = time.perf_counter()
                renderer.render(eyes, target.framebuffer, size)
                target.resolve()
                GL.glFinish()
                advance(int(k in seconds or k not in frames[:WARM]))
                seconds[k], costs[k] = time.perf_counter() - began, renderer.cost
    return seconds, costs


def _cost(name: str, title: str, seconds: list[float], costs: list[FrameCost]) -> StopCost:
    median, p90, worst = (float(np.quantile(seconds, share)) * 1e3 for share in (0.5, 0.9, 1.0))
    return StopCost(
        name=name,
        title=title,
        pictures=len(seconds),
        median_ms=median,
        p90_ms=p90,
        worst_ms=worst,
        draw_calls=max(cost.draw_calls for cost in costs),
        triangles=max(cost.triangles for cost in costs),
        texture_bytes=max(cost.texture_bytes for cost in costs),
    )


def _over(stops: Sequence[StopCost], whole: StopCost, budget: Budget, *, strict: bool) -> list[str]:
    told = []
    for figure, words in FIGURES.items():
        most, limit = getattr(whole, figure), getattr(budget, figure)
        if most >= limit:
            where = max(stops, key=lambda stop: getattr(stop, figure))
            told.append(f"{most:,} {words} at {where.name}, expected fewer than {limit:,}")
    longest = 1e3 * budget.frame_seconds
    if strict and not (math.isfinite(whole.p90_ms) and whole.p90_ms < longest):
        told.append(f"{whole.p90_ms:.1f} ms a picture (nine in ten), expected less than {longest:.1f} ms")
    return told
