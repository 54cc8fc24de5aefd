"""life: the states of a session, as the runtime tells them, and what each of them asks for."""

from __future__ import annotations

import ctypes
from typing import Any

from vrgen.view.xr.runtime import Runtime, lost


class Life:
    """Follows one session: begins it when it is ready, ends it when it shall stop. Never waits for focus."""

    def __init__(self, runtime: Runtime, session: Any) -> None:
        xr = runtime.xr
        self._xr, self._runtime, self._session = xr, runtime, session
        self._handle = ctypes.cast(session, ctypes.c_void_p).value
        self._state = xr.SessionState.UNKNOWN
        self.running = False
        """Between begin and end: frames are waited for, and handed in."""
        self.over = False
        """The session wants no more; nothing is left but to give it back."""
        self._leaving = False
        self.profiles_changed = False
        """Controllers were taken up or laid down. Whoever heeds it sets it back."""
        self._recentrings: list[tuple[int, int]] = []  # kind of space, `xr.Time` from which it starts anew

    @property
    def focused(self) -> bool:
        """Whether the session has the wearer's attention, and so her input."""
        return bool(self._state == self._xr.SessionState.FOCUSED)

    @property
    def name(self) -> str:
        """The state, as a word."""
        return str(self._state.name).lower()

    def listen(self) -> None:
        """Heed everything that happened since the last call. Raises HeadsetLost when a loss is announced."""
        while (event := self._next()) is not None:
            self._heed(event)

    def _next(self) -> Any | None:
        try:
            return self._xr.poll_event(self._runtime.instance)
        except self._xr.exception.EventUnavailable:
            return None

    def _heed(self, event: Any) -> None:
        kinds, kind = self._xr.StructureType, event.type
        if kind == kinds.EVENT_DATA_SESSION_STATE_CHANGED:
            told = self._as(event, self._xr.EventDataSessionStateChanged)
            if ctypes.cast(told.session, ctypes.c_void_p).value == self._handle:
                self._become(told.state)
        elif kind == kinds.EVENT_DATA_REFERENCE_SPACE_CHANGE_PENDING:
            told = self._as(event, self._xr.EventDataReferenceSpaceChangePending)
            self._recentrings.append((int(told.reference_space_type), int(told.change_time)))
        elif kind == kinds.EVENT_DATA_INTERACTION_PROFILE_CHANGED:
            self.profiles_changed = True
        elif kind == kinds.EVENT_DATA_INSTANCE_LOSS_PENDING:
            raise lost(self._runtime.name, "it is about to end")

    def _as(self, event: Any, kind: Any) -> Any:
        return ctypes.cast(ctypes.byref(event), ctypes.POINTER(kind)).contents

    def _become(self, state: Any) -> None:
        states = self._xr.SessionState
        self._state = state
        if state == states.READY:
            self._xr.begin_session(self._session, self._xr.SessionBeginInfo())
            self.running = True
        elif state == states.STOPPING:
            self.running = False
            self._xr.end_session(self._session)
        elif state == states.EXITING:
            self.running, self.over = False, True
        elif state == states.LOSS_PENDING:
            raise lost(self._runtime.name, "it takes the session away")

    def recentred(self, kinds: frozenset[int], at: int) -> bool:
        """Whether a space of these kinds starts anew by this `xr.Time`; said once."""
        due = [entry for entry in self._recentrings if entry[1] <= at]
        self._recentrings = [entry for entry in self._recentrings if entry[1] > at]
        return any(kind in kinds for kind, _ in due)

    def leave(self) -> None:
        """Ask to end, once; the runtime leads through the states that remain. One that rests is over."""
        if not self.running:
            self.over = True
        elif not self._leaving:
            self._leaving = True
            self._xr.request_exit_session(self._session)
