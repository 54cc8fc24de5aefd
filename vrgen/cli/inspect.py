"""`vrgen inspect`: what a file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.difference import shown
from vrgen.core.record import Record
from vrgen.errors import UsageProblem, nearest
from vrgen.gltf import Report
from vrgen.gltf.inspect import SurfaceReport
from vrgen.gltf.made import route, sliders
from vrgen.verbs.inspect import InspectOptions, inspect

SHORT = 12
"""Letters of a digest where the whole is not asked for."""
NAMED = 4
"""Names that a line lists."""
Found = tuple[str, Record | None, SurfaceReport | None]
"""A heading, the record, and the surface that carries it."""


@dataclass(frozen=True, kw_only=True)
class InspectCommand(InspectOptions):
    """Say what a GLB holds (its tree, its textures), what it costs a headset, and how every part was made:
    model, digest, seed, way through the latents, sliders, licences."""

    POSITIONAL: ClassVar = ("file",)
    tree: bool = False
    """Print every node."""
    depth: int | None = None
    """Print the nodes down to this level: 1 for the roots."""
    textures: bool = False
    """Print every image: size, memory, where it is worn, how it was made, its licences."""
    record: str | None = None
    """Print all that is known of how this was made: a surface, mesh, node, texture's number, or step."""

    def run(self, desk: Desk) -> Summary:
        """Read and report."""
        if self.depth is not None and self.depth < 1:
            raise UsageProblem(f"depth: got {self.depth}, expected 1 or more levels")
        report = inspect.run(self, desk)
        figures = _figures(report)
        if self.record is not None:
            found = list(_asked(report, self.record))
            figures["asked"] = [_told(*one) for one in found]
            lines = tuple(line for one in found for line in _full(report, *one))
        else:
            lines = tuple(self._lines(report))
        headline = (
            f"{report.name or report.path.name}: {len(report.nodes)} nodes, {report.draw_calls} draw calls, "
            f"{report.triangles:,} triangles, {report.texture_memory / 1e6:.0f} MB of textures, "
            f"{report.bytes / 1e6:.1f} MB on disk, written by {report.generator or 'an unknown program'}"
        )
        return Summary(headline, figures=figures, lines=lines)

    def _lines(self, report: Report) -> Iterator[str]:
        if self.tree or self.depth is not None:
            yield from _tree(report, self.depth)
        if self.textures:
            yield from _textures(report)
        elif report.textures:
            weight = sum(one.bytes for one in report.textures) / 1e6
            memory = report.texture_memory / 1e6
            count = _count(len(report.textures), "image")
            yield f"  textures: {count}, {weight:.1f} MB in the file, {memory:.0f} MB on the GPU (--textures)"
        yield from _surfaces(report)
        yield from _records(report)
        for name, digest in report.models.items():
            yield f"  model: {name}  sha256 {digest or 'not said'}"
        yield f"  licences: {', '.join(report.licences) or 'not said'}"


def _figures(report: Report) -> dict[str, Any]:
    figures = asdict(report) | {"path": str(report.path)}
    figures["records"] = [record.to_json() for record in report.records]
    for name in ("textures", "surfaces"):
        for told, one in zip(figures[name], getattr(report, name), strict=True):
            told["record"] = None if one.record is None else one.record.to_json()
    return figures


def _tree(report: Report, depth: int | None) -> Iterator[str]:
    for node in report.nodes:
        if depth is None or node.depth < depth:
            triangles = f", {_count(node.triangles, 'triangle')}" if node.triangles else ""
            yield f"{'  ' * node.depth}{node.name}  {', '.join(node.holds)}{triangles}".rstrip()
    hidden = sum(node.depth >= depth for node in report.nodes) if depth is not None else 0
    if hidden:
        yield f"  and {_count(hidden, 'node')} further down"


def _textures(report: Report) -> Iterator[str]:
    heads = ("texture", "pixels", "format", "kB", "MB on GPU", "worn by", "made", "licences")
    rows = [heads]
    for one in report.textures:
        size = f"{one.width}x{one.height}"
        format_ = one.mime.removeprefix("image/") or "?"
        shows = next((s.work for s in report.surfaces if s.work and one.index in s.textures.values()), "")
        made = _briefly(one.record) if one.record is not None else f"work: {shows}" if shows else "not said"
        told = ", ".join(one.record.licences) if one.record is not None else ""
        weight, memory = f"{one.bytes / 1e3:.1f}", f"{one.memory / 1e6:.1f}"
        worn = _listed(one.worn, most=2)
        rows.append((str(one.index), size, format_, weight, memory, worn, made, told or "not said"))
    yield from _table(rows, right=(0, 1, 3, 4))


def _surfaces(report: Report) -> Iterator[str]:
    """The generated ones; of the others how many there are."""
    rows = []
    for one in report.surfaces:
        if one.record is not None:
            worn = f"{_listed(one.meshes)}, {_count(one.triangles, 'triangle')}"
            rows.append((f"surface: {one.name}", _briefly(one.record), worn))
    yield from _table(rows)
    works = sum(bool(one.work) for one in report.surfaces if one.record is None)
    if works:
        yield f"  works of art: {works}"
    others = [one.name or "without a name" for one in report.surfaces if one.record is None and not one.work]
    if others:
        yield f"  not generated, or not said: {_listed(others, most=8)}"


