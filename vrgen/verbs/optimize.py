"""Optimize: the same scene, smaller and quicker on one target, and no less like itself than is asked."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Literal, get_args

from vrgen.core.budget import LARGEST_SIDE, PIXELS_A_DEGREE, Target
from vrgen.core.files import writing
from vrgen.core.progress import Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.errors import MissingPart
from vrgen.verbs.boundary import one_of, suffix_of, within, writable
from vrgen.verbs.fidelity import Fidelity, Likeness
from vrgen.verbs.optimized import (
    Cost,
    OptimizeReport,
    OptimizeStep,
    cost,
    levels_said,
    meshes_said,
    packed_said,
)
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import export

if TYPE_CHECKING:
    from vrgen.gltf.optimize.pack import Geometry, Packer, Textures

MOST_DECIBELS = 60.0
MOST_LODS = 4
UNCOMPRESSED = ("desktop",)
"""Targets that get PNG and JPEG, and geometry that every reader takes, if nothing else is said."""
FINEST = {"ktx2": 256, "webp": 100, "keep": 0}
"""The qualities at which next to nothing is lost: UASTC, and WebP without quantisation."""
FINE = {"ktx2": 255, "webp": 95, "keep": 0}
"""The next best."""
TextureChoice = Literal["auto", "keep", "webp", "ktx2"]
GeometryChoice = Literal["auto", "plain", "meshopt", "draco"]


@dataclass(frozen=True)
class OptimizeOptions:
    """For what, how faithfully."""

    target: Target = "quest3"
    """quest2, quest3, webxr: KTX2 textures and meshopt geometry; desktop: PNG, JPEG and plain geometry, for
    every reader."""
    textures: TextureChoice = "auto"
    """keep: PNG and JPEG; webp: a small file, but as large on the GPU as PNG; ktx2: an eighth to a quarter of
    that on the GPU. auto: what the target asks for."""
    geometry: GeometryChoice = "auto"
    """plain; meshopt, which a headset unpacks quickest; draco, slower, but Blender reads it too. auto: what
    the target asks for."""
    instances: bool = True
    """Draw what stands in three places or more at once, but for works, what moves and generated materials;
    nodes keep their names and places. Not for desktop."""
    atlas: bool = True
    """Put textures of at most 256 pixels side by side where surfaces differ in nothing else: not of works,
    generated materials, or what tiles."""
    across: bool = True
    """Join meshes of different nodes that look alike, in new nodes all_SURFACE of at most 32,768 triangles:
    not works, nor what moves or is named in extras; nodes keep their names and places. Not beside `lods`,
    which go by the distance of each node."""
    lods: int = 0
    """Coarser levels, at most 4, of what has 2,000 triangles and more, for readers of MSFT_lod; level n of
    NODE is the node NODE_LODn, in no scene. Each is off by half a pixel at most where MSFT_screencoverage
    lets it be drawn; UV seams stay shut, light in the vertices stays. Babylon.js reads the extension;
    three.js, glTFast and Godot do not, and would download them for nothing: so none, if nothing
    is said. Needs Node.js."""
    plan: bool = False
    """Write nothing: say what would be done, and what each step would gain, as measured."""
    least_psnr: float = 36.0
    """Decibels that every view must keep against the original, rendered from up to `views` of the scene's
    cameras; a step that falls below is done more carefully, or undone. 0 measures nothing and is quicker."""
    quality: int = 0
    """Of ETC1S colour textures, 1 to 255, and 256 is UASTC, thrice as large and next to lossless; of WebP, 1
    to 100. 0 tries one texture and takes the least that keeps `least_psnr` with 6 decibels to spare."""
    views: int = 6
    """Cameras that the likeness is measured from."""


@export(OptimizeOptions)
def optimize(
    scene: Scene | Path | str, path: Path | str, options: OptimizeOptions, progress: Progress
) -> OptimizeReport:
    """Write `scene` to the GLB `path`, optimised for a target; a plan writes nothing.

    Meshes lose what nothing reads and are joined where they look alike; textures get as many pixels as can be
    seen, small ones lie side by side; then KTX2 or WebP, and meshopt; what this machine lacks for that is
    said, and the rest done. Nodes keep their names and extras, the file its records. Raises UsageProblem for
    an option out of range, InputProblem for a damaged file, OutputProblem when the result cannot be written.
    """
    out = Path(path)
    _check(options)
    if not options.plan:
        suffix_of("out", out, (".glb",))
        writable(out)
    original = scene_of(scene, progress, strict=True)
    with tempfile.TemporaryDirectory(prefix="vrgen-") as name:
        run = _Run(original, Path(name), options, progress)
        run.simplify()
        run.level()
        run.compress()
        report = run.report(None if options.plan else out, scene)
        if not options.plan:
            with writing(out) as temporary:
                copyfile(run.file, temporary)
    return report


def _check(options: OptimizeOptions) -> None:
    one_of("target", options.target, tuple(LARGEST_SIDE))
    within("least_psnr", options.least_psnr, 0.0, MOST_DECIBELS)
    one_of("textures", options.textures, get_args(TextureChoice))
    one_of("geometry", options.geometry, get_args(GeometryChoice))
    within("quality", options.quality, 0, FINEST["ktx2"])
    within("views", options.views, 1, 64)
    within("lods", options.lods, 0, MOST_LODS)


class _Run:
    """One file on its way: what is kept so far, and what was done."""

    def __init__(self, original: Scene, folder: Path, options: OptimizeOptions, progress: Progress) -> None:
        self._original = original
        self._folder = folder
        self._options = options
        self._progress = progress
        self._steps: list[OptimizeStep] = []
        self._missing: list[str] = []
        self._scene = original
        self._memory: int | None = None
        self._saved = 0
        self.file = folder / "plain.glb"
        self._fidelity = self._measure()

    def simplify(self) -> None:
        """The steps that Python does; measured together, and one by one only where that is too little."""
        steps = {"meshes": self._joined, "textures": self._shrunk}
        if self._options.atlas:
            steps["atlas"] = self._atlased
        if self._options.across and not self._options.lods:
            steps["nodes"] = self._gathered
        scene, said, weight = self._original, {}, {}
        with self._progress.stage("simplifying", len(steps)) as advance:
            for name, step in steps.items():
                scene, said[name] = step(scene)
                weight[name] = self._weighed(scene)
                advance(1)
        likeness = self._likeness(scene)
        if self._enough(likeness):
            self._scene = scene
            self._steps += [
                OptimizeStep(name, what, _worst(likeness), after=weight[name]) for name, what in said.items()
            ]
            return
        for name, step in steps.items():
            scene, what = step(self._scene)
            likeness = self._likeness(scene)
            enough = self._enough(likeness)
            self._scene = scene if enough else self._scene
            weighed = self._weighed(self._scene)
            self._steps.append(OptimizeStep(name, what, _worst(likeness), undone=not enough, after=weighed))

    def level(self) -> None:
        """Coarser levels, which no view of ours draws."""
        from vrgen.gltf.optimize import simplify
        from vrgen.gltf.optimize.lods import leveled

        if not self._options.lods:
            return
        if gap := simplify.missing():
            self._lacks(f"no levels: {gap}")
            return
        density = PIXELS_A_DEGREE[self._options.target]
        with self._progress.stage("making coarser levels", 1):
            self._scene, made = leveled(self._scene, self._options.lods, pixels_per_degree=density)
        weighed = self._weighed(self._scene)
        self._steps.append(OptimizeStep("levels", levels_said(made), None, after=weighed))

    def compress(self) -> None:
        """Write the scene, then pack it, the textures finer each time the pictures suffer."""
        from vrgen.gltf import WriteOptions, write
        from vrgen.gltf.optimize.pack import Packer

        names = ("target", "textures", "geometry", "atlas", "across", "lods", "quality", "least_psnr")
        told = {name: getattr(self._options, name) for name in names}
        record = Record("optimize", told, versions=_versions())
        self._scene = replace(self._scene, records=(*self._scene.records, record))
        textures, geometry = self._asked()
        portable = self._options.target in UNCOMPRESSED or textures == "webp"
        self._written = write(
            self._scene, self.file, WriteOptions(portable=portable), progress=self._progress
        )
        instances = self._options.instances and self._options.target not in UNCOMPRESSED
        if textures == "keep" and geometry == "plain" and not instances:
            return
        packer = Packer(self.file, self._folder, textures=textures, geometry=geometry, instances=instances)
        least = self._options.least_psnr or OptimizeOptions.least_psnr
        chosen = self._options.quality or packer.searched(least, self._progress)
        for quality in sorted({chosen, max(chosen, FINE[textures]), max(chosen, FINEST[textures])}):
            if self._packed(packer, quality):
                return

    def _asked(self) -> tuple[Textures, Geometry]:
        """What textures and geometry become here; what cannot be done is noted."""
        from vrgen.gltf.optimize import encoders
        from vrgen.gltf.optimize.pack_draco import draco
        from vrgen.gltf.optimize.pack_meshes import meshopt

        plain = self._options.target in UNCOMPRESSED
        textures, geometry = self._options.textures, self._options.geometry
        textures = textures if textures != "auto" else "keep" if plain else "ktx2"
        geometry = geometry if geometry != "auto" else "plain" if plain else "meshopt"
        if textures == "ktx2" and (gap := encoders.missing()):
            self._lacks(f"no KTX2: {gap}")
            textures = "keep"
        libraries = {"meshopt": meshopt, "draco": draco}
        if geometry in libraries:
            try:
                libraries[geometry]()
            except MissingPart as problem:
                self._lacks(f"no {geometry}: {problem}")
                geometry = "plain"
        return textures, geometry

    def _lacks(self, what: str) -> None:
        self._missing.append(what)
        self._progress.note(what)

    def report(self, path: Path | None, source: Scene | Path | str) -> OptimizeReport:
        """What came of it."""
        from vrgen.gltf import write

        before = write(self._original, self._folder / "before.glb", progress=self._progress)
        size = before.bytes if isinstance(source, Scene) else Path(source).stat().st_size
        kept = [step.psnr for step in self._steps if not step.undone]
        memory = self._memory or self._written.texture_bytes
        after = cost(self._written, self.file.stat().st_size, memory, saved=self._saved)
        return OptimizeReport(
            path=path,
            before=cost(before, size, before.texture_bytes),
            after=after,
            steps=tuple(self._steps),
            psnr=kept[-1] if kept else None,
            missing=tuple(self._missing),
        )

    def _weighed(self, scene: Scene) -> Cost | None:
        """What a file of the scene costs, its pictures as they came; a plan alone wants to know."""
        from vrgen.gltf import write

        if not self._options.plan:
            return None
        written = write(scene, self._folder / "weighed.glb")
        return cost(written, written.bytes, written.texture_bytes)

    def _measure(self) -> Fidelity | None:
        if self._options.least_psnr == 0.0:
            return None
        try:
            with self._progress.stage("taking pictures of the original", 1):
                return Fidelity(self._original, views=self._options.views)
        except MissingPart as problem:
            self._lacks(f"the likeness was not measured: {problem}")
            return None

    def _joined(self, scene: Scene) -> tuple[Scene, str]:
        from vrgen.gltf.optimize.join import tidied

        tidy = tidied(scene)
        return tidy, meshes_said(scene, tidy)

    def _gathered(self, scene: Scene) -> tuple[Scene, str]:
        from vrgen.gltf.optimize.across import gathered

        instances = self._options.instances and self._options.target not in UNCOMPRESSED
        fewer = gathered(scene, instances=instances)
        return fewer, meshes_said(scene, fewer)

    def _atlased(self, scene: Scene) -> tuple[Scene, str]:
        from vrgen.gltf.optimize.atlas import atlased
        from vrgen.gltf.optimize.join import tidied

        beside, made = atlased(scene)
        if not made:
            return scene, "no small textures to put side by side"
        fewer = tidied(beside)
        count = sum(one.surfaces for one in made)
        sizes = ", ".join(f"{one.size[0]}x{one.size[1]}" for one in made)
        return fewer, f"{count} surfaces side by side ({sizes}), {meshes_said(scene, fewer)}"

    def _shrunk(self, scene: Scene) -> tuple[Scene, str]:
        from vrgen.gltf.optimize.sizes import shrunk

        target = self._options.target
        small, changed = shrunk(
            scene, pixels_per_degree=PIXELS_A_DEGREE[target], largest=LARGEST_SIDE[target]
        )
        whys = [one.why for one in changed]
        said = ", ".join(f"{whys.count(why)} {why}" for why in dict.fromkeys(whys))
        return small, f"{len(changed)} shrunk ({said})" if changed else "none to shrink"

    def _packed(self, packer: Packer, quality: int) -> bool:
        """Whether the file, packed at this quality, stays like the original; then it is kept."""
        from vrgen.gltf import read

        target = self._folder / f"{quality}.glb"
        packed = packer.pack(target, quality=quality, progress=self._progress)
        likeness = None if self._fidelity is None else self._likeness(read(target))
        enough = self._enough(likeness)
        weighed = None
        if self._options.plan:
            weighed = cost(self._written, packed.bytes, packed.texture_memory, saved=packed.calls_saved)
        self._steps.append(
            OptimizeStep("compression", packed_said(packed), _worst(likeness), not enough, weighed)
        )
        if enough:
            self.file, self._memory, self._saved = target, packed.texture_memory, packed.calls_saved
        return enough

    def _likeness(self, scene: Scene) -> Likeness | None:
        if self._fidelity is None:
            return None
        with self._progress.stage("comparing pictures", 1):
            return self._fidelity.of(scene)

    def _enough(self, likeness: Likeness | None) -> bool:
        return likeness is None or likeness.worst >= self._options.least_psnr


def _worst(likeness: Likeness | None) -> float | None:
    return None if likeness is None else likeness.worst


def _versions() -> dict[str, str]:
    from vrgen import __version__

    return {"vrgen": __version__}
