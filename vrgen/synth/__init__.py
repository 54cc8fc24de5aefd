"""Latents to materials and skies."""

from vrgen.synth.kinds import KINDS, Kind, find_kind
from vrgen.synth.sky import SkyOptions, check_sky, sky
from vrgen.synth.texture import TextureOptions, check_size, texture

__all__ = [
    "KINDS",
    "Kind",
    "SkyOptions",
    "TextureOptions",
    "check_size",
    "check_sky",
    "find_kind",
    "sky",
    "texture",
]
