"""Bake: light and its delivery."""

from vrgen.bake.backdrop import backdrop
from vrgen.bake.light import light
from vrgen.bake.light_texels import light_texels
from vrgen.bake.options import LightOptions

__all__ = ["LightOptions", "backdrop", "light", "light_texels"]
