"""Headset: a visit with one. Session, visitor, renderer and signs meet here, once a frame."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from vrgen.core.change import SKY, Change
from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.eye import Eye, frustum
from vrgen.view.options import ViewOptions
from vrgen.view.renewal import Renewal, Renewed
from vrgen.view.reroll import Remake, Workshop, turned
from vrgen.view.sheet import card
from vrgen.view.xr.around import Kept, sky_picture, works_alone
from vrgen.view.xr.cues import Cues
from vrgen.view.xr.frame import Frame, View
from vrgen.view.xr.ground import Ground
from vrgen.view.xr.session import Session, SessionOptions, headset

if TYPE_CHECKING:
    from vrgen.view.arrival import Arrival

NOTE_SECONDS = 4.0
"""How long a sentence stays before the wearer's eyes."""
HELP = (
    ("Stick ahead", "aim, and go there when you let go"),
    ("Left, right", "turn"),
    ("A, or menu", "next work; B: the one before"),
    ("Point", "at a work, to read about it"),
    ("Hold the trigger", "on a wall, a floor or the sky, to make it anew"),
)
WELCOME_SECONDS = 9.0


class Track(Protocol):
    """What follows the head: a recording is one."""

    def add(self, frame: Frame, cues: Cues) -> None:
        """One frame, and what came of it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is left of a visit."""

    runtime: str
    """The OpenXR runtime."""
    system: str
    """The headset, as the runtime calls it."""
    eye_size: tuple[int, int]
    """Width and height of one eye in pixels."""
    frames: int
    """Pictures that were handed over."""
    late: int
    """Pictures that came too late, by the runtime's clock."""
    remade: int
    """Surfaces of the scene that were made anew."""
    scene: Scene
    """The scene with them."""


def stroll(
    scene: Scene,
    options: ViewOptions,
    *,
    remake: Remake | None = None,
    track: Track | None = None,
    keep: Callable[[Visit], None] = lambda visit: None,
    progress: Progress = SILENT,
    renewal: Renewal | None = None,
) -> Visit:
    """Show the scene in a headset until the wearer, the runtime, the window or Ctrl-C ends it.

    `remake` makes surfaces anew (without it nothing can be); `track` is told every frame; `keep` is called at
    the end, also when the headset was lost, so that nothing the wearer made is; and before `renewal`, which
    watches the scene's file, puts another scene in the place of one that the wearer has changed. Raises
    MissingPart without a runtime, a headset or OpenGL, HeadsetLost when one of them goes away, UsageProblem
    for a blend that is not offered.
    """
    wanted = SessionOptions(
        blend=options.blend,
        render_scale=options.render_scale,
        seated=options.seated,
        title=scene.name or "vrgen",
        mirror=options.mirror,
        samples=_samples(options),
    )
    workshop = Workshop(scene, remake) if remake is not None else None
    try:
        with headset(wanted, progress) as session:
            progress.note(
                f"{session.system} by {session.runtime}, {session.blend}, two eyes of "
                f"{session.eye_size[0]}x{session.eye_size[1]} pixels"
            )
            stage = Stage(scene, options, session, workshop=workshop, track=track)
            if renewal is not None:
                stage.renew_by(renewal, keep, progress)
            session.save_at_worst(lambda: keep(stage.visit()))
            try:
                with _asked_to_stop(session):
                    stage.run()
            finally:
                if renewal is not None:
                    renewal.close()
                stage.delete()
                visit = stage.visit()
                keep(visit)
    finally:
        if workshop is not None:
            workshop.close()
    return visit


def _samples(options: ViewOptions) -> int | None:
    """Samples a pixel; None leaves it to who draws."""
    if options.antialias == "auto":
        return None
    return options.msaa if options.antialias == "msaa" else 1


