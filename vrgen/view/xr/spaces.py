"""spaces: where the floor is and which way is ahead, as the session counts it; and the head in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.view.xr.poses import matrix_of
from vrgen.view.xr.runtime import Runtime

STANDING = 1.60
"""Metres from the floor to the eyes of a visitor who stands; the chair is lifted to it."""
ORIENTED, PLACED = 1, 2
"""XR_SPACE_LOCATION_ORIENTATION_VALID_BIT and XR_SPACE_LOCATION_POSITION_VALID_BIT."""


class Ground:
    """The session's space: LOCAL_FLOOR, else STAGE, else LOCAL with the floor a standing height below.

    Seated it is LOCAL, lifted so that the eyes stand at STANDING however low the chair is.
    """

    def __init__(self, runtime: Runtime, session: Any, *, seated: bool) -> None:
        xr = runtime.xr
        self._xr, self._session, self.seated = xr, session, seated
        offered = [int(kind) for kind in xr.enumerate_reference_spaces(session)]
        self.kind = xr.ReferenceSpaceType.LOCAL if seated else _floor(xr, offered)
        self.kinds = frozenset({int(self.kind)})
        """Kinds of reference space whose recentring is ours; LOCAL_FLOOR goes with LOCAL."""
        if self.kind == xr.ReferenceSpaceType.LOCAL_FLOOR:
            self.kinds |= {int(xr.ReferenceSpaceType.LOCAL)}
        self.lift = STANDING if self.kind == xr.ReferenceSpaceType.LOCAL else 0.0
        """Metres that the origin of the runtime's space lies above the floor of ours."""
        self.handle = self._create(self.kind, self.lift)
        self._view = self._create(xr.ReferenceSpaceType.VIEW, 0.0)
        self._levelled = not seated

    def _create(self, kind: Any, lift: float) -> Any:
        xr = self._xr
        pose = xr.Posef(xr.Quaternionf(0, 0, 0, 1), xr.Vector3f(0, -lift, 0))
        return xr.create_reference_space(self._session, xr.ReferenceSpaceCreateInfo(kind, pose))

    def head(self, time: int) -> NDArray[np.float64] | None:
        """(4, 4) pose of the head at an `xr.Time`; None while it is not known which way it looks."""
        found = self.locate(self._view, time)
        if found is not None and not self._levelled:
            self._levelled = True
            self._lift_to(found[1, 3])
            found = self.locate(self._view, time)
        return found

    def _lift_to(self, height: float) -> None:
        """Seated: eyes found at `height` are lifted to STANDING."""
        self._xr.destroy_space(self.handle)
        self.lift += STANDING - height
        self.handle = self._create(self.kind, self.lift)

    def recentred(self) -> None:
        """The runtime's space starts anew; seated, the height is measured again."""
        self._levelled = not self.seated

    def locate(self, space: Any, time: int) -> NDArray[np.float64] | None:
        """(4, 4) pose of another space in this one, None where it is not tracked."""
        found = self._xr.locate_space(space, self.handle, time)
        tracked = found.location_flags.value & (ORIENTED | PLACED) == ORIENTED | PLACED
        return matrix_of(found.pose) if tracked else None

    def destroy(self) -> None:
        """Give both spaces back."""
        self._xr.destroy_space(self._view)
        self._xr.destroy_space(self.handle)


def _floor(xr: Any, offered: Sequence[int]) -> Any:
    kinds = xr.ReferenceSpaceType
    wanted = (kinds.LOCAL_FLOOR, kinds.STAGE)
    return next((kind for kind in wanted if kind.value in offered), kinds.LOCAL)
