"""A small visit, run in a process of its own: both eyes are cleared, and every frame is told in JSON lines.

python session_client.py WISH      WISH is JSON: {"session": {options}, "leave_at": frame, ...}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import vrgen.view.xr.session as session_module
from vrgen.core import Image
from vrgen.core.frames import matrix_from_quaternion
from vrgen.errors import VrgenError
from vrgen.view.xr.frame import Frame, Hand
from vrgen.view.xr.session import Session, SessionOptions, headset

COLOURS = ((0.5, 0.0, 0.0, 1.0), (0.0, 0.5, 0.0, 0.25))
"""Linear colour and alpha of the left and the right eye."""


def tell(**facts: Any) -> None:
    """One JSON line."""
    print(json.dumps(facts))  # noqa: T201


def rounded(matrix: Any) -> Any:
    """A matrix as lists, None as it is."""
    return None if matrix is None else np.round(np.asarray(matrix, float), 6).tolist()


def hand_told(hand: Hand) -> dict[str, Any]:
    """What a hand does."""
    return {
        "aim": rounded(hand.aim),
        "grip": rounded(hand.grip),
        "stick": list(hand.stick),
        "select": hand.select,
        "next": hand.next,
        "previous": hand.previous,
        "pinching": hand.pinching,
    }


def frame_told(frame: Frame) -> dict[str, Any]:
    """A frame, whole."""
    return {
        "number": frame.number,
        "time": frame.time,
        "period": frame.period,
        "shown": frame.shown,
        "recentred": frame.recentred,
        "head": rounded(frame.head),
        "eyes": [rounded(view.pose) for view in frame.views],
        "angles": [list(view.angles) for view in frame.views],
        "hands": {side: hand_told(hand) for side, hand in frame.hands.items()},
    }


def clear(session: Session, wish: dict[str, Any]) -> None:
    """Fill both eyes, and their depth with a half."""
    from vrgen.view.gl import GL

    width, height = session.eye_size
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, session.framebuffer)
    GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)
    GL.glEnable(GL.GL_SCISSOR_TEST)
    GL.glDepthMask(True)
    GL.glClearDepth(0.5)
    for eye, colour in enumerate(COLOURS):
        GL.glScissor(eye * width, 0, width, height)
        GL.glClearColor(*colour)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
    assert GL.glGetError() == GL.GL_NO_ERROR
    if wish.get("mirror_at_work") and session.window is not None:
        import glfw

        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, session.picture())
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
        GL.glBlitFramebuffer(0, 0, width, height, 0, 0, 200, 200, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST)
        glfw.swap_buffers(session.window)
        glfw.poll_events()


def sky() -> Image:
    """Red where +X is, green above, so that one sees which way it lies."""
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[8:, 16] = (255, 0, 0)
    pixels[:8] = (0, 255, 0)
    return Image(pixels)


def visit(session: Session, wish: dict[str, Any]) -> None:
    """Play the wish."""
    if "patience" in wish:
        from vrgen.view.xr import runtime

        runtime.CLOSE_SECONDS = wish["patience"]
    if "save" in wish:
        session.save_at_worst(lambda: Path(wish["save"]).write_text("saved"))
    tell(
        facts={
            "blend": session.blend,
            "system": session.system,
            "runtime": session.runtime,
            "eye_size": session.eye_size,
            "encoding": session.encoding,
            "depth": session.depth,
            "samples": session.samples,
            "sky_layer": session.sky_layer,
            "window": session.window is not None,
        }
    )
    turn = None
    if wish.get("sky"):
        session.set_sky(sky())
        half = np.radians(wish["sky"]) / 2
        turn = np.eye(4)
        turn[:3, :3] = matrix_from_quaternion((0, np.sin(half), 0, np.cos(half)))
        turn[:3, 3] = (5, 0, 7)  # must not matter
    for frame in session:
        tell(frame=frame_told(frame))
        if frame.shown:
            clear(session, wish)
        if frame.number == wish.get("tick_at"):
            session.tick("right", seconds=0.05, amplitude=0.5)
        if frame.number == wish.get("leave_at"):
            session.leave()
        if frame.number == wish.get("break_at"):
            break
        if not wish.get("forgetful"):
            session.submit(frame, turn, transparent=wish.get("transparent", False))
    tell(late=session.late)


def main() -> None:
    """Visit; a sentence and the exit code instead of a traceback."""
    wish = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    if "patience" in wish:  # the same, in the time that a test has
        session_module.FRAME_SECONDS = wish["patience"]
        session_module.CALL_SECONDS = 2 * wish["patience"]
    try:
        with headset(SessionOptions(**{"mirror": False, **wish.get("session", {})})) as session:
            visit(session, wish)
    except VrgenError as problem:
        tell(error=type(problem).__name__, sentence=str(problem))
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
