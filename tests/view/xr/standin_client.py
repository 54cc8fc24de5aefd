"""The tiny OpenXR client of the stand-in's own tests: plain pyopenxr, nothing of vrgen in it.

It draws each eye in a colour of its own with a white triangle, and can be led to do things wrong.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_int, c_ulong, c_void_p, cast
from typing import Any

import xr
from OpenGL import GL

LEFT, RIGHT = (0.5, 0.0, 0.0, 1.0), (0.0, 0.25, 0.0, 0.5)
SRGB = 0x8C43


def egl_binding() -> Any:
    """An OpenGL 4.1 context on EGL without a surface, current, and the structure that hands it over."""
    egl = ctypes.CDLL("libEGL.so.1")
    for name in ("eglGetDisplay", "eglCreateContext", "eglGetProcAddress"):
        getattr(egl, name).restype = c_void_p
    egl.eglGetPlatformDisplay.restype = c_void_p
    display = c_void_p(egl.eglGetPlatformDisplay(0x31DD, None, None))  # surfaceless Mesa
    assert egl.eglInitialize(display, None, None)
    assert egl.eglBindAPI(0x30A2)
    config, count = c_void_p(), c_int()
    wanted = (c_int * 5)(0x3040, 0x0008, 0x3033, 0x0001, 0x3038)  # renderable: OpenGL; surface: pbuffer
    assert egl.eglChooseConfig(display, wanted, byref(config), 1, byref(count)) and count.value
    version = (c_int * 5)(0x3098, 4, 0x30FB, 1, 0x3038)
    context = c_void_p(egl.eglCreateContext(display, config, None, version))
    assert context and egl.eglMakeCurrent(display, None, None, context)
    ask = cast(egl.eglGetProcAddress, xr.PFN_xrEglGetProcAddressMNDX)
    return filled(
        xr.GraphicsBindingEGLMNDX(get_proc_address=ask), display=display, config=config, context=context
    )


def glx_binding() -> Any:
    """A GLX context with a small window on $DISPLAY, current, and the structure that hands it over."""
    x11, gl = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libGL.so.1")
    x11.XOpenDisplay.restype = x11.XDefaultRootWindow.restype = x11.XCreateSimpleWindow.restype = c_void_p
    gl.glXChooseFBConfig.restype = POINTER(c_void_p)
    gl.glXGetVisualFromFBConfig.restype = POINTER(c_ulong * 2)
    gl.glXCreateNewContext.restype = c_void_p
    display = c_void_p(x11.XOpenDisplay(None))
    assert display, "no display"
    configs = gl.glXChooseFBConfig(display, 0, (c_int * 5)(0x8010, 1, 5, 1, 0), byref(c_int()))
    config = c_void_p(configs[0])
    visual = gl.glXGetVisualFromFBConfig(display, config)[0][1] & 0xFFFFFFFF  # the struct's second field
    root = c_void_p(x11.XDefaultRootWindow(display))
    window = x11.XCreateSimpleWindow(display, root, 0, 0, 16, 16, 0, c_ulong(0), c_ulong(0))
    context = c_void_p(gl.glXCreateNewContext(display, config, 0x8014, None, 1))
    assert context and gl.glXMakeCurrent(display, c_ulong(window), context)
    structure = xr.GraphicsBindingOpenGLXlibKHR()
    structure.visualid, structure.glx_drawable = visual, window
    return filled(structure, x_display=display, glx_fbconfig=config, glx_context=context)


def filled(structure: Any, **pointers: Any) -> Any:
    """The structure with its pointers, each cast to what the field wants."""
    kinds = dict(structure._fields_)
    for name, pointer in pointers.items():
        setattr(structure, name, cast(pointer, kinds[name]))
    return structure


class Client:
    """An instance, a session and one swapchain for each eye; `frames` runs the loop."""

    def __init__(self, *extensions: str, binding: Callable[[], Any] = egl_binding) -> None:
        wanted = ["XR_KHR_opengl_enable", *extensions]
        if binding is egl_binding:
            wanted.append("XR_MNDX_egl_enable")
        info = xr.InstanceCreateInfo(
            application_info=xr.ApplicationInfo("client", 1, "none", 0, xr.Version(1, 0, 34)),
            enabled_extension_names=wanted,
        )
        self.instance = xr.create_instance(info)
        self.system = xr.get_system(self.instance, xr.SystemGetInfo(xr.FormFactor.HEAD_MOUNTED_DISPLAY))
        self.binding = binding()
        self.blend = xr.enumerate_environment_blend_modes(
            self.instance, self.system, xr.ViewConfigurationType.PRIMARY_STEREO
        )[0]
        self.running = self.over = False
        self.states: list[int] = []
        self.events: list[int] = []
        self.chains: list[Any] = []
        self.time = 0

    def requirements(self) -> Any:
        """What the runtime asks of OpenGL."""
        ask = cast(
            xr.get_instance_proc_addr(self.instance, "xrGetOpenGLGraphicsRequirementsKHR"),
            xr.PFN_xrGetOpenGLGraphicsRequirementsKHR,
        )
        needs = xr.GraphicsRequirementsOpenGLKHR()
        xr.check_result(ask(self.instance, self.system, byref(needs)))
        return needs

    def open(self, space: Any = xr.ReferenceSpaceType.STAGE, pose: Any = None) -> Client:
        """Session, space and swapchains."""
        self.requirements()
        self.create_session()
        self.space = self.make_space(space, pose)
        views = xr.enumerate_view_configuration_views(
            self.instance, self.system, xr.ViewConfigurationType.PRIMARY_STEREO
        )
        self.size = views[0].recommended_image_rect_width, views[0].recommended_image_rect_height
        self.chains = [self.chain(SRGB) for _ in views]
        self.framebuffer = GL.glGenFramebuffers(1)
        self.triangle = self.program()
        return self

    def create_session(self) -> None:
        """The session alone."""
        address = cast(ctypes.pointer(self.binding), c_void_p)
        self.session = xr.create_session(
            self.instance, xr.SessionCreateInfo(system_id=self.system, next=address)
        )

    def make_space(self, kind: Any, pose: Any = None) -> Any:
        """A reference space."""
        info = xr.ReferenceSpaceCreateInfo(
            reference_space_type=xr.ReferenceSpaceType(kind), pose_in_reference_space=pose or xr.Posef()
        )
        return xr.create_reference_space(self.session, info)

    def chain(self, pixels: int, *, size: Any = None, static: bool = False) -> tuple[Any, list[int]]:
        """A swapchain and its textures."""
        depth = pixels in (0x8CAC, 0x81A5, 0x81A6, 0x88F0)
        flags = xr.SwapchainUsageFlags
        width, height = size or self.size
        info = xr.SwapchainCreateInfo(
            create_flags=xr.SwapchainCreateFlags.STATIC_IMAGE_BIT if static else xr.SwapchainCreateFlags(),
            usage_flags=flags.SAMPLED_BIT
            | (flags.DEPTH_STENCIL_ATTACHMENT_BIT if depth else flags.COLOR_ATTACHMENT_BIT),
            format=pixels,
            sample_count=1,
            width=width,
            height=height,
            face_count=1,
            array_size=1,
            mip_count=1,
        )
        chain = xr.create_swapchain(self.session, info)
        images = xr.enumerate_swapchain_images(chain, xr.SwapchainImageOpenGLKHR)
        return chain, [image.image for image in images]

    def program(self) -> int:
        """A white triangle in the middle, its corners numbered by the shader itself."""
        sources = {
            GL.GL_VERTEX_SHADER: """#version 330
                const vec2 at[3] = vec2[](vec2(-.5, -.5), vec2(.5, -.5), vec2(0, .5));
                void main() { gl_Position = vec4(at[gl_VertexID], 0, 1); }""",
            GL.GL_FRAGMENT_SHADER: "#version 330\nout vec4 c; void main() { c = vec4(1); }",
        }
        program = GL.glCreateProgram()
        for kind, source in sources.items():
            shader = GL.glCreateShader(kind)
            GL.glShaderSource(shader, source)
            GL.glCompileShader(shader)
            GL.glAttachShader(program, shader)
        GL.glLinkProgram(program)
        GL.glBindVertexArray(GL.glGenVertexArrays(1))
        return int(program)

    def draw(self, texture: int, colour: Any) -> None:
        """A clear and the triangle."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, 0)
        GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)
        GL.glViewport(0, 0, *self.size)
        GL.glClearColor(*colour)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        GL.glUseProgram(self.triangle)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)

    def fill(self, chain: Any, colour: Any) -> Any:
        """Acquire, wait, draw, release; the sub-image of it all."""
        swapchain, textures = chain
        index = xr.acquire_swapchain_image(swapchain, xr.SwapchainImageAcquireInfo())
        xr.wait_swapchain_image(swapchain, xr.SwapchainImageWaitInfo(timeout=xr.INFINITE_DURATION))
        self.draw(textures[index], colour)
        xr.release_swapchain_image(swapchain, xr.SwapchainImageReleaseInfo())
        return self.part(swapchain, *self.size)

    def part(self, swapchain: Any, width: int, height: int, x: int = 0, y: int = 0) -> Any:
        """A rectangle of a swapchain's image."""
        return xr.SwapchainSubImage(swapchain, xr.Rect2Di(xr.Offset2Di(x, y), xr.Extent2Di(width, height)), 0)

    def views(self) -> Any:
        """Where both eyes are."""
        info = xr.ViewLocateInfo(xr.ViewConfigurationType.PRIMARY_STEREO, self.time, self.space)
        return xr.locate_views(self.session, info)

    def eyes(self) -> Any:
        """Both eyes drawn: two projection views."""
        _, views = self.views()
        parts = [self.fill(c, colour) for c, colour in zip(self.chains, (LEFT, RIGHT), strict=True)]
        return [
            xr.CompositionLayerProjectionView(pose=view.pose, fov=view.fov, sub_image=part)
            for view, part in zip(views, parts, strict=True)
        ]

    def projection(self, eyes: Any, flags: int = 0) -> Any:
        """The layer of two views."""
        return xr.CompositionLayerProjection(
            layer_flags=xr.CompositionLayerFlags(flags), space=self.space, views=eyes
        )

    def poll(self) -> None:
        """All events; begins and ends the session as they say."""
        while True:
            try:
                event = xr.poll_event(self.instance)
            except xr.EventUnavailable:
                return
            self.events.append(int(event.type))
            if event.type != xr.StructureType.EVENT_DATA_SESSION_STATE_CHANGED.value:
                continue
            changed = cast(byref(event), POINTER(xr.EventDataSessionStateChanged)).contents
            self.states.append(int(changed.state))
            if changed.state == xr.SessionState.READY.value:
                xr.begin_session(self.session, xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO))
                self.running = True
            elif changed.state == xr.SessionState.STOPPING.value:
                xr.end_session(self.session)
                self.running = False
            elif changed.state == xr.SessionState.EXITING.value:
                self.over = True

    def wait(self) -> Any:
        """Wait for a frame and begin it; its state."""
        state = xr.wait_frame(self.session, xr.FrameWaitInfo())
        self.time = state.predicted_display_time
        xr.begin_frame(self.session, xr.FrameBeginInfo())
        return state

    def end(self, *layers: Any) -> None:
        """Hand the frame over."""
        pointers = [byref(layer) for layer in layers]
        xr.end_frame(self.session, xr.FrameEndInfo(self.time, self.blend, layers=pointers))

    def frames(self) -> Iterator[Any]:
        """Frames that are begun, until the session is over; whoever takes one ends it."""
        while True:
            self.poll()
            if self.over:
                return
            if self.running:
                yield self.wait()

    def play(self, each: Callable[[int], None] | None = None) -> Client:
        """Draw both eyes until the session is over; `each` is called within every frame with its number."""
        for number, state in enumerate(self.frames()):
            if each is not None:
                each(number)
            self.end(*([self.projection(self.eyes())] if state.should_render else []))
        return self

    def close(self) -> None:
        """Give everything back."""
        for chain, _ in self.chains:
            xr.destroy_swapchain(chain)
        xr.destroy_session(self.session)
        xr.destroy_instance(self.instance)

    def refused(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Tell by which error a call is refused."""
        try:
            call(*arguments)
        except xr.exception.ResultException as problem:
            tell(refused=type(problem).__name__)
        else:
            tell(refused=None)


def tell(**facts: Any) -> None:
    """A JSON line."""
    print(json.dumps(facts), flush=True)  # noqa: T201
