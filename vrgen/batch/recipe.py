"""Recipe: a TOML file read, checked key by key before anything runs, and unfolded into items."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from vrgen.batch.inputs import Unnamed, inputs_of
from vrgen.batch.item import Input, Item
from vrgen.batch.maker import Maker
from vrgen.batch.matrix import MOST, Unfit, crossed, slug, values_of
from vrgen.core.toml_file import read_toml
from vrgen.core.toml_source import Source, lines_of
from vrgen.errors import UsageProblem, VrgenError, nearest
from vrgen.registry import makers

OWN = ("make", "name", "retries")
"""Keys of a product that are not its verb's options."""
MOST_RETRIES = 20


@dataclass(frozen=True)
class Recipe:
    """A recipe as its items; every item stands behind those that it needs."""

    path: Path
    """The file; paths in it are taken from its folder."""
    items: tuple[Item, ...]
    """Unfolded, in the recipe's order."""

    @cached_property
    def by_name(self) -> dict[str, Item]:
        """Items by their names."""
        return {item.name: item for item in self.items}


def read_recipe(path: Path) -> Recipe:
    """The items of a recipe file.

    Raises InputProblem when it cannot be read as TOML, UsageProblem, with the line and the nearest right
    name, for a wrong key, value or reference.
    """
    text, tables = read_toml(path)
    source = Source(path.name, lines_of(text), tables)
    for key in tables:
        if key != "product":
            raise source.wrong(
                (key, 0) if isinstance(tables[key], list) else (key,),
                f"unknown table {key!r}.{nearest(key, ('product',))} There is: product",
            )
    products = tables.get("product")
    if not isinstance(products, list) or not products or not all(isinstance(one, dict) for one in products):
        raise UsageProblem(f'{path.name}: has no product; begin with [[product]] and make = "texture"')
    items: list[Item] = []
    known: dict[str, list[Item]] = {}
    for number, table in enumerate(products):
        name = _name(source, number, table, known)
        known[name] = _Unfolding(source, number, table, path.parent, known).items(name)
        items += known[name]
        if len(items) > MOST:
            raise source.wrong(
                ("product", number), f"makes {len(items):,} items so far, expected at most {MOST:,}"
            )
    return Recipe(path, tuple(items))


