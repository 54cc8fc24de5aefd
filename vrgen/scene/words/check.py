"""Check: what one table says about another, and about files, before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from vrgen.core.toml_source import Source
from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.scene.words.tables import Described, MaterialTable, MeshTable

SHAPES = ("file", "box", "plane", "cylinder", "lathe", "stone")
PLACINGS = ("grid", "along", "scatter")
MODELS = (".glb", ".gltf", ".obj", ".ply", ".stl")
SKIES = (".hdr", ".exr", ".png", ".jpg", ".jpeg")
MOST_COPIES = 100_000
ENTRIES = ("material", "mesh", "light", "camera", "waypoint", "gallery")


def check(
    words: Described, source: Source, *, folder: Path, check_material: Callable[[MaterialTable], None]
) -> None:
    """Raise UsageProblem or InputProblem, with the line, for what cannot be built.

    folder: where the files that are named lie. `check_material` raises for what no generator can make.
    """
    _names(words, source)
    for number, table in enumerate(words.material):
        _material(table, ("material", number), source, folder, check_material)
    for number, mesh in enumerate(words.mesh):
        _mesh(mesh, number, words, source, folder)
    _others(words, source, folder)
    if not words.mesh and not words.gallery:
        raise InputProblem(f"{source.name} has no [[mesh]] and no [[gallery]]; describe what stands there")


def _names(words: Described, source: Source) -> None:
    seen: dict[str, str] = {}
    for kind in ENTRIES:
        for number, table in enumerate(getattr(words, kind)):
            name = table.name if kind != "material" else f"material {table.name}"
            name = f"camera_{name}" if kind in ("camera", "waypoint") else name
            if name in seen:
                raise source.wrong(
                    (kind, number, "name"), f"{table.name!r} is taken by {seen[name]}; give another name"
                )
            seen[name] = source.place((kind, number))


def _material(
    table: MaterialTable,
    path: tuple[str | int, ...],
    source: Source,
    folder: Path,
    check_material: Callable[[MaterialTable], None],
) -> None:
    if table.kind is not None and table.folder is not None:
        raise source.wrong((*path, "folder"), "got a kind and a folder, expected one of them; leave one out")
    if table.folder is not None and not (folder / table.folder).is_dir():
        raise source.wrong(
            (*path, "folder"), f"there is no folder {table.folder!r} beside it; check the path"
        )
    try:
        check_material(table)
    except UsageProblem as problem:
        key = "slider" if "slider" in str(problem) else "kind"
        raise source.wrong((*path, key), str(problem)) from problem


def _mesh(table: MeshTable, number: int, words: Described, source: Source, folder: Path) -> None:
    path = ("mesh", number)
    shapes = [name for name in SHAPES if getattr(table, name) is not None]
    if len(shapes) != 1:
        got = " and ".join(shapes) or "none"
        raise source.wrong(path, f"got {got}, expected exactly one of {', '.join(SHAPES)}")
    placings = [name for name in PLACINGS if getattr(table, name) is not None]
    if len(placings) > 1:
        raise source.wrong(
            (*path, placings[1]), f"got {' and '.join(placings)}, expected one of them at most"
        )
    if table.height is not None and table.scale != 1.0:
        raise source.wrong((*path, "height"), "got a scale and a height, expected one of them")
    if table.file is not None:
        _file(folder / table.file, MODELS, (*path, "file"), source)
    elif not table.material:
        raise source.wrong(path, "wears nothing; add material = ...")
    if table.lathe is not None and (len(table.lathe) < 2 or any(a == b for a, b in pairwise(table.lathe))):
        raise source.wrong((*path, "lathe"), "expected two points or more, none twice in a row; mend them")
    if table.lathe is not None and not max(radius for radius, _ in table.lathe) > 0:
        raise source.wrong((*path, "lathe"), "has no radius above 0; widen it")
    worn = (table.material,) if isinstance(table.material, str) else table.material or ()
    for name in worn:
        _known(name, [m.name for m in words.material], (*path, "material"), source, "material")
    if table.vary is not None:
        if table.grid is None and table.along is None:
            raise source.wrong((*path, "vary"), "needs a grid or a row whose copies vary; leave it out")
        if table.vary.size[0] > table.vary.size[1]:
            raise source.wrong((*path, "vary", "size"), "got [larger, smaller]; turn it round")
    _body(table, path, source)
    before = [mesh.name for mesh in words.mesh[:number]]
    _known(table.on, before, (*path, "on"), source, "mesh before it")
    if table.along is not None:
        _along(table.along, before, (*path, "along"), source)
    if table.scatter is not None:
        scatter = table.scatter
        _known(scatter.on, before, (*path, "scatter", "on"), source, "mesh before it")
        for name in scatter.clear:
            known = [*before, *(show.name for show in words.gallery)]
            _known(name, known, (*path, "scatter", "clear"), source, "mesh before it, or gallery,")
        if scatter.size[0] > scatter.size[1]:
            raise source.wrong((*path, "scatter", "size"), "got [larger, smaller]; turn it round")
        if table.on is not None:
            raise source.wrong((*path, "on"), "what is scattered lies on scatter.on; leave this out")
    if table.grid is not None and table.grid.count[0] * table.grid.count[1] > MOST_COPIES:
        raise source.wrong((*path, "grid", "count"), f"are more than {MOST_COPIES:,} copies; ask for fewer")


def _body(table: MeshTable, path: tuple[str | int, ...], source: Source) -> None:
    if table.body != "static" and table.collider == "none":
        raise source.wrong((*path, "body"), 'has no collider; add collider = "box", "hull" or "parts"')
    if table.mass is not None and table.body != "dynamic":
        raise source.wrong(
            (*path, "mass"), 'is that of a dynamic body; add body = "dynamic", or leave it out'
        )
    if table.align and table.on is None and table.scatter is None:
        raise source.wrong((*path, "align"), "needs something to stand on; add on = ..., or leave it out")


def _along(along: Any, before: Sequence[str], path: tuple[str | int, ...], source: Source) -> None:
    line = along.start is not None or along.end is not None
    if (along.wall is not None) == line or (line and (along.start is None or along.end is None)):
        raise source.wrong(path, "expected either a wall, or start and end")
    if (along.count is None) == (along.spacing is None):
        raise source.wrong(path, "expected either count or spacing")
    _known(along.wall, before, (*path, "wall"), source, "mesh before it")


def _others(words: Described, source: Source, folder: Path) -> None:
    meshes = [mesh.name for mesh in words.mesh]
    for number, camera in enumerate(words.camera):
        path = ("camera", number)
        if (camera.look is None) == (camera.of is None):
            raise source.wrong(path, "expected either look or of: what does it look at?")
        if camera.look == camera.at:
            raise source.wrong((*path, "look"), "is where the camera stands; look somewhere else")
        _known(camera.of, meshes, (*path, "of"), source, "mesh")
    for number, stop in enumerate(words.waypoint):
        if (stop.look is None) == (stop.of is None):
            raise source.wrong(("waypoint", number), "expected either look or of: what does one look at?")
        _known(stop.of, meshes, ("waypoint", number, "of"), source, "mesh")
    for number, light in enumerate(words.light):
        strength = "lux" if light.kind == "sun" else "candela"
        other = "candela" if light.kind == "sun" else "lux"
        if getattr(light, strength) is None or getattr(light, other) is not None:
            raise source.wrong(("light", number), f"a {light.kind} has its strength in {strength}; say that")
        if light.aim == light.at:
            raise source.wrong(("light", number, "aim"), "is where the light hangs; aim somewhere else")
        if light.inner > light.outer:
            raise source.wrong(("light", number, "inner"), "is wider than outer; make it smaller")
    if words.walkable is not None:
        if not words.walkable.on:
            raise source.wrong(("walkable", "on"), "names no mesh; name one, or leave the table out")
        for name in words.walkable.on:
            _known(name, meshes, ("walkable", "on"), source, "mesh")
    if words.sky is not None and words.sky.file is not None:
        _file(folder / words.sky.file, SKIES, ("sky", "file"), source)
    for number, show in enumerate(words.gallery):
        if not (folder / show.pictures).is_dir():
            raise source.wrong(
                ("gallery", number, "pictures"), f"there is no folder {show.pictures!r} beside it"
            )
    if len(words.gallery) > 1:
        raise source.wrong(("gallery", 1), "a scene has room for one gallery; write a file for each")


def _known(
    name: str | None, known: Sequence[str], path: tuple[str | int, ...], source: Source, what: str
) -> None:
    if name is not None and name not in known:
        there = ", ".join(known) or "none"
        close = nearest(name, tuple(known))
        raise source.wrong(path, f"there is no {what} called {name!r}.{close} There are: {there}")


def _file(path: Path, kinds: Sequence[str], place: tuple[str | int, ...], source: Source) -> None:
    if path.suffix.lower() not in kinds:
        raise source.wrong(place, f"got {path.name!r}, expected a name that ends in {' or '.join(kinds)}")
    if not path.is_file():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        close = nearest(path.name, beside)
        raise source.wrong(place, f"there is no file {path.name!r} where it says.{close} Check the path")
