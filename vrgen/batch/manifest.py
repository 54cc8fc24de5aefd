"""Manifest: one JSON line a product, from which every file can be explained and made again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from vrgen.batch.findings import licences_of, measures_of
from vrgen.core.files import writing

if TYPE_CHECKING:
    from vrgen.batch.run import Finished, Run

MANIFEST = "manifest.jsonl"


def write_manifest(run: Run, finished: Mapping[str, Finished]) -> Path:
    """OUT/manifest.jsonl: a line an item, in the recipe's order; what an earlier run said of items that this
    one did not reach is kept."""
    path = run.out / MANIFEST
    known = {line["item"]: line for line in read_manifest(run.out)}
    licences: dict[str, list[str]] = {}
    with writing(path) as temporary, temporary.open("wb") as opened:
        for item in run.recipe.items:
            one = finished.get(item.name)
            line = known.get(item.name) if one is None else line_of(one, run.out)
            if line is not None:
                inherited = [licence for need in sorted(item.needs()) for licence in licences.get(need, [])]
                licences[item.name] = list(dict.fromkeys([*line.get("licences", []), *inherited]))
                line["licences"] = licences[item.name]
                opened.write(msgspec.json.encode(line) + b"\n")
    return path


def read_manifest(out: Path) -> Iterator[dict[str, Any]]:
    """The lines of a manifest that can be read; nothing when there is none."""
    try:
        text = (out / MANIFEST).read_bytes()
    except OSError:
        return
    for line in text.splitlines():
        try:
            told = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(told, dict) and isinstance(told.get("item"), str):
            yield told


def line_of(one: Finished, out: Path) -> dict[str, Any]:
    """One line: where its files are, what they hold, how they were made, what was measured."""
    head = {"item": one.name, "product": one.item.product, "make": one.item.maker, "state": one.state}
    if one.made is None:
        return head | {"reason": one.reason}
    files = [
        {"path": path.relative_to(out).as_posix(), "sha256": file.sha256, "bytes": file.size}
        for path, file in zip(one.paths, one.made.files, strict=True)
    ]
    parts = one.made.parts
    return head | {
        "files": files,
        "key": one.made.key,
        "options": parts.options,
        "inputs": dict(parts.inputs),
        "models": parts.models,
        "version": parts.version,
        "seconds": one.made.seconds,
        "passes": one.made.passes,
        "measures": measures_of(one.made.facts),
        "licences": licences_of(one.made.facts),
        "facts": one.made.facts,
    }
