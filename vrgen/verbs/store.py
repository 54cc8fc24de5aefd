"""Store: look after what batch runs have made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vrgen.batch.store import Store
from vrgen.batch.upkeep import Holding, Pruned, holding, mend, prune
from vrgen.core.progress import Progress
from vrgen.errors import InputProblem
from vrgen.verbs.boundary import within
from vrgen.verbs.verb import verb


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """What is to be done, and to which store."""

    action: Literal["show", "check", "prune"] = "show"
    """show counts, check reads everything again, prune removes what no output folder stands on."""
    place: Path | str = Path(".store")
    """The store, or an output folder of vrgen batch that holds one."""
    older: float = 7.0
    """prune: days that a step nobody needs must have lain there."""
    dry_run: bool = False
    """prune: say what would be removed, and remove nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading everything again found."""

    steps: int
    wrong: tuple[str, ...]
    """A line a step that was dropped; the next run makes it again."""


@verb(StoreOptions)
def store(options: StoreOptions, progress: Progress) -> Holding | Checked | Pruned:
    """Show, check or prune a store. Raises InputProblem when there is none at that place."""
    within("older", options.older, 0.0, 36_500.0)
    found = find_store(Path(options.place))
    if options.action == "check":
        steps = sum(1 for _ in found.keys())
        return Checked(steps, tuple(mend(found, progress)))
    if options.action == "prune":
        return prune(found, older_days=options.older, dry_run=options.dry_run)
    return holding(found)


def find_store(place: Path) -> Store:
    """The store at a place or in the `.store` of an output folder. Raises InputProblem."""
    for folder in (place, place / ".store"):
        if (folder / "steps").is_dir():
            return Store(folder.absolute())
    raise InputProblem(f"there is no store in {place}; name the folder of a vrgen batch, or its --store")
