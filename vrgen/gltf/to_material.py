"""Surface -> glTF material, texture, sampler, image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial
from typing import Any

import pygltflib

from vrgen.core.image import Image
from vrgen.core.progress import Progress
from vrgen.core.surface import Surface, Texture
from vrgen.errors import ValueProblem
from vrgen.gltf import ktx2
from vrgen.gltf.builder import Builder
from vrgen.gltf.container import plain
from vrgen.gltf.encode import Role, encode
from vrgen.gltf.kept import filed, merged
from vrgen.gltf.texture_memory import texture_memory

WRAPS = {"repeat": 10497, "mirrored_repeat": 33648, "clamp_to_edge": 33071}
FILTERS = {"linear": (9729, 9987), "nearest": (9728, 9984)}
"""Magnification and minification (through mipmaps) of our two filters."""
MINIFY = {
    "nearest": 9728,
    "linear": 9729,
    "nearest_mipmap_nearest": 9984,
    "linear_mipmap_nearest": 9985,
    "nearest_mipmap_linear": 9986,
    "linear_mipmap_linear": 9987,
}
ROLES: dict[str, Role] = {"base_colour": "colour", "emissive": "colour", "lightmap": "light"}
"""Fields of a Surface; what is not named here is data."""
COLOURED = ("color", "colour", "diffuse", "specularglossiness")
"""What the keys of colour textures in extensions of materials have in common, in small letters."""

EXTENSIONS = {"image/ktx2": "KHR_texture_basisu", "image/webp": "EXT_texture_webp"}
"""By mime type, where glTF itself does not know it; there is no fallback, so readers must."""

Key = tuple[int, Role]
"""An image object in a role: the same pixels may stand in a file as sRGB and as linear."""


def role_of(field: str) -> Role:
    """Role of the texture in a field of a Surface, or under a key (`sheenColorTexture`) of an extension."""
    if field in ROLES:
        return ROLES[field]
    coloured = field.endswith("Texture") and any(word in field.lower() for word in COLOURED)
    return "colour" if coloured else "data"


def textures_of(surface: Surface) -> Iterator[tuple[str, Texture]]:
    """(field, texture) of every texture a surface wears, those in extensions that are kept last, by key."""
    for item in fields(surface):
        value = getattr(surface, item.name)
        if isinstance(value, Texture):
            yield item.name, value
    if surface.kept:
        yield from _textures_in(surface.kept, "")


def _textures_in(value: Any, key: str) -> Iterator[tuple[str, Texture]]:
    if isinstance(value, Texture):
        yield key, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _textures_in(item, name)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _textures_in(item, key)


def encode_all(
    surfaces: Iterable[Surface],
    *,
    quality: int,
    portable: bool = False,
    threads: int | None,
    progress: Progress,
) -> dict[Key, tuple[bytes | memoryview, str]]:
    """Encoded bytes and mime type of every image of the surfaces, in a pool of threads, in a fixed order."""
    wanted: dict[Key, Image] = {}
    for surface in surfaces:
        for name, texture in textures_of(surface):
            wanted[id(texture.image), role_of(name)] = texture.image
    with ThreadPoolExecutor(threads) as pool, progress.stage("encode textures", len(wanted)) as advance:
        work = partial(encode, quality=quality, portable=portable)
        jobs = [pool.submit(work, image, key[1]) for key, image in wanted.items()]
        try:
            for job in jobs:
                job.result()
                advance(1)
        except BaseException:  # an interrupt included: do not encode the rest first
            pool.shutdown(cancel_futures=True)
            raise
    return {key: job.result() for key, job in zip(wanted, jobs, strict=True)}


class Materials:
    """Writes surfaces into a Builder, equal ones once."""

    def __init__(self, builder: Builder, encoded: dict[Key, tuple[bytes | memoryview, str]]) -> None:
        self._builder = builder
        self._encoded = encoded
        self.memory: dict[int, int] = {}
        """Bytes on the GPU, with mipmaps, of every written image, by its index."""
        self._by_identity: dict[int, int] = {}

    def index(self, surface: Surface) -> int:
        """Index of the material of `surface`."""
        if id(surface) not in self._by_identity:
            self._by_identity[id(surface)] = self._builder.add("materials", self._material(surface))
        return self._by_identity[id(surface)]

    def written(self, surface: Surface) -> int | None:
        """Index of the material of a surface that is in the file, None of another."""
        return self._by_identity.get(id(surface))

    def _material(self, surface: Surface) -> Any:
        check(surface)
        material = pygltflib.Material(
            name=surface.name or None,
            pbrMetallicRoughness=pygltflib.PbrMetallicRoughness(
                baseColorFactor=_unless(list(map(float, surface.base_colour_factor)), [1.0] * 4),
                metallicFactor=_unless(float(surface.metallic_factor), 1.0),
                roughnessFactor=_unless(float(surface.roughness_factor), 1.0),
                baseColorTexture=self._info(surface.base_colour, "base_colour"),
                metallicRoughnessTexture=self._info(surface.metallic_roughness, "metallic_roughness"),
            ),
            normalTexture=self._info(
                surface.normal, "normal", scale=_unless(float(surface.normal_scale), 1.0)
            ),
            occlusionTexture=self._info(
                surface.occlusion, "occlusion", strength=_unless(float(surface.occlusion_strength), 1.0)
            ),
            emissiveTexture=self._info(surface.emissive, "emissive"),
            emissiveFactor=_unless(list(map(float, surface.emissive_factor)), [0.0] * 3),
            alphaMode=_unless(surface.alpha_mode.upper(), "OPAQUE"),
            doubleSided=surface.double_sided or None,
            extensions=self._extensions(surface),
            extras=dict(surface.extras),
        )
        if surface.alpha_mode == "mask":
            material.alphaCutoff = float(surface.alpha_cutoff)
        return merged(plain(material), self._kept(surface)) if surface.kept else material

    def _kept(self, surface: Surface) -> Any:
        """What is kept of a material, with the textures in it."""

        def lookup(value: Any, key: str) -> Any:
            return self._info(value, key) if isinstance(value, Texture) else _nothing(value, key)

        return filed(surface.kept, lookup, self._builder.extensions)

    def _extensions(self, surface: Surface) -> dict[str, Any]:
        extensions: dict[str, Any] = {}
        if surface.unlit:
            extensions["KHR_materials_unlit"] = {}
        # A strength without emission means nothing, and the validator warns of it.
        if surface.emissive_strength != 1.0 and any(surface.emissive_factor):
            extensions["KHR_materials_emissive_strength"] = {
                "emissiveStrength": float(surface.emissive_strength)
            }
        if surface.lightmap is not None:
            info = self._info(surface.lightmap, "lightmap")
            # Its readers (Hubs, three.js) take it for irradiance: they show colour x map x intensity / pi.
            extensions["MOZ_lightmap"] = {**info, "intensity": math.pi * surface.lightmap_intensity}
        self._builder.extensions.update(extensions)
        return extensions

    def _info(self, texture: Texture | None, field: str, **more: float | None) -> Any:
        """A textureInfo as plain JSON; pygltflib's three classes for it differ only in their defaults."""
        if texture is None:
            return None
        info: dict[str, Any] = {"index": self._texture(texture, role_of(field))}
        if texture.uv_set:
            info["texCoord"] = texture.uv_set
        info.update({name: value for name, value in more.items() if value is not None})
        transform = {
            "offset": _unless(list(map(float, texture.offset)), [0.0, 0.0]),
            "rotation": _unless(float(texture.rotation), 0.0),
            "scale": _unless(list(map(float, texture.scale)), [1.0, 1.0]),
        }
        transform = {name: value for name, value in transform.items() if value is not None}
        if transform:
            self._builder.extensions.add("KHR_texture_transform")
            info["extensions"] = {"KHR_texture_transform": transform}
        return self._with(info, texture, "info")

    def _with(self, written: Any, texture: Texture, part: str) -> Any:
        """A property of a texture with what is kept of it."""
        if part not in texture.kept:
            return written
        return merged(plain(written), filed(texture.kept[part], _nothing, self._builder.extensions))

    def _texture(self, texture: Texture, role: Role) -> int:
        data, mime = self._encoded[id(texture.image), role]
        image = pygltflib.Image(bufferView=self._builder.blob(data), mimeType=mime)
        magnify, minify = FILTERS[texture.magnify]
        if texture.minify is not None:
            minify = MINIFY[texture.minify]
        sampler = pygltflib.Sampler(
            magFilter=magnify,
            minFilter=minify,
            wrapS=WRAPS[texture.wrap[0]],
            wrapT=WRAPS[texture.wrap[1]],
        )
        source = self._builder.add("images", self._with(image, texture, "image"))
        sampling = self._builder.add("samplers", self._with(sampler, texture, "sampler"))
        size = texture.image.width, texture.image.height
        self.memory[source] = ktx2.memory_of(data) if mime == ktx2.MIME else texture_memory(*size)
        extension = EXTENSIONS.get(mime)
        written = pygltflib.Texture(source=None if extension else source, sampler=sampling)
        if extension:
            written.extensions = {extension: {"source": source}}
            self._builder.extensions.add(extension)
            self._builder.required.add(extension)
        return self._builder.add("textures", self._with(written, texture, "texture"))


