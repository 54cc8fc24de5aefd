"""Sculptures: glTF through the loader handed in, OBJ through trimesh."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
from vrgen.errors import InputProblem, VrgenError

SUFFIXES = frozenset({".glb", ".gltf", ".obj"})
MAX_BYTES = 512 << 20
MAX_TRIANGLES = 2_000_000
MAX_TEXTURE_PX = 2048
SMOOTH_DEGREES = 40.0
"""Edges sharper than this stay edges where an OBJ carries no normals."""


@contextmanager
def trimesh_errors() -> Iterator[None]:
    """trimesh's exceptions as one InputProblem, without the file's name."""
    try:
        yield
    except VrgenError:
        raise
    except MemoryError as problem:
        raise InputProblem("needs more memory than there is; simplify it") from problem
    except Exception as problem:  # damaged files make trimesh raise nearly anything
        raise InputProblem(f"is no OBJ that can be read ({problem}); export it again") from problem


def read_sculpture(path: Path, load_model: Callable[[Path], Scene]) -> Scene:
    """The scene of a .glb, .gltf (by `load_model`) or .obj file, in the file's own units, meant as metres.

    InputProblem for damaged, empty or oversized files.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputProblem("is empty (0 bytes); copy it again")
    if size > MAX_BYTES:
        raise InputProblem(f"has {size >> 20} MiB, expected at most {MAX_BYTES >> 20}; simplify it")
    scene = read_obj(path) if path.suffix.lower() == ".obj" else _loaded(path, load_model)
    meshes = [mesh for node, _ in scene.walk() for mesh in node.meshes]
    triangles = sum(len(mesh.indices) for mesh in meshes)
    if not all(np.isfinite(mesh.positions).all() for mesh in meshes):
        raise InputProblem("has corners at infinity, expected finite coordinates; export it again")
    if not triangles or not float(np.ptp(scene.bounds(), axis=0).max()) > 0:
        raise InputProblem("holds no surface, expected triangles; export it again as a mesh")
    if triangles > MAX_TRIANGLES:
        raise InputProblem(f"has {triangles:,} triangles, expected at most {MAX_TRIANGLES:,}; simplify it")
    return scene


def _loaded(path: Path, load_model: Callable[[Path], Scene]) -> Scene:
    """What the loader gives; its errors without the path that the caller names anyway."""
    try:
        return load_model(path)
    except InputProblem as problem:
        raise InputProblem(str(problem).removeprefix(f"{path}: ")) from problem


def read_obj(path: Path) -> Scene:
    """An OBJ with the colours and textures its .mtl names (inside its own folder only)."""
    import trimesh

    with trimesh_errors():
        loaded = trimesh.load_scene(path, file_type="obj")
        has_normals = _has_normals(path)
        nodes = []
        for index, name in enumerate(sorted(loaded.graph.nodes_geometry)):
            world, geometry = loaded.graph[name]
            part = loaded.geometry[geometry]
            if isinstance(part, trimesh.Trimesh) and len(part.faces):
                mesh = _mesh(part.copy().apply_transform(world), has_normals=has_normals)
                nodes.append(Node(f"part_{index:03d}", meshes=(mesh,)))
    return Scene(path.stem, tuple(nodes))


def _has_normals(path: Path) -> bool:
    with path.open("rb") as lines:
        return any(line.startswith(b"vn ") for line in lines)


def _mesh(part: Any, *, has_normals: bool) -> Mesh:
    import trimesh

    if not has_normals:
        part = trimesh.graph.smooth_shade(part, angle=np.radians(SMOOTH_DEGREES))
    uv = getattr(part.visual, "uv", None)
    return Mesh(
        positions=part.vertices,
        indices=part.faces,
        normals=_unit(np.asarray(part.vertex_normals)),
        uv0=None if uv is None else np.column_stack([uv[:, 0], 1 - uv[:, 1]]),
        surface=_surface(part.visual),
        lighting="neutral",
    )


def _unit(normals: Any) -> Any:
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), (0.0, 1.0, 0.0))


def _surface(visual: Any) -> Surface:
    """A .mtl's diffuse colour and texture; its shininess as roughness (Blinn's exponent to GGX alpha)."""
    material = getattr(visual, "material", None)
    if material is None:
        return Surface("obj", base_colour_factor=_linear(visual.main_color), double_sided=True)
    glossiness = float(getattr(material, "glossiness", None) or 0.0)
    image = getattr(material, "image", None)
    texture = None if image is None else _texture(image)
    # A texture in an .mtl stands for the colour; most exporters leave Kd grey beside it.
    factor = (1.0, 1.0, 1.0, 1.0) if texture else _linear(material.main_color)
    return Surface(
        re.sub(r"[^a-z0-9_-]", "_", str(material.name or "obj").lower()),
        base_colour=texture,
        base_colour_factor=factor,
        roughness_factor=float(np.clip((2 / (glossiness + 2)) ** 0.25, 0.15, 1.0)),
        alpha_mode="blend" if factor[3] < 1 else "opaque",
        double_sided=True,
    )


def _texture(picture: Any) -> Texture:
    picture = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    picture.thumbnail((MAX_TEXTURE_PX, MAX_TEXTURE_PX))
    return Texture(Image(np.array(picture)))


def _linear(colour: Any) -> tuple[float, float, float, float]:
    """sRGB uint8 RGBA to linear factors."""
    from vrgen.core.frames import srgb_to_linear

    r, g, b, a = (float(value) / 255 for value in np.asarray(colour).reshape(-1)[:4])
    red, green, blue = (float(value) for value in srgb_to_linear(np.array([r, g, b])))
    return red, green, blue, a