def _name(source: Source, number: int, table: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """The product's name: `name`, or else what it makes."""
    at = ("product", number)
    make = table.get("make")
    if make is None:
        raise source.wrong(at, f'has no make; add make = "texture", or one of: {", ".join(makers.names())}')
    if not isinstance(make, str) or make not in makers.names():
        close = nearest(str(make), makers.names())
        raise source.wrong(
            (*at, "make"), f"got {make!r}.{close} Expected one of: {', '.join(makers.names())}"
        )
    name = table.get("name", make)
    if not isinstance(name, str) or slug(name) != name:
        raise source.wrong((*at, "name"), f"got {name!r}, expected a-z, 0-9, _, - and . in quotes; change it")
    if name in known:
        raise source.wrong((*at, "name"), f"{name!r} is a product already; give this one a name = of its own")
    return name


@dataclass
class _Unfolding:
    """One [[product]] on its way to items."""

    source: Source
    number: int
    table: Mapping[str, Any]
    folder: Path
    known: Mapping[str, list[Item]]
    _checked: set[str] = field(default_factory=set)

    def items(self, name: str) -> list[Item]:
        """One item for every place of the matrix."""
        maker: Maker = makers.load(self.table["make"])
        self._check_keys(maker)
        hints = get_type_hints(maker.options)
        axes: dict[str, list[Any]] = {}
        for key, value in self.table.items():
            if key not in OWN:
                axes[key] = self._axis(maker, key, value, hints[key])
        count = crossed(axes)
        if count > MOST:
            raise self._wrong(
                (), f"its matrix has {count:,} items, expected at most {MOST:,}; shorten a range"
            )
        defaults = defaults_of(maker)
        varying = [key for key, values in axes.items() if len(values) > 1]
        retries = self._retries()
        taken: dict[str, int] = {}
        found = []
        for place in itertools.product(*axes.values()):
            chosen = dict(zip(axes, place, strict=True))
            label = "-".join(_label(chosen[key]) for key in varying)
            taken[label] = taken.get(label, 0) + 1
            if taken[label] > 1:  # two values that are written alike
                label += f"_{taken[label]}"
            options = {key: value for key, value in chosen.items() if key not in maker.inputs}
            given = {key: chosen[key] for key in maker.inputs if key in chosen}
            full = f"{name}/{label}" if label else name
            plain = {key: value for key, value in defaults.items() if key not in given}
            self._check(maker, options | {key: _told(parts) for key, parts in given.items()})
            found.append(Item(name, full, self.table["make"], plain | options, given, retries))
        return found

    def _check_keys(self, maker: Maker) -> None:
        known = [spec.name for spec in fields(maker.options) if spec.name not in ("out", *maker.barred)]
        for key in self.table:
            if key in maker.barred:
                raise self._wrong((key,), f"a recipe cannot give {key!r}; {maker.barred[key]}")
            if key == "out":
                raise self._wrong((key,), "a recipe names its own files; give the product a name instead")
            if key not in (*OWN, *known):
                close = nearest(key, (*known, *OWN))
                raise self._wrong((key,), f"unknown option {key!r}.{close} There are: {', '.join(known)}")
        for spec in fields(maker.options):
            needed = spec.default is MISSING and spec.default_factory is MISSING
            if needed and spec.name not in ("out", *self.table):
                raise self._wrong((), f"has no {spec.name}; add {spec.name} = ...")

    def _check(self, maker: Maker, options: Mapping[str, Any]) -> None:
        """Ask the verb, once for each combination of all options but the seed, which makes no difference."""
        seedless = repr(sorted((key, value) for key, value in options.items() if key != "seed"))
        if seedless in self._checked:
            return
        self._checked.add(seedless)
        try:
            maker.refuse(options)
        except VrgenError as problem:
            words = str(problem).replace("_", " ")
            named = (key for key in self.table if key not in OWN and key.replace("_", " ") in words)
            blamed = next(named, None)
            raise self._wrong(() if blamed is None else (blamed,), str(problem)) from problem

    def _axis(self, maker: Maker, key: str, value: Any, hint: Any) -> list[Any]:
        """All values of one option; those of inputs as tuples of parts."""
        try:
            if key in maker.inputs:
                return inputs_of(value, hint, self.folder, self.known)
            return values_of(value, hint)
        except (Unfit, Unnamed) as problem:
            raise self._wrong((key,), str(problem)) from problem

    def _retries(self) -> int:
        retries = self.table.get("retries", 1)
        if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= MOST_RETRIES:
            raise self._wrong(("retries",), f"got {retries!r}, expected 0 to {MOST_RETRIES}; change it")
        return retries

    def _wrong(self, path: tuple[str, ...], what: str) -> UsageProblem:
        return self.source.wrong(("product", self.number, *path), what)


def defaults_of(maker: Maker) -> dict[str, Any]:
    """What the options are that nobody gives; so that a key names every value that shaped a result."""
    left = {"out", "device", *maker.barred}
    return {
        spec.name: spec.default
        for spec in fields(maker.options)
        if spec.name not in left and spec.default is not MISSING and spec.default is not None
    }


def _told(parts: tuple[Any, ...]) -> Any:
    """What a verb's check sees of an option that names inputs: that it is given, or what it is."""
    told = tuple(Path(part.name) if isinstance(part, Input) else part for part in parts)
    return told[0] if len(told) == 1 else told


def _label(value: Any) -> str:
    """How a value stands in an item's name."""
    if isinstance(value, tuple) and any(isinstance(part, Input) for part in value):
        return "-".join(_label_of_input(part) if isinstance(part, Input) else slug(part) for part in value)
    return slug(value)


def _label_of_input(part: Input) -> str:
    if part.path is not None:
        return slug(part.path)
    if part.gathered:
        return "all"
    product, _, label = part.items[0].partition("/")
    return label.replace("/", "-") or product
