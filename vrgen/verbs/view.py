"""View: walk through a scene in a window, in a headset, or in a browser."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.headset import open_headset
from vrgen.verbs.page import open_page
from vrgen.verbs.renewed import renewed
from vrgen.verbs.verb import step
from vrgen.view.options import ViewOptions
from vrgen.view.window import view as open_window


@step(ViewOptions)
def view(scene: Scene | Path | str, options: ViewOptions, progress: Progress) -> None:
    """Open the window and return when it is closed; with `xr` stream to a headset until the visit ends; with
    `web` serve the page until Ctrl-C. A file that changes meanwhile is shown anew, and nobody is moved.

    Raises MissingPart where no window can be opened, no headset answers, or the page was not built, and
    HeadsetLost when the headset goes away.
    """
    if options.xr:
        open_headset(scene, options, progress)
        return
    if options.web:
        open_page(scene, options, progress)
        return
    shown, renewal = renewed(scene, progress)
    open_window(shown, options, progress=progress, renewal=renewal)
