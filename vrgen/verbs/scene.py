"""Scene: a TOML file becomes a scene: check, generate, place, light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vrgen.core.material import Material
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.sky import Sky
from vrgen.errors import InputProblem, UsageProblem, ValueProblem, VrgenError
from vrgen.verbs.boundary import SEEDS, one_of, readable, suffix_of, within
from vrgen.verbs.seeds import seed_of
from vrgen.verbs.verb import verb

if TYPE_CHECKING:
    from vrgen.core.scene import Scene
    from vrgen.core.toml_source import Source
    from vrgen.scene.words.compose import Parts
    from vrgen.scene.words.show import Show
    from vrgen.scene.words.tables import Described, GalleryTable, MaterialTable, MeshTable, SkyTable
    from vrgen.synth import SkyOptions, TextureOptions
    from vrgen.verbs.bake import BakeOptions


@dataclass(frozen=True)
class SceneOptions:
    """A scene as a TOML file describes it; `vrgen scene --keys` lists all that it may say."""

    file: Path | str
    """The .toml file; files that it names lie beside it."""
    seed: int | None = None
    """Seed of everything generated, instead of the file's own."""
    light: str | None = None
    """How light is delivered, instead of what the file says: none, ao, vertex, atlas or lightmap."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models run: auto, cpu or cuda."""

    def __post_init__(self) -> None:
        if self.seed is not None:
            within("seed", self.seed, *SEEDS)
        one_of("device", self.device, ("auto", "cpu", "cuda"))


@verb(SceneOptions)
def scene(options: SceneOptions, progress: Progress) -> Scene:
    """The scene, lit as the file says. The same file and seed give the same scene.

    Raises UsageProblem, with the line, for what the file says wrongly, and InputProblem for files that it
    names.
    """
    from vrgen.scene.words.compose import compose
    from vrgen.verbs.bake import bake

    words, source = described(options)
    light = light_of(words, source)
    models = models_of(words, source, Path(options.file).parent, progress)
    compose(words, source, grey(words, models))  # where things stand is checked before the long work
    parts, records = _generated(options, words, source, models, progress)
    made = compose(words, source, parts, progress=progress)
    said = {"description": _portable(source.tables), "file": source.name}
    made = changed(made, records=(*records, Record("scene", options=said, seed=words.scene.seed)))
    return made if light.light == "none" else bake.run(made, light, progress)


def described(options: SceneOptions) -> tuple[Described, Source]:
    """What the file says, checked, with the options that override it."""
    from vrgen.scene.words.check import check
    from vrgen.scene.words.read import read_words
    from vrgen.synth import check_sky, check_texture

    path = Path(options.file)
    readable(path)
    suffix_of("file", path, (".toml",))
    words, source = read_words(path)
    if options.seed is not None:
        words = changed(words, scene=changed(words.scene, seed=options.seed))
    if options.light is not None:
        words = changed(words, bake=changed(words.bake, light=options.light))

    def check_material(table: MaterialTable) -> None:
        if table.kind is not None:
            check_texture(_asked(table, words, options))

    check(words, source, folder=path.parent, check_material=check_material)
    if words.sky is not None and words.sky.file is None:
        try:
            check_sky(_asked_sky(words.sky, words, options))
        except UsageProblem as problem:
            raise source.wrong(("sky",), str(problem)) from problem
    return words, source


def light_of(words: Described, source: Source) -> BakeOptions:
    """How the file wants its light; raises UsageProblem, with the line, for values out of range."""
    from vrgen.verbs.bake import BakeOptions

    told = {spec.name: getattr(words.bake, spec.name) for spec in fields(words.bake)}
    try:
        return BakeOptions(**{name: value for name, value in told.items() if value is not None})
    except UsageProblem as problem:
        key = str(problem).partition(":")[0]
        raise source.wrong(("bake", key), str(problem)) from problem


def models_of(
    words: Described, source: Source, folder: Path, progress: Progress = SILENT
) -> Mapping[str, Scene]:
    """The models that meshes name, each read once, by the name in the file."""
    models: dict[str, Scene] = {}
    for number, table in enumerate(words.mesh):
        if table.file is not None and table.file not in models:
            with progress.stage(f"reading {Path(table.file).name}", 1):
                try:
                    models[table.file] = _model(folder / table.file, table)
                except (InputProblem, ValueProblem) as problem:
                    raise _told_at(source, ("mesh", number, "file"), problem) from problem
    return models


def _model(path: Path, table: MeshTable) -> Scene:
    from vrgen.scene.solids import SUFFIXES, read_solid

    if path.suffix.lower() in SUFFIXES:
        return read_solid(path, unit=table.unit, up=table.up)
    from vrgen.gltf import read
    from vrgen.scene.sculptures import read_sculpture

    return read_sculpture(path, read)


