"""Latents to materials and skies. What generates, and torch with it, is imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vrgen.synth.kinds import KINDS, Kind, find_kind
from vrgen.synth.request import TextureOptions, check_size, check_texture
from vrgen.synth.sky_request import SkyOptions, check_sky

if TYPE_CHECKING:
    from vrgen.synth.make_sky import sky, sky_like
    from vrgen.synth.make_texture import texture
    from vrgen.synth.make_textures import textures

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

_ELSEWHERE = {
    "sky": "make_sky",
    "sky_like": "make_sky",
    "texture": "make_texture",
    "textures": "make_textures",
}
"""Functions that need torch, and their modules."""


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        return getattr(import_module(f"vrgen.synth.{_ELSEWHERE[name]}"), name)
    raise AttributeError(f"module 'vrgen.synth' has no attribute {name!r}")
