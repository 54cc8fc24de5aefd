"""Scale: is it in metres? The whole, and things whose name says how high they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject

LARGEST, SMALLEST = 1000.0, 0.01
"""Metres of the longest side of a scene."""
HEIGHTS = {
    "door": (1.8, 5.0),
    "chair": (0.5, 1.6),
    "armchair": (0.5, 1.6),
    "stool": (0.3, 1.1),
    "sofa": (0.5, 1.3),
    "couch": (0.5, 1.3),
    "bench": (0.3, 1.3),
    "table": (0.25, 1.3),
    "desk": (0.5, 1.4),
    "person": (1.3, 2.2),
    "human": (1.3, 2.2),
}
"""Metres from the lowest to the highest point, doors of museums and tables of cafés among them."""
FURNITURE = {
    "frame",
    "cabinet",
    "cupboard",
    "commode",
    "wardrobe",
    "closet",
    "drawer",
    "fridge",
    "oven",
    "car",
    "knob",
    "handle",
    "top",
    "leg",
    "legs",
    "foot",
    "feet",
    "seat",
    "plank",
    "board",
    "lamp",
}
"""Words beside which a door is one of theirs, or a table a part of one."""
WORD = re.compile(r"[a-z]+")


def scale(subject: Subject) -> Iterator[Finding]:
    """The longest side; doors, chairs, tables, people."""
    low, high = subject.bounds
    longest = float((high - low).max())
    if longest > LARGEST:
        yield finding("SCALE_HUGE", "", f"{longest:,.0f} m long, expected at most {LARGEST:,.0f}")
    if 0 < longest < SMALLEST:
        yield finding(
            "SCALE_TINY", "", f"{longest * 1e3:.2g} mm long, expected at least {SMALLEST * 1e3:.0f}"
        )
    for item in subject.placed:
        words = WORD.findall(f"{item.node} {item.mesh.name} {item.mesh.surface.name}".lower())
        kind = next((word for word in words if word in HEIGHTS), None)
        if kind is None or FURNITURE & set(words):
            continue
        height = float(item.box[1, 1] - item.box[0, 1])
        least, most = HEIGHTS[kind]
        if not least <= height <= most:
            told = f"a {kind} {height:.2f} m high, expected {least} to {most} m"
            yield finding("THING_OUT_OF_SCALE", item.place, told)
