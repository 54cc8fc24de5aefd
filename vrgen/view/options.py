"""Options of `view`: the window, the headset, and the web page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from vrgen.errors import UsageProblem, ValueProblem
from vrgen.view.antialias import Antialias, check_antialias

Blend = Literal["auto", "opaque", "alpha", "additive"]


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """How a scene is walked through: in a window, in a headset (xr) or in a browser (web)."""

    size: tuple[int, int] = (1280, 720)
    """Width and height of the window."""
    exposure: float | None = None
    """Factor from cd/m2 to 1 for lit surfaces and skies, not for unlit ones; none measures the scene."""
    antialias: Antialias = "auto"
    """How edges are smoothed: msaa while drawing, fxaa afterwards, none; auto is msaa on a graphics card and
    fxaa (in a headset none), far quicker there, where the processor draws."""
    msaa: int = 4
    """Samples a pixel for msaa: 4 or 8 (as many as the driver has, if fewer)."""
    pictures: Path = Path()
    """Folder where F12 leaves its pictures, and a headset the galleries that were changed there."""
    help: bool = True
    """Begin with the help overlay shown."""
    xr: bool = False
    """Stream to a headset through the OpenXR runtime that is active on this machine."""
    mirror: bool = True
    """With xr: show in a window what the wearer sees, where a window can be opened."""
    blend: Blend = "auto"
    """With xr: opaque is a room of its own (VR); alpha and additive show only works, frames and plaques over
    the real room (AR); auto takes what the runtime prefers."""
    render_scale: float = 1.0
    """With xr: factor of the picture's sides that the runtime recommends, 0.3 to 2."""
    seated: bool = False
    """With xr: for a visitor in a chair; the eyes are lifted to a standing height."""
    glide: bool = False
    """With xr: the stick glides smoothly, with a vignette, instead of teleporting."""
    record: Path | None = None
    """With xr: file for the path of the head, .json; `vrgen replay` measures along it."""
    web: bool = False
    """Serve the scene as a page for browsers, those of headsets too (WebXR)."""
    host: str = "127.0.0.1"
    """With web: address to listen on; 0.0.0.0 lets a headset on the same network in."""
    port: int = 8460
    """With web: port to listen on; 0 takes any that is free."""
    tls: str = "auto"
    """With web: auto makes a certificate where the address is not this machine alone; CERT,KEY are files of
    your own; off serves plain http."""
    open: bool = False
    """With web: open the page in this machine's browser."""

    def __post_init__(self) -> None:
        check_antialias(self.antialias, self.msaa)
        if len(self.size) != 2 or not all(64 <= side <= 16384 for side in self.size):
            raise ValueProblem(f"size: got {self.size}, expected width and height of 64 to 16384 pixels")
        if self.exposure is not None and not self.exposure > 0:
            raise ValueProblem(f"exposure: got {self.exposure}, expected a factor above 0")
        if self.xr and self.web:
            raise UsageProblem("got both xr and web, expected one; start vrgen view twice for both")
        if self.blend not in get_args(Blend):
            raise ValueProblem(f"blend: got {self.blend!r}, expected auto, opaque, alpha or additive")
        if not 0.3 <= self.render_scale <= 2:
            raise ValueProblem(f"render_scale: got {self.render_scale}, expected 0.3 to 2")
        if self.record is not None and not self.xr:
            raise UsageProblem("record: a head path comes from a headset; add --xr")
        if self.record is not None and self.record.suffix.lower() != ".json":
            raise UsageProblem(f"record: got {self.record.name}, expected a name that ends in .json")
        if not 0 <= self.port <= 65535:
            raise ValueProblem(f"port: got {self.port}, expected 0 to 65535")