def _records(report: Report) -> Iterator[str]:
    for record in report.records:
        model = f"  by {record.model} {(record.model_digest or '')[:SHORT]}".rstrip() if record.model else ""
        seed = f"  seed {record.seed}" if record.seed is not None else ""
        options = record.options.items()
        said = ", ".join(f"{name}={shown(value)}" for name, value in options if value is not None)
        told = f"  {', '.join(record.licences)}" if record.licences else ""
        yield f"  made: {record.step}{model}{seed}  {said}{told}"


def _asked(report: Report, name: str) -> Iterator[Found]:
    """What `name` means: an image by its number, surfaces by their own or a mesh's name, or a step."""
    if name.isdecimal():
        image = next((one for one in report.textures if one.index == int(name)), None)
        if image is not None:
            worn = [s for s in report.surfaces if image.index in s.textures.values()]
            yield from ((f"texture {name}, {surface.name}", surface.record, surface) for surface in worn)
            return
    surfaces = [one for one in report.surfaces if name == one.name] or [
        one for one in report.surfaces if name in one.meshes
    ]
    if surfaces:
        yield from ((surface.name, surface.record, surface) for surface in surfaces)
        return
    steps = [record for record in report.records if record.step == name]
    if steps:
        yield from ((f"{record.step} {place}", record, None) for place, record in enumerate(steps, 1))
        return
    known = [one.name for one in report.surfaces] + [m for one in report.surfaces for m in one.meshes]
    known += [record.step for record in report.records]
    listed = ", ".join(dict.fromkeys(one.name for one in report.surfaces if one.record is not None))
    raise UsageProblem(
        f"record: nothing is called {name!r}, expected a surface, a mesh, the number of a texture or a step."
        f"{nearest(name, sorted({*known} - {''}))} Generated here: {listed or 'nothing'}."
    )


def _told(heading: str, record: Record | None, surface: SurfaceReport | None) -> dict[str, Any]:
    made = {} if record is None else {"route": route(record), "sliders": sliders(record)}
    worn = {} if surface is None else {"textures": dict(surface.textures), "meshes": list(surface.meshes)}
    return {"name": heading, "record": None if record is None else record.to_json(), **made, **worn}


def _full(
    report: Report, heading: str, record: Record | None, surface: SurfaceReport | None
) -> Iterator[str]:
    yield f"  {heading}"
    rows: list[tuple[str, ...]] = []
    if record is None:
        work = "" if surface is None else surface.work
        rows.append(("made", f"a work of art: {work}" if work else "the file does not say how"))
    else:
        turned = ", ".join(f"{name} {amount:+g}" for name, amount in sliders(record).items())
        rows += [("step", record.step), ("seed", shown(record.seed))]
        rows += [("model", record.model), ("digest", f"sha256 {record.model_digest}")] if record.model else []
        rows += [("latents", route(record)), ("sliders", turned or "none")] if route(record) else []
        rows += [
            (f"option {name}", _whole(value)) for name, value in record.options.items() if name != "slider"
        ]
        rows += [(f"version {name}", version) for name, version in record.versions.items()]
        rows.append(("licences", ", ".join(record.licences) or "not said"))
    if surface is not None:
        if surface.size_m:
            rows.append(("one tile", " x ".join(f"{side:g}" for side in surface.size_m) + " m"))
        rows += [("image", _image(report, slot, index)) for slot, index in surface.textures.items()]
        rows.append(("worn by", f"{_listed(surface.meshes)}, {_count(surface.triangles, 'triangle')}"))
    yield from (f"  {line}" for line in _table(rows))


def _image(report: Report, slot: str, index: int) -> str:
    one = next(texture for texture in report.textures if texture.index == index)
    return (
        f"{slot}: texture {index}, {one.width}x{one.height} {one.mime}, {one.bytes / 1e3:.1f} kB, "
        f"sha256 {one.digest}"
    )


def _briefly(record: Record) -> str:
    """`oak 512, seed 7, warmth +0.5, by material_gan`."""
    what = str(record.options.get("kind", record.step))
    turned = [f"{name} {amount:+g}" for name, amount in sliders(record).items()]
    seed = [] if record.seed is None else [f"seed {record.seed}"]
    return ", ".join([what, *seed, *turned, *([f"by {record.model}"] if record.model else [])])


def _whole(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return "none" if value is None else str(value)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str], *, most: int = NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _table(rows: Sequence[tuple[str | None, ...]], *, right: tuple[int, ...] = ()) -> Iterator[str]:
    """Rows in columns, numbers to the right."""
    cells = [[cell or "" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if cells else []
    for row in cells:
        placed = [
            f"{cell:>{width}}" if column in right else f"{cell:{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"  {'  '.join(placed)}".rstrip()
