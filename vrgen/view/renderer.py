"""Renderer: a Scene of the core, drawn. pyrender gives context and base class; passes and shaders are ours.

What looks alike is one batch (pieces, batches). A frame culls and sorts all pieces at once, for all eyes
together, and makes a handful of GL calls a batch: its cost in Python grows with the number of looks, not
of works.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.change import alike
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.batches import ABSENT, Batch
from vrgen.view.blocks import Block
from vrgen.view.environment import LEVELS, Environment
from vrgen.view.eye import Eye
from vrgen.view.gl import GL, is_software, pyrender
from vrgen.view.lamps import balance, lamps_of
from vrgen.view.order import Run, Table
from vrgen.view.pieces import Look, Piece, dressed_in, look_of, pieces_of, same_vertices, slots_of
from vrgen.view.program import Program, Programs
from vrgen.view.records import EYE, LIGHT, Place, column_major
from vrgen.view.textures import Request, Textures

Output = Literal["srgb", "radiance", "linear"]
"""What is written: colours as shown, for an sRGB target; radiance in cd/m2 (and unlit colours linear), for a
float target; colours as shown, but linear, for a target of a linear format."""
OUTPUTS: dict[Output, float] = {"srgb": 0.0, "radiance": 1.0, "linear": 2.0}
COLOUR_SLOTS = ("base_colour", "emissive")


@dataclass(frozen=True, slots=True)
class FrameCost:
    """What a picture costs a headset."""

    draw_calls: int = 0
    """Meshes in it: the calls of a viewer that does not batch."""
    triangles: int = 0
    """Triangles of those meshes."""
    texture_bytes: int = 0
    """All textures of the scene as RGBA8 with mips."""
    batches: int = 0
    """Calls that we make for one eye."""


def everything(node: Node, mesh: Mesh) -> bool:
    """Nothing is left out."""
    return True


class Renderer(pyrender.Renderer):  # type: ignore[misc]
    """Draws one scene, uploaded when it is made, in the current GL context; `delete` releases everything.

    `exposure` is the factor from cd/m2 to 1 for lit pixels and skies; None takes the scene's
    extras["vrgen"]["exposure"], or measures the light. Unlit surfaces are shown as they are.
    `anisotropy` is the most samples along a slanted texture; None takes 8 on a card, 1 on the processor.
    `kept` says which meshes are drawn at all.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        exposure: float | None = None,
        anisotropy: float | None = None,
        kept: Callable[[Node, Mesh], bool] = everything,
    ) -> None:
        super().__init__(1, 1)
        self._program_cache: Programs = Programs()
        # Where the processor draws, anisotropic filtering costs more than all the rest of a frame.
        usual = 1.0 if is_software(GL.glGetString(GL.GL_RENDERER).decode()) else 8.0
        self.textures = Textures(anisotropy=usual if anisotropy is None else anisotropy)
        """Its images on the card."""
        self._screen = int(GL.glGenVertexArrays(1))
        self._sky = self._program_cache.get("screen.vert", "sky.frag")
        for location, value in ABSENT.items():
            GL.glVertexAttrib4f(location, *value)
        self.batches: list[Batch] = []
        """What is drawn, by look."""
        self._kept, self._asked = kept, exposure
        self._environment = Environment(scene.sky, self._program_cache, lit=_is_lit(scene))
        self._eyes = Block(np.zeros(2, EYE), 0)
        self._light = Block(np.zeros((), LIGHT), 1)
        self.exposure = 1.0
        """Factor from cd/m2 to the range of the screen."""
        self.show(scene)
        self.cost = FrameCost()
        """Of the last picture."""

    def show(self, scene: Scene, *, kept: Callable[[Node, Mesh], bool] | None = None) -> None:
        """Draw another scene from now on, those of its meshes that are `kept` (None: as before).

        Textures, programs and a sky that both have stay on the card, what only the old one had is released;
        textures that are missing are uploaded now, unless an arrival.Arrival has brought them.
        """
        self._kept = kept or self._kept
        if not self._environment.serves(scene.sky, lit=_is_lit(scene)):
            self._environment.delete()
            self._environment = Environment(scene.sky, self._program_cache, lit=_is_lit(scene))
        self.load(pieces_of(scene, self._kept))
        self.textures.keep(r for b in self.batches for p in b.pieces for r in requests_of(p.mesh.surface))
        lamps = lamps_of(scene)
        factor, measured = balance(scene, lamps, self._environment.irradiance)
        own = scene.extras.get("vrgen", {}).get("exposure")
        self.exposure = float(self._asked or own or measured)
        self._light.update(self._light_record(lamps, factor))

    def asks(self, scene: Scene, kept: Callable[[Node, Mesh], bool] | None = None) -> list[Request]:
        """The textures that it would need to `show` a scene."""
        pieces = pieces_of(scene, kept or self._kept)
        return [request for piece in pieces for request in requests_of(piece.mesh.surface)]

    def load(self, pieces: Sequence[Piece]) -> None:
        """Draw these pieces from now on; batches that were there before are released."""
        for batch in self.batches:
            batch.delete()
        self.textures.upload(r for piece in pieces for r in requests_of(piece.mesh.surface))
        groups: dict[Look, list[Piece]] = defaultdict(list)
        for piece in pieces:
            groups[look_of(piece, self.places(piece.mesh.surface))].append(piece)
        self.batches = [
            Batch(self._program(look), look, members, self._places_of(members))
            for look, members in groups.items()
        ]
        self._table = _table_of(self.batches)

    def wear(self, old: Surface, new: Surface) -> None:
        """Show `new` wherever `old` or one alike is worn, and release textures that nothing wears any more.

        Textures that are not on the card yet are uploaded now; exchange.Exchange brings them there before,
        slice by slice. Where only textures and records change, vertices are left alone.
        """
        after = self.places(new)
        gone = [p.mesh.surface for b in self.batches for p in b.pieces if alike(p.mesh.surface, old)]
        touched = {n: b for n, b in enumerate(self.batches) if any(p.mesh.surface in gone for p in b.pieces)}
        dressed = {n: dressed_in(new, old, batch.pieces) for n, batch in touched.items()}
        looks = {n: look_of(pieces[0], after) for n, pieces in dressed.items()}
        if all(self._only_textures(batch, old, new, looks[n]) for n, batch in touched.items()):
            for n, batch in touched.items():
                batch.dress(looks[n], dressed[n], after)
        else:
            self.load([p for n, batch in enumerate(self.batches) for p in dressed.get(n, batch.pieces)])
        self._drop(gone)

    def _only_textures(self, batch: Batch, old: Surface, new: Surface, look: Look) -> bool:
        """Whether a batch comes to wear `new` without another program and other vertices."""
        after = self.places(new).get("base_colour")
        return batch.can_wear(old, look) and all(
            same_vertices(piece, self.places(piece.mesh.surface).get("base_colour"), new, after)
            for piece in batch.pieces
        )

    def _drop(self, surfaces: Sequence[Surface]) -> None:
        worn = {r.key for b in self.batches for p in b.pieces for r in requests_of(p.mesh.surface)}
        asked = {r.key: r for surface in surfaces for r in requests_of(surface)}
        for key, request in asked.items():
            if key not in worn:
                self.textures.drop(request)

    def places(self, surface: Surface) -> dict[str, Place]:
        """Where the images of a surface lie, by slot."""
        return {
            name: self.textures.get(getattr(surface, name), colour=name in COLOUR_SLOTS)
            for name in slots_of(surface)
        }

    def _places_of(self, members: Sequence[Piece]) -> list[dict[str, Place]]:
        return [self.places(piece.mesh.surface) for piece in members]

    def _program(self, look: Look) -> Program:
        fragment = "pbr.frag" if "LIT" in look.defines else "unlit.frag"
        return self._program_cache.get("mesh.vert", fragment, *look.defines)

    def _light_record(self, lamps: NDArray[np.void], factor: float) -> NDArray[np.void]:
        record = np.zeros((), LIGHT)
        record["irradiance"][:, :3] = self._environment.irradiance
        record["environment"] = (factor, LEVELS - 1, 0.0, self.exposure)
        record["lamp_count"][0] = len(lamps)
        record["lamps"][: len(lamps)] = lamps
        return record

    def render(
        self,
        eyes: Eye | Sequence[Eye],
        framebuffer: int,
        size: tuple[int, int],
        *,
        output: Output = "srgb",
        sky: bool = True,
    ) -> None:
        """Draw over all of a framebuffer: one eye, or several side by side, each of `size` pixels.

        `size` is (width, height). The framebuffer's format is as `output` says. Without `sky`, pixels that
        nothing covers are transparent, and colours are multiplied by alpha.
        """
        looking = (eyes,) if isinstance(eyes, Eye) else tuple(eyes)
        self._begin(framebuffer, (size[0] * len(looking), size[1]), clear=not sky)
        self._look(looking, output)
        rows = self._table.seen(looking)
        middle = np.mean([eye.position for eye in looking], axis=0)
        solid, clear = self._table.runs(rows, middle)
        GL.glDisable(GL.GL_BLEND)
        self._draw_all(solid, len(looking), size)
        if sky:
            self._draw_sky(len(looking), size)
        if clear:
            self._blend(output)
            self._draw_all(clear, len(looking), size)
            GL.glDepthMask(GL.GL_TRUE)
            GL.glDisable(GL.GL_BLEND)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)
        self.cost = FrameCost(
            draw_calls=len(rows),
            triangles=int(self._table.triangles[rows].sum()),
            texture_bytes=self.textures.memory,
            batches=len(solid) + len(clear) + sky,
        )

    def _begin(self, framebuffer: int, size: tuple[int, int], *, clear: bool) -> None:
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(0, 0, *size)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDepthFunc(GL.GL_LEQUAL)
        GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # opaque pixels encode themselves
        if clear:
            GL.glClearColor(0.0, 0.0, 0.0, 0.0)
            GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
        else:
            GL.glClear(GL.GL_DEPTH_BUFFER_BIT)  # the sky covers what nothing else does

    def _look(self, eyes: Sequence[Eye], output: Output) -> None:
        records = np.zeros(len(eyes), EYE)
        for record, eye in zip(records, eyes, strict=True):
            record["view_projection"] = column_major(eye.view_projection)
            record["ray_from_clip"] = column_major(eye.ray_from_clip)
            record["eye_position"] = (*eye.position, OUTPUTS[output])
        self._eyes.update(records)
        self._eyes.bind()
        self._light.bind()

    def _blend(self, output: Output) -> None:
        GL.glEnable(GL.GL_BLEND)
        if output == "srgb":
            GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)
        GL.glBlendFuncSeparate(
            GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA, GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA
        )
        GL.glDepthMask(GL.GL_FALSE)

    def _draw_all(self, runs: Sequence[Run], eyes: int, size: tuple[int, int]) -> None:
        """Each run once for every eye: what it binds, it binds once."""
        program: Program | None = None
        bound: dict[int, int] = {}
        culled: bool | None = None
        for run in runs:
            batch = self.batches[run.batch]
            if batch.program is not program:
                program = batch.program
                program.use()
            if batch.look.culled != culled:
                culled = batch.look.culled
                (GL.glEnable if culled else GL.glDisable)(GL.GL_CULL_FACE)
            self._bind_textures(batch, bound)
            batch.bind()
            draw = batch.drawer(run.members)
            for eye in range(eyes):
                self.turn_to(eye, eyes, size)
                draw()

    def _bind_textures(self, batch: Batch, bound: dict[int, int]) -> None:
        for unit, texture in batch.textures:
            if bound.get(unit) != texture:
                GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
                GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, texture)
                bound[unit] = texture
        if "LIT" in batch.look.defines and bound.get(6) != self._environment.reflections:
            bound[6] = self._environment.reflections
            GL.glActiveTexture(GL.GL_TEXTURE6)
            GL.glBindTexture(GL.GL_TEXTURE_2D, bound[6])

    def turn_to(self, eye: int, eyes: int, size: tuple[int, int]) -> None:
        """Draw for one of so many eyes from now on, each of `size` pixels."""
        if eyes > 1:
            GL.glViewport(eye * size[0], 0, *size)
            self._eyes.bind(eye)

    def _draw_sky(self, eyes: int, size: tuple[int, int]) -> None:
        self._sky.use()
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDepthMask(GL.GL_FALSE)
        GL.glActiveTexture(GL.GL_TEXTURE7)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._environment.background)
        GL.glBindVertexArray(self._screen)
        for eye in range(eyes):
            self.turn_to(eye, eyes, size)
            GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glDepthMask(GL.GL_TRUE)

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        GL.glUseProgram(0)  # a program in use would live on
        for batch in self.batches:
            batch.delete()
        self.batches = []
        for name in ("textures", "_environment", "_eyes", "_light"):
            owner = getattr(self, name, None)
            if owner is not None:
                owner.delete()
        if getattr(self, "_screen", 0):
            GL.glDeleteVertexArrays(1, [self._screen])
            self._screen = 0
        super().delete()  # the programs


def _is_lit(scene: Scene) -> bool:
    return any(not mesh.surface.unlit for node, _ in scene.walk() for mesh in node.meshes)


def requests_of(surface: Surface) -> list[Request]:
    """The textures that a surface asks for."""
    return [Request(getattr(surface, name), name in COLOUR_SLOTS) for name in slots_of(surface)]


def _table_of(batches: Sequence[Batch]) -> Table:
    boxes = [piece.box() for batch in batches for piece in batch.pieces]
    sizes = [len(batch.pieces) for batch in batches]
    return Table(
        low=np.array([low for low, _ in boxes], np.float64).reshape(-1, 3),
        high=np.array([high for _, high in boxes], np.float64).reshape(-1, 3),
        batch=np.repeat(np.arange(len(batches)), sizes),
        member=np.concatenate([np.arange(size) for size in sizes] or [np.zeros(0, np.int64)]),
        stage=np.repeat(np.array([batch.look.stage for batch in batches], np.int64), sizes),
        triangles=np.array([len(p.mesh.indices) for batch in batches for p in batch.pieces], np.int64),
    )
