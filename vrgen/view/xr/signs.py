"""Signs: what a visit shows besides the scene: pointers, rays, the throw, its ring, cards, and darkness."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vrgen.core.exhibits import Exhibit
from vrgen.core.image import Image
from vrgen.view.gl import GL
from vrgen.view.program import Programs
from vrgen.view.renderer import Renderer
from vrgen.view.textures import layout_of, upload
from vrgen.view.xr.cues import Cues, Ray, RayState
from vrgen.view.xr.plaques import DEGREES_A_PIXEL, plaque
from vrgen.view.xr.shapes import (
    CARD,
    DIAL,
    DISC,
    RING,
    WIDTH,
    Colour,
    Triangles,
    facing,
    flat,
    lying,
    pointer,
    ribbon,
)

COLOURS: dict[RayState, Colour] = {
    "idle": (0.85, 0.84, 0.80, 0.30),
    "work": (1.0, 0.66, 0.24, 0.85),
    "floor": (0.90, 0.92, 0.95, 0.85),
    "holding": (0.35, 0.66, 1.0, 0.9),
}
"""Of a ray, by what it meets."""
THROW: Colour = (0.10, 0.42, 1.0, 0.85)
NOWHERE: Colour = (0.9, 0.16, 0.1, 0.6)
RAY_WIDTH, ARC_WIDTH, RING_SIDE, DIAL_SIDE = 0.005, 0.018, 0.62, 0.11
"""Metres."""
DOT = 0.012
"""Side of the dot at a ray's end, as a share of the distance from the eye."""
SPIN = 0.9
"""Turns a second of the dial while a material is being made."""


class Signs:
    """Draws the cues of a frame over the picture of a Renderer. `delete` releases everything."""

    def __init__(self) -> None:
        self._programs = Programs()
        self._sign = self._programs.get("sign.vert", "sign.frag")
        self._dark = self._programs.get("screen.vert", "vignette.frag")
        self._tangents = self._dark.location("tangents")
        self._darkness = self._dark.location("darkness")
        self._screen, self._array = (int(name) for name in GL.glGenVertexArrays(2))
        self._buffer = int(GL.glGenBuffers(1))
        GL.glBindVertexArray(self._array)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffer)
        for location, (width, start) in enumerate(((3, 0), (4, 12), (4, 28))):
            at = ctypes.c_void_p(start)
            GL.glVertexAttribPointer(location, width, GL.GL_FLOAT, GL.GL_FALSE, 4 * WIDTH, at)
            GL.glEnableVertexAttribArray(location)
        GL.glBindVertexArray(0)
        self._cards = Cards()

    def forget(self) -> None:
        """Release the cards of a scene that is gone."""
        self._cards.forget()

    def draw(
        self,
        renderer: Renderer,
        cues: Cues,
        *,
        head: NDArray[np.float64],
        aims: Sequence[NDArray[np.float64]],
        tangents: Sequence[tuple[float, float, float, float]],
        size: tuple[int, int],
        time: float,
        encode: bool,
        note: Image | None = None,
    ) -> None:
        """Over the framebuffer that `renderer` has just drawn into, for each eye that it drew.

        `head` and `aims`: (4, 4) poses in the world, the latter of hands that hold something. `tangents`:
        left, right, down, up of each eye. `size` of one eye, pixels. `time` in seconds. `encode`: the target
        is of an sRGB format. `note`: a card to hold before the wearer's eyes.
        """
        eye = head[:3, 3]
        solid = [pointer(aim) for aim in aims]
        clear = [*self._on_the_floor(cues, eye), *(part for ray in cues.rays for part in _ray(ray, eye))]
        clear += _dials(cues, eye, time)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_FALSE)
        (GL.glEnable if encode else GL.glDisable)(GL.GL_FRAMEBUFFER_SRGB)
        GL.glEnable(GL.GL_BLEND)
        GL.glBlendFuncSeparate(
            GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA
        )
        eyes = len(tangents)
        self._draw(renderer, solid, eyes, size, culled=True)
        self._draw(renderer, clear, eyes, size)
        self._draw_cards(renderer, cues, note, head, eyes, size)
        self._darken(cues, tangents, size)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_BLEND)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)

    def _on_the_floor(self, cues: Cues, eye: NDArray[np.float64]) -> list[Triangles]:
        parts = []
        allowed = cues.ring is not None and cues.ring.valid
        colour = THROW if allowed else NOWHERE
        if cues.ring is not None:
            parts.append(flat(lying(cues.ring.centre), (RING_SIDE, RING_SIDE), colour, kind=RING))
        if cues.arc is not None and len(cues.arc) > 1:
            faint = (*colour[:3], 0.15)
            parts.append(ribbon(cues.arc, eye, width=ARC_WIDTH, colours=(faint, colour)))
        return parts

    def _draw(
        self,
        renderer: Renderer,
        parts: Sequence[Triangles],
        eyes: int,
        size: tuple[int, int],
        *,
        culled: bool = False,
    ) -> None:
        if not parts:
            return
        rows = np.ascontiguousarray(np.concatenate(parts))
        self._sign.use()
        (GL.glEnable if culled else GL.glDisable)(GL.GL_CULL_FACE)
        GL.glFrontFace(GL.GL_CCW)
        GL.glBindVertexArray(self._array)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffer)
        GL.glBufferData(GL.GL_ARRAY_BUFFER, rows.nbytes, rows, GL.GL_STREAM_DRAW)
        for number in range(eyes):
            renderer.turn_to(number, eyes, size)
            GL.glDrawArrays(GL.GL_TRIANGLES, 0, len(rows))

    def _draw_cards(
        self,
        renderer: Renderer,
        cues: Cues,
        note: Image | None,
        head: NDArray[np.float64],
        eyes: int,
        size: tuple[int, int],
    ) -> None:
        """The plaque, and the note before the eyes, over everything: words are to be read."""
        shown = []
        if cues.plaque is not None:
            name = self._cards.of(cues.plaque.exhibit)
            if name is not None:
                shown.append((name, cues.plaque.pose, cues.plaque.distance))
        if note is not None:
            ahead = head[:3, 3] - 1.2 * head[:3, 2] - np.array((0.0, 0.35, 0.0))
            shown.append((self._cards.picture(note), facing(ahead, head[:3, 3]), 1.2))
        GL.glDisable(GL.GL_DEPTH_TEST)
        for (texture, width, height), pose, distance in shown:
            metres = distance * np.radians(DEGREES_A_PIXEL)
            GL.glActiveTexture(GL.GL_TEXTURE7)
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
            side = (width * metres, height * metres)
            self._draw(renderer, [flat(pose, side, (1.0, 1.0, 1.0, 1.0), kind=CARD)], eyes, size)

    def _darken(
        self, cues: Cues, tangents: Sequence[tuple[float, float, float, float]], size: tuple[int, int]
    ) -> None:
        if cues.vignette <= 0 and cues.fade <= 0:
            return
        self._dark.use()
        GL.glUniform2f(self._darkness, cues.vignette, cues.fade)
        GL.glBindVertexArray(self._screen)
        for number, edges in enumerate(tangents):
            GL.glViewport(number * size[0], 0, *size)
            GL.glUniform4f(self._tangents, *edges)
            GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        self._cards.delete()
        if self._buffer:
            GL.glDeleteVertexArrays(2, [self._screen, self._array])
            GL.glDeleteBuffers(1, [self._buffer])
            self._buffer = 0
        self._programs.clear()