def check(surface: Surface) -> None:
    """Raise ValueProblem when a factor lies outside what glTF allows."""
    limits: list[tuple[str, Iterable[float], float]] = [
        ("base_colour_factor", surface.base_colour_factor, 1.0),
        ("metallic_factor", (surface.metallic_factor,), 1.0),
        ("roughness_factor", (surface.roughness_factor,), 1.0),
        ("occlusion_strength", (surface.occlusion_strength,), 1.0),
        ("emissive_factor", surface.emissive_factor, 1.0),
        ("emissive_strength", (surface.emissive_strength,), float("inf")),
        ("alpha_cutoff", (surface.alpha_cutoff,), float("inf")),
    ]
    for name, values, most in limits:
        if not all(0.0 <= value <= most for value in values):
            raise ValueProblem(
                f"surface {surface.name}: {name} is {values}, expected 0 to {most:g}; scale it first"
            )
    for name, texture in textures_of(surface):
        if texture.uv_set < 0:
            raise ValueProblem(
                f"surface {surface.name}: {name} uses UV set {texture.uv_set}, expected 0 or more"
            )


def _nothing(value: Any, key: str) -> Any:
    raise ValueProblem(f"surface: got {type(value).__name__} in what is kept at {key!r}, expected JSON")


def _unless(value: Any, default: Any) -> Any:
    """`value`, or None (left out of the file) when it is glTF's default."""
    return None if value == default else value
