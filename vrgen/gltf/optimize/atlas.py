"""Atlas: small textures of many surfaces side by side in one, so that their meshes can be one draw call."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture
from vrgen.core.wearers import record_for
from vrgen.gltf.optimize.across import APART, ROOM
from vrgen.gltf.optimize.join import SAID, value_of
from vrgen.gltf.to_material import textures_of

LARGEST = 256
"""Pixels of the longer side of a texture that is put beside others."""
SIDE = 2048
"""Of an atlas, at most."""
GUTTER = 8
"""Pixels of its own edge around every picture, so that it mixes with no other in three mipmaps; ..."""
STEP = 16
"""... and what places are multiples of, so that a mipmap's pixels begin where a picture's do."""
MORE = 2.0, 2**18
"""An atlas may have so many times the pixels of its pictures, or so many more (a megabyte): sides of a power
of two leave a part empty."""
OUTSIDE = 1e-4
"""How far UVs may pass 0 and 1: the rounding of other tools."""
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Atlas:
    """What lies side by side."""

    surfaces: int
    """How many."""
    size: tuple[int, int]
    """Width and height in pixels."""
    roles: tuple[str, ...]
    """`base_colour`, ...: one image each."""


def atlased(scene: Scene) -> tuple[Scene, tuple[Atlas, ...]]:
    """The scene with the textures of surfaces that are equal but for them side by side, and what became so.

    Only pictures of at most 256 pixels, on UVs that lie within the picture and are not moved by the surface.
    Left as they are: generated materials, which tile and are made again by themselves, what blends, surfaces
    that say more than glTF does, that viewers look for by name, or that a work wears, and meshes with further
    attributes. An atlas has sides of a power of two, at most 2048.
    """
    fit = {id(surface): surface for surface in _surfaces(scene)}
    groups: dict[Hashable, dict[Hashable, list[Surface]]] = {}
    for surface in fit.values():  # surfaces with the same pictures have one place
        shown = tuple(texture.image.digest() for _, texture in textures_of(surface))
        groups.setdefault(_kind(surface), {}).setdefault(shown, []).append(surface)
    changed: dict[int, tuple[Surface, NDArray[np.float64], NDArray[np.float64]]] = {}
    report: list[Atlas] = []
    for alike in (part for group in groups.values() for part in _parts([*group.values()])):
        firsts = [same[0] for same in alike]
        laid = _laid_out([_size(surface) for surface in firsts])
        assert laid is not None
        size, places = laid
        new = _surface(firsts, places, size, number=len(report) + 1)
        for same, place in zip(alike, places, strict=True):
            scale = np.array(_size(same[0])) / size
            changed |= {id(one): (new, scale, np.array(place) / size) for one in same}
        report.append(Atlas(len(firsts), size, tuple(role for role, _ in textures_of(new))))
    return (_moved(scene, changed) if changed else scene), tuple(report)


def _surfaces(scene: Scene) -> Iterator[Surface]:
    """Those that every mesh that wears them allows to be moved."""
    meshes = [(mesh, held) for root in scene.nodes for mesh, held in _worn(root, held=False)]
    barred = {id(mesh.surface) for mesh, held in meshes if held or not _inside(mesh)}
    for surface in {id(mesh.surface): mesh.surface for mesh, _ in meshes}.values():
        if id(surface) not in barred and _fits(scene, surface):
            yield surface


def _worn(node: Node, *, held: bool) -> Iterator[tuple[Mesh, bool]]:
    """Every mesh below, and whether it is a part of something that says more of itself than its room."""
    says = {key: set(value) if isinstance(value, Mapping) else value for key, value in node.extras.items()}
    held = held or says not in ({}, ROOM) or node.skin is not None or node.weights is not None
    yield from ((mesh, held) for mesh in node.meshes)
    for child in node.children:
        yield from _worn(child, held=held)


def _inside(mesh: Mesh) -> bool:
    uv = mesh.uv0
    if uv is None or mesh.further is not None or mesh.kept or not len(uv):
        return False
    return float(uv.min()) >= -OUTSIDE and float(uv.max()) <= 1 + OUTSIDE


def _fits(scene: Scene, surface: Surface) -> bool:
    textures = [texture for _, texture in textures_of(surface)]
    plain = surface.alpha_mode != "blend" and not surface.extras and not surface.kept
    named = any(word in surface.name for word in (*SAID, *APART))
    if not textures or not plain or named or record_for(scene, surface) is not None:
        return False
    sizes = {(texture.image.width, texture.image.height) for texture in textures}
    still = all(
        (t.uv_set, t.offset, t.rotation, t.scale) == (0, (0.0, 0.0), 0.0, (1.0, 1.0)) and _says_nothing(t)
        for t in textures
    )
    return still and len(sizes) == 1 and max(*sizes.pop()) <= LARGEST


def _says_nothing(texture: Texture) -> bool:
    """Whether the file says no more of it than names."""
    return all(isinstance(said, Mapping) and set(said) <= {"name"} for said in texture.kept.values())


def _kind(surface: Surface) -> Hashable:
    """Equal for surfaces whose textures can lie side by side: the same roles, samplers and factors."""
    told: list[Hashable] = []
    for item in fields(surface):
        value = getattr(surface, item.name)
        if isinstance(value, Texture):
            told.append((item.name, value.magnify, value.minify, value.image.colour_space))
        elif item.name != "name":
            told.append((item.name, value_of(value)))
    return tuple(told)


def _size(surface: Surface) -> tuple[int, int]:
    image = next(texture.image for _, texture in textures_of(surface))
    return image.width, image.height


def _parts(surfaces: list[list[Surface]]) -> Iterator[list[list[Surface]]]:
    """Parts, in order, of which each fits into one atlas and fills it well; what is left over is in none."""
    while len(surfaces) > 1:
        count = len(surfaces)
        while count > 1 and not _dense([_size(one[0]) for one in surfaces[:count]]):
            count -= 1
        if count > 1:
            yield surfaces[:count]
        surfaces = surfaces[count:]


def _dense(sizes: Sequence[tuple[int, int]]) -> bool:
    laid = _laid_out(sizes)
    pixels = sum(width * height for width, height in sizes)
    return laid is not None and laid[0][0] * laid[0][1] <= max(MORE[0] * pixels, MORE[1] + pixels)


def _cell(size: tuple[int, int]) -> tuple[int, int]:
    """What a picture takes with its gutter."""
    width, height = (-(-(side + 2 * GUTTER) // STEP) * STEP for side in size)
    return width, height


def _laid_out(sizes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], list[Place]] | None:
    """The least size that holds all, in rows, the tallest first, and the place of each; None
    where none does."""
    cells = [_cell(size) for size in sizes]
    order = sorted(range(len(cells)), key=lambda i: (-cells[i][1], -cells[i][0], i))
    powers = [1 << bits for bits in range(5, SIDE.bit_length())]
    shapes = sorted(((w, h) for w in powers for h in powers if w in (h, 2 * h)), key=lambda s: s[0] * s[1])
    for width, height in shapes:
        places: dict[int, Place] = {}
        x = y = tall = 0
        for i in order:
            if x + cells[i][0] > width:
                x, y, tall = 0, y + tall, 0
            places[i] = (x + GUTTER, y + GUTTER)
            tall = max(tall, cells[i][1])
            x += cells[i][0]
        if y + tall <= height and max(cell[0] for cell in cells) <= width:
            return (width, height), [places[i] for i in range(len(cells))]
    return None


def _surface(
    surfaces: Sequence[Surface], places: Sequence[Place], size: tuple[int, int], *, number: int
) -> Surface:
    changed: dict[str, Any] = {}
    for role, texture in textures_of(surfaces[0]):
        images = [getattr(surface, role).image for surface in surfaces]
        image = Image(_painted(images, places, size), texture.image.colour_space)
        changed[role] = replace(texture, image=image, wrap=("clamp_to_edge", "clamp_to_edge"), kept={})
    return replace(surfaces[0], name=f"atlas_{number}", **changed)


def _painted(images: Sequence[Image], places: Sequence[Place], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width, 3 or 4) uint8, every picture with its own edge around it, the rest their mean."""
    alpha = any(image.channels in (2, 4) for image in images)
    pictures = [_channels(image.pixels, alpha=alpha) for image in images]
    mean = np.mean([picture.reshape(-1, picture.shape[2]).mean(axis=0) for picture in pictures], axis=0)
    out = np.empty((size[1], size[0], 4 if alpha else 3), np.uint8)
    out[:] = mean.round().astype(np.uint8)
    for picture, (x, y) in zip(pictures, places, strict=True):
        height, width = picture.shape[:2]
        right, bottom = (a - b - GUTTER for a, b in zip(_cell((width, height)), (width, height), strict=True))
        padded = np.pad(picture, ((GUTTER, bottom), (GUTTER, right), (0, 0)), mode="edge")
        out[y - GUTTER : y + height + bottom, x - GUTTER : x + width + right] = padded
    return out


