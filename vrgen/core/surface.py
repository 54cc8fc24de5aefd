"""Surface and Texture: glTF's material, as a value. `Surface.of` wears a generated Material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from vrgen.core.image import Image, to_bytes
from vrgen.core.material import Material

Wrap = Literal["repeat", "mirrored_repeat", "clamp_to_edge"]
Filter = Literal["linear", "nearest"]
Minify = Literal[
    "nearest",
    "linear",
    "nearest_mipmap_nearest",
    "linear_mipmap_nearest",
    "nearest_mipmap_linear",
    "linear_mipmap_linear",
]
AlphaMode = Literal["opaque", "mask", "blend"]


@dataclass(frozen=True, eq=False, slots=True)
class Texture:
    """An image and how it is laid over a mesh (glTF texture, sampler and KHR_texture_transform)."""

    image: Image
    """The picture."""
    uv_set: int = 0
    """Which UV set of the mesh: 0 or 1; higher ones lie in its `further` and are not drawn here."""
    offset: tuple[float, float] = (0.0, 0.0)
    """Added to UV after scale and rotation."""
    rotation: float = 0.0
    """Radians, counter-clockwise, about the UV origin (KHR_texture_transform)."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Factors of U and V."""
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    """Along U and V."""
    magnify: Filter = "linear"
    """Magnification filter."""
    minify: Minify | None = None
    """Minification filter; None is trilinear, for `nearest` nearest_mipmap_nearest."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What the file says besides of `info`, `texture`, `sampler` and `image`, each as JSON."""


@dataclass(frozen=True, eq=False, slots=True)
class Surface:
    """How a mesh looks: metallic-roughness PBR or unlit. Factors are linear."""

    name: str = ""
    """Name in the file."""
    base_colour: Texture | None = None
    """RGB sRGB, alpha linear."""
    base_colour_factor: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Linear RGBA, multiplied with the texture and the vertex colour."""
    metallic_roughness: Texture | None = None
    """Linear; G roughness, B metallic (and R occlusion when packed as ORM)."""
    metallic_factor: float = 0.0
    """Multiplied with the texture's B. glTF's own default is 1."""
    roughness_factor: float = 1.0
    """Multiplied with the texture's G."""
    normal: Texture | None = None
    """Tangent space, linear, +Y up."""
    normal_scale: float = 1.0
    """Factor of the normal's x and y."""
    occlusion: Texture | None = None
    """Linear, R."""
    occlusion_strength: float = 1.0
    """0 none to 1 full."""
    emissive: Texture | None = None
    """sRGB."""
    emissive_factor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Linear RGB in [0, 1]."""
    emissive_strength: float = 1.0
    """Factor of the emission; the product is in cd/m2 for the bake."""
    alpha_mode: AlphaMode = "opaque"
    """How alpha counts."""
    alpha_cutoff: float = 0.5
    """Threshold of `mask`."""
    double_sided: bool = False
    """Draw both sides."""
    unlit: bool = False
    """KHR_materials_unlit: base colour is shown as it is, multiplied by the vertex colour."""
    lightmap: Texture | None = None
    """MOZ_lightmap: linear light on uv 1, multiplied with base colour."""
    lightmap_intensity: float = 1.0
    """Factor of the lightmap: map x factor = 1 shows the base colour as it is. (In a file it is irradiance,
    pi times as much.)"""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON that travels in the file (the record of a generated material lies in extras['vrgen'])."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extensions of the file that are not read, as JSON; a Texture stands for a textureInfo."""

    @classmethod
    def of(cls, material: Material, *, name: str | None = None) -> Surface:
        """The surface of a generated material: ORM packed, one repeat a UV unit of 1.

        Meshes that wear it carry UVs in metres divided by nothing: UV is in metres, and the texture
        scale 1 / size_m brings them to repeats.
        """
        scale = (1.0 / material.size_m[0], 1.0 / material.size_m[1])

        def texture(image: Image | None) -> Texture | None:
            return None if image is None else Texture(image, scale=scale)

        orm = pack_orm(material)
        record = material.record.to_json() if material.record else {}
        return cls(
            name=name or material.name,
            base_colour=texture(material.base_colour),
            metallic_roughness=texture(orm),
            metallic_factor=1.0 if material.metallic is not None else 0.0,
            normal=texture(material.normal),
            occlusion=texture(orm) if material.occlusion is not None else None,
            extras={"vrgen": {"kind": material.kind, "size_m": list(material.size_m), "record": record}},
        )


def pack_orm(material: Material) -> Image | None:
    """Occlusion, roughness, metallic in R, G, B uint8, or None when the material has none of the three."""
    if material.occlusion is None and material.roughness is None and material.metallic is None:
        return None
    shape = (material.base_colour.height, material.base_colour.width)
    neutral = ((material.occlusion, 1.0), (material.roughness, 1.0), (material.metallic, 0.0))
    planes = [
        np.full(shape, empty, np.float32) if image is None else image.to_float()[..., 0]
        for image, empty in neutral
    ]
    return Image(to_bytes(np.stack(planes, axis=-1)), "linear")
