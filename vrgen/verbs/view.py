"""View: walk through a scene in a window."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import step
from vrgen.view.options import ViewOptions
from vrgen.view.window import view as open_window


@step(ViewOptions)
def view(scene: Scene | Path | str, options: ViewOptions, progress: Progress) -> None:
    """Open the window and return when it is closed. Raises MissingPart where no window can be opened."""
    open_window(scene_of(scene, progress), options, progress=progress)
