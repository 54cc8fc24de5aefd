"""What became of a file that was optimised, and what is said of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vrgen.core.scene import Scene

if TYPE_CHECKING:
    from vrgen.gltf.optimize.lods import Levels
    from vrgen.gltf.optimize.pack import PackReport
    from vrgen.gltf.write import WriteReport


@dataclass(frozen=True, slots=True)
class Cost:
    """What a file costs."""

    bytes: int
    """On disk."""
    texture_memory: int
    """Bytes on the GPU, with mipmaps."""
    draw_calls: int
    """Primitives drawn."""
    triangles: int
    """Drawn."""
    textures: int
    """Different images."""


@dataclass(frozen=True, slots=True)
class OptimizeStep:
    """One thing that was done, or undone."""

    name: str
    """`meshes`, `textures`, `atlas`, `nodes`, `levels` or `compression`."""
    what: str
    """One line."""
    psnr: float | None
    """dB of the worst view with everything up to here, None where it was not measured."""
    undone: bool = False
    """Whether it fell below the least and was undone."""
    after: Cost | None = None
    """What the file costs with everything up to here; a plan alone looks."""


@dataclass(frozen=True, slots=True)
class OptimizeReport:
    """What became of a file."""

    path: Path | None
    """The file, None of a plan."""
    before: Cost
    """As it was."""
    after: Cost
    """As it is."""
    steps: tuple[OptimizeStep, ...]
    """In order."""
    psnr: float | None
    """dB of the worst view, infinite for none that differs, None where it was not measured."""
    missing: tuple[str, ...]
    """What could not be done on this machine, and the remedy."""


def cost(written: WriteReport, size: int, memory: int, *, saved: int = 0) -> Cost:
    """Of a file of `size` bytes, its textures of `memory` on the GPU, with `saved` draw calls fewer."""
    return Cost(size, memory, written.draw_calls - saved, written.triangles, written.textures)


def meshes_said(before: Scene, after: Scene) -> str:
    """`78 draw calls to 54, 190,000 vertices to 90,000`."""

    def count(scene: Scene) -> tuple[int, int]:
        meshes = [mesh for node, _ in scene.walk() for mesh in node.meshes]
        return len(meshes), sum(len(mesh.positions) for mesh in meshes)

    (calls, vertices), (fewer, less) = count(before), count(after)
    return f"{calls} draw calls to {fewer}, {vertices:,} vertices to {less:,}"


def packed_said(packed: PackReport) -> str:
    """What of everything, and from how many bytes to how many."""

    def became(sizes: tuple[int, int]) -> str:
        return f"{sizes[0] / 1e6:.1f} to {sizes[1] / 1e6:.1f} MB"

    geometry = became(packed.geometry_bytes)
    said = (
        (packed.etc1s, f"{packed.etc1s} textures as ETC1S {packed.quality}"),
        (packed.uastc, f"{packed.uastc} as UASTC"),
        (packed.webp, f"{packed.webp} as WebP {packed.quality}"),
        (packed.texture_bytes[0], f"pictures {became(packed.texture_bytes)}"),
        (packed.streams, f"{packed.streams} streams of geometry by meshopt, {geometry}"),
        (packed.draco, f"{packed.draco} meshes by Draco, {geometry}"),
        (packed.calls_saved, f"{packed.calls_saved} draw calls fewer by instances"),
    )
    return ", ".join(words for count, words in said if count) or "nothing to pack"


def levels_said(made: Sequence[Levels]) -> str:
    """`3 nodes: 12,000 triangles, 4,000 from 6 m on, 900 from 19 m on`."""
    if not made:
        return "nothing has triangles to spare"
    sums = [sum(one.triangles[0] for one in made)]
    words = [f"{len(made)} nodes: {sums[0]:,} triangles"]
    for number in range(max(len(one.distances) for one in made)):
        some = [one for one in made if len(one.distances) > number]
        near, far = (f(one.distances[number] for one in some) for f in (min, max))
        count = sum(one.triangles[number + 1] for one in some)
        words.append(f"level {number + 1} of {len(some)} {count:,} from {near:.2g} to {far:.2g} m on")
    return ", ".join(words)
