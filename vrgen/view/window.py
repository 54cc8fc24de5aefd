"""view: walk through a scene in a window of the desktop.

The window is glfw's: its wheels carry the library for Linux, Windows and macOS, it gives an EGL context (the
same kind that pictures without a window use), and it needs no font or X library beside it.
Tried on Linux under X11; Windows and macOS are untried.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from vrgen.core.exhibits import exhibits
from vrgen.core.image import Image
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import MissingPart
from vrgen.view.antialias import smoothing
from vrgen.view.desktop import close_window, open_window
from vrgen.view.options import ViewOptions
from vrgen.view.sheet import card
from vrgen.view.walk import GLIDE, Stance, Wish, glided, turned, walked

if TYPE_CHECKING:
    from vrgen.view.eye import Eye
    from vrgen.view.renewal import Renewal
    from vrgen.view.target import Target

HELP = (
    ("Drag", "look around"),
    ("W A S D, arrows", "walk"),
    ("Shift", "walk faster"),
    ("E or Space, Q", "up, down"),
    ("1 to 9", "go to a work"),
    ("N, P", "next, previous work"),
    ("F12", "take a picture"),
    ("H", "show or hide this help"),
    ("Esc", "leave"),
)
DEGREES_A_PIXEL = 0.18
CAPTION_SECONDS = 6.0


def view(
    scene: Scene, options: ViewOptions, *, progress: Progress = SILENT, renewal: Renewal | None = None
) -> None:
    """Open a window on the scene and return when it is closed. Raises MissingPart without a display.

    `renewal` watches the scene's file, if it is to be shown anew whenever that changes.
    """
    with _window(options, scene.name) as (glfw, window):
        visit = Visit(scene, options, glfw, window, progress, renewal)
        try:
            visit.run()
        finally:
            visit.delete()


@contextmanager
def _window(options: ViewOptions, title: str) -> Iterator[tuple[Any, Any]]:
    """A glfw window with a current OpenGL 3.3 core context; closed at the end."""
    from vrgen.view.gl import PLATFORM

    if PLATFORM == "osmesa":
        raise MissingPart("a window needs EGL, got OSMesa alone; apt install libegl1 libgl1-mesa-dri")
    # Where PyOpenGL speaks EGL in this process, the window must too.
    window = open_window(f"{title} - vrgen", egl=PLATFORM == "egl", size=options.size)
    import glfw

    try:
        yield glfw, window
    finally:
        close_window(window)


class Visit:
    """One open window: input, movement, drawing."""

    def __init__(
        self,
        scene: Scene,
        options: ViewOptions,
        glfw: Any,
        window: Any,
        progress: Progress,
        renewal: Renewal | None = None,
    ) -> None:
        from vrgen.view.gl import GL, is_software
        from vrgen.view.overlay import Overlay
        from vrgen.view.renderer import Renderer
        from vrgen.view.viewpoint import first_eye

        self._options, self._glfw, self._window = options, glfw, window
        self._progress, self._renewal, self._version = progress, renewal, 1
        slow = is_software(GL.glGetString(GL.GL_RENDERER).decode())
        self._smoothing = smoothing(options.antialias, options.msaa, software=slow)
        self._renderer = Renderer(scene, exposure=options.exposure)
        self._overlay = Overlay()
        self._target: Target | None = None
        self._settle(scene)
        start = first_eye(scene, aspect=options.size[0] / options.size[1])
        self._stance = Stance.of(np.asarray(np.linalg.inv(start.view), np.float64))
        self._yfov = 2 * float(np.arctan(1 / start.projection[1, 1]))
        self._glide: tuple[Stance, Stance, float] | None = None
        self._stop = -1
        self._help = (
            card(scene.name or "vrgen", HELP, subtitle="how to look around") if options.help else None
        )
        self._caption: tuple[Image, float] | None = None
        self._pointer: tuple[float, float] | None = None
        self._snap = False
        self._dirty = True
        glfw.set_key_callback(window, self._on_key)
        glfw.set_cursor_pos_callback(window, self._on_pointer)
        glfw.set_framebuffer_size_callback(window, self._on_change)
        glfw.set_window_refresh_callback(window, self._on_change)

    def _settle(self, scene: Scene) -> None:
        """Learn where one may walk, stop and read; the stance is the visitor's own."""
        from vrgen.view.viewpoint import cameras, tour

        self._scene = scene
        ours = scene.extras.get("vrgen", {})
        self._polygons = [polygon for polygon in ours.get("walkable", ()) if len(polygon) >= 3]
        found = cameras(scene)
        self._works = {work.camera: (work.title, work.who) for work in exhibits(scene) if work.camera}
        self._stops = [name for name in tour(scene) if name != "camera_overview"] or list(found)
        self._places = {name: Stance.of(world) for name, (_, world) in found.items()}

    def run(self) -> None:
        """Until the window is closed: move, draw when something changed, else wait."""
        glfw = self._glfw
        if self._renewal is not None:
            self._renewal.start(wake=glfw.post_empty_event)
        before = time.monotonic()
        while not glfw.window_should_close(self._window):
            self._renew()
            now = time.monotonic()
            self._move(min(now - before, 0.1), now)
            before = now
            if self._dirty:
                self._dirty = False
                self._draw(now)
            moving = self._glide or self._caption or self._wish() != Wish()
            if moving:
                self._dirty = True
                glfw.poll_events()
            else:
                glfw.wait_events_timeout(0.25)
                before = time.monotonic()

    def _renew(self) -> None:
        """Show the file anew if it has changed. The visitor stays where they stand and looks where they did;
        a broken file changes nothing but a caption."""
        news = self._renewal.poll() if self._renewal is not None else None
        if self._renewal is None or news is None:
            return
        name, self._dirty = self._renewal.path.name, True
        if isinstance(news, str):
            self._progress.note(f"the window keeps the last good file: {news}")
            said = card(f"{name} cannot be shown", subtitle="this is how it was before")
            self._caption = (said, time.monotonic() + CAPTION_SECONDS)
            return
        name_of_stop = self._stops[self._stop] if self._stop >= 0 else ""
        self._settle(news.scene)
        self._caption = None
        self._stop = self._stops.index(name_of_stop) if name_of_stop in self._stops else -1
        self._renderer.show(news.scene)
        self._version += 1
        self._progress.note(f"{name} has changed; the window shows version {self._version}")

    def _wish(self) -> Wish:
        down = self._pressed
        k = self._glfw
        return Wish(
            right=float(down(k.KEY_D, k.KEY_RIGHT)) - float(down(k.KEY_A, k.KEY_LEFT)),
            ahead=float(down(k.KEY_W, k.KEY_UP)) - float(down(k.KEY_S, k.KEY_DOWN)),
            rise=float(down(k.KEY_E, k.KEY_SPACE)) - float(down(k.KEY_Q)),
            run=down(k.KEY_LEFT_SHIFT, k.KEY_RIGHT_SHIFT),
        )

    def _pressed(self, *keys: int) -> bool:
        return any(self._glfw.get_key(self._window, key) == self._glfw.PRESS for key in keys)

    def _move(self, seconds: float, now: float) -> None:
        wish = self._wish()
        if wish.right or wish.ahead or wish.rise:
            self._glide = None
            self._stance = walked(self._stance, wish, seconds, self._polygons)
            self._dirty = True
        elif self._glide is not None:
            start, end, began = self._glide
            share = (now - began) / GLIDE
            self._stance = glided(start, end, share)
            self._glide = None if share >= 1 else self._glide
            self._dirty = True
        if self._caption is not None and now > self._caption[1]:
            self._caption = None
            self._dirty = True

    def _on_key(self, window: Any, key: int, scancode: int, action: int, mods: int) -> None:
        k = self._glfw
        if action != k.PRESS:
            return
        self._dirty = True
        if key == k.KEY_ESCAPE:
            k.set_window_should_close(window, True)
        elif key == k.KEY_H:
            shown = card(self._scene.name or "vrgen", HELP, subtitle="how to look around")
            self._help = shown if self._help is None else None
        elif key == k.KEY_F12:
            self._snap = True
        elif self._stops and key in (k.KEY_N, k.KEY_P):
            step = 1 if key == k.KEY_N else -1
            self._go((self._stop + step) % len(self._stops) if self._stop >= 0 or step > 0 else -1)
        elif k.KEY_1 <= key <= k.KEY_9 and key - k.KEY_1 < len(self._stops):
            self._go(key - k.KEY_1)

    def _go(self, stop: int) -> None:
        """Glide to a camera stop and say what hangs there."""
        self._stop = stop % len(self._stops)
        name = self._stops[self._stop]
        now = time.monotonic()
        self._glide = (self._stance, self._places[name], now)
        title, who = self._works.get(name, (name.removeprefix("camera_"), ""))
        place = f"{self._stop + 1} of {len(self._stops)}"
        subtitle = f"{place}   {who}".rstrip()
        self._caption = (card(title, subtitle=subtitle), now + CAPTION_SECONDS)

    def _on_pointer(self, window: Any, x: float, y: float) -> None:
        k = self._glfw
        buttons = (k.MOUSE_BUTTON_LEFT, k.MOUSE_BUTTON_RIGHT)
        held = any(k.get_mouse_button(window, button) == k.PRESS for button in buttons)
        if held and self._pointer is not None:
            right, down = x - self._pointer[0], y - self._pointer[1]
            self._glide = None
            # The picture is dragged, as in a panorama: the gaze turns against the pointer.
            self._stance = turned(self._stance, -right * DEGREES_A_PIXEL, down * DEGREES_A_PIXEL)
            self._dirty = True
        self._pointer = (x, y) if held else None

    def _on_change(self, *_: Any) -> None:
        self._dirty = True

    def _eye(self, aspect: float) -> Eye:
        from vrgen.view.eye import Eye

        return Eye.looking(self._stance.position, self._stance.direction, yfov=self._yfov, aspect=aspect)

    def _draw(self, now: float) -> None:
        from vrgen.view.gl import GL
        from vrgen.view.target import Target

        size = self._glfw.get_framebuffer_size(self._window)
        if not all(size):
            return  # minimised
        if self._target is None or (self._target.width, self._target.height) != size:
            if self._target is not None:
                self._target.delete()
            self._target = Target(*size, smoothing=self._smoothing)
        self._renderer.render(self._eye(size[0] / size[1]), self._target.framebuffer, size)
        self._target.finish()
        if self._snap:
            self._snap = False
            self._take_picture(self._target.image())
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._target.framebuffer)
        if self._help is not None:
            self._overlay.draw(self._help, size, left=28, top=28)
        if self._caption is not None:
            picture, until = self._caption
            strength = float(np.clip((until - now) / 0.6, 0, 1))
            self._overlay.draw(picture, size, left=28, top=size[1] - picture.height - 28, strength=strength)
        self._target.show(size)
        self._glfw.swap_buffers(self._window)

    def _take_picture(self, image: Image) -> None:
        from vrgen.view.shot import write_picture

        number = 1
        while (path := self._options.pictures / f"vrgen-{number:03d}.png").exists():
            number += 1
        write_picture(image, path)
        self._progress.note(f"picture {path}")

    def delete(self) -> None:
        """Release everything on the graphics card."""
        if self._renewal is not None:
            self._renewal.close()
        for owner in (self._renderer, self._overlay, self._target):
            if owner is not None:
                owner.delete()
