"""Rebuild: a source made again and again, each time only what has changed; one file is what is looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from vrgen.batch.deliver import place
from vrgen.batch.item import Item
from vrgen.batch.options import BatchOptions, workers_of
from vrgen.batch.recipe import Recipe
from vrgen.batch.remote import STORE
from vrgen.batch.run import Finished, Run
from vrgen.batch.source import Source, places_of
from vrgen.batch.store import open_store
from vrgen.batch.upkeep import prune
from vrgen.batch.warm import WarmPool
from vrgen.errors import OutputProblem, UsageProblem, nearest
from vrgen.registry import makers

HIDDEN = ".vrgen"
"""Folder beside the result of a scene or a gallery: the store, and what a batch run leaves. It is hidden, so
that nobody takes it for a work or an input."""
OLD_DAYS = 7.0
"""After which what was made on the way is let go of."""


@dataclass(frozen=True, eq=False, slots=True)
class Rebuilt:
    """What came of making it again."""

    made: tuple[str, ...]
    """Names of the items that were made."""
    kept: int
    """How many were there already."""
    problems: tuple[str, ...]
    """A sentence for each item that could not be made."""
    fresh: bool
    """Whether the file that is looked at is another one now."""
    seconds: float
    """How long it took."""


class Rebuild:
    """Makes a source's result. `make` may be called from one thread at a time, `end` from any."""

    def __init__(
        self,
        source: Source,
        out: Path,
        *,
        show: str | None = None,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        looked_at: bool = True,
    ) -> None:
        """`out`: the file for a scene or a gallery, the folder for a recipe. `show`: which item of a recipe
        is looked at, by its name or its product's; where nobody says, the last that is a GLB. `looked_at`:
        there has to be one."""
        self.source = source
        self._show, self._looked_at = show, looked_at
        recipe, out = source.kind == "recipe", out.absolute()
        self._out = out if recipe else out.parent / HIDDEN / out.stem
        store = self._out / STORE if recipe else out.parent / HIDDEN / "store"
        self.file = self._out / ".shown" / f"{source.stem}.glb" if recipe else out
        """The GLB that is looked at; there once something was made."""
        self._options = BatchOptions(
            workers=None if recipe else 1, keep_going=True, store=str(store), device=device
        )
        self._store = open_store(store.absolute())
        if not recipe:
            prune(self._store, older_days=OLD_DAYS)
        self._pool = WarmPool(self._store.place, workers_of(self._options))
        self._shown = ""
        self.places = frozenset({source.path if source.path.is_dir() else source.path.parent})
        """The folders to watch, as of the last time that the source could be read."""

    def ours(self, path: Path) -> bool:
        """Whether a path in a watched folder is hidden, or made here: no reason to make anything again."""
        path = path.absolute()
        return path.name.startswith(".") or path == self.file or path.is_relative_to(self._out)

    def make(self) -> Rebuilt:
        """Read the source, make what is missing, and put what is looked at into its place.

        Raises InputProblem and UsageProblem for what is written wrongly, OutputProblem when the disk takes no
        more, Interrupted after `end`.
        """
        began = time.perf_counter()
        recipe = self.source.read()
        self.places = places_of(recipe)
        self._check(recipe)
        finished = list(Run(recipe, self._out, self._options, pool=self._pool))
        made = tuple(one.name for one in finished if one.state == "made")
        kept = sum(one.state == "kept" for one in finished)
        problems = tuple(dict.fromkeys(one.reason for one in finished if one.state == "failed"))
        return Rebuilt(made, kept, problems, self._put(recipe, finished), time.perf_counter() - began)

    def end(self) -> None:
        """End the workers now, whatever they do."""
        self._pool.end()

    def _check(self, recipe: Recipe) -> None:
        if self._show is not None and not any(self._is_meant(item) for item in recipe.items):
            names = tuple(dict.fromkeys(name for item in recipe.items for name in (item.product, item.name)))
            raise UsageProblem(
                f"show: got {self._show!r}, expected a product of {recipe.path.name}."
                f"{nearest(self._show, names)} There are: {', '.join(names[:12])}"
            )
        if self._looked_at and self._item(recipe) is None:
            what = "makes no GLB" if self._show is None else f"{self._show} is no GLB"
            raise UsageProblem(
                f"{recipe.path.name}: {what}, and so there is nothing to look at; "
                'add a product with make = "gallery", "scene" or "bake", or say --no-view'
            )

    def _is_meant(self, item: Item) -> bool:
        return self._show is None or item.product == self._show or fnmatchcase(item.name, self._show)

    def _item(self, recipe: Recipe) -> Item | None:
        """The item that is looked at."""
        meant = (item for item in reversed(recipe.items) if self._is_meant(item))
        return next((item for item in meant if makers.load(item.maker).gives == ".glb"), None)

    def _put(self, recipe: Recipe, finished: Sequence[Finished]) -> bool:
        """Put the GLB that is looked at into its place; whether it is another one than before."""
        item = self._item(recipe)
        made = next((one.made for one in finished if item is not None and one.name == item.name), None)
        if made is None:  # it failed: the last good one stays
            return False
        return self._placed(next(file.sha256 for file in made.files if file.name.endswith(".glb")))

    def _placed(self, sha256: str) -> bool:
        if sha256 == self._shown and self.file.exists():
            return False
        try:
            place(self._store.blob_path(sha256), self.file)
        except OSError as problem:
            raise OutputProblem(
                f"cannot write {self.file}: {problem.strerror}; choose another place with -o"
            ) from problem
        self._shown = sha256
        return True
