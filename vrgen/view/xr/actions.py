"""actions: what the hands do, read once a frame from whatever controllers the runtime knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.view.xr.controllers import BARE_HAND, CONTROLLERS
from vrgen.view.xr.frame import Hand, Side
from vrgen.view.xr.hands import BareHands
from vrgen.view.xr.runtime import Runtime
from vrgen.view.xr.spaces import Ground

SIDES: tuple[Side, Side] = ("left", "right")
PRESSED, RELEASED = 0.7, 0.4
"""How far a trigger goes before it counts, and how far back before it no longer does."""
KINDS = {
    "aim": "POSE_INPUT",
    "grip": "POSE_INPUT",
    "stick": "VECTOR2F_INPUT",
    "pad": "VECTOR2F_INPUT",
    "pad_pressed": "BOOLEAN_INPUT",
    "select": "FLOAT_INPUT",
    "next": "BOOLEAN_INPUT",
    "previous": "BOOLEAN_INPUT",
    "haptic": "VIBRATION_OUTPUT",
}
"""Every action, by the kind of its value."""


class Actions:
    """All actions of the visit, bound for every controller of `controllers`."""

    def __init__(self, runtime: Runtime, session: Any) -> None:
        xr = runtime.xr
        self._xr, self._runtime, self._session = xr, runtime, session
        self._paths = {side: xr.string_to_path(runtime.instance, f"/user/hand/{side}") for side in SIDES}
        self._set = xr.create_action_set(
            runtime.instance, xr.ActionSetCreateInfo("visit", "Visit a gallery", 0)
        )
        self._actions = {
            name: self._create(name, getattr(xr.ActionType, kind)) for name, kind in KINDS.items()
        }
        self.suggested = tuple(
            controller.profile
            for controller in CONTROLLERS
            if (not controller.needs or controller.needs in runtime.enabled)
            and self._suggest(controller.profile, tuple(controller.bindings()))
        )
        """Profiles that the runtime took bindings for."""
        xr.attach_session_action_sets(session, xr.SessionActionSetsAttachInfo(action_sets=[self._set]))
        self._spaces = {
            (name, side): xr.create_action_space(
                session, xr.ActionSpaceCreateInfo(self._actions[name], self._paths[side])
            )
            for name in ("aim", "grip")
            for side in SIDES
        }
        self._asks = {
            (name, side): xr.ActionStateGetInfo(self._actions[name], self._paths[side])
            for name in KINDS
            for side in SIDES
        }
        self._sync = xr.ActionsSyncInfo(active_action_sets=[xr.ActiveActionSet(self._set, 0)])
        self._bare = BareHands(runtime, session)
        self._profiles: dict[Side, str] | None = None
        self._held = dict.fromkeys(SIDES, False)

    def _create(self, name: str, kind: Any) -> Any:
        paths = list(self._paths.values())
        shown = name.replace("_", " ").capitalize()
        return self._xr.create_action(self._set, self._xr.ActionCreateInfo(name, kind, None, paths, shown))

    def _suggest(self, profile: str, bindings: tuple[tuple[str, str], ...]) -> bool:
        """Whether the runtime takes these bindings; one that does not know the controller may refuse."""
        xr, instance = self._xr, self._runtime.instance
        pairs = [
            xr.ActionSuggestedBinding(self._actions[action], xr.string_to_path(instance, path))
            for action, path in bindings
        ]
        wanted = xr.InteractionProfileSuggestedBinding(xr.string_to_path(instance, profile), None, pairs)
        try:
            xr.suggest_interaction_profile_bindings(instance, wanted)
        except xr.exception.PathUnsupportedError:
            return False
        return True

    def profiles_changed(self) -> None:
        """The wearer took up, or laid down, a controller: asked anew at the next frame."""
        self._profiles = None

    def read(
        self, ground: Ground, time: int, head: NDArray[np.float64], *, focused: bool
    ) -> dict[Side, Hand]:
        """Both hands at an `xr.Time`; nothing is read where the session has not the wearer's attention."""
        if not focused or not self._synced():
            self._held = dict.fromkeys(SIDES, False)
            self._bare.rest()
            return {side: Hand() for side in SIDES}
        if self._profiles is None:
            self._profiles = {side: self._profile(side) for side in SIDES}
        return {side: self._hand(side, ground, time, head) for side in SIDES}

    def _synced(self) -> bool:
        try:
            self._xr.sync_actions(self._session, self._sync)
        except self._xr.exception.SessionNotFocused:
            return False
        return True

    def _profile(self, side: Side) -> str:
        state = self._xr.get_current_interaction_profile(self._session, self._paths[side])
        path = state.interaction_profile
        return self._xr.path_to_string(self._runtime.instance, path) if path else ""

    def _hand(self, side: Side, ground: Ground, time: int, head: NDArray[np.float64]) -> Hand:
        aim = ground.locate(self._spaces["aim", side], time)
        profile = (self._profiles or {}).get(side, "")
        if aim is None and profile in ("", BARE_HAND):
            bare = self._bare.hand(side, ground.handle, time, head)
            if bare is not None:
                return bare
        return Hand(
            aim=aim,
            grip=ground.locate(self._spaces["grip", side], time),
            stick=self._stick(side),
            select=self._select(side),
            next=self._button("next", side),
            previous=self._button("previous", side),
            pinching=profile == BARE_HAND,
        )

    def _stick(self, side: Side) -> tuple[float, float]:
        """The thumbstick; a trackpad counts while it is pressed, for a thumb rests on it."""
        name = "pad" if self._button("pad_pressed", side) else "stick"
        state = self._xr.get_action_state_vector2f(self._session, self._asks[name, side])
        if not state.is_active:
            return 0.0, 0.0
        x, y = float(state.current_state.x), float(state.current_state.y)
        return min(max(x, -1.0), 1.0), min(max(y, -1.0), 1.0)

    def _select(self, side: Side) -> bool:
        state = self._xr.get_action_state_float(self._session, self._asks["select", side])
        least = RELEASED if self._held[side] else PRESSED
        self._held[side] = bool(state.is_active) and state.current_state >= least
        return self._held[side]

    def _button(self, name: str, side: Side) -> bool:
        state = self._xr.get_action_state_boolean(self._session, self._asks[name, side])
        return bool(state.is_active and state.current_state)

    def tick(self, side: Side, seconds: float, amplitude: float) -> None:
        """A short shake of one controller; nothing where it cannot."""
        xr = self._xr
        where = xr.HapticActionInfo(self._actions["haptic"], self._paths[side])
        shake = xr.HapticVibration(int(seconds * 1e9), xr.FREQUENCY_UNSPECIFIED, amplitude)
        xr.apply_haptic_feedback(self._session, where, shake)

    def destroy(self) -> None:
        """Give everything back."""
        self._bare.destroy()
        for space in self._spaces.values():
            self._xr.destroy_space(space)
        for action in self._actions.values():
            self._xr.destroy_action(action)
        self._xr.destroy_action_set(self._set)
