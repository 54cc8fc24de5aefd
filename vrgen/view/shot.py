"""shot: pictures of a scene, drawn without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vrgen.core.files import writing
from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.view.antialias import Antialias, check_antialias, smoothing

if TYPE_CHECKING:
    from vrgen.view.eye import Eye
    from vrgen.view.renderer import Output, Renderer


@dataclass(frozen=True, slots=True)
class ShotOptions:
    """How a scene is photographed."""

    size: tuple[int, int] = (1600, 900)
    """Width and height in pixels."""
    camera: str | None = None
    """Node name of the camera; none takes the overview, else the first, else frames the whole scene."""
    all: bool = False
    """A picture from every camera."""
    exposure: float | None = None
    """Factor from cd/m2 to 1 for lit surfaces and skies, not for unlit ones; none measures the scene."""
    antialias: Antialias = "auto"
    """How edges are smoothed: msaa while drawing, fxaa afterwards, none; auto is msaa on a graphics card and
    fxaa, far quicker there, where the processor draws."""
    msaa: int = 4
    """Samples a pixel for msaa: 4 or 8 (as many as the driver has, if fewer)."""
    linear: bool = False
    """Radiance as linear floats, before exposure and tone mapping (unlit colours in linear light)."""

    def __post_init__(self) -> None:
        check_antialias(self.antialias, self.msaa)
        if self.linear and self.antialias == "fxaa":
            raise ValueProblem(
                "antialias: got fxaa for a linear picture, expected auto, none or msaa; "
                "fxaa works on colours as they are shown"
            )
        if len(self.size) != 2 or not all(1 <= side <= 16384 for side in self.size):
            raise ValueProblem(f"size: got {self.size}, expected width and height of 1 to 16384 pixels")
        if self.exposure is not None and not self.exposure > 0:
            raise ValueProblem(f"exposure: got {self.exposure}, expected a factor above 0")
        if self.all and self.camera is not None:
            raise UsageProblem(f"got both camera {self.camera!r} and all, expected one; leave one out")


@contextmanager
def rendering(
    scene: Scene, *, exposure: float | None = None, anisotropy: float | None = None
) -> Iterator[Renderer]:
    """A renderer of the scene, offscreen, released at the end. Raises MissingPart without OpenGL."""
    from vrgen.view.context import offscreen

    offscreen().make_current()
    from vrgen.view.renderer import Renderer

    renderer = Renderer(scene, exposure=exposure, anisotropy=anisotropy)
    try:
        yield renderer
    finally:
        renderer.delete()


def shots(
    scene: Scene, options: ShotOptions = ShotOptions(), *, sky: Sky | None = None, progress: Progress = SILENT
) -> dict[str, Image]:
    """Pictures by camera name, in the scene's order; `view` where it has no camera. `sky` replaces its own.

    8-bit sRGB, or float32 linear with `options.linear`. Raises UsageProblem for an unknown camera and
    MissingPart without OpenGL.
    """
    scene = scene if sky is None else replace(scene, sky=sky)
    with rendering(scene, exposure=options.exposure) as renderer:
        from vrgen.view.context import offscreen
        from vrgen.view.target import Target

        way = smoothing(options.antialias, options.msaa, software=offscreen().software, linear=options.linear)
        eyes = _eyes(scene, options)
        with (
            Target(*options.size, smoothing=way, linear=options.linear) as target,
            progress.stage("Taking pictures", len(eyes)) as advance,
        ):
            pictures = {}
            for name, eye in eyes.items():
                output: Output = "radiance" if options.linear else "srgb"
                renderer.render(eye, target.framebuffer, options.size, output=output)
                target.finish()
                pictures[name] = target.image()
                advance(1)
    return pictures


def shot(
    scene: Scene, options: ShotOptions = ShotOptions(), *, sky: Sky | None = None, progress: Progress = SILENT
) -> Image:
    """One picture of the scene; see `shots`."""
    return next(iter(shots(scene, replace(options, all=False), sky=sky, progress=progress).values()))


def _eyes(scene: Scene, options: ShotOptions) -> dict[str, Eye]:
    from vrgen.view.eye import Eye
    from vrgen.view.viewpoint import cameras, find_camera, first_eye

    aspect = options.size[0] / options.size[1]
    if options.camera is not None:
        camera, world = find_camera(scene, options.camera)
        return {options.camera: Eye.of(camera, world, aspect=aspect)}
    known = cameras(scene)
    if options.all and known:
        return {name: Eye.of(camera, world, aspect=aspect) for name, (camera, world) in known.items()}
    name = next(iter(known), "view")
    return {"camera_overview" if "camera_overview" in known else name: first_eye(scene, aspect=aspect)}


def write_picture(image: Image, path: Path) -> None:
    """Write an 8-bit picture as PNG, JPEG or WebP, by the name's ending, whole or not at all."""
    import PIL.Image

    kinds = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise UsageProblem(
            f"got a picture named {path.name}, expected .png, .jpg or .webp; choose one of these"
        )
    with writing(path) as temporary:
        PIL.Image.fromarray(image.pixels).save(temporary, kind, quality=92)
