"""wishes: how a session is asked for, and what of it the runtime and the card can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vrgen.errors import UsageProblem
from vrgen.view.options import Blend

if TYPE_CHECKING:
    from vrgen.view.xr.runtime import Runtime

BLENDS: Mapping[int, Blend] = {1: "opaque", 2: "additive", 3: "alpha"}
"""XrEnvironmentBlendMode."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session is opened."""

    blend: Blend = "auto"
    """opaque, alpha or additive; auto takes what the runtime prefers."""
    render_scale: float = 1.0
    """Factor of the sides of the pictures that the runtime recommends."""
    seated: bool = False
    """The eyes are lifted to a standing height."""
    title: str = "vrgen"
    """What is shown, for the title of the window."""
    mirror: bool = True
    """Open a window for a mirror where one can be opened."""
    samples: int | None = 1
    """Samples a pixel; 1 draws straight into the runtime's pictures. None takes 4 on a graphics card and 1,
    many times quicker there, where the processor draws."""


def samples_of(options: SessionOptions) -> int:
    """Samples a pixel; the context is current."""
    from vrgen.view.gl import GL, is_software

    if options.samples is not None:
        return options.samples
    return 1 if is_software(GL.glGetString(GL.GL_RENDERER).decode()) else 4


def choose_blend(runtime: Runtime, wanted: Blend) -> int:
    """The XrEnvironmentBlendMode to show with. Raises UsageProblem where the wish is not offered."""
    xr = runtime.xr
    stereo = xr.ViewConfigurationType.PRIMARY_STEREO
    modes = [
        int(mode)
        for mode in xr.enumerate_environment_blend_modes(runtime.instance, runtime.system_id, stereo)
        if int(mode) in BLENDS
    ]
    names = [BLENDS[mode] for mode in modes]
    if wanted == "auto":
        return modes[0]
    if wanted not in names:
        raise UsageProblem(
            f"blend: got {wanted}, expected what {runtime.system} on {runtime.name} offers: "
            f"{', '.join(names)}; pass one of these, or auto"
        )
    return modes[names.index(wanted)]
