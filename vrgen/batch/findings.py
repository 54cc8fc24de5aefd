"""Findings: what a step's figures say of its quality and of the licences of what went in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SEAM = "seam"
FIGURES = ("psnr", "draw_calls", "triangles", "texture_bytes", "works")
"""Figures of the verbs' summaries that are measures of a product."""


def measures_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Measures by name: the worst seam score of all its maps, likeness, costs, findings of a check."""
    measures: dict[str, Any] = {}
    scores = [score for seam in _found(facts, SEAM) for score in _numbers(seam)]
    if scores:
        measures[SEAM] = max(scores)
    measures |= {name: facts[name] for name in FIGURES if isinstance(facts.get(name), int | float)}
    counts = facts.get("counts")
    if isinstance(counts, Mapping):
        measures |= {name: count for name, count in counts.items() if isinstance(count, int)}
    return measures


def licences_of(facts: Mapping[str, Any]) -> list[str]:
    """SPDX names of all licences that the records in the figures name, in order, each once."""
    named = (licence for licences in _found(facts, "licences") for licence in licences)
    return list(dict.fromkeys(licence for licence in named if isinstance(licence, str)))


def _found(told: Any, key: str) -> Iterator[Any]:
    """Every value under a key, however deep."""
    if isinstance(told, Mapping):
        for name, value in told.items():
            if name == key:
                yield value
            else:
                yield from _found(value, key)
    elif isinstance(told, list):
        for value in told:
            yield from _found(value, key)


def _numbers(told: Any) -> Iterator[float]:
    if isinstance(told, Mapping):
        yield from (float(value) for value in told.values() if isinstance(value, int | float))
    elif isinstance(told, int | float):
        yield float(told)
