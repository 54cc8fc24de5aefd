"""Gallery: a folder of works becomes a scene: read, plan, generate, build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.core.sun import horizon_light
from vrgen.registry import styles
from vrgen.verbs.boundary import SEEDS, one_of, readable, within
from vrgen.verbs.seeds import seed_of
from vrgen.verbs.verb import verb

if TYPE_CHECKING:
    from vrgen.scene.work import Collection

STYLE, SEED = "white-cube", 1
"""Taken where neither the options nor gallery.toml say anything."""
SKY_WIDTH = 2048
"""Pixels around the horizon: the sky is seen through windows and over the court."""
SKY_PARTS = ("sky", "sky 2", "sky 3", "sky 4")
"""What a sky's seed is derived from, one after the other, until the horizon is bright."""
DARK = 0.4
"""Light of the horizon below which trees stand too close: they would fill the windows of a gallery."""


@dataclass(frozen=True)
class GalleryOptions:
    """A gallery for the works of a folder. What is not given is taken from its gallery.toml."""

    pictures: Path | str
    """Folder with 1 to 500 works (png, jpg, webp, tiff, svg; glb and obj as sculptures)."""
    style: str | None = None
    """white-cube, loft or pavilion [gallery.toml, else white-cube]."""
    seed: int | None = None
    """Seed of everything generated; the same seed gives the same file [gallery.toml, else 1]."""
    sky: int | str | Path | Sky | None = None
    """Seed of a generated sky, or a file (.hdr, .exr, .png, .jpg; 2:1) [derived from the seed]."""
    title: str | None = None
    """Title on the wall [gallery.toml, else the folder's name]."""
    wall: Material | None = None
    """Material of the walls, instead of the style's own."""
    strict: bool = False
    """Fail when a file cannot be hung, instead of leaving it out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models run: auto, cpu or cuda."""

    def __post_init__(self) -> None:
        if self.style is not None:
            one_of("style", self.style, styles.names())
        if self.seed is not None:
            within("seed", self.seed, *SEEDS)
        one_of("device", self.device, ("auto", "cpu", "cuda"))


@verb(GalleryOptions)
def gallery(options: GalleryOptions, progress: Progress) -> Scene:
    """The gallery as a Scene, not lit yet (`vrgen.bake` does that).

    Raises InputProblem for the folder and its files, UsageProblem for a wrong gallery.toml.
    """
    from vrgen.scene.build import build
    from vrgen.scene.plan import plan

    if isinstance(options.sky, str | Path) and not str(options.sky).isdecimal():
        readable(Path(options.sky))  # before the long work
    collection = _works(options, progress)
    chosen = _chosen(options, collection)
    assert chosen.style is not None and chosen.seed is not None and chosen.title is not None
    drawing = plan(collection.works, style=chosen.style, seed=chosen.seed)
    sky = _sky(chosen, progress)
    materials = _materials(chosen, progress)
    with progress.stage("building rooms", 1):
        scene = build(
            drawing,
            collection.works,
            style=chosen.style,
            materials=materials,
            sky=sky,
            title=chosen.title,
            seed=chosen.seed,
        )
    return replace(scene, records=_records(chosen, collection, scene, materials, sky))


def _works(options: GalleryOptions, progress: Progress) -> Collection:
    from vrgen.gltf import read
    from vrgen.scene.budget import picture_pixels
    from vrgen.scene.works import read_works

    collection = read_works(
        Path(options.pictures),
        max_px=picture_pixels,
        strict=options.strict,
        load_model=read,
        progress=progress,
    )
    for name, reason in collection.left_out:
        progress.note(f"left out: {name}: {reason}")
    return collection


def _chosen(options: GalleryOptions, collection: Collection) -> GalleryOptions:
    """The options with every gap filled: from gallery.toml, then by default."""
    sky = options.sky
    if sky is None and collection.sky is not None:
        sky = int(collection.sky) if collection.sky.isdecimal() else Path(options.pictures) / collection.sky
    seed = options.seed if options.seed is not None else collection.seed
    return replace(
        options,
        style=options.style or collection.style or STYLE,
        seed=SEED if seed is None else seed,
        sky=sky,
        title=options.title or collection.title or Path(options.pictures).resolve().name,
    )


def _sky(options: GalleryOptions, progress: Progress) -> Sky:
    """The sky that was handed over, read from the file, or generated: from the seed that was asked for, else
    from the first of several whose horizon is bright."""
    if isinstance(options.sky, Sky):
        return options.sky
    given = None if options.sky is None else str(options.sky)
    if given is not None and not given.isdecimal():
        from vrgen.maps.read import read_sky

        return read_sky(Path(given))
    from vrgen.synth import SkyOptions, sky

    seeds = [int(given)] if given else [seed_of(options.seed or 0, part) for part in SKY_PARTS]
    with progress.stage("generating the sky", 1):
        made = (sky(SkyOptions(seed=seed, size=SKY_WIDTH, device=options.device)) for seed in seeds)
        first = next(made)
        return next((one for one in chain([first], made) if horizon_light(one.radiance) >= DARK), first)


def _materials(options: GalleryOptions, progress: Progress) -> Mapping[str, Material]:
    """A generated material for every role of the style that is not paint."""
    from vrgen.scene.build import surfaces_needed
    from vrgen.synth import TextureOptions, texture

    assert options.style is not None and options.seed is not None
    wanted = surfaces_needed(options.style)
    made: dict[tuple[str, int], Material] = {}
    worn: dict[str, Material] = {}
    with progress.stage("generating materials", len(wanted)) as advance:
        for request in wanted:
            kind, size = str(request.kind), request.size_px
            if request.role == "wall" and options.wall is not None:
                worn["wall"] = options.wall
            else:
                if (kind, size) not in made:  # wall and ceiling of one plaster are generated once
                    seed = seed_of(options.seed, kind)
                    asked = TextureOptions(kind=kind, seed=seed, size=size, device=options.device)
                    made[kind, size] = texture(asked)
                worn[request.role] = made[kind, size]
            advance(1)
    return worn


def _records(
    options: GalleryOptions,
    collection: Collection,
    scene: Scene,
    materials: Mapping[str, Material],
    sky: Sky,
) -> tuple[Record, ...]:
    """Everything that went in, oldest first, then the gallery itself. No path of this machine."""
    parts = [*{id(m.record): m.record for m in materials.values()}.values(), sky.record]
    said = {
        "style": options.style,
        "title": options.title,
        "works": len(collection.works),
        "left_out": [name for name, _ in collection.left_out],
        "roles": {role: material.name for role, material in materials.items()},
    }
    own = Record("gallery", options=said, seed=options.seed)
    known = {id(record) for record in scene.records}
    before = tuple(part for part in parts if part is not None and id(part) not in known)
    return (*before, *scene.records, own)
