"""pictures: all that is drawn into and handed over: both eyes in one swapchain, their depth, the sky."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.errors import ValueProblem
from vrgen.view.xr.framebuffers import Framebuffers
from vrgen.view.xr.layers import EyeLayer, SkyLayer
from vrgen.view.xr.runtime import Runtime
from vrgen.view.xr.swapchains import Swapchain, choose_colour, choose_depth, fitted

DEPTH = "XR_KHR_composition_layer_depth"
EQUIRECT = "XR_KHR_composition_layer_equirect2"


class Pictures:
    """The swapchains of a session and what is made of them."""

    def __init__(self, runtime: Runtime, session: Any, *, scale: float, samples: int) -> None:
        """Raises MissingPart where the runtime offers no colour format that OpenGL draws."""
        xr = runtime.xr
        self._runtime, self._session = runtime, session
        formats = [int(number) for number in xr.enumerate_swapchain_formats(session)]
        number, self.encoding = choose_colour(formats, runtime.name)
        self.eye_size = _eye_size(runtime, scale)
        both = (2 * self.eye_size[0], self.eye_size[1])
        self._colour = Swapchain(runtime, session, number=number, size=both)
        deep = choose_depth(formats) if DEPTH in runtime.enabled else None
        self._depth = Swapchain(runtime, session, number=deep, size=both) if deep is not None else None
        self._framebuffers = Framebuffers(self._colour, self._depth, samples=samples)
        self.samples = self._framebuffers.samples
        self._eyes = EyeLayer(runtime, self._colour, self._depth, eye_size=self.eye_size)
        self._sky: SkyLayer | None = None

    @property
    def depth(self) -> bool:
        """Whether the depth of what was drawn is handed over."""
        return self._depth is not None

    @property
    def takes_sky(self) -> bool:
        """Whether the runtime shows a sky by itself."""
        return EQUIRECT in self._runtime.enabled

    def set_sky(self, image: Image) -> None:
        """Upload the sky, once. Raises ValueProblem where it is not 2:1, or the runtime shows none."""
        if not self.takes_sky:
            raise ValueProblem("sky: the runtime shows none by itself; ask sky_layer first, and draw it")
        sky = SkyLayer(self._runtime, self._session, image, number=self._colour.number)
        if self._sky is not None:
            self._sky.destroy()
        self._sky = sky

    def begin(self) -> int:
        """Borrow the next images. Returns the framebuffer to draw into."""
        self._colour.acquire()
        if self._depth is not None:
            self._depth.acquire()
        return self._framebuffers.begin()

    def finish(self) -> int:
        """The framebuffer with the finished picture, its samples averaged."""
        return self._framebuffers.finish()

    def give_back(self) -> None:
        """Release the borrowed images."""
        self._colour.release()
        if self._depth is not None:
            self._depth.release()

    def layers(
        self, views: Sequence[Any], space: Any, *, sky_turn: NDArray[np.float64] | None, transparent: bool
    ) -> list[Any]:
        """What to hand over, the farthest first."""
        sky = self._sky if sky_turn is not None else None
        under = [sky.place(sky_turn, space)] if sky is not None and sky_turn is not None else []
        return [*under, self._eyes.place(views, space, blended=transparent or bool(under))]

    def delete(self) -> None:
        """Release what belongs to OpenGL; the runtime is not asked."""
        self._framebuffers.delete()

    def destroy(self) -> None:
        """Give the swapchains back."""
        if self._sky is not None:
            self._sky.destroy()
        if self._depth is not None:
            self._depth.destroy()
        self._colour.destroy()


def _eye_size(runtime: Runtime, scale: float) -> tuple[int, int]:
    xr = runtime.xr
    stereo = xr.ViewConfigurationType.PRIMARY_STEREO
    views = xr.enumerate_view_configuration_views(runtime.instance, runtime.system_id, stereo)
    wanted = (
        max(int(view.recommended_image_rect_width) for view in views),
        max(int(view.recommended_image_rect_height) for view in views),
    )
    limit = runtime.properties.graphics_properties
    return fitted(wanted, (limit.max_swapchain_image_width, limit.max_swapchain_image_height), scale)
