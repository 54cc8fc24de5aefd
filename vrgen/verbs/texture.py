"""Texture: generate one tileable PBR material."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.image import Image
from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.synth import TextureOptions, check_texture
from vrgen.verbs.maps import read_photo
from vrgen.verbs.verb import verb


@verb(TextureOptions)
def texture(options: TextureOptions, progress: Progress) -> Material:
    """A Material that tiles and knows its size in metres; the same options give the same material.

    Raises UsageProblem for what cannot be asked for, InputProblem for the files of like and mask.
    """
    from vrgen.synth import texture as generate

    check_texture(options)
    photo, mask = _picture(options.like), _picture(options.mask)
    with progress.stage(f"generating {options.mix or options.like or options.kind} {options.seed}", 1):
        return generate(options, photo=photo, mask=mask)


def _picture(path: Path | str | None) -> Image | None:
    return None if path is None else read_photo(Path(path))
