"""Material: a generated PBR set that tiles and knows its size in metres."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.core.image import Image
from vrgen.core.record import Record
from vrgen.errors import ValueProblem

MAPS = ("base_colour", "normal", "roughness", "metallic", "height", "occlusion")


@dataclass(frozen=True, eq=False, slots=True)
class Material:
    """What the generators make and `vrgen texture` writes; `Surface` is how a mesh wears it."""

    name: str
    """Lower-case name, `a-z0-9_-`."""
    kind: str
    """Kind of material: `bricks`, `planks`, `plaster`, ..."""
    base_colour: Image
    """3 channels, sRGB."""
    normal: Image | None = None
    """3 channels, linear, tangent space, +Y up (OpenGL): n = 2 p - 1."""
    roughness: Image | None = None
    """1 channel, linear, 0 mirror to 1 matt."""
    metallic: Image | None = None
    """1 channel, linear; absent means dielectric."""
    height: Image | None = None
    """1 channel, linear, 0 lowest to 1 highest."""
    occlusion: Image | None = None
    """1 channel, linear, 1 open."""
    size_m: tuple[float, float] = (1.0, 1.0)
    """Width and height in metres that one tile covers."""
    record: Record | None = None
    """How it was made."""

    def __post_init__(self) -> None:
        size = (self.base_colour.height, self.base_colour.width)
        for name in MAPS:
            image: Image | None = getattr(self, name)
            if image is None:
                continue
            if (image.height, image.width) != size:
                raise ValueProblem(
                    f"material {self.name}: {name} is {image.width}x{image.height}, base colour is "
                    f"{size[1]}x{size[0]}; all maps of a set have one size"
                )
            wanted = 3 if name in ("base_colour", "normal") else 1
            if image.channels != wanted:
                raise ValueProblem(
                    f"material {self.name}: {name} has {image.channels} channels, expected {wanted}"
                )
        if min(self.size_m) <= 0:
            raise ValueProblem(f"material {self.name}: size {self.size_m} m, expected two lengths above 0")

    def maps(self) -> dict[str, Image]:
        """The maps that are there, by name, base colour first."""
        return {name: getattr(self, name) for name in MAPS if getattr(self, name) is not None}
