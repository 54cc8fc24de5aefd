"""Run: the table of checks, and what they find, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from vrgen.core.budget import Target
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import MissingPart
from vrgen.gltf.check.aisles import aisles
from vrgen.gltf.check.budgets import budgets
from vrgen.gltf.check.codes import CODES
from vrgen.gltf.check.finding import SEVERITIES, Finding
from vrgen.gltf.check.labels import labels
from vrgen.gltf.check.leaks import leaks
from vrgen.gltf.check.licences import licences
from vrgen.gltf.check.names import names
from vrgen.gltf.check.normal_maps import normal_maps
from vrgen.gltf.check.packed import cost_of, packed
from vrgen.gltf.check.pbr import pbr
from vrgen.gltf.check.scale import scale
from vrgen.gltf.check.seams import seams
from vrgen.gltf.check.sightlines import sightlines
from vrgen.gltf.check.subject import Subject
from vrgen.gltf.check.texels import texels
from vrgen.gltf.check.texture_sizes import texture_sizes
from vrgen.gltf.check.uv_layout import uv_layout
from vrgen.gltf.check.validator import validator
from vrgen.gltf.load import opened, refuse_unread
from vrgen.gltf.read import Reader

MOST = 5
"""Findings of one code that are told one by one."""
Check = Callable[[Subject], Iterable[Finding]]
CHECKS: dict[str, Check] = {
    "budgets": budgets,
    "validator": validator,
    "packed content": packed,
    "texture sizes": texture_sizes,
    "texel density": texels,
    "UV layout": uv_layout,
    "normal maps": normal_maps,
    "PBR ranges": pbr,
    "seams": seams,
    "names": names,
    "scale": scale,
    "light leaks": leaks,
    "sightlines": sightlines,
    "labels": labels,
    "aisles": aisles,
    "licences": licences,
}
"""Every check by what it looks at."""


def check(source: Scene | Path, target: Target, *, progress: Progress = SILENT) -> tuple[Finding, ...]:
    """Everything found in a scene or a file, the gravest first, then in the order of the catalogue.

    A file is looked at more closely: its bytes, its names as they are, Khronos' validator.
    Raises InputProblem for a file that is not read here.
    """
    subject = Subject(source, target) if isinstance(source, Scene) else subject_of(source, target, progress)
    found: list[Finding] = []
    with progress.stage("checking", len(CHECKS)) as advance:
        for run in CHECKS.values():
            found.extend(run(subject))
            advance(1)
    codes = list(CODES)
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), codes.index(one.code)))
    return tuple(_shortened(found))


def _shortened(found: list[Finding]) -> Iterator[Finding]:
    """At most so many of each code; the last one says how many more there are."""
    total = Counter(one.code for one in found)
    told: Counter[str] = Counter()
    for one in found:
        told[one.code] += 1
        left = total[one.code] - MOST
        if told[one.code] < MOST or (told[one.code] == MOST and left <= 0):
            yield one
        elif told[one.code] == MOST:
            yield replace(one, sentence=f"{one.sentence} (and {left} more like this)")


def subject_of(path: Path, target: Target, progress: Progress) -> Subject:
    """A file, read, with its document. Raises InputProblem."""
    source = opened(path)
    cost = cost_of(source)
    refuse_unread(source)
    try:
        scene = Reader(source, progress).scene(strict=True)
    except MissingPart as problem:
        if cost is None:
            raise
        return Subject(Scene(""), target, path, source.root, cost, str(problem))
    return Subject(scene, target, path, source.root, cost)
