"""Check: what a GLB lacks for a headset, one finding a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from vrgen.core.budget import Target
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.gltf.check import CODES, Finding
from vrgen.gltf.check import check as look
from vrgen.verbs.boundary import one_of, readable
from vrgen.verbs.verb import step


@dataclass(frozen=True)
class CheckOptions:
    """For which headset, and what is not to be told."""

    target: Target = "quest3"
    """Headset: its budgets, its display."""
    ignore: tuple[str, ...] = ()
    """Code that is left out, as UV_STRETCH; again for each."""

    def __post_init__(self) -> None:
        one_of("target", self.target, get_args(Target))
        for code in self.ignore:
            one_of("ignore", code, tuple(CODES))


@step(CheckOptions)
def check(scene: Scene | Path | str, options: CheckOptions, progress: Progress) -> tuple[Finding, ...]:
    """What was found in a scene or a file, the gravest first; an `error` means that it fails.

    Raises InputProblem for a file that is damaged or not read here.
    """
    if not isinstance(scene, Scene):
        scene = Path(scene)
        readable(scene)
    found = look(scene, options.target, progress=progress)
    return tuple(one for one in found if one.code not in options.ignore)
