"""Texture: generate one tileable PBR material."""

from __future__ import annotations

from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.synth import TextureOptions
from vrgen.synth import texture as generate
from vrgen.verbs.verb import verb


@verb(TextureOptions)
def texture(options: TextureOptions, progress: Progress) -> Material:
    """A Material that tiles and knows its size in metres; the same options give the same material."""
    with progress.stage(f"generating {options.kind} {options.seed}", 1):
        return generate(options)
