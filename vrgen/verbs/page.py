"""Page: what the web page needs of other rooms."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.verbs.boundary import readable
from vrgen.view.options import ViewOptions
from vrgen.view.web.show import Ports


def ports_of(progress: Progress = SILENT) -> Ports:
    """Reading and writing of glTF."""
    from vrgen.gltf import WriteOptions, read, write

    return Ports(
        read=lambda path: read(path, progress=progress),
        write=lambda scene, path: write(scene, path, WriteOptions(drop_unused=True)),
    )


def open_page(scene: Scene | Path | str, options: ViewOptions, progress: Progress) -> None:
    """Serve a scene, or a file that is watched, as a page; returns after Ctrl-C. Raises as `serve` does."""
    from vrgen.registry import viewers

    if not isinstance(scene, Scene):
        scene = Path(scene)
        readable(scene)
    viewers.load("web")(scene, options, ports_of(), progress=progress)
