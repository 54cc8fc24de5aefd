"""Maps: a photograph of a surface becomes a PBR material."""

from __future__ import annotations

import re
from pathlib import Path

from vrgen.core.image import Image
from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.errors import InputProblem
from vrgen.synth.photo_request import MapsOptions, check_maps
from vrgen.verbs.boundary import readable
from vrgen.verbs.verb import step

MOST_PIXELS = 16384
"""Along a photo's long side; what is larger is read smaller."""


@step(MapsOptions)
def maps(photo: Image | Path | str, options: MapsOptions, progress: Progress) -> Material:
    """A Material from a photo (an Image, or a PNG, JPEG, TIFF or WebP file); it tiles unless told not to.

    Raises InputProblem for the file, UsageProblem for bad options.
    """
    from vrgen.synth.photo import maps_of

    check_maps(options)
    if isinstance(photo, Image):
        return maps_of(photo, options)
    path = Path(photo)
    with progress.stage(f"maps of {path.name}", 1):
        image = read_photo(path)
        try:
            return maps_of(image, options, name=name_of(path))
        except InputProblem as problem:
            raise InputProblem(f"{path}: {problem}") from problem


def name_of(path: Path) -> str:
    """A material's name, a-z0-9_-, after a photo's file."""
    return re.sub(r"[^a-z0-9_-]+", "_", path.stem.lower()).strip("_") or "photo"


def read_photo(path: Path) -> Image:
    """A picture file as an Image; raises InputProblem for what is no picture or cannot be read."""
    from vrgen.scene.pictures import own_limits, read_picture

    readable(path)
    try:
        with own_limits():
            return read_picture(path, MOST_PIXELS)
    except InputProblem as problem:
        raise InputProblem(f"{path} {problem}") from problem
