"""A visit without a workshop, in a process of its own: python headset_client.py SHOW.glb OPTIONS PATH.json

OPTIONS is JSON, fields of ViewOptions. Writes the head path, prints what is left of the visit as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from vrgen.errors import VrgenError
from vrgen.gltf import read
from vrgen.view.options import ViewOptions
from vrgen.view.xr.headset import Visit, stroll
from vrgen.view.xr.recording import Recording


def main(show: str, wish: str, path: str) -> int:
    """Visit, tell, end as the program does."""
    scene = read(Path(show))
    recording = Recording(scene.name)

    def keep(visit: Visit) -> None:
        walked = recording.path(visit.eye_size)
        if walked is not None:
            walked.write(Path(path))
        facts = {name: getattr(visit, name) for name in ("runtime", "system", "eye_size", "frames", "late")}
        print(json.dumps(facts))  # noqa: T201

    try:
        stroll(scene, ViewOptions(xr=True, **json.loads(wish)), track=recording, keep=keep)
    except VrgenError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
