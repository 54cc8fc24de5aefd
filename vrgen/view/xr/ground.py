"""Ground: what a visit has to know of a scene: what rays meet, where one may stand, where to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.view.xr.floors import Floors
from vrgen.view.xr.pointing import Pointing
from vrgen.view.xr.stops import Stop, arrival, stops


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """Made once a scene; it takes a while, so what takes a scene's place makes it beside the frames."""

    pointing: Pointing
    """What rays meet; told of surfaces that are swapped."""
    floors: Floors
    """Where one may stand."""
    stops: tuple[Stop, ...]
    """The places that the buttons lead to."""
    start: Stop
    """Where a visit begins."""

    @classmethod
    def of(cls, scene: Scene, kept: Callable[[Node, Mesh], bool] | None = None) -> Ground:
        """That of a scene; `kept` says which meshes are drawn at all (AR leaves some out)."""
        pointing = Pointing(scene, kept=kept)
        floors = Floors(scene, pointing)
        return cls(pointing, floors, stops(scene, floors), arrival(scene, floors))
