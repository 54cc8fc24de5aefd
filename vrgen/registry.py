"""Registry: names that stand for code which is imported on first use.

Outsiders hook in through entry points of the group that a registry names (`vrgen.verbs`, `vrgen.makers`,
`vrgen.generators`, `vrgen.styles`, `vrgen.viewers`): the entry point's name is the entry's name, its value
`module:attribute`. A name that is taken is an error, a miss lists the nearest name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vrgen.errors import MissingPart, UsageProblem, ValueProblem, nearest

__all__ = ["Entry", "Registry", "generators", "makers", "styles", "verbs", "viewers"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name and where its code lies."""

    name: str
    """What users write."""
    target: str
    """`module:attribute`, imported on first use."""
    summary: str = ""
    """One line."""
    example: str = ""
    """One line that can be typed as it is."""
    needs: tuple[str, ...] = ()
    """Distributions on PyPI without which the target cannot be imported."""

    def load(self) -> Any:
        """The object itself. Raises MissingPart, with the install line, when a library is not there."""
        from importlib import import_module

        module, _, attribute = self.target.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ModuleNotFoundError as problem:
            if (problem.name or "vrgen").partition(".")[0] == "vrgen":  # a bug of ours, no missing library
                raise
            wanted = " ".join(self.needs) or problem.name
            raise MissingPart(
                f"{self.name} needs {wanted}; install it with: pip install {wanted}"
            ) from problem


