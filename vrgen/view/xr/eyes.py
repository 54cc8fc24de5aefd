"""eyes: where both eyes are and what each of them sees, frame by frame."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from vrgen.view.xr.frame import View
from vrgen.view.xr.poses import matrix_of
from vrgen.view.xr.runtime import Runtime
from vrgen.view.xr.spaces import ORIENTED, PLACED, STANDING


class Eyes:
    """Locates the eyes; keeps the last good pose where the headset loses sight of the room."""

    def __init__(self, runtime: Runtime, session: Any) -> None:
        xr = self._xr = runtime.xr
        self._session = session
        self._ask = xr.raw_functions.xrLocateViews
        self._info = xr.ViewLocateInfo(xr.ViewConfigurationType.PRIMARY_STEREO)
        self._state = xr.ViewState()
        self._count = ctypes.c_uint32(0)
        self._spare = (xr.View * 2)(xr.View(), xr.View())
        self.located = (xr.View * 2)(xr.View(), xr.View())
        """The `xr.View` of both eyes as they were located last."""
        self.known = False
        """Whether they were located at all."""

    def locate(self, space: Any, time: int) -> tuple[View, View]:
        """Both eyes in a space at an `xr.Time`."""
        self._info.space, self._info.display_time = space, time
        checked = self._xr.check_result(
            self._ask(self._session, self._info, self._state, 2, self._count, self._spare)
        )
        if checked.is_exception():
            raise checked
        if self._state.view_state_flags & (ORIENTED | PLACED) == ORIENTED | PLACED:
            self._spare, self.located = self.located, self._spare
            self.known = True
        return (_view(self.located[0]), _view(self.located[1])) if self.known else self.nobody()

    @staticmethod
    def nobody() -> tuple[View, View]:
        """Before the first sight of the room: eyes at a standing height, looking ahead."""
        pose = np.eye(4)
        pose[1, 3] = STANDING
        quarter = np.pi / 4
        return (View(pose, (-quarter, quarter, quarter, -quarter)),) * 2


def _view(found: Any) -> View:
    fov = found.fov
    return View(matrix_of(found.pose), (fov.angle_left, fov.angle_right, fov.angle_up, fov.angle_down))
