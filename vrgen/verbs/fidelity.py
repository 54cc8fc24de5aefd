"""Fidelity: how like its original a scene still looks, from the scene's own cameras."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.scene import Scene

if TYPE_CHECKING:
    from vrgen.view.eye import Eye

SIZE = (800, 450)
"""Pixels of the pictures that are compared."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """PSNR of pictures before and after, 8-bit sRGB."""

    worst: float
    """dB, of the view that changed most; infinite when nothing did."""
    mean: float
    """dB, of the mean squared error of all views."""


class Fidelity:
    """Remembers how a scene looks, and compares others with it: same cameras, same exposure."""

    def __init__(self, scene: Scene, *, views: int) -> None:
        """Takes the pictures. Raises MissingPart without OpenGL."""
        self._eyes = _eyes(scene, views)
        self._exposure: float | None = None
        self._pictures = list(self._shown(scene))

    def of(self, scene: Scene) -> Likeness:
        """How like the first scene another one looks."""
        pairs = zip(self._pictures, self._shown(scene), strict=True)
        errors = [float(np.mean((a.astype(np.float32) - b) ** 2)) for a, b in pairs]
        return Likeness(_decibels(max(errors)), _decibels(sum(errors) / len(errors)))

    def _shown(self, scene: Scene) -> Iterator[NDArray[Any]]:
        """(height, width, 3) uint8 of every view."""
        from vrgen.view.antialias import smoothing
        from vrgen.view.shot import rendering
        from vrgen.view.target import Target

        with rendering(scene, exposure=self._exposure) as renderer:
            self._exposure = renderer.exposure
            with Target(
                *SIZE, smoothing=smoothing("none", 4, software=True, linear=False), linear=False
            ) as target:
                for eye in self._eyes:
                    renderer.render(eye, target.framebuffer, SIZE, output="srgb")
                    target.finish()
                    yield target.image().pixels[..., :3]


def _eyes(scene: Scene, views: int) -> list[Eye]:
    """Evenly chosen cameras, the first and the last among them; a framing of the scene where it has none."""
    from vrgen.view.eye import Eye
    from vrgen.view.viewpoint import cameras, first_eye

    aspect = SIZE[0] / SIZE[1]
    known = list(cameras(scene).values())
    if not known:
        return [first_eye(scene, aspect=aspect)]
    chosen = np.unique(np.linspace(0, len(known) - 1, min(views, len(known))).round().astype(int))
    return [Eye.of(*known[index], aspect=aspect) for index in chosen]


def _decibels(error: float) -> float:
    return float("inf") if error == 0 else 10.0 * float(np.log10(255.0**2 / error))
