"""A visit without generators, in a process of its own: python headset_client.py SHOW.glb OPTIONS PATH.json

OPTIONS is JSON, fields of ViewOptions. Writes the head path, prints what is left of the visit as JSON.
What is made anew is painted plainly: each time brighter, so that one sees which time it was.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from vrgen.core import Image, Scene, Surface
from vrgen.core.change import Change
from vrgen.core.progress import Progress
from vrgen.errors import VrgenError
from vrgen.gltf import read
from vrgen.view.options import ViewOptions
from vrgen.view.xr.headset import Visit, stroll
from vrgen.view.xr.recording import Recording


def repaint(scene: Scene, surface: Surface, change: Change, /, *, progress: Progress) -> Surface:
    """The surface in one grey, 60 levels brighter than the one before."""
    assert surface.base_colour is not None and change.seed_step
    worn = surface.base_colour.image.pixels
    level = worn[0, 0, 0] + 60 if (worn == worn[0, 0, 0]).all() else 60
    pixels = np.full_like(worn, level)
    return replace(surface, base_colour=replace(surface.base_colour, image=Image(pixels)))


def main(show: str, wish: str, path: str) -> int:
    """Visit, tell, end as the program does."""
    scene = read(Path(show))
    recording = Recording(scene.name)

    def keep(visit: Visit) -> None:
        walked = recording.path(visit.eye_size)
        if walked is not None:
            walked.write(Path(path))
        facts = {
            name: getattr(visit, name)
            for name in ("runtime", "system", "eye_size", "frames", "late", "remade")
        }
        print(json.dumps(facts))  # noqa: T201

    try:
        stroll(scene, ViewOptions(xr=True, **json.loads(wish)), remake=repaint, track=recording, keep=keep)
    except VrgenError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