@contextmanager
def _asked_to_stop(session: Session) -> Iterator[None]:
    """The first Ctrl-C takes leave of the runtime, the second is meant."""

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        session.leave()

    try:
        before = signal.signal(signal.SIGINT, leave)
    except ValueError:  # not the main thread: whoever embeds us keeps their own handlers
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Stage:
    """What is drawn in a session; `delete` releases it from the card."""

    def __init__(
        self,
        scene: Scene,
        options: ViewOptions,
        session: Session,
        *,
        workshop: Workshop | None,
        track: Track | None,
    ) -> None:
        from vrgen.view.exchange import Exchange
        from vrgen.view.renderer import Renderer
        from vrgen.view.xr.mirror import Mirror
        from vrgen.view.xr.signs import Signs
        from vrgen.view.xr.visitor import Visitor

        self._scene, self._session, self._workshop, self._track = scene, session, workshop, track
        self._mixed = session.blend != "opaque"
        self._sky: Image | None = None
        self._mirror: Mirror | None = None
        around = works_alone(scene) if self._mixed else None
        self._show_sky(scene)
        self._renderer = Renderer(scene, exposure=options.exposure, kept=self._drawn(around))
        self._signs = Signs()
        if session.window is not None:
            self._mirror = Mirror(session.window, session.eye_size, sky=self._sky)
        if workshop is None:
            self._visitor = Visitor(scene, options, kept=around, may_change=lambda hit: False)
        else:
            self._visitor = Visitor(scene, options, kept=around)
        self._wish: tuple[Surface, Change] | None = None
        self._exchange: Exchange | None = None
        self._renewal: Renewal | None = None
        self._arrival: tuple[Renewed, Arrival] | None = None
        self._progress: Progress = SILENT
        self._version = 1
        self._note: tuple[Image, float] | None = None
        self._help = options.help
        self._frames = self._remade = 0

    @property
    def _own_sky(self) -> bool:
        """Whether the runtime shows the sky, and we do not."""
        return self._sky is not None

    def _show_sky(self, scene: Scene) -> None:
        """Hand the scene's sky to a runtime that shows skies, unless it has it."""
        wanted = sky_picture(scene) if not self._mixed and self._session.sky_layer else None
        if wanted is not None and wanted is not self._sky:
            self._session.set_sky(wanted)
            if self._mirror is not None:
                self._mirror.set_sky(wanted)
        self._sky = wanted

    def renew_by(self, renewal: Renewal, keep: Callable[[Visit], None], progress: Progress) -> None:
        """Show the file of the scene anew whenever it changes; `keep` is told before that of what would be
        lost, in another thread."""

        def prepare(scene: Scene) -> tuple[Kept | None, Ground]:
            if self._remade:
                keep(self.visit())
            around = works_alone(scene) if self._mixed else None
            return around, Ground.of(scene, around)

        self._renewal, self._progress = renewal, progress
        renewal.start(prepare=prepare)

    def _drawn(self, around: Kept | None) -> Kept:
        sky = self._own_sky
        return lambda node, mesh: not (sky and node.name == SKY) and (around is None or around(node, mesh))

    def run(self) -> None:
        """Every frame, until the session ends."""
        for frame in self._session:
            self._frame(frame)

    def _frame(self, frame: Frame) -> None:
        session, workshop = self._session, self._workshop
        if self._help:
            self._help = False
            welcome = card(self._scene.name or "vrgen", HELP, subtitle="how to move about", scale=1.8)
            self._note = (welcome, frame.time + WELCOME_SECONDS)
        cues = self._visitor.step(frame, busy=workshop is not None and workshop.busy)
        for side in cues.ticks:
            session.tick(side)
        self._remake(cues, frame.time)
        self._renew(frame.time)
        if frame.shown:
            self._draw(frame, cues)
            self._frames += 1
            if self._mirror is not None and not self._mirror.show(
                session.picture(), eye_of(frame.views[0], cues.rig.matrix)
            ):
                session.leave()
        if self._track is not None:
            self._track.add(frame, cues)
        turn = cues.rig.matrix if self._own_sky else None
        session.submit(frame, sky_turn=turn, transparent=self._mixed)

    def _draw(self, frame: Frame, cues: Cues) -> None:
        from vrgen.view.renderer import Output

        session = self._session
        encode = session.encoding == "srgb"
        output: Output = "srgb" if encode else "linear"
        eyes = [eye_of(view, cues.rig.matrix) for view in frame.views]
        sky = not self._mixed and not self._own_sky
        self._renderer.render(eyes, session.framebuffer, session.eye_size, output=output, sky=sky)
        aims = [h.aim for h in frame.hands.values() if h.aim is not None and not h.pinching]
        note = self._note[0] if self._note is not None and frame.time < self._note[1] else None
        self._signs.draw(
            self._renderer,
            cues,
            head=cues.rig.world(frame.head),
            aims=[cues.rig.world(aim) for aim in aims if not self._mixed],
            tangents=[tangents(view) for view in frame.views],
            size=session.eye_size,
            time=frame.time,
            encode=encode,
            note=note,
        )

    def _remake(self, cues: Cues, now: float) -> None:
        """Hand wishes to the workshop, and what it has made to the renderer, slice by slice."""
        if self._workshop is None:
            return
        if cues.reroll is not None and cues.reroll.hit.surface is not None:
            surface = cues.reroll.hit.surface
            wish = (surface, turned(surface, cues.reroll.seed_step, cues.reroll.slider))
            if wish != self._wish:  # letting go says the same once more
                self._wish = wish
                self._workshop.ask(*wish)
        if self._exchange is not None:
            if self._exchange.advance():
                self._visitor.pointing.replace(self._exchange.old, self._exchange.new)
                self._exchange = None
            return
        if self._arrival is not None:
            return
        news = self._workshop.poll()
        if isinstance(news, str):
            self._say(news, now + NOTE_SECONDS)
        elif news is not None:
            self._remade += 1
            self._take(*news)

    def _take(self, old: Surface, new: Surface) -> None:
        """Begin to show what was made; a sky that the compositor shows is handed over at once."""
        from vrgen.view.exchange import Exchange

        if not (self._own_sky and old.name == SKY):
            self._exchange = Exchange(self._renderer, old, new)
            return
        assert new.base_colour is not None
        self._sky = new.base_colour.image
        self._session.set_sky(new.base_colour.image)
        if self._mirror is not None:
            self._mirror.set_sky(new.base_colour.image)
        self._visitor.pointing.replace(old, new)

    def _renew(self, now: float) -> None:
        """A file that changed: its textures come to the card slice by slice, then all is shown at once,
        between two frames. The wearer is not moved; a broken file changes nothing but a sentence."""
        if self._arrival is None:
            news = self._renewal.poll() if self._renewal is not None else None
            if isinstance(news, str):
                self._progress.note(f"the headset keeps the last good file: {news}")
                self._say(f"The file cannot be shown; this is how it was before. {news}", now + NOTE_SECONDS)
            elif news is not None:
                self._begin(news)
        elif self._exchange is None and self._arrival[1].advance():
            self._turn_to(self._arrival[0])
            self._arrival = None

    def _begin(self, news: Renewed) -> None:
        from vrgen.view.arrival import Arrival

        around, _ = news.prepared
        self._arrival = news, Arrival(self._renderer, news.scene, kept=self._drawn(around))

    def _turn_to(self, news: Renewed) -> None:
        around, ground = news.prepared
        self._scene, self._remade, self._wish, self._note = news.scene, 0, None, None
        self._show_sky(news.scene)
        self._renderer.show(news.scene, kept=self._drawn(around))
        self._visitor.turn_to(ground)
        self._signs.forget()
        if self._workshop is not None:
            self._workshop.turn_to(news.scene)
        self._version += 1
        self._progress.note(f"the file has changed; the headset shows version {self._version}")

    def _say(self, text: str, until: float) -> None:
        from vrgen.view.xr.plaques import notice

        self._note = (notice(text), until)

    def visit(self) -> Visit:
        """What is left of it."""
        session = self._session
        scene = self._workshop.scene if self._workshop is not None else self._scene
        return Visit(
            runtime=session.runtime,
            system=session.system,
            eye_size=session.eye_size,
            frames=self._frames,
            late=session.late,
            remade=self._remade,
            scene=scene,
        )

    def delete(self) -> None:
        """Release everything on the graphics card."""
        for owner in (self._mirror, self._signs, self._renderer):
            if owner is not None:
                owner.delete()


def tangents(view: View) -> tuple[float, float, float, float]:
    """Left, right, down, up edge of a view, as tangents."""
    left, right, up, down = (float(np.tan(angle)) for angle in view.angles)
    return left, right, down, up


def eye_of(view: View, world_from_stage: NDArray[np.float64]) -> Eye:
    """The eye of a view whose session space lies in the world by a (4, 4) transform."""
    from vrgen.view.xr.layers import NEAR

    pose = world_from_stage @ view.pose
    view_from_world = np.asarray(np.linalg.inv(pose), np.float64)
    return Eye(frustum(*tangents(view), znear=NEAR, zfar=None), view_from_world)
