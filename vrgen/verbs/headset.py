"""Headset: what a visit by headset needs of other rooms."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.errors import MissingPart
from vrgen.verbs.remake import prepare, remake, saved
from vrgen.verbs.renewed import renewed
from vrgen.view.options import ViewOptions
from vrgen.view.reroll import Remake

if TYPE_CHECKING:
    from vrgen.view.xr.headset import Visit


def open_headset(scene: Scene | Path | str, options: ViewOptions, progress: Progress) -> None:
    """Stream a scene to a headset until the visit ends; what was changed there is saved. Raises as stroll."""
    from vrgen.registry import viewers
    from vrgen.view.xr.loader import offered
    from vrgen.view.xr.recording import Recording

    offered()  # without a runtime nothing has to be read or loaded
    stroll = viewers.load("headset")
    shown, renewal = renewed(scene, progress)
    stem = shown.name or "show" if isinstance(scene, Scene) else Path(scene).stem
    recording = Recording(shown.name) if options.record is not None else None

    def keep(visit: Visit) -> None:
        said = f"{visit.frames} frames on {visit.system}" + (f", {visit.late} late" if visit.late else "")
        progress.note(said)
        path = recording.path(visit.eye_size) if recording is not None else None
        if path is not None and options.record is not None:
            path.write(options.record)
            progress.note(f"head path {options.record}; measure along it: vrgen replay FILE {options.record}")
        if visit.remade:
            progress.note(f"changed in the headset: {saved(visit.scene, options.pictures, stem)}")

    stroll(
        shown,
        options,
        remake=_maker(progress),
        track=recording,
        keep=keep,
        progress=progress,
        renewal=renewal,
    )


def _maker(progress: Progress) -> Remake | None:
    """`remake`, its models loaded; None, with a note, where there are no weights to make anything with."""
    # On one graphics card the frames come first: what is made anew is made on the processor.
    try:
        prepare("cpu")
    except MissingPart as problem:
        progress.note(f"nothing can be made anew in the headset: {problem}")
        return None
    return partial(remake, device="cpu")
