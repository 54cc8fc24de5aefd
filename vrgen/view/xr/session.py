"""session: one visit by headset, from finding the runtime to giving everything back.

with headset(SessionOptions(title="show")) as session:
    for frame in session:
        if frame.shown:
            draw(frame.views, session.framebuffer, session.eye_size)
        session.submit(frame)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.errors import HeadsetLost, ValueProblem, VrgenError
from vrgen.view.options import Blend
from vrgen.view.xr.binding import Binding, choose, extensions, open_binding
from vrgen.view.xr.frame import Frame, Side
from vrgen.view.xr.loader import offered
from vrgen.view.xr.pace import Pace
from vrgen.view.xr.patience import Patience
from vrgen.view.xr.watch import Watch
from vrgen.view.xr.wishes import BLENDS, SessionOptions, choose_blend, samples_of

if TYPE_CHECKING:
    from vrgen.view.xr.runtime import Runtime
    from vrgen.view.xr.swapchains import Encoding

__all__ = ["Session", "SessionOptions", "headset"]

FRAME_SECONDS = 20.0
"""How long the runtime may keep us waiting for a frame before it counts as gone."""
CALL_SECONDS = 30.0
"""How long its other calls may take before the process is ended: they cannot be given up."""
LEAVE_SECONDS = 10.0
"""How long the runtime may take to end the session that we asked it to end."""
SWITCH_SECONDS = 0.0005
"""How long another thread (one that makes a material) may keep the interpreter from the next frame."""
PAUSE_SECONDS = 0.01
"""Between two looks for news while the session does not run (the headset lies on the table)."""
HINT_PAUSES = 300
"""After how many of them the user is told to put the headset on."""


class Session:
    """A session; iterate for its frames. Made by `headset`, which also gives it back."""

    def __init__(self, runtime: Runtime, options: SessionOptions, progress: Progress) -> None:
        """Raises UsageProblem for a blend that is not offered, MissingPart for formats that are not drawn."""
        from vrgen.view.xr.actions import Actions
        from vrgen.view.xr.eyes import Eyes
        from vrgen.view.xr.life import Life
        from vrgen.view.xr.pictures import Pictures
        from vrgen.view.xr.runtime import asking, lost
        from vrgen.view.xr.spaces import Ground

        self._runtime, self._progress = runtime, progress
        self.lost = False
        """The headset or its runtime is gone; neither is asked for anything any more."""
        self._open: Frame | None = None
        self._framebuffer = 0
        self._leave_by = 0.0
        self._pace = Pace()
        xr = runtime.xr
        with asking(runtime.name):
            self._blend_mode = choose_blend(runtime, options.blend)
            wanted = xr.SessionCreateInfo(system_id=runtime.system_id, next=runtime.binding.structure(xr))
            self._handle = xr.create_session(runtime.instance, wanted)
            self._life = Life(runtime, self._handle)
            self._ground = Ground(runtime, self._handle, seated=options.seated)
            self._eyes = Eyes(runtime, self._handle)
            self._pictures = Pictures(
                runtime, self._handle, scale=options.render_scale, samples=samples_of(options)
            )
            self._actions = Actions(runtime, self._handle)
        self._head = self._eyes.nobody()[0].pose
        self._patience = Patience(FRAME_SECONDS)
        self._watch = Watch(CALL_SECONDS, str(lost(runtime.name, "a call does not come back")))

    @property
    def runtime(self) -> str:
        """Name of the runtime."""
        return self._runtime.name

    @property
    def system(self) -> str:
        """Name of the headset."""
        return self._runtime.system

    @property
    def blend(self) -> Blend:
        """How the pictures are laid over the real room: opaque, alpha or additive."""
        return BLENDS[self._blend_mode]

    @property
    def eye_size(self) -> tuple[int, int]:
        """Width and height of one eye; both lie side by side in one framebuffer, the left one at the left."""
        return self._pictures.eye_size

    @property
    def encoding(self) -> Encoding:
        """srgb: the framebuffer encodes (with GL_FRAMEBUFFER_SRGB on); linear: it takes values as is."""
        return self._pictures.encoding

    @property
    def samples(self) -> int:
        """Samples a pixel that the framebuffer has; 1 without."""
        return self._pictures.samples

    @property
    def depth(self) -> bool:
        """Whether the depth that is drawn is handed over (near plane `layers.NEAR`, far plane infinite)."""
        return self._pictures.depth

    @property
    def sky_layer(self) -> bool:
        """Whether the runtime shows a sky by itself; see `set_sky`."""
        return self._pictures.takes_sky

    @property
    def window(self) -> Any | None:
        """The glfw window for a mirror, its context current; None where there is none."""
        return self._runtime.binding.window

    @property
    def late(self) -> int:
        """Pictures so far that were shown again, because the next frame came too late."""
        return self._pace.late

    @property
    def framebuffer(self) -> int:
        """What to draw this frame into, both eyes side by side; only in a frame that is shown."""
        if self._open is None or not self._open.shown:
            raise ValueProblem(
                "framebuffer: this frame is not shown, expected one with `shown`; skip drawing"
            )
        return self._framebuffer

    def set_sky(self, image: Image) -> None:
        """The sky that the runtime shows: an equirect picture, 2:1, in the convention of core.frames.

        Seen where a frame is handed in with `sky_turn`. Raises ValueProblem, HeadsetLost.
        """
        with self._asked():
            self._pictures.set_sky(image)

    def __iter__(self) -> Iterator[Frame]:
        """Every frame until the session ends. Raises HeadsetLost."""
        pauses = 0
        while not self._life.over:
            frame = None
            with self._asked():
                self._life.listen()
                if self._leave_by:
                    self._life.leave()
                if self._life.running:
                    frame = self._begin()
            if frame is not None:
                yield frame
                if self._open is frame:
                    self.submit(frame)
                pauses = 0
            elif not self._life.over:
                pauses += 1
                self._rest(pauses)
            if self._leave_by and time.monotonic() > self._leave_by:
                return

    def _rest(self, pauses: int) -> None:
        """The session does not run: look after the window, and tell why nothing happens, once."""
        time.sleep(PAUSE_SECONDS)
        if self.window is not None:
            import glfw

            glfw.poll_events()
            if glfw.window_should_close(self.window):
                self.leave()
        if pauses == HINT_PAUSES:
            self._progress.note(
                f"{self.runtime} does not show pictures yet ({self._life.name}): put {self.system} on"
            )

    def _begin(self) -> Frame:
        xr, life = self._runtime.xr, self._life
        state = self._wait()
        with suppress(xr.exception.FrameDiscarded):
            xr.begin_frame(self._handle)
        self._runtime.make_current()
        at = int(state.predicted_display_time)
        self._pace.next(at, int(state.predicted_display_period))
        recentred = life.recentred(self._ground.kinds, at)
        if recentred:
            self._ground.recentred()
        head = self._ground.head(at)
        self._head = head if head is not None else self._head
        if life.profiles_changed:
            life.profiles_changed = False
            self._actions.profiles_changed()
        views = self._eyes.locate(self._ground.handle, at)
        hands = self._actions.read(self._ground, at, self._head, focused=life.focused)
        shown = bool(state.should_render) and self._eyes.known
        if shown:
            self._framebuffer = self._pictures.begin()
        self._open = Frame(
            number=self._pace.number,
            time=self._pace.seconds,
            period=self._pace.period,
            shown=shown,
            head=self._head,
            views=views,
            hands=hands,
            recentred=recentred,
        )
        return self._open

    def _wait(self) -> Any:
        xr = self._runtime.xr
        try:
            return self._patience.call(lambda: xr.wait_frame(self._handle))
        except TimeoutError as problem:
            from vrgen.view.xr.runtime import lost

            raise lost(self.runtime, str(problem)) from problem

    def picture(self) -> int:
        """The framebuffer that holds this frame's finished picture, to copy from before `submit`."""
        return self._pictures.finish()

    def submit(
        self, frame: Frame, sky_turn: NDArray[np.float64] | None = None, *, transparent: bool = False
    ) -> None:
        """Hand a frame in; each one must be, shown or not. Raises HeadsetLost.

        `sky_turn`: the (4, 4) transform from the session's space to the world, for the sky of `set_sky`; None
        leaves the sky out. `transparent`: the picture's alpha (premultiplied) lets what lies behind through;
        with a sky it does so anyway.
        """
        if frame is not self._open:
            raise ValueProblem(f"submit: frame {frame.number} is not the one at work; hand each in once")
        xr = self._runtime.xr
        self._open = None
        with self._asked():
            layers = []
            if frame.shown:
                self._pictures.finish()
                self._pictures.give_back()
                layers = self._pictures.layers(
                    self._eyes.located, self._ground.handle, sky_turn=sky_turn, transparent=transparent
                )
            mode = xr.EnvironmentBlendMode(self._blend_mode)
            xr.end_frame(self._handle, xr.FrameEndInfo(self._pace.shown_at, mode, layers=layers))
            self._runtime.make_current()

    def tick(self, side: Side, *, seconds: float = 0.02, amplitude: float = 0.4) -> None:
        """Let one controller shake; nothing where it cannot, or the wearer's attention is elsewhere."""
        if self._life.focused:
            with self._asked(), suppress(self._runtime.xr.exception.SessionNotFocused):
                self._actions.tick(side, seconds, amplitude)

    def leave(self) -> None:
        """Ask to end. Frames go on until the runtime has ended the session, a few seconds at most.

        Nothing of the runtime is called here, so the handler of a signal may do it.
        """
        if not self._leave_by:
            self._leave_by = time.monotonic() + LEAVE_SECONDS

    def save_at_worst(self, save: Callable[[], None]) -> None:
        """`save` is called, in another thread, where a call hangs for ever and ends the process."""
        self._watch.last = save

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Translate what the runtime raises, and remember a loss."""
        from vrgen.view.xr.runtime import asking

        try:
            with asking(self._runtime.name), self._watch.guarding():
                yield
        except HeadsetLost:
            self.lost = True
            raise

    def close(self) -> None:
        """Give everything back, in this order. After a loss the runtime is not called: it may hang."""
        self._patience.end()
        self._runtime.make_current()
        self._pictures.delete()
        if not self.lost:
            with suppress(VrgenError), self._asked():
                self._pictures.destroy()
                self._actions.destroy()
                self._ground.destroy()
                self._runtime.xr.destroy_session(self._handle)
        self._watch.stop()


@contextmanager
def headset(options: SessionOptions, progress: Progress = SILENT) -> Iterator[Session]:
    """A session with the headset of the active OpenXR runtime; everything is given back at the end.

    Raises MissingPart: no runtime, no OpenGL, no headset; UsageProblem for a blend that is not offered.
    """
    found = offered()
    kind = choose(found)
    from vrgen.view.xr.runtime import Runtime

    runtime = Runtime(found, extensions(kind))
    binding: Binding | None = None
    session: Session | None = None
    lost, patience = False, sys.getswitchinterval()
    try:
        binding = open_binding(
            kind, title=f"{options.title} - vrgen", mirror=options.mirror, progress=progress
        )
        runtime.share(binding)
        session = Session(runtime, options, progress)
        sys.setswitchinterval(SWITCH_SECONDS)
        yield session
    except HeadsetLost:
        lost = True
        raise
    finally:
        sys.setswitchinterval(patience)
        if session is not None:
            session.close()
            lost = lost or session.lost
        if not lost:
            with suppress(VrgenError):
                runtime.close()
        if binding is not None:
            binding.close()
