"""Source: a recipe, a SCENE.toml or a folder of pictures, as a recipe: what `vrgen watch` makes again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vrgen.batch.company import company_of
from vrgen.batch.item import Input, Item
from vrgen.batch.recipe import Recipe, defaults_of, read_recipe
from vrgen.core.toml_file import read_toml
from vrgen.errors import InputProblem, UsageProblem
from vrgen.registry import makers

GALLERY = "gallery.toml"
Kind = Literal["recipe", "scene", "gallery"]


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be made again whenever it changes."""

    path: Path
    """The TOML file, or a folder of pictures."""
    kind: Kind
    """Which of the three."""

    @property
    def stem(self) -> str:
        """What the result is called where nobody says: the folder's or the file's name."""
        return self.path.name if self.kind == "gallery" else self.path.stem

    @property
    def folder(self) -> Path:
        """Where it lies; the result comes here where nobody says otherwise."""
        return self.path.parent

    def read(self) -> Recipe:
        """What is to be made, as it is written now. Raises InputProblem, UsageProblem with the line."""
        if self.kind == "recipe":
            return read_recipe(self.path)
        if self.kind == "scene":
            return _single("scene", self.path)
        return _single("gallery", self.path)


def find_source(path: Path) -> Source:
    """What a path that was given means. Raises InputProblem, UsageProblem."""
    path = path.absolute()
    if path.is_dir():
        return Source(path, "gallery")
    if not path.exists():
        raise InputProblem(f"there is no {path}; check the path")
    if path.suffix.lower() != ".toml":
        raise UsageProblem(
            f"got {path.name}, expected a recipe or a scene (.toml), or a folder of pictures; "
            "to look at a GLB that changes: vrgen view"
        )
    _, tables = read_toml(path)
    if "product" in tables:
        return Source(path, "recipe")
    own = isinstance(tables.get("gallery"), dict) or isinstance(tables.get("work"), list)
    if path.name == GALLERY and (own or not tables):
        return Source(path.parent, "gallery")
    return Source(path, "scene")


def places_of(recipe: Recipe) -> frozenset[Path]:
    """The folders in which a recipe and its inputs lie: each is to be watched by itself."""
    paths = {recipe.path}
    for item in recipe.items:
        for one in item.inputs():
            paths |= {path for path in (one.path, *one.company) if path is not None}
    found: set[Path] = set()
    for path in paths:
        found |= set(_folders(path)) if path.is_dir() else {path.parent}
    return frozenset(folder.absolute() for folder in found)


def _single(make: str, path: Path) -> Recipe:
    """A recipe of one item, made of one file or folder."""
    maker = makers.load(make)
    given = {maker.inputs[0]: (Input(path, name=path.resolve().name, company=company_of(path)),)}
    plain = {name: value for name, value in defaults_of(maker).items() if name not in given}
    name = path.name if path.is_dir() else path.stem
    return Recipe(path, (Item(name, name, make, plain, given, retries=0),))


def _folders(folder: Path) -> Iterator[Path]:
    """A folder and those below it, hidden ones left out. Raises InputProblem."""
    yield folder
    try:
        inner = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except OSError as problem:
        raise InputProblem(f"cannot read {folder}: {problem.strerror}; check its permissions") from problem
    for one in inner:
        if not one.is_symlink():
            yield from _folders(one)
