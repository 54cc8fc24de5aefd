"""Shot: pictures of a scene from its cameras."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.errors import UsageProblem
from vrgen.verbs.boundary import suffix_of
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import export
from vrgen.view.shot import ShotOptions

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@export(ShotOptions)
def shot(
    scene: Scene | Path | str, path: Path | str, options: ShotOptions, progress: Progress
) -> tuple[Path, ...]:
    """Write one picture to `path`; with `all` a contact sheet there, and each in a folder of that name.

    Returns the files, the one asked for first. Raises UsageProblem for an unknown camera, MissingPart
    without OpenGL.
    """
    from vrgen.view.sheet import contact_sheet
    from vrgen.view.shot import shots, write_picture

    out = Path(path)
    suffix_of("out", out, PICTURES)
    if options.linear:
        raise UsageProblem("linear: a picture file holds no linear floats; call vrgen.view.shots for them")
    pictures = shots(scene_of(scene, progress, strict=True), options, progress=progress)
    if not options.all:
        write_picture(next(iter(pictures.values())), out)
        return (out,)
    write_picture(contact_sheet(pictures), out)
    singles = tuple(out.with_suffix("") / f"{name}{out.suffix}" for name in pictures)
    for single, picture in zip(singles, pictures.values(), strict=True):
        write_picture(picture, single)
    return (out, *singles)
