"""layers: what is handed to the runtime at the end of a frame: the sky, and over it what the eyes see."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.errors import ValueProblem
from vrgen.view.gl import GL
from vrgen.view.xr.poses import set_pose
from vrgen.view.xr.runtime import Runtime
from vrgen.view.xr.swapchains import COLOURS, Swapchain

NEAR = 0.05
"""Metres to the near plane of every eye; the far plane is infinite. The depth layer says so."""
AHEAD_IS_X = np.array([[0.0, 0, -1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
"""The layer shows the middle of its picture along -Z; in the convention of core.frames it looks along +X."""


class EyeLayer:
    """The projection layer of both eyes side by side, with their depth where it is lent."""

    def __init__(
        self, runtime: Runtime, colour: Swapchain, depth: Swapchain | None, *, eye_size: tuple[int, int]
    ) -> None:
        xr = self._xr = runtime.xr
        both = range(2)
        self._depths = [
            xr.CompositionLayerDepthInfoKHR(
                sub_image=depth.area(eye * eye_size[0], 0, eye_size),
                min_depth=0.0,
                max_depth=1.0,
                near_z=NEAR,
                far_z=math.inf,
            )
            for eye in both
            if depth is not None
        ]
        # One by one: a ctypes array made at once leaves `type` at 0, which the validation layer rejects.
        views = [
            xr.CompositionLayerProjectionView(
                pose=xr.Posef(xr.Quaternionf(0, 0, 0, 1), xr.Vector3f(0, 0, 0)),
                sub_image=colour.area(eye * eye_size[0], 0, eye_size),
                next=self._depths[eye] if self._depths else None,
            )
            for eye in both
        ]
        self._views = (xr.CompositionLayerProjectionView * 2)(*views)
        self._layer = xr.CompositionLayerProjection(views=self._views)

    def place(self, views: Sequence[Any], space: Any, *, blended: bool) -> Any:
        """The layer for the `xr.View` of both eyes. `blended`: its alpha (premultiplied) lets through."""
        for ours, view in zip(self._views, views, strict=True):
            ours.pose, ours.fov = view.pose, view.fov
        flags = self._xr.CompositionLayerFlags
        self._layer.space = space
        self._layer.layer_flags = flags.BLEND_TEXTURE_SOURCE_ALPHA_BIT if blended else flags.NONE
        return ctypes.pointer(self._layer)


class SkyLayer:
    """A picture all around, infinitely far away (XR_KHR_composition_layer_equirect2)."""

    def __init__(self, runtime: Runtime, session: Any, image: Image, *, number: int) -> None:
        """`number` is the colour format of the session's swapchains."""
        xr = runtime.xr
        limit = runtime.properties.graphics_properties
        pixels = drawable(
            image,
            linear=dict(COLOURS)[number] == "linear",
            limit=(limit.max_swapchain_image_width, limit.max_swapchain_image_height),
        )
        height, width = pixels.shape[:2]
        self._picture = _static(runtime, session, number, (width, height))
        self._fill(pixels)
        self._layer = xr.CompositionLayerEquirect2KHR(
            eye_visibility=xr.EyeVisibility.BOTH,
            sub_image=self._picture.area(0, 0, (width, height)),
            pose=xr.Posef(xr.Quaternionf(0, 0, 0, 1), xr.Vector3f(0, 0, 0)),
            radius=0.0,  # infinite
            central_horizontal_angle=2 * math.pi,
            upper_vertical_angle=math.pi / 2,
            lower_vertical_angle=-math.pi / 2,
        )

    def _fill(self, pixels: NDArray[Any]) -> None:
        image = self._picture.images[self._picture.acquire()]
        kind = GL.GL_UNSIGNED_BYTE if pixels.dtype == np.uint8 else GL.GL_FLOAT
        height, width = pixels.shape[:2]
        GL.glBindTexture(GL.GL_TEXTURE_2D, image)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        # The runtime counts rows from below, a picture from above.
        GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, width, height, GL.GL_RGBA, kind, pixels[::-1].copy())
        GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        self._picture.release()

    def place(self, world_from_stage: NDArray[np.float64], space: Any) -> Any:
        """The layer for a visitor whose session space stands in the world by this (4, 4) rigid transform."""
        turned = np.eye(4)
        turned[:3, :3] = world_from_stage[:3, :3].T  # the sky is far: only the turn counts
        set_pose(self._layer.pose, turned @ AHEAD_IS_X)
        self._layer.space = space
        return ctypes.pointer(self._layer)

    def destroy(self) -> None:
        """Give the picture back."""
        self._picture.destroy()


def _static(runtime: Runtime, session: Any, number: int, size: tuple[int, int]) -> Swapchain:
    try:
        return Swapchain(runtime, session, number=number, size=size, static=True)
    except runtime.xr.exception.FeatureUnsupportedError:  # a runtime without static pictures
        return Swapchain(runtime, session, number=number, size=size)


def drawable(image: Image, *, linear: bool, limit: tuple[int, int]) -> NDArray[Any]:
    """(height, width, 4) opaque pixels of a 2:1 picture, no larger than the `limit` (width, height).

    float32 linear, or uint8 sRGB, as the swapchain holds them. Raises ValueProblem.
    """
    if image.width != 2 * image.height:
        raise ValueProblem(f"sky: got {image.width}x{image.height} pixels, expected strictly 2:1; resize it")
    step = max(1, -(-image.width // limit[0]), -(-image.height // limit[1]))
    if step == 1 and not linear and image.colour_space == "srgb" and image.pixels.dtype == np.uint8:
        colours = image.pixels
    else:
        colours = _shrunk(image.to_linear(), step)
        colours = colours if linear else to_bytes(linear_to_srgb(colours))
    rgb = np.repeat(colours[..., :1], 3, axis=2) if image.channels < 3 else colours[..., :3]
    opaque = np.full((*rgb.shape[:2], 1), 255 if rgb.dtype == np.uint8 else 1, rgb.dtype)
    return np.ascontiguousarray(np.concatenate([rgb, opaque], axis=2))


def _shrunk(values: NDArray[Any], step: int) -> NDArray[Any]:
    """Whole blocks of `step` pixels averaged."""
    if step == 1:
        return values
    rows = values.shape[0] // step
    cut = values[: rows * step, : 2 * rows * step]
    return np.asarray(cut.reshape(rows, step, 2 * rows, step, -1).mean(axis=(1, 3)), np.float32)
