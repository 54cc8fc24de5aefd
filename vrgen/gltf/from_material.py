"""glTF material, texture, sampler -> Surface: the inverse of `to_material`."""

from __future__ import annotations

import math
from typing import Any

from vrgen.core.image import ColourSpace
from vrgen.core.progress import Progress
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.images import Images
from vrgen.gltf.kept import Dangling, is_info, kept, texture_infos
from vrgen.gltf.load import Source
from vrgen.gltf.part import Part, pointer
from vrgen.gltf.to_material import FILTERS, MINIFY, WRAPS, role_of

WRAP_NAMES = {code: name for name, code in WRAPS.items()}
FILTER_NAMES = {9728: "nearest", 9729: "linear"}
MINIFY_NAMES = {code: name for name, code in MINIFY.items()}
ALPHA_MODES = {"OPAQUE": "opaque", "MASK": "mask", "BLEND": "blend"}
DEFAULT = Surface(metallic_factor=1.0)
"""What glTF draws a primitive without a material with."""
READ = {"KHR_materials_emissive_strength", "KHR_materials_unlit", "MOZ_lightmap"}
"""Extensions of a material that have fields of their own."""
INFO_READ = {"index", "texCoord", "extensions", "extras"}
PICTURES = ("KHR_texture_basisu", "EXT_texture_webp")
"""Extensions of a texture that name another image, the better first."""
MOST_SETS = 63
"""The highest UV set that is read: the file names each with an attribute."""
VARIANTS = "KHR_materials_variants"


