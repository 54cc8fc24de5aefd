"""Textures: generate many tileable PBR materials, the next ones while the last are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from vrgen.core.material import Material
from vrgen.synth import TextureOptions
from vrgen.verbs.maps import read_photo


def textures(wanted: Iterable[TextureOptions]) -> Iterator[Material]:
    """The Material of each request, in their order, as `vrgen.texture` makes it.

    Raises, in a request's place, what `vrgen.texture` raises for it.
    """
    from vrgen.synth import textures as generate

    return generate(wanted, read=lru_cache(maxsize=2)(read_photo))