def _ray(ray: Ray, eye: NDArray[np.float64]) -> list[Triangles]:
    colour = COLOURS[ray.state]
    end = colour if ray.touches else (*colour[:3], 0.0)
    points = np.linspace(ray.start, ray.end, 8)
    parts = [ribbon(points, eye, width=RAY_WIDTH, colours=((*colour[:3], 0.6 * colour[3]), end))]
    if ray.touches:
        side = DOT * float(np.linalg.norm(ray.end - eye))
        at = facing(ray.end, eye, nearer=0.01)
        parts.append(flat(at, (side, side), (*colour[:3], min(1.0, colour[3] + 0.3)), kind=DISC))
    return parts


def _dials(cues: Cues, eye: NDArray[np.float64], time: float) -> list[Triangles]:
    """How far a hold is, or that a material is being made."""
    at = cues.hold_at if cues.hold_at is not None else next((r.end for r in cues.rays if r.touches), None)
    if at is None or not (cues.busy or cues.hold > 0):
        return []
    pose = facing(at, eye, nearer=0.03)
    share = cues.hold
    if cues.busy:
        turn = time * SPIN * 2 * np.pi
        c, s = np.cos(turn), np.sin(turn)
        pose[:3, :2] = pose[:3, :2] @ np.array(((c, s), (-s, c)))
        share = 0.3
    side = DIAL_SIDE * max(1.0, float(np.linalg.norm(at - eye)) / 1.5)
    return [flat(pose, (side, side), COLOURS["holding"], kind=DIAL, share=share)]


class Cards:
    """Cards as textures. Words are set in a thread, so that the frame that asks for some is not late."""

    def __init__(self) -> None:
        self._setters = ThreadPoolExecutor(1, thread_name_prefix="plaque")
        self._asked: dict[str, Future[Image]] = {}
        self._made: dict[int, tuple[Image, int]] = {}

    def of(self, exhibit: Exhibit) -> tuple[int, int, int] | None:
        """(texture, width, height) of a work's plaque; None until its words are set."""
        if exhibit.node not in self._asked:
            self._asked[exhibit.node] = self._setters.submit(plaque, exhibit)
        words = self._asked[exhibit.node]
        return self.picture(words.result()) if words.done() else None

    def picture(self, image: Image) -> tuple[int, int, int]:
        """(texture, width, height) of a card."""
        if id(image) not in self._made:
            pixels, internal, kind = layout_of(image, colour=True)
            name = upload(pixels, internal, kind, wrap=("clamp_to_edge", "clamp_to_edge"))
            self._made[id(image)] = (image, name)
        return self._made[id(image)][1], image.width, image.height

    def forget(self) -> None:
        """Release what was set so far: another scene has other words."""
        self._asked = {}
        if self._made:
            GL.glDeleteTextures([name for _, name in self._made.values()])
        self._made = {}

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        self._setters.shutdown(wait=True, cancel_futures=True)
        self.forget()
