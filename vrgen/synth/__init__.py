"""Latents to materials and skies."""

from vrgen.synth.kinds import KINDS, Kind, find_kind
from vrgen.synth.request import TextureOptions, check_size, check_texture
from vrgen.synth.sky import SkyOptions, check_sky, sky, sky_like
from vrgen.synth.texture import texture
from vrgen.synth.textures import textures

__all__ = [
    "KINDS",
    "Kind",
    "SkyOptions",
    "TextureOptions",
    "check_size",
    "check_sky",
    "check_texture",
    "find_kind",
    "sky",
    "sky_like",
    "texture",
    "textures",
]
