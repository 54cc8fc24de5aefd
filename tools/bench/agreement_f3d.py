"""F3D's pictures of a GLB, run by the Python that has it: no HDRI, no tone mapping, its own lamp at 1.

python agreement_f3d.py JOB.json: [{"file", "out", "size", "position", "target", "yfov_deg"}, ...]
"""

# make bench leaves this out: a part of agreement.py.
from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """One engine for all pictures of a file."""
    import f3d

    f3d.Log.set_verbose_level(f3d.Log.WARN)
    engine, shown = None, None
    for job in json.loads(Path(sys.argv[1]).read_text()):
        if shown != job["file"]:
            engine = f3d.Engine.create_osmesa() if sys.platform == "linux" else f3d.Engine.create(True)
            engine.options.update(
                {
                    "render.effect.tone_mapping": False,
                    "render.hdri.ambient": False,
                    "render.grid.enable": False,
                    "render.background.color": (0.0, 0.0, 0.0),
                    "ui.axis": False,
                    "ui.filename": False,
                    "scene.up_direction": "+Y",
                }
            )
            engine.window.size = tuple(job["size"])
            engine.scene.add(job["file"])
            shown = job["file"]
        camera = engine.window.camera
        camera.position, camera.focal_point = job["position"], job["target"]
        camera.view_up, camera.view_angle = (0.0, 1.0, 0.0), job["yfov_deg"]
        engine.window.render_to_image().save(job["out"])


if __name__ == "__main__":
    main()
