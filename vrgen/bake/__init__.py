"""Bake: light and its delivery."""

from vrgen.bake.backdrop import backdrop
from vrgen.bake.light import LightOptions, light

__all__ = ["LightOptions", "backdrop", "light"]
