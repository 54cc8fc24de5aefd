"""swapchains: the pictures that the runtime lends for drawing into, and which format they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from vrgen.errors import MissingPart
from vrgen.view.xr.runtime import Runtime, lost

Encoding = Literal["srgb", "linear"]

COLOURS: tuple[tuple[int, Encoding], ...] = (
    (0x8C43, "srgb"),  # GL_SRGB8_ALPHA8
    (0x881A, "linear"),  # GL_RGBA16F
    (0x8059, "linear"),  # GL_RGB10_A2
    (0x8058, "linear"),  # GL_RGBA8
)
"""Colour formats that can be drawn, the best first."""
DEPTHS = (0x8CAC, 0x81A6, 0x88F0, 0x8CAD, 0x81A5)
"""Depth formats, the best first: 32F, 24, 24 with stencil, 32F with stencil, 16."""
STENCILS = (0x88F0, 0x8CAD)
"""Those of DEPTHS that hold a stencil too."""
PATIENCE_SECONDS = 5.0
"""How long the runtime may keep a picture."""


def choose_colour(offered: Sequence[int], who: str) -> tuple[int, Encoding]:
    """(format, encoding) of the best that is offered. Raises MissingPart where none can be drawn."""
    for number, encoding in COLOURS:
        if number in offered:
            return number, encoding
    shown = ", ".join(f"0x{number:04X}" for number in offered) or "none at all"
    raise MissingPart(
        f"{who} offers no colour format that OpenGL draws (offered: {shown}), expected SRGB8_ALPHA8, "
        "RGBA16F, RGB10_A2 or RGBA8; update it, or use another runtime by XR_RUNTIME_JSON"
    )


def choose_depth(offered: Sequence[int]) -> int | None:
    """The best depth format that is offered, None where there is none."""
    return next((number for number in DEPTHS if number in offered), None)


def fitted(wanted: tuple[int, int], limit: tuple[int, int], scale: float) -> tuple[int, int]:
    """Size of one eye: `wanted` times `scale`, less where two beside each other are over the `limit`."""
    room = min(limit[0] / (2 * wanted[0]), limit[1] / wanted[1])
    scale = min(scale, room)
    return max(1, int(wanted[0] * scale)), max(1, int(wanted[1] * scale))


class Swapchain:
    """Textures of one size and format, lent one at a time."""

    def __init__(
        self, runtime: Runtime, session: Any, *, number: int, size: tuple[int, int], static: bool = False
    ) -> None:
        """`number` is the OpenGL format; a `static` one is filled once and shown for ever."""
        xr = runtime.xr
        self._xr, self._runtime, self.size, self.number = xr, runtime, size, number
        depth = number in DEPTHS
        flags = xr.SwapchainUsageFlags
        use = flags.DEPTH_STENCIL_ATTACHMENT_BIT if depth else flags.COLOR_ATTACHMENT_BIT
        self.handle = xr.create_swapchain(
            session,
            xr.SwapchainCreateInfo(
                create_flags=xr.SwapchainCreateFlags.STATIC_IMAGE_BIT
                if static
                else xr.SwapchainCreateFlags.NONE,
                usage_flags=use | flags.SAMPLED_BIT | (flags.TRANSFER_DST_BIT if static else flags.NONE),
                format=number,
                sample_count=1,
                width=size[0],
                height=size[1],
                face_count=1,
                array_size=1,
                mip_count=1,
            ),
        )
        found = xr.enumerate_swapchain_images(self.handle, xr.SwapchainImageOpenGLKHR)
        self.images: tuple[int, ...] = tuple(int(image.image) for image in found)
        """Names of the textures."""
        self.held: int | None = None
        """Which image is lent right now."""
        self._wait = xr.SwapchainImageWaitInfo(timeout=int(PATIENCE_SECONDS * 1e9))
        runtime.make_current()

    def acquire(self) -> int:
        """Borrow the next image and wait until it may be drawn into. Returns its index."""
        xr = self._xr
        index = int(xr.acquire_swapchain_image(self.handle))
        try:
            xr.wait_swapchain_image(self.handle, self._wait)
        except xr.exception.TimeoutExpired as problem:
            raise lost(
                self._runtime.name, f"it keeps a picture for more than {PATIENCE_SECONDS:.0f} s"
            ) from problem
        self._runtime.make_current()
        self.held = index
        return index

    def release(self) -> None:
        """Give the borrowed image back; nothing where none is."""
        if self.held is not None:
            self.held = None
            self._xr.release_swapchain_image(self.handle)
            self._runtime.make_current()

    def area(self, x: int, y: int, size: tuple[int, int]) -> Any:
        """The part of the picture that a layer shows, as an `xr.SwapchainSubImage`; y counts upwards."""
        xr = self._xr
        return xr.SwapchainSubImage(
            swapchain=self.handle,
            image_rect=xr.Rect2Di(offset=xr.Offset2Di(x, y), extent=xr.Extent2Di(*size)),
            image_array_index=0,
        )

    def destroy(self) -> None:
        """Give all back."""
        self._xr.destroy_swapchain(self.handle)
