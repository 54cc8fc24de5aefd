"""Budgets: draw calls and triangles of the fullest view, textures and bytes of the whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vrgen.core.budget import GUIDANCE, STARTER
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject
from vrgen.gltf.texture_memory import texture_memory

HEADINGS = 8
"""Ways that a visitor looks from each stop."""
HALF_WIDE, HALF_HIGH = np.radians(52.0), np.radians(48.0)
"""Half the field of view of both eyes together: Quest 3's 104 and 96 degrees, the widest of the targets."""


def budgets(subject: Subject) -> Iterator[Finding]:
    """Draw calls, triangles, texture memory, bytes of the file."""
    draw_calls, triangles, where = fullest_view(subject)
    memory = sum(texture_memory(worn.image.width, worn.image.height) for worn in subject.images)
    if subject.cost is not None:
        memory = subject.cost.texture_bytes
        draw_calls = min(draw_calls, subject.cost.draw_calls)  # instances are drawn in one call
    if subject.missing:
        draw_calls, triangles = subject.cost.draw_calls, subject.cost.triangles
    size = 0 if subject.path is None else subject.path.stat().st_size
    yield from _against(subject, "DRAW_CALLS", "draw_calls", draw_calls, place=where)
    yield from _against(subject, "TRIANGLES", "triangles", triangles, place=where)
    yield from _against(subject, "TEXTURES", "texture_bytes", memory)
    yield from _against(subject, "FILE", "file_bytes", size)


def _against(subject: Subject, code: str, figure: str, value: int, *, place: str = "") -> Iterator[Finding]:
    starter, guidance = STARTER[subject.target], GUIDANCE[subject.target]
    low, high = getattr(starter, figure), getattr(guidance, figure)
    if value >= high:
        told = f"{_said(figure, value)}, {starter.name} takes fewer than {_said(figure, high)}"
        yield finding(f"{code}_BEYOND_GUIDANCE", place, told)
    elif value >= low:
        told = f"{_said(figure, value)}, expected fewer than {_said(figure, low)} on {starter.name}"
        yield finding(f"{code}_ABOVE_STARTER", place, told)


def _said(figure: str, value: int) -> str:
    what = {"texture_bytes": " of textures", "file_bytes": " of file"}
    if figure in what:
        return f"{value / 1e6:,.0f} MB{what[figure]}"
    return f"{value:,} {figure.replace('_', ' ')}"


def fullest_view(subject: Subject) -> tuple[int, int, str]:
    """(draw calls, triangles, where) of the dearest way to look from any stop; of all without stops."""
    items = subject.everything
    counts = np.array([len(item.mesh.indices) for item in items], np.int64)
    if not items or not subject.stops:
        return len(items), int(counts.sum()), ""
    names, eyes = list(subject.stops), np.stack(list(subject.stops.values()))
    boxes = np.stack([item.box for item in items])
    calls, triangles = np.zeros(len(eyes), np.int64), np.zeros(len(eyes), np.int64)
    for heading in np.arange(HEADINGS) * 2 * np.pi / HEADINGS:
        seen = _seen(eyes, boxes, float(heading))
        calls = np.maximum(calls, seen.sum(axis=1))
        triangles = np.maximum(triangles, seen @ counts)
    return int(calls.max()), int(triangles.max()), f"from {names[int(triangles.argmax())]}"


def _seen(eyes: NDArray[np.float64], boxes: NDArray[np.float64], heading: float) -> NDArray[np.bool_]:
    """(stops, meshes) whether a box (2, 3) reaches into the view of an eye (3,) along a heading."""
    ahead = np.array([np.cos(heading), 0.0, np.sin(heading)])
    right, up = np.array([-ahead[2], 0.0, ahead[0]]), np.array([0.0, 1.0, 0.0])
    planes = [ahead * np.sin(HALF_WIDE) + side * right * np.cos(HALF_WIDE) for side in (-1, 1)]
    planes += [ahead * np.sin(HALF_HIGH) + side * up * np.cos(HALF_HIGH) for side in (-1, 1)]
    centres, halves = boxes.mean(axis=1), (boxes[:, 1] - boxes[:, 0]) / 2
    seen = np.ones((len(eyes), len(boxes)), bool)
    for plane in planes:
        reach = centres @ plane + halves @ np.abs(plane)
        seen &= reach[None, :] > (eyes @ plane)[:, None]
    return seen
