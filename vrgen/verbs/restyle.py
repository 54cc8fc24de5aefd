"""Restyle: a picture, a material or a sky in another style."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.image import Image
from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.core.sky import Sky
from vrgen.errors import InputProblem
from vrgen.synth.restyle_request import RestyleOptions
from vrgen.verbs.boundary import readable
from vrgen.verbs.verb import step

SKIES = (".hdr", ".exr")
LARGEST = 8192
"""Pixels along a picture's long side; what is larger is read smaller."""

Styled = Image | Material | Sky


@step(RestyleOptions)
def restyle(subject: Styled | Path | str, options: RestyleOptions, progress: Progress) -> Styled:
    """The same in the style of a model: a picture, a material (it tiles as before) or an HDR sky.

    A path may name a picture, a folder with the maps of one material, or a .hdr or .exr sky.
    """
    from vrgen.synth.restyle import restyle_image, restyle_material
    from vrgen.synth.restyle_sky import restyle_sky

    if isinstance(subject, str | Path):
        subject = subject_of(Path(subject))
    if isinstance(subject, Sky):
        return restyle_sky(subject, options, progress=progress)
    if isinstance(subject, Material):
        return restyle_material(subject, options, progress=progress)
    return restyle_image(subject, options, progress=progress)


def subject_of(path: Path) -> Styled:
    """What a path names. Raises InputProblem, also when a folder holds several materials."""
    if path.is_dir():
        from vrgen.maps.read_material import read_materials

        materials = read_materials(path)
        if len(materials) > 1:
            names = ", ".join(material.name for material in materials[:4])
            raise InputProblem(
                f"{path} holds {len(materials)} materials ({names}); hand them over one by one"
            )
        return materials[0]
    readable(path)
    if path.suffix.lower() in SKIES:
        from vrgen.maps.read import read_sky

        return read_sky(path)
    from vrgen.scene.pictures import read_picture

    try:
        return read_picture(path, LARGEST)
    except InputProblem as problem:
        raise InputProblem(f"{path} {problem}") from problem