def _told_at(source: Source, path: tuple[str | int, ...], problem: VrgenError) -> VrgenError:
    return type(problem)(str(source.wrong(path, str(problem))))


def grey(words: Described, models: Mapping[str, Scene]) -> Parts:
    """Parts that stand in for what is generated, to see where things stand."""
    from vrgen.core.surface import Surface
    from vrgen.scene.words.compose import Parts

    return Parts({table.name: Surface(table.name) for table in words.material}, models)


def _generated(
    options: SceneOptions,
    words: Described,
    source: Source,
    models: Mapping[str, Scene],
    progress: Progress,
) -> tuple[Parts, tuple[Record, ...]]:
    """Everything that the scene is composed of, and how it was made."""
    from vrgen.scene.words.compose import Parts
    from vrgen.scene.words.dress import dressed

    folder = Path(options.file).parent
    sky = None if words.sky is None else _sky(words.sky, words, options, progress)
    materials: dict[str, Material | None] = {}
    surfaces = {}
    with progress.stage("generating materials", len(words.material)) as advance:
        for number, table in enumerate(words.material):
            made = _material(table, words, options, folder, (source, number))
            materials[table.name] = made
            seed = seed_of(words.scene.seed, f"dress {table.name}")
            surfaces[table.name] = dressed(table, made, seed=seed)
            advance(1)
    records = [made.record for made in materials.values() if made is not None]
    records.append(None if sky is None else sky.record)
    records += [record for model in models.values() for record in model.records]
    show = None
    if words.gallery:
        show, hung = _show(words.gallery[0], words, options, sky, progress)
        records += hung
    known = {id(record): record for record in records if record is not None}
    return Parts(surfaces, models, sky, show), tuple(known.values())


def _asked(table: MaterialTable, words: Described, options: SceneOptions) -> TextureOptions:
    from vrgen.synth import TextureOptions

    seed = table.seed if table.seed is not None else seed_of(words.scene.seed, f"material {table.name}")
    kind = str(table.kind)
    return TextureOptions(kind=kind, seed=seed, size=table.size, slider=table.slider, device=options.device)


def _material(
    table: MaterialTable,
    words: Described,
    options: SceneOptions,
    folder: Path,
    place: tuple[Source, int],
) -> Material | None:
    if table.kind is not None:
        from vrgen.synth import texture

        return texture(_asked(table, words, options))
    if table.folder is None:
        return None
    from vrgen.maps.read_material import read_materials

    try:
        found = read_materials(folder / table.folder)
        if len(found) > 1:
            names = ", ".join(material.name for material in found[:4])
            raise InputProblem(f"{table.folder} holds {len(found)} materials ({names}); expected one")
        return found[0]
    except InputProblem as problem:
        raise _told_at(place[0], ("material", place[1], "folder"), problem) from problem


def _asked_sky(table: SkyTable, words: Described, options: SceneOptions) -> SkyOptions:
    from vrgen.synth import SkyOptions

    return SkyOptions(
        seed=table.seed if table.seed is not None else seed_of(words.scene.seed, "sky"),
        size=table.size,
        kind=table.kind,
        sun_elevation=table.sun_elevation,
        sun_azimuth=table.sun_azimuth,
        cover=table.cover,
        warmth=table.warmth,
        device=options.device,
    )


def _sky(table: SkyTable, words: Described, options: SceneOptions, progress: Progress) -> Sky:
    if table.file is not None:
        from vrgen.maps.read import read_sky

        return read_sky(Path(options.file).parent / table.file)
    from vrgen.synth import sky

    with progress.stage("generating the sky", 1):
        return sky(_asked_sky(table, words, options))


def _show(
    table: GalleryTable, words: Described, options: SceneOptions, sky: Sky | None, progress: Progress
) -> tuple[Show, list[Record | None]]:
    from vrgen.scene.words.show import Show
    from vrgen.verbs.gallery import GalleryOptions, gallery

    asked = GalleryOptions(
        Path(options.file).parent / table.pictures,
        style=table.style,
        seed=table.seed if table.seed is not None else seed_of(words.scene.seed, table.name),
        sky=sky,
        title=table.title,
        device=options.device,
    )
    made = gallery.run(asked, progress)
    return Show.of(made, table), list(made.records)


def _portable(tables: Any) -> Any:
    """The tables as plain JSON without a path of this machine."""
    if isinstance(tables, dict):
        return {key: _portable(value) for key, value in tables.items()}
    if isinstance(tables, list):
        return [_portable(value) for value in tables]
    if isinstance(tables, str) and Path(tables).is_absolute():
        return Path(tables).name
    return tables if isinstance(tables, str | int | float | bool) else str(tables)
