"""`vrgen models` and `vrgen models show NAME`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.models import ModelsOptions, models

if TYPE_CHECKING:
    from vrgen.models.catalogue import Installed

WIDTH = 100
"""Columns that long lists are folded at."""
NAMES_OF = ("learned_from", "held_out", "style_a", "style_b", "authors", "kinds")
"""Fields of a card that are counted and listed."""
KNOWN = (
    *NAMES_OF,
    "model",
    "family",
    "notes",
    "measures",
    "licences",
    "digest",
    "steps",
    "steps_planned",
    "entries",
)


@dataclass(frozen=True, kw_only=True)
class ModelsCommand(ModelsOptions):
    """List the models that are installed, or show one's card: what it makes, its networks, what it has
    learned from and under which licences, how good it measured, and what it is not."""

    POSITIONAL: ClassVar = ("action", "name")

    def run(self, desk: Desk) -> Summary:
        """Look, and print."""
        found = models.run(self, desk)
        if self.name is not None:
            model = found[0]
            return Summary(_line(model), figures={"card": dict(model.card)}, lines=tuple(_card(model)))
        figures = {"models": {model.name: dict(model.card) for model in found}}
        lines = tuple(line for model in found for line in _entry(model))
        return Summary(f"{len(found)} models; see one: vrgen models show NAME", figures=figures, lines=lines)


def _entry(model: Installed) -> Iterator[str]:
    yield _line(model)
    card = model.card
    learned, held = (len(card.get(name, ())) for name in ("learned_from", "held_out"))
    licences = ", ".join(card.get("licences", ())) or "not said"
    yield f"    {card.get('steps', '?')} steps on {learned} sources, {held} held out; licences: {licences}"
    yield f"    {_figures(card.get('measures', {}))}; digest {str(card.get('digest', '?'))[:12]}"


def _line(model: Installed) -> str:
    from vrgen.models.catalogue import FAMILIES

    makes = FAMILIES[model.family].summary if model.family in FAMILIES else "of no family that is known"
    return f"  {model.name}  {makes}  {model.path.stat().st_size / 1e6:.1f} MB"


def _card(model: Installed) -> Iterator[str]:
    from vrgen.models.catalogue import FAMILIES

    card = model.card
    if model.family in FAMILIES:
        for name, part in FAMILIES[model.family].parts.items():
            yield f"  network   {name}: {part.summary}"
    planned = f" of {card['steps_planned']}" if "steps_planned" in card else ""
    yield f"  trained   {card.get('steps', '?')}{planned} steps"
    yield f"  measured  {_figures(card.get('measures', {}))}"
    for note in card.get("notes", ()):
        yield from _folded("note", note)
    yield f"  licences  {', '.join(card.get('licences', ())) or 'not said'}"
    for name in NAMES_OF:
        if card.get(name):
            yield from _folded(name, f"({len(card[name])}) {', '.join(map(str, card[name]))}")
    for name, value in card.items():
        if name not in KNOWN:
            yield from _folded(name, _plain(value))
    yield f"  digest    {card.get('digest', '?')}"


def _folded(name: str, text: str) -> list[str]:
    head = f"  {name:10}" if len(name) < 10 else f"  {name} "
    return textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * 12)


def _figures(measures: dict[str, Any]) -> str:
    plain = [f"{name} {value:.4g}" for name, value in measures.items() if isinstance(value, int | float)]
    return ", ".join(plain) or "no measures"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
