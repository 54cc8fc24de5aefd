"""Work: what a worker does with one step: lay out its inputs, run the verb, hand the files to the store.

The verb runs in a folder of its own with inputs under `in/`, by relative paths, so that nothing of the
machine comes into what it makes.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from vrgen.batch.company import COMPANY
from vrgen.batch.deliver import STEM
from vrgen.batch.key import Parts
from vrgen.batch.maker import AS_SOURCE, FOLDER, Maker, hints_of
from vrgen.batch.store import Made, Store
from vrgen.core.progress import Advance
from vrgen.errors import InputProblem, UsageProblem, VrgenError

SKIES = (".hdr", ".exr")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What a disk says that takes no more."""


@dataclass(frozen=True, slots=True)
class Laid:
    """An input as a worker needs it."""

    name: str
    """What it is called under `in/`."""
    path: str = ""
    """A file or folder that lies outside the store; empty: `files` make a folder or the file itself."""
    files: tuple[tuple[str, str], ...] = ()
    """(name, SHA-256 of a content in the store)."""
    tail: str = ""
    """What stands behind it in the option."""


@dataclass(frozen=True, slots=True)
class Task:
    """One step with all that it needs, small enough to be sent anywhere."""

    item: str
    """The item's name."""
    key: str
    parts: Parts
    maker: Maker
    options: Mapping[str, Any]
    given: Mapping[str, tuple[Laid | Any, ...]]
    device: str = "auto"
    """Where the models run, for verbs that have the choice."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task."""

    task: Task
    state: Literal["made", "failed"]
    made: Made | None = None
    reason: str = ""
    """One sentence about a failure."""
    trace: str = ""
    """The traceback of a failure that is a bug."""
    final: bool = False
    """Whether trying again is useless: the request or an input is wrong."""
    halts: bool = False
    """Whether no other task can end better: the disk is full or cannot be written."""
    peak_mb: float = 0.0
    """The most memory that this worker has held so far, in MB."""


class _Mute:
    """A desk that keeps what is said for nobody; verbs talk to it."""

    loudness = "quiet"

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """Nobody watches."""
        yield lambda units: None

    def note(self, text: str) -> None:
        """Kept for the manifest."""
        if text not in self.notes:
            self.notes.append(text)

    def detail(self, text: str) -> None:
        """Nobody reads."""


def work(place: Path, tasks: Sequence[Task]) -> list[Outcome]:
    """Run tasks one after the other, their results in the store at `place`. A task never raises."""
    store = Store(place)
    with store.working() as room:
        folders = [room / str(number) for number in range(len(tasks))]
        maker = tasks[0].maker
        if len(tasks) > 1 and maker.many and not any(task.given for task in tasks):
            return _together(store, folders, tasks)
        return [_one(store, folder, task) for folder, task in zip(folders, tasks, strict=True)]


def _one(store: Store, folder: Path, task: Task) -> Outcome:
    """Run one task in its folder."""
    try:
        folder.mkdir()
        with _inside(folder):
            began = time.perf_counter()
            desk = _Mute()
            command, target = _command(store, folder, task)
            summary = command.run(desk)
            facts = {**summary.figures, **({"notes": desk.notes} if desk.notes else {})}
            if not hasattr(command, "out"):
                target.write_bytes(msgspec.json.format(_json(facts), indent=2) + b"\n")
            return _stored(store, folder, task, summary.exit_code == 0, facts, began)
    except Exception as problem:
        return _failure(task, problem)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _together(store: Store, folders: Sequence[Path], tasks: Sequence[Task]) -> list[Outcome]:
    """Run tasks of a maker that makes the next one's result while the last one's is written.

    What fails ends the company; those behind it go by themselves.
    """
    outcomes: list[Outcome] = []
    try:
        commands = []
        for folder, task in zip(folders, tasks, strict=True):
            folder.mkdir()
            commands.append(_command(store, folder, task)[0])
        began = time.perf_counter()
        for summary in tasks[0].maker.make_many(commands):
            folder, task = folders[len(outcomes)], tasks[len(outcomes)]
            outcomes.append(_stored(store, folder, task, summary.exit_code == 0, summary.figures, began))
            began = time.perf_counter()
    except Exception as problem:
        outcomes.append(_failure(tasks[len(outcomes)], problem))
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    rest = list(zip(folders, tasks, strict=True))[len(outcomes) :]
    return outcomes + [_one(store, folder, task) for folder, task in rest]


