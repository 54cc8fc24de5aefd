"""Pictures of works: from the work's own image where it has one, else photographed where it stands."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from vrgen.core.exhibits import Exhibit
from vrgen.core.frames import linear_to_srgb, look_rotation, matrix_from_quaternion
from vrgen.core.image import Image, to_bytes
from vrgen.core.mesh import Mesh
from vrgen.core.node import Camera, Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Texture
from vrgen.view.sheet import PAPER as SHEET
from vrgen.view.sheet import card

if TYPE_CHECKING:
    from vrgen.view.eye import Eye

SMALL, LARGE = 480, 1440
"""Pixels along the longer side of a thumbnail, and of a picture in the catalogue."""
PHOTO = (1152, 1440)
"""Width and height in pixels of a photograph."""
PAPER = (245, 243, 239)
"""What lies behind a picture that is partly clear."""
MARGIN = 1.5
"""How much wider than the work a photograph is."""


def own_image(node: Node) -> Image | None:
    """The image of a picture: that of its one textured mesh, laid over it whole; None for anything else."""
    worn = [texture for mesh in _meshes(node) if (texture := mesh.surface.base_colour) is not None]
    if len(worn) != 1 or len(list(_meshes(node))) != 1 or not _plain(worn[0]):
        return None
    size = node.extras.get("vrgen", {}).get("work", {}).get("size_cm", ())
    flat = isinstance(size, list | tuple) and len(size) == 2
    return worn[0].image if flat else None


def own_images(scene: Scene, wanted: Iterable[Exhibit]) -> dict[str, Image]:
    """The images of those works that are pictures, by node name."""
    names = {exhibit.node for exhibit in wanted}
    found = {node.name: own_image(node) for node, _ in scene.walk() if node.name in names}
    return {name: image for name, image in found.items() if image is not None}


def _meshes(node: Node) -> Iterable[Mesh]:
    return (mesh for inner, _ in node.walk() for mesh in inner.meshes)


def _plain(texture: Texture) -> bool:
    return texture.offset == (0.0, 0.0) and texture.scale == (1.0, 1.0) and texture.rotation == 0.0


def jpeg(image: Image, side: int, *, quality: int = 84) -> bytes:
    """JPEG with a longer side of at most `side` pixels; clear parts lie on paper."""
    from PIL import Image as Pillow

    pixels = image.pixels
    if pixels.dtype != np.uint8:
        floats = image.to_float()
        pixels = to_bytes(floats if image.colour_space == "srgb" else linear_to_srgb(floats))
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[image.channels]
    picture = Pillow.fromarray(pixels[..., 0] if image.channels == 1 else pixels, mode)
    if image.channels in (2, 4):
        paper = Pillow.new("RGBA", picture.size, (*PAPER, 255))
        picture = Pillow.alpha_composite(paper, picture.convert("RGBA"))
    picture = picture.convert("RGB")
    picture.thumbnail((side, side), Pillow.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
    return out.getvalue()


def placeholder(exhibit: Exhibit) -> Image:
    """A sheet with the work's words, where there is no picture of it to be had; of a photograph's size."""
    from PIL import Image as Pillow

    panel = Pillow.fromarray(card(exhibit.title, subtitle=exhibit.who, scale=2.0).pixels)
    panel.thumbnail((PHOTO[0] - 80, PHOTO[1] - 80))
    sheet = Pillow.new("RGB", PHOTO, SHEET)
    sheet.paste(panel, ((PHOTO[0] - panel.width) // 2, (PHOTO[1] - panel.height) // 2), panel)
    return Image(np.asarray(sheet))


def photograph(scene: Scene, wanted: Iterable[Exhibit]) -> dict[str, Image]:
    """Photographs of works by node name, each from where one stands before it, the work filling the picture.

    Needs the thread that holds OpenGL. Raises MissingPart without one.
    """
    from vrgen.view.shot import rendering

    with rendering(scene) as renderer:
        from vrgen.view.antialias import Smoothing
        from vrgen.view.target import Target

        with Target(*PHOTO, smoothing=Smoothing(samples=4)) as target:
            pictures = {}
            for exhibit in wanted:
                renderer.render(_eye(exhibit), target.framebuffer, PHOTO)
                target.finish()
                pictures[exhibit.node] = target.image()
    return pictures


def _eye(exhibit: Exhibit) -> Eye:
    """Looking at the middle of the work from its camera, or from in front and a little above."""
    from vrgen.view.eye import Eye

    centre = exhibit.centre
    low, high = (centre if corner is None else corner for corner in (exhibit.low, exhibit.high))
    radius = max(float(np.linalg.norm(high - low)) / 2, 0.05)
    if exhibit.viewpoint is not None:
        position = np.array(exhibit.viewpoint[:3, 3])
    else:
        position = centre + radius * 3.5 * np.array([0.35, 0.25, 1.0])
    distance = max(float(np.linalg.norm(centre - position)), radius * 1.2)
    aspect = PHOTO[0] / PHOTO[1]
    world = np.eye(4)
    world[:3, :3] = matrix_from_quaternion(look_rotation(centre - position))
    world[:3, 3] = position
    half = np.arctan(min(radius * MARGIN / distance, 1.0))
    yfov = 2 * float(np.arctan(np.tan(half) / min(aspect, 1.0)))
    return Eye.of(Camera(yfov=min(yfov, 2.0)), world, aspect=aspect)