class Surfaces:
    """Reads the materials of one file, each once."""

    def __init__(self, source: Source, images: Images, progress: Progress) -> None:
        self._images = images
        self._progress = progress
        self._materials = source.root.parts("materials")
        self._textures = source.root.parts("textures")
        self._samplers = source.root.parts("samplers")
        self._read: dict[int, Surface] = {}

    def images_of(self, owner: Part) -> set[int]:
        """Indices of the images that the materials of a primitive need, those of its variants too."""
        sources: set[int | None] = set()
        variants = owner.extension(VARIANTS)
        for holder in [owner, *([] if variants is None else variants.parts("mappings"))]:
            if holder.has("material"):
                material = self._materials[holder.reference("material", len(self._materials))]
                infos = [info for _, info in _infos(material) if info is not None]
                sources |= {self._source(info) for info in infos}
                sources |= {self._source(info) for _, info in texture_infos(material)}
        return {source for source in sources if source is not None}

    def of(self, owner: Part) -> Surface:
        """The surface of a primitive; images must have been loaded."""
        if not owner.has("material"):
            return DEFAULT
        index = owner.reference("material", len(self._materials))
        if index not in self._read:
            self._read[index] = self._surface(self._materials[index])
        return self._read[index]

    def worn(self, index: int) -> Surface | None:
        """The surface of a material that some mesh wears."""
        return self._read.get(index)

    def variant(self, key: str, value: Any, part: Part) -> Any:
        """The surface of a `material` in the mappings of KHR_materials_variants, for `kept`."""
        return self.of(Part(part.file, part.place, {key: value})) if key == "material" else None

    def _surface(self, part: Part) -> Surface:
        pbr = part.part("pbrMetallicRoughness")
        infos = dict(_infos(part))
        normal, occlusion, lightmap = infos["normal"], infos["occlusion"], infos["lightmap"]
        emission = part.extension("KHR_materials_emissive_strength")
        textures: dict[str, Any] = {name: self._texture(info, name) for name, info in infos.items()}
        return Surface(
            name=part.text("name", ""),
            base_colour_factor=_four(pbr.numbers("baseColorFactor", (1.0,) * 4, low=0.0, high=1.0)),
            metallic_factor=pbr.number("metallicFactor", 1.0, low=0.0, high=1.0),
            roughness_factor=pbr.number("roughnessFactor", 1.0, low=0.0, high=1.0),
            normal_scale=1.0 if normal is None else normal.number("scale", 1.0),
            occlusion_strength=1.0
            if occlusion is None
            else occlusion.number("strength", 1.0, low=0.0, high=1.0),
            emissive_factor=_three(part.numbers("emissiveFactor", (0.0,) * 3, low=0.0, high=1.0)),
            emissive_strength=1.0 if emission is None else emission.number("emissiveStrength", 1.0, low=0.0),
            alpha_mode=part.choice("alphaMode", ALPHA_MODES, "OPAQUE"),
            alpha_cutoff=part.number("alphaCutoff", 0.5, low=0.0),
            double_sided=part.truth("doubleSided"),
            unlit=part.extension("KHR_materials_unlit") is not None,
            lightmap_intensity=1.0
            if lightmap is None
            else lightmap.number("intensity", 1.0, low=0.0) / math.pi,
            extras=part.extras(),
            kept=kept(part, read=READ, extras=False, change=self._unread, progress=self._progress),
            **textures,
        )

    def _unread(self, key: str, value: Any, part: Part) -> Any:
        """The Texture of a textureInfo in an extension that is not read; Dangling where it has no image."""
        if not is_info(key, value):
            return None
        info = Part(part.file, pointer(part.place, key), value)
        found = self._texture(info, key, more={k: v for k, v in value.items() if k not in INFO_READ})
        if found is None:
            raise Dangling(f"{key} has no image that is read")
        return found

    def _texture(
        self, info: Part | None, field: str, *, more: dict[str, Any] | None = None
    ) -> Texture | None:
        source = None if info is None else self._source(info)
        if info is None or source is None:
            return None
        transform = info.extension("KHR_texture_transform") or Part(info.file, info.place, {})
        texture = self._textures[info.reference("index", len(self._textures))]
        sampler = Part(info.file, info.place, {})
        if texture.has("sampler"):
            sampler = self._samplers[texture.reference("sampler", len(self._samplers))]
        space: ColourSpace = "srgb" if role_of(field) == "colour" else "linear"
        magnify = sampler.choice("magFilter", FILTER_NAMES, 9729)
        minify = sampler.choice("minFilter", MINIFY_NAMES, FILTERS[magnify][1])
        return Texture(
            image=self._images.image(source, space),
            uv_set=transform.integer("texCoord", info.integer("texCoord", 0, high=MOST_SETS), high=MOST_SETS),
            offset=_two(transform.numbers("offset", (0.0, 0.0))),
            rotation=transform.number("rotation", 0.0),
            scale=_two(transform.numbers("scale", (1.0, 1.0))),
            wrap=(sampler.choice("wrapS", WRAP_NAMES, 10497), sampler.choice("wrapT", WRAP_NAMES, 10497)),
            magnify=magnify,
            minify=None if MINIFY[minify] == FILTERS[magnify][1] else minify,
            kept=self._besides(info, texture, sampler, self._images.part(source), more or {}),
        )

    def _besides(
        self, info: Part, texture: Part, sampler: Part, image: Part, more: dict[str, Any]
    ) -> dict[str, Any]:
        """What is not read of a texture, by the property that says it."""
        sources = {name for name, value in texture.part("extensions").value.items() if _has_source(value)}
        found = {
            "info": {
                **more,
                **kept(info, read={"KHR_texture_transform", "MOZ_lightmap"}, progress=self._progress),
            },
            "texture": {**_named(texture), **kept(texture, read=sources, progress=self._progress)},
            "image": {**_named(image), **kept(image, progress=self._progress)},
        }
        if sampler.place != info.place:
            found["sampler"] = {**_named(sampler), **kept(sampler, progress=self._progress)}
        return {name: said for name, said in found.items() if said}

    def _source(self, info: Part) -> int | None:
        """Index of the image of a texture, KTX2 before WebP before the fallback; None when it names none."""
        texture = self._textures[info.reference("index", len(self._textures))]
        owners = (*(texture.extension(name) for name in PICTURES), texture)
        owner = next((one for one in owners if one is not None and one.has("source")), None)
        if owner is None:
            self._progress.note(f"{texture.file}: {texture.place} has no image that is read; left out")
            return None
        return owner.reference("source", len(self._images))


def _named(part: Part) -> dict[str, Any]:
    """The name of a property that has no field for it."""
    name = part.text("name", "")
    return {"name": name} if name else {}


def _has_source(extension: Any) -> bool:
    """Whether an extension of a texture names another image, which is not kept."""
    return isinstance(extension, dict) and "source" in extension


def _infos(part: Part) -> list[tuple[str, Part | None]]:
    """(field of Surface, textureInfo) of a material."""
    pbr = part.part("pbrMetallicRoughness")
    keys = {
        "base_colour": (pbr, "baseColorTexture"),
        "metallic_roughness": (pbr, "metallicRoughnessTexture"),
        "normal": (part, "normalTexture"),
        "occlusion": (part, "occlusionTexture"),
        "emissive": (part, "emissiveTexture"),
    }
    found = [(name, owner.part(key) if owner.has(key) else None) for name, (owner, key) in keys.items()]
    return [*found, ("lightmap", part.extension("MOZ_lightmap"))]


def _two(values: tuple[float, ...]) -> tuple[float, float]:
    return values[0], values[1]


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    return values[0], values[1], values[2]


def _four(values: tuple[float, ...]) -> tuple[float, float, float, float]:
    return values[0], values[1], values[2], values[3]
