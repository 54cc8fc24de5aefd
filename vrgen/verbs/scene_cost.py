"""Cost of a described scene, before it is made: everything is placed, nothing is generated."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vrgen.core.progress import Progress
from vrgen.verbs.scene import SceneOptions, described, grey, light_of, models_of

if TYPE_CHECKING:
    from vrgen.scene.words.tables import Described

MAPS = 3
"""Base colour, normal, occlusion with roughness and metallic."""
PER_MEGAPIXEL, PER_SKY, PER_BAKE, PER_TRIANGLE = 4.0, 12.0, 25.0, 0.0004
"""Seconds on two cores without a graphics card: a material, a sky, light, and light a triangle."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a scene will hold, and about how long it takes."""

    meshes: tuple[tuple[str, int, int], ...]
    """(name, copies, triangles of one) of every [[mesh]]."""
    generated: int
    """Materials that are generated."""
    texture_bytes: int
    """Of the materials in a graphics card's memory, mipmaps included; models of files not counted."""
    seconds: float
    """A guess for two cores."""
    baked: bool
    """Whether light is traced, which cuts triangles finer."""
    plan: str = field(default="", repr=False)
    """The scene from above, as SVG."""

    @property
    def copies(self) -> int:
        """Things that stand there."""
        return sum(copies for _, copies, _ in self.meshes)

    @property
    def triangles(self) -> int:
        """Of all copies, before light is traced."""
        return sum(copies * triangles for _, copies, triangles in self.meshes)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        told = {name: value for name, value in asdict(self).items() if name != "plan"}
        return {**told, "copies": self.copies, "triangles": self.triangles}


def cost_of(options: SceneOptions, progress: Progress) -> Cost:
    """What the scene of a file will cost. Raises what making it would raise, but for the generators."""
    from vrgen.scene.words.compose import compose
    from vrgen.scene.words.drawing import drawn
    from vrgen.scene.words.stand import stand

    words, source = described(options)
    baked = light_of(words, source).light != "none"
    models = models_of(words, source, Path(options.file).parent, progress)
    parts = grey(words, models)
    scene = compose(words, source, parts)
    stood = stand(words, source, surfaces=parts.surfaces, files=models, progress=progress)
    meshes = tuple(
        (one.table.name, len(one.spots), len(one.models[0].triangles()) if one.spots else 0) for one in stood
    )
    made = [table for table in words.material if table.kind is not None]
    triangles = sum(copies * each for _, copies, each in meshes)
    return Cost(
        meshes,
        generated=len(made),
        texture_bytes=sum(MAPS * 4 * table.size**2 * 4 // 3 for table in made),
        seconds=_seconds(words, triangles, baked),
        baked=baked,
        plan=drawn(scene, stood, {table.name: table.colour for table in words.material if table.colour}),
    )


def _seconds(words: Described, triangles: int, baked: bool) -> float:
    pixels = sum(table.size**2 for table in words.material if table.kind is not None)
    sky = PER_SKY if words.sky is not None and words.sky.file is None else 0.0
    light = PER_BAKE + PER_TRIANGLE * triangles if baked else 0.0
    return round(PER_MEGAPIXEL * pixels / 1e6 + sky + light, 1)
