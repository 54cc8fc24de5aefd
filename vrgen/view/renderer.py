"""Renderer: a Scene of the core, drawn. pyrender gives context and base class; passes and shaders are ours.

Per frame and object it makes at most four kinds of GL call (uniform range, textures, vertex array, draw):
everything else was settled when the scene was uploaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.blocks import EYE, LIGHT, OBJECT, SLOTS, Block, column_major, object_record
from vrgen.view.environment import LEVELS, Environment
from vrgen.view.eye import Eye, visible
from vrgen.view.geometry import Geometry, Shape
from vrgen.view.gl import GL, is_software, pyrender
from vrgen.view.lamps import balance, lamps_of
from vrgen.view.program import Program, Programs
from vrgen.view.textures import Textures

COLOUR_SLOTS = ("base_colour", "emissive")
PASSES = {"opaque": 0, "mask": 1, "blend": 2}


@dataclass(frozen=True, slots=True)
class Draw:
    """One mesh at one place, ready to draw."""

    program: Program
    """Its shaders."""
    shape: Shape
    """Its vertices."""
    textures: tuple[tuple[int, int], ...]
    """(unit, texture name)."""
    cull: bool
    """Whether back faces are left out."""
    mirrored: bool
    """Whether its transform turns triangles inside out."""


def slots_of(surface: Surface) -> tuple[str, ...]:
    """The texture slots that a surface fills and its shader reads."""
    read = SLOTS[:1] if surface.unlit else SLOTS
    return tuple(name for name in read if getattr(surface, name) is not None)


def defines_of(mesh: Mesh) -> tuple[str, ...]:
    """What the shaders need to know about a mesh; equal meshes share a program."""
    surface = mesh.surface
    flags = {f"{name.upper()}_MAPPED": True for name in slots_of(surface)}
    flags["COLOURED"] = mesh.colours is not None
    flags["UNLIT" if surface.unlit else "LIT"] = True
    if not surface.unlit:
        flags["FLAT"] = mesh.normals is None
        flags["TANGENTS"] = surface.normal is not None and mesh.tangents is not None
    flags["MASKED"] = surface.alpha_mode == "mask"
    flags["BLENDED"] = surface.alpha_mode == "blend"
    return tuple(name for name, there in flags.items() if there)


class Renderer(pyrender.Renderer):  # type: ignore[misc]
    """Draws one scene, uploaded when it is made, in the current GL context; `delete` releases everything.

    `exposure` is the factor from cd/m2 to 1 for lit pixels and skies; None takes the scene's
    extras["vrgen"]["exposure"], or measures the light. Unlit surfaces are shown as they are.
    `anisotropy` is the most samples along a slanted texture; None takes 8 on a card, 1 on the processor.
    """

    def __init__(
        self, scene: Scene, *, exposure: float | None = None, anisotropy: float | None = None
    ) -> None:
        super().__init__(1, 1)
        self._program_cache: Programs = Programs()
        # Where the processor draws, anisotropic filtering costs more than all the rest of a frame.
        usual = 1.0 if is_software(GL.glGetString(GL.GL_RENDERER).decode()) else 8.0
        self._textures = Textures(anisotropy=usual if anisotropy is None else anisotropy)
        self._geometry = Geometry()
        self._draws: list[Draw] = []
        self._screen = int(GL.glGenVertexArrays(1))
        self._sky = self._program_cache.get("screen.vert", "sky.frag")
        lit = any(not mesh.surface.unlit for node, _ in scene.walk() for mesh in node.meshes)
        self._environment = Environment(scene.sky, self._program_cache, lit=lit)
        self._upload(scene)
        self._eye = Block(np.zeros((), EYE), 0)
        lamps = lamps_of(scene)
        factor, measured = balance(scene, lamps, self._environment.irradiance)
        own = scene.extras.get("vrgen", {}).get("exposure")
        self.exposure = float(exposure or own or measured)
        """Factor from cd/m2 to the range of the screen."""
        self._light = Block(self._light_record(lamps, factor), 1)

    def _upload(self, scene: Scene) -> None:
        placed = [(mesh, world) for node, world in scene.walk() for mesh in node.meshes if len(mesh.indices)]
        records = np.array([object_record(mesh, world) for mesh, world in placed], OBJECT)
        self._draws = [self._draw(mesh, world) for mesh, world in placed]
        boxes = [_world_box(mesh, world) for mesh, world in placed]
        self._low = np.array([low for low, _ in boxes]).reshape(-1, 3)
        self._high = np.array([high for _, high in boxes]).reshape(-1, 3)
        self._pass = np.array([PASSES[mesh.surface.alpha_mode] for mesh, _ in placed], np.int64)
        known = {program: rank for rank, program in enumerate(dict.fromkeys(d.program for d in self._draws))}
        self._rank = np.array([known[draw.program] for draw in self._draws], np.int64)
        self._objects = Block(records, 2)

    def _draw(self, mesh: Mesh, world: NDArray[np.float64]) -> Draw:
        surface = mesh.surface
        fragment = "unlit.frag" if surface.unlit else "pbr.frag"
        textures = [
            (SLOTS.index(name), self._textures.get(getattr(surface, name), colour=name in COLOUR_SLOTS))
            for name in slots_of(surface)
        ]
        if not surface.unlit:
            textures.append((6, self._environment.reflections))
        return Draw(
            program=self._program_cache.get("mesh.vert", fragment, *defines_of(mesh)),
            shape=self._geometry.get(mesh),
            textures=tuple(textures),
            cull=not surface.double_sided,
            mirrored=bool(np.linalg.det(world[:3, :3]) < 0),
        )

    def _light_record(self, lamps: NDArray[Any], factor: float) -> NDArray[Any]:
        record = np.zeros((), LIGHT)
        record["irradiance"][:, :3] = self._environment.irradiance
        record["environment"] = (factor, LEVELS - 1, 0.0, self.exposure)
        record["lamp_count"][0] = len(lamps)
        record["lamps"][: len(lamps)] = lamps
        return record

    def render(self, eye: Eye, framebuffer: int, size: tuple[int, int], *, linear: bool = False) -> None:
        """Draw over all of a framebuffer of `size` (width, height) pixels.

        The framebuffer is of an sRGB format or, when `linear`, a float one that gets radiance in
        cd/m2 without tone mapping (and unlit colours in linear light).
        """
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(0, 0, *size)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDepthFunc(GL.GL_LEQUAL)
        GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # opaque pixels encode themselves
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)  # the sky covers what nothing else does
        self._look(eye, linear=linear)
        solid, clear = self._order(eye)
        GL.glDisable(GL.GL_BLEND)
        self._draw_all(solid)
        self._draw_sky()
        if len(clear):
            GL.glEnable(GL.GL_BLEND)
            GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)
            GL.glBlendFuncSeparate(
                GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA
            )
            GL.glDepthMask(GL.GL_FALSE)
            self._draw_all(clear)
            GL.glDepthMask(GL.GL_TRUE)
            GL.glDisable(GL.GL_BLEND)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)

    def _look(self, eye: Eye, *, linear: bool) -> None:
        record = np.zeros((), EYE)
        record["view_projection"] = column_major(eye.view_projection)
        record["ray_from_clip"] = column_major(eye.ray_from_clip)
        record["eye_position"] = (*eye.position, float(linear))
        self._eye.update(record)
        self._eye.bind()
        self._light.bind()

    def _order(self, eye: Eye) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices of what is in the picture: (opaque then mask, front to back; blend, back to front)."""
        seen = np.flatnonzero(visible(eye, self._low, self._high))
        low, high = self._low[seen], self._high[seen]
        nearest = np.clip(eye.position, low, high)
        near = np.linalg.norm(nearest - eye.position, axis=1)
        middle = np.linalg.norm((low + high) / 2 - eye.position, axis=1)
        stage = self._pass[seen]
        order = np.lexsort((middle, near, stage))
        solid = order[stage[order] < PASSES["blend"]]
        blend = np.flatnonzero(stage == PASSES["blend"])
        return seen[solid], seen[blend[np.argsort(-middle[blend], kind="stable")]]

    def _draw_all(self, order: NDArray[np.int64]) -> None:
        program: Program | None = None
        bound: dict[int, int] = {}
        cull: bool | None = None
        mirrored: bool | None = None
        for index in order.tolist():
            draw = self._draws[index]
            if draw.program is not program:
                program = draw.program
                program.use()
            if draw.cull != cull:
                cull = draw.cull
                (GL.glEnable if cull else GL.glDisable)(GL.GL_CULL_FACE)
            if draw.mirrored != mirrored:
                mirrored = draw.mirrored
                GL.glFrontFace(GL.GL_CW if mirrored else GL.GL_CCW)
            for unit, texture in draw.textures:
                if bound.get(unit) != texture:
                    GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
                    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
                    bound[unit] = texture
            self._objects.bind(index)
            GL.glBindVertexArray(draw.shape.vertex_array)
            GL.glDrawElements(GL.GL_TRIANGLES, draw.shape.count, draw.shape.index_type, None)

    def _draw_sky(self) -> None:
        self._sky.use()
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDepthMask(GL.GL_FALSE)
        GL.glActiveTexture(GL.GL_TEXTURE7)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._environment.background)
        GL.glBindVertexArray(self._screen)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glDepthMask(GL.GL_TRUE)

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        GL.glUseProgram(0)  # a program in use would live on
        for name in ("_textures", "_geometry", "_environment", "_objects", "_eye", "_light"):
            owner = getattr(self, name, None)
            if owner is not None:
                owner.delete()
        if getattr(self, "_screen", 0):
            GL.glDeleteVertexArrays(1, [self._screen])
            self._screen = 0
        self._draws = []
        super().delete()  # the programs


def _world_box(mesh: Mesh, world: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners (3,) of the mesh's bounding box in the world, metres."""
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    centre, half = (low + high) / 2.0, (high - low) / 2.0
    middle = world[:3, :3] @ centre + world[:3, 3]
    reach = np.abs(world[:3, :3]) @ half
    return middle - reach, middle + reach