def _channels(pixels: NDArray[np.uint8], *, alpha: bool) -> NDArray[np.uint8]:
    """(height, width, 3 or 4) of 1 to 4 channels."""
    count = pixels.shape[2]
    colour = pixels[..., :3] if count > 2 else np.repeat(pixels[..., :1], 3, axis=2)
    if not alpha:
        return colour
    opacity = pixels[..., -1:] if count in (2, 4) else np.full_like(pixels[..., :1], 255)
    return np.concatenate([colour, opacity], axis=2)


def _moved(
    scene: Scene, changed: Mapping[int, tuple[Surface, NDArray[np.float64], NDArray[np.float64]]]
) -> Scene:
    """The scene with the meshes of these surfaces on their place; what was shared stays shared."""
    done: dict[int, Mesh] = {}

    def moved(mesh: Mesh) -> Mesh:
        if id(mesh.surface) not in changed or mesh.uv0 is None:
            return mesh
        if id(mesh) not in done:
            surface, scale, offset = changed[id(mesh.surface)]
            uv = np.clip(mesh.uv0.astype(np.float64), 0.0, 1.0) * scale + offset
            done[id(mesh)] = replace(mesh, surface=surface, uv0=uv.astype(np.float32))
        return done[id(mesh)]

    return scene.map_nodes(
        lambda node: replace(node, meshes=tuple(moved(mesh) for mesh in node.meshes)) if node.meshes else node
    )
