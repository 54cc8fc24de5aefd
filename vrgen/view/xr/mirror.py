"""Mirror: the window of the desktop shows what the wearer sees."""

from __future__ import annotations

from typing import Any

from vrgen.view.gl import GL


def mirror(window: Any, framebuffer: int, eye: tuple[int, int]) -> bool:
    """Copy the left eye of a finished picture onto a glfw window, and look after the window's events.

    `eye` is (width, height) of one eye in pixels; as much of it is shown as the window's shape allows.
    Returns whether the window is still wanted. The copy stays on the card; the screen is not waited for.
    """
    import glfw

    glfw.poll_events()
    wide, high = glfw.get_framebuffer_size(window)
    if wide and high:
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, framebuffer)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # bytes as they are
        GL.glBlitFramebuffer(
            *filling(eye, (wide, high)), 0, 0, wide, high, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR
        )
        glfw.swap_buffers(window)
    return not glfw.window_should_close(window)


def filling(eye: tuple[int, int], window: tuple[int, int]) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1): the middle of an eye's picture in the shape of the window."""
    width, height = eye
    shape = window[0] / window[1]
    if width / height > shape:
        part = round(height * shape)
        return (width - part) // 2, 0, (width + part) // 2, height
    part = round(width / shape)
    return 0, (height - part) // 2, width, (height + part) // 2