def _stored(
    store: Store, folder: Path, task: Task, passes: bool, facts: Mapping[str, Any], began: float
) -> Outcome:
    seconds = time.perf_counter() - began
    plain = msgspec.json.decode(_json(facts))
    made = store.put(task.key, task.parts, folder / "out", seconds=seconds, passes=passes, facts=plain)
    return Outcome(task, "made", made, peak_mb=_peak_mb())


def _json(facts: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(facts, enc_hook=str)


def _failure(task: Task, problem: Exception) -> Outcome:
    ours = isinstance(problem, VrgenError)
    reason = str(problem) if ours else f"{type(problem).__name__}: {problem}"
    return Outcome(
        task,
        "failed",
        reason="out of memory" if isinstance(problem, MemoryError) else reason,
        trace="" if ours else "".join(traceback.format_exception(problem)),
        final=ours and (isinstance(problem, UsageProblem | InputProblem)),
        halts=_is_full(problem),
        peak_mb=_peak_mb(),
    )


def _is_full(problem: BaseException | None) -> bool:
    """Whether the disk took no more, wherever in the chain of causes that was seen."""
    while problem is not None:
        if isinstance(problem, OSError) and problem.errno in FULL:
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _command(store: Store, folder: Path, task: Task) -> tuple[Any, Path]:
    """(the verb's command with all its options, where it writes); `folder` has its inputs below it."""
    command = task.maker.options
    hints = hints_of(task.maker.command)
    values = {name: _restored(value, hints[name]) for name, value in task.options.items()}
    for name, parts in task.given.items():
        values[name] = _laid_out(store, name, parts, hints[name])
    out = folder / "out"
    out.mkdir()
    target = out if gives(task) == FOLDER else out / f"{STEM}{gives(task)}"
    if "out" in hints:
        values["out"] = target
    if "device" in hints:
        values["device"] = task.device
    return command(**values), target


def gives(task: Task) -> str:
    """FOLDER, or the suffix of the one file that the task makes."""
    if task.maker.gives != AS_SOURCE:
        return task.maker.gives
    source = next(part for part in task.given[task.maker.inputs[0]] if isinstance(part, Laid))
    return suffix_as(source)


def suffix_as(source: Laid) -> str:
    """What a verb gives that works on pictures, skies and folders of maps alike."""
    if (source.path and Path(source.path).is_dir()) or len(source.files) > 1:
        return FOLDER
    suffix = Path(source.path or source.files[0][0]).suffix.lower()
    return ".hdr" if suffix in SKIES else ".png"


def _restored(value: Any, hint: Any) -> Any:
    """A value that has travelled as JSON, in its option's type."""
    many = get_origin(hint) is tuple or any(get_origin(one) is tuple for one in get_args(hint))
    return tuple(value) if many and isinstance(value, list) else value


def _laid_out(store: Store, option: str, parts: Sequence[Laid | Any], hint: Any) -> Any:
    """The option's value, its inputs put under in/OPTION."""
    told = []
    for number, part in enumerate(parts):
        if isinstance(part, Laid):
            place = Path("in") / (option if len(parts) == 1 else f"{option}-{number}")
            told.append(f"{_lay(store, part, place)}{part.tail}")
        else:
            told.append(part)
    if get_origin(hint) is tuple:
        return tuple(told)
    value = told[0]
    wants_path = hint is Path or Path in get_args(hint)
    return Path(value) if wants_path and isinstance(parts[0], Laid) else value


def _lay(store: Store, part: Laid, place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    target = place / part.name
    if part.path:
        source = Path(part.path)
        inside = source.parent if brings_company(source) else source
        if inside != source:
            _link(inside, place / "with")
            return place / "with" / source.name
        _link(source, target)
    elif len(part.files) == 1 and not part.files[0][0].count("/"):
        target = target.with_name(target.name + Path(part.files[0][0]).suffix)
        store.copy(part.files[0][1], target)
    else:
        for name, sha256 in part.files:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            store.copy(sha256, target / name)
    return target


def brings_company(path: Path) -> bool:
    """Whether the file names others beside it, so that its whole folder has to come along."""
    return path.suffix.lower() in COMPANY


def _link(source: Path, target: Path) -> None:
    """A link where there are links, a copy elsewhere."""
    source = source.absolute()
    ways: tuple[Callable[[Path, Path], Any], ...] = (os.symlink, os.link, shutil.copy2)
    for way in ways[:1] if source.is_dir() else ways:
        try:
            way(source, target)
            return
        except OSError:
            continue
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        raise InputProblem(f"cannot read {source} from here; check the path and its permissions")


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows has no such module
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