class Registry:
    """Entries of one sort, in order; those of entry points come after ours."""

    def __init__(self, sort: str, group: str, entries: Iterable[Entry] = ()) -> None:
        self.sort = sort
        self.group = group
        self._entries: dict[str, Entry] = {}
        self._asked_outside = False
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Enter a new name. Raises ValueProblem when the name is taken."""
        if entry.name in self._entries:
            taken = self._entries[entry.name].target
            raise ValueProblem(
                f"{self.sort} {entry.name!r} is registered twice: {taken} and {entry.target}; rename one"
            )
        self._entries[entry.name] = entry

    def __iter__(self) -> Iterator[Entry]:
        self._ask_outside()
        return iter(tuple(self._entries.values()))

    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(entry.name for entry in self)

    def get(self, name: str) -> Entry:
        """The entry of that name. Raises UsageProblem with the nearest name on a miss."""
        if name not in self._entries:  # entry points cost time: asked only when ours do not answer
            self._ask_outside()
        if name not in self._entries:
            known = self.names()
            raise UsageProblem(
                f"unknown {self.sort} {name!r}.{nearest(name, known)} There are: {', '.join(known)}."
            )
        return self._entries[name]

    def load(self, name: str) -> Any:
        """The object of that name, imported now."""
        return self.get(name).load()

    def _ask_outside(self) -> None:
        if self._asked_outside:
            return
        self._asked_outside = True
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            summary = f"from {point.dist.name}" if point.dist else ""
            self.add(Entry(point.name, point.value, summary))


verbs = Registry(
    "verb",
    "vrgen.verbs",
    [
        Entry(
            "gallery",
            "vrgen.cli.gallery:GalleryCommand",
            "A folder of pictures becomes a lit gallery in one GLB.",
            "vrgen gallery pictures/ -o show.glb --style loft",
        ),
        Entry(
            "texture",
            "vrgen.cli.texture:TextureCommand",
            "Generate tileable PBR materials.",
            "vrgen texture --kind bricks --seed 7 --size 1024 -o textures/",
        ),
        Entry(
            "sky",
            "vrgen.cli.sky:SkyCommand",
            "Generate an HDR sky.",
            "vrgen sky --seed 3 --sun-elevation 12 --cover 0.4 -o sky.hdr",
        ),
        Entry(
            "maps",
            "vrgen.cli.maps:MapsCommand",
            "Make a seamless PBR set from a photo.",
            "vrgen maps wall.jpg -o wall/",
        ),
        Entry(
            "restyle",
            "vrgen.cli.restyle:RestyleCommand",
            "Put a picture, a material or an HDR sky in another style.",
            "vrgen restyle photo.jpg -o painted.png --model cyclegan_painting",
        ),
        Entry(
            "shot",
            "vrgen.cli.shot:ShotCommand",
            "Take pictures of a GLB from its cameras.",
            "vrgen shot show.glb -o preview.png --size 1600x900",
        ),
        Entry(
            "view",
            "vrgen.cli.view:ViewCommand",
            "Walk through a GLB in a window, a headset or a browser.",
            "vrgen view show.glb",
        ),
        Entry(
            "export-web",
            "vrgen.cli.export_web:ExportWebCommand",
            "Write a GLB as a static site: gallery, catalogue, AR.",
            "vrgen export-web show.glb -o site/",
        ),
        Entry(
            "replay",
            "vrgen.cli.replay:ReplayCommand",
            "Say what a GLB costs a headset, stop by stop.",
            "vrgen replay show.glb -o report/",
        ),
        Entry(
            "bake",
            "vrgen.cli.bake:BakeCommand",
            "Dress meshes in materials, trace their light and bake it in.",
            "vrgen bake room.glb --material plaster --material oak:floor --sky 3 -o lit.glb",
        ),
        Entry(
            "check",
            "vrgen.cli.check:CheckCommand",
            "Check a GLB for a headset: what is wrong, where, what to do.",
            "vrgen check show.glb --target quest2",
        ),
        Entry(
            "scene",
            "vrgen.cli.scene:SceneCommand",
            "Make the scene that a TOML file describes.",
            "vrgen scene courtyard.toml -o courtyard.glb",
        ),
        Entry(
            "optimize",
            "vrgen.cli.optimize:OptimizeCommand",
            "Make a GLB small and quick for a headset, measured.",
            "vrgen optimize show.glb -o quest.glb --target quest3",
        ),
        Entry(
            "inspect",
            "vrgen.cli.inspect:InspectCommand",
            "Say what a GLB holds, what it costs and how it was made.",
            "vrgen inspect show.glb",
        ),
        Entry(
            "reroll",
            "vrgen.cli.reroll:RerollCommand",
            "Make one material of a GLB again: the next seed, or sliders.",
            "vrgen reroll show.glb --node wall_plaster --seed +1 -o other.glb",
        ),
        Entry(
            "diff",
            "vrgen.cli.diff:DiffCommand",
            "Say what sets two GLBs apart, and where they went apart first.",
            "vrgen diff show.glb other.glb",
        ),
        Entry(
            "train",
            "vrgen.cli.train:TrainCommand",
            "Train the models on your own pictures.",
            "vrgen train gan --data materials/ --out runs/gan",
        ),
        Entry(
            "models",
            "vrgen.cli.models:ModelsCommand",
            "List the models that are installed, or show one's card.",
            "vrgen models show sky_vae",
        ),
        Entry(
            "export",
            "vrgen.cli.export:ExportCommand",
            "Write a model's network as ONNX.",
            "vrgen export sky_vae -o sky_vae.onnx",
        ),
        Entry(
            "batch",
            "vrgen.cli.batch:BatchCommand",
            "Make all products of a recipe, on every core or many machines, and never twice.",
            "vrgen batch bricks.toml -o bricks/ --workers 8",
        ),
        Entry(
            "watch",
            "vrgen.cli.watch:WatchCommand",
            "Make a scene, gallery or recipe again whenever it is saved, and see it change.",
            "vrgen watch pictures/ --web",
            needs=("watchfiles",),
        ),
        Entry(
            "store",
            "vrgen.cli.store:StoreCommand",
            "Show, check or prune what batch runs have made.",
            "vrgen store prune bricks/ --older 30",
        ),
        Entry(
            "doctor",
            "vrgen.cli.doctor:DoctorCommand",
            "Say what this machine can do, and how to mend the rest.",
            "vrgen doctor",
        ),
    ],
)

generators = Registry(
    "generator",
    "vrgen.generators",
    [
        Entry("material_gan", "vrgen.synth:texture", "Materials from quilted latents.", needs=("torch",)),
        Entry("sky_vae", "vrgen.synth:sky", "Skies from a variational autoencoder.", needs=("torch",)),
    ],
)

styles = Registry(
    "style",
    "vrgen.styles",
    [
        Entry(
            "white-cube",
            "vrgen.scene.styles.white_cube:WHITE_CUBE",
            "Skylight grid, shadow gaps, a pale plank floor.",
        ),
        Entry("loft", "vrgen.scene.styles.loft:LOFT", "Brick, beams, tall windows, polished concrete."),
        Entry(
            "pavilion", "vrgen.scene.styles.pavilion:PAVILION", "Stone slabs, glass, a court open to the sky."
        ),
    ],
)

viewers = Registry(
    "viewer",
    "vrgen.viewers",
    [
        Entry(
            "window",
            "vrgen.view.window:view",
            "A window with mouse look and WASD.",
            needs=("scikit-robot-pyrender",),
        ),
        Entry(
            "headset",
            "vrgen.view.xr.headset:stroll",
            "A headset, through its OpenXR runtime.",
            needs=("pyopenxr", "scikit-robot-pyrender"),
        ),
        Entry(
            "web",
            "vrgen.view.web.serve:serve",
            "A page for browsers and headsets (WebXR).",
            needs=("aiohttp", "segno", "cryptography"),
        ),
    ],
)

makers = Registry(
    "maker",
    "vrgen.makers",
    [
        Entry("texture", "vrgen.batch.maker:TEXTURE", "PBR sets, from kinds and seeds."),
        Entry("sky", "vrgen.batch.maker:SKY", "HDR skies."),
        Entry("maps", "vrgen.batch.maker:MAPS", "PBR sets from photos."),
        Entry("restyle", "vrgen.batch.maker:RESTYLE", "Pictures, PBR sets and skies in another style."),
        Entry("bake", "vrgen.batch.maker:BAKE", "Meshes dressed and lit."),
        Entry("gallery", "vrgen.batch.maker:GALLERY", "Galleries from folders of pictures."),
        Entry("scene", "vrgen.batch.maker:SCENE", "Scenes described in words."),
        Entry("reroll", "vrgen.batch.maker:REROLL", "Scenes with one material made anew."),
        Entry("optimize", "vrgen.batch.maker:OPTIMIZE", "GLBs for a headset: KTX2, meshopt."),
        Entry("check", "vrgen.batch.maker:CHECK", "What GLBs lack for a headset, as JSON."),
        Entry("inspect", "vrgen.batch.maker:INSPECT", "What is in GLBs, as JSON."),
        Entry("shot", "vrgen.batch.maker:SHOT", "Pictures of GLBs."),
        Entry("export", "vrgen.batch.maker:EXPORT", "Networks as ONNX."),
        Entry("export-web", "vrgen.batch.maker:EXPORT_WEB", "Sites that show a GLB."),
    ],
)
