"""hands: bare hands (XR_EXT_hand_tracking): a pinch is the select, and the arm points.

The ray leaves the knuckle of the index finger in the direction from the shoulder: it stays calm while the
fingers close. The shoulder is guessed from the head.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import look_rotation, matrix_from_quaternion
from vrgen.view.xr.frame import Hand, Side
from vrgen.view.xr.poses import matrix_of
from vrgen.view.xr.runtime import Runtime

PALM, THUMB_TIP, KNUCKLE, INDEX_TIP, JOINTS = 0, 5, 7, 10, 26
"""Joints of XR_HAND_JOINT_SET_DEFAULT_EXT; KNUCKLE is the index finger's proximal joint."""
PINCHED, OPENED = 0.015, 0.030
"""Metres between thumb and index finger: a pinch begins below the one and ends above the other."""
SHOULDER = (0.17, -0.20, 0.05)
"""Metres from the head to the right shoulder: right, up, back."""
ORIENTED, PLACED = 1, 2


def pinches(distance: float, before: bool) -> bool:
    """Whether fingertips `distance` metres apart pinch, given whether they did."""
    return distance < (OPENED if before else PINCHED)


def pointing(head: NDArray[np.float64], knuckle: NDArray[np.float64], side: Side) -> NDArray[np.float64]:
    """(4, 4) pose that points along -Z from the knuckle (3,) away from the shoulder below the head (4, 4)."""
    right = np.array([head[0, 0], 0.0, head[2, 0]])
    length = np.linalg.norm(right)
    right = right / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
    back = np.cross(right, (0.0, 1.0, 0.0))
    sign = 1.0 if side == "right" else -1.0
    shoulder = head[:3, 3] + sign * SHOULDER[0] * right + (0.0, SHOULDER[1], 0.0) + SHOULDER[2] * back
    away = knuckle - shoulder
    pose = np.eye(4)
    pose[:3, 3] = knuckle
    if np.linalg.norm(away) > 1e-3:
        pose[:3, :3] = matrix_from_quaternion(look_rotation(away))
    return pose


class BareHands:
    """The two hand trackers, where the runtime gives them: it may list them and still refuse."""

    def __init__(self, runtime: Runtime, session: Any) -> None:
        self._xr = runtime.xr
        self._trackers: dict[Side, Any] = {}
        self._pinched: dict[Side, bool] = {"left": False, "right": False}
        if "XR_EXT_hand_tracking" in runtime.enabled:
            self._create(runtime, session)

    def _create(self, runtime: Runtime, session: Any) -> None:
        xr = self._xr
        sides: tuple[tuple[Side, Any], ...] = (("left", xr.HandEXT.LEFT), ("right", xr.HandEXT.RIGHT))
        for side, hand in sides:
            try:
                wanted = xr.HandTrackerCreateInfoEXT(hand, xr.HandJointSetEXT.DEFAULT)
                self._trackers[side] = xr.create_hand_tracker_ext(session, wanted)
            except (xr.exception.FeatureUnsupportedError, xr.exception.FunctionUnsupportedError):
                return
        self._ask = ctypes.cast(
            xr.get_instance_proc_addr(runtime.instance, "xrLocateHandJointsEXT"),
            xr.PFN_xrLocateHandJointsEXT,
        )
        # pyopenxr's own call leaves no room for the joints.
        self._joints = (xr.HandJointLocationEXT * JOINTS)()
        self._found = xr.HandJointLocationsEXT(0, JOINTS, self._joints)

    @property
    def here(self) -> bool:
        """Whether the runtime tracks bare hands."""
        return bool(self._trackers)

    def rest(self) -> None:
        """Let go of every pinch."""
        self._pinched = {"left": False, "right": False}

    def hand(self, side: Side, space: Any, time: int, head: NDArray[np.float64]) -> Hand | None:
        """The bare hand in a space at an `xr.Time`; None where it is not seen."""
        if side not in self._trackers or not self._located(side, space, time):
            self._pinched[side] = False
            return None
        joints = self._joints
        thumb, index = _place(joints[THUMB_TIP]), _place(joints[INDEX_TIP])
        self._pinched[side] = pinches(float(np.linalg.norm(thumb - index)), self._pinched[side])
        return Hand(
            aim=pointing(head, _place(joints[KNUCKLE]), side),
            grip=matrix_of(joints[PALM].pose),
            select=self._pinched[side],
            pinching=True,
        )

    def _located(self, side: Side, space: Any, time: int) -> bool:
        xr = self._xr
        where = xr.HandJointsLocateInfoEXT(space, time)
        checked = xr.check_result(xr.Result(self._ask(self._trackers[side], where, self._found)))
        if checked.is_exception():
            raise checked
        needed = (PALM, THUMB_TIP, KNUCKLE, INDEX_TIP)
        return bool(self._found.is_active) and all(
            self._joints[joint].location_flags.value & (ORIENTED | PLACED) == ORIENTED | PLACED
            for joint in needed
        )

    def destroy(self) -> None:
        """Give the trackers back."""
        for tracker in self._trackers.values():
            self._xr.destroy_hand_tracker_ext(tracker)
        self._trackers = {}


def _place(joint: Any) -> NDArray[np.float64]:
    return np.array([joint.pose.position.x, joint.pose.position.y, joint.pose.position.z])
