"""Runs that are killed, robbed of workers, of disk space and of stored bytes: what do they end with?

Each round starts `vrgen batch` on a chain of small items in a fresh folder, does it harm at a random moment,
and lets a second run finish. What lies there then is compared, byte by byte, with an undisturbed run.

python tools/bench/batch_faults.py [ROUNDS [SEED [loky|ray]]]
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from table import report, row

HERE = Path(__file__).resolve().parent
ITEMS = 60
RECIPE = f"""
[[product]]
name = "a"
make = "trivial"
seed = "0..{ITEMS // 2 - 1}"
milliseconds = 8

[[product]]
name = "b"
make = "trivial"
seed = 1000
file = "@a"
milliseconds = 4
"""
DRIVER = (
    "import sys; from vrgen.registry import Entry, makers; makers.add(Entry('trivial', 'trivial:TRIVIAL'));"
    "from vrgen.cli.main import main; sys.exit(main(sys.argv[1:]))"
)


Fault = Callable[[subprocess.Popen[str], Path, random.Random], None]


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    """`vrgen batch` on the recipe in a process group of its own."""
    path = os.pathsep.join([str(HERE), str(HERE.parent.parent)])
    words = ["batch", "recipe.toml", "-o", "out", "--workers", "2", "--keep-going", "--quiet", *more]
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def workers_of(driver: int) -> list[int]:
    """Processes that a driver started, at any depth, whose program runs steps."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found, below = [], {driver}
    while below:
        below = {pid for pid, parent in parents.items() if parent in below}
        found += below
    return [pid for pid in found if _runs_steps(pid)]


def _runs_steps(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"popen_loky" in words or b"ray::" in words


def kill_driver(process: subprocess.Popen[str], folder: Path, dice: random.Random) -> None:
    """SIGKILL for the driver; its workers have to go by themselves."""
    process.kill()


def kill_worker(process: subprocess.Popen[str], folder: Path, dice: random.Random) -> None:
    """SIGKILL for one worker; the driver goes on."""
    found = workers_of(process.pid)
    if found:
        os.kill(dice.choice(found), signal.SIGKILL)


def interrupt(process: subprocess.Popen[str], folder: Path, dice: random.Random) -> None:
    """Ctrl-C."""
    process.send_signal(signal.SIGINT)


def damage(process: subprocess.Popen[str], folder: Path, dice: random.Random) -> None:
    """Stored contents are cut, overwritten and removed, and the driver is killed."""
    process.kill()
    process.wait()
    stored = sorted((folder / "out" / ".store" / "blobs").glob("*/*"))
    steps = sorted((folder / "out" / ".store" / "steps").glob("*/*.json"))
    for path in dice.sample(stored, min(6, len(stored))):
        os.chmod(path, 0o644)
        deed = dice.choice(("cut", "overwrite", "remove"))
        if deed == "remove":
            path.unlink()
        elif deed == "cut":
            os.truncate(path, path.stat().st_size // 2)
        else:
            path.write_bytes(dice.randbytes(path.stat().st_size))
    for path in dice.sample(steps, min(3, len(steps))):
        os.truncate(path, path.stat().st_size // 3)


@contextmanager
def no_room(folder: Path) -> Iterator[bool]:
    """The folder on a file system that is nearly full; False where none can be mounted."""
    words = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Every delivered product."""
    out = folder / "out"
    return {str(path.relative_to(out)): path.read_bytes() for path in out.glob("[ab]/*")}


def finish(folder: Path, *more: str) -> str:
    """A run that nobody disturbs; what it complained about."""
    process = start(folder, *more)
    _, said = process.communicate(timeout=300)
    return "" if process.returncode == 0 else said.strip() or f"exit code {process.returncode}"


def one_round(fault: Fault, folder: Path, dice: random.Random, length: float, *more: str) -> str:
    """Harm, then finish; a complaint of the finishing run."""
    (folder / "recipe.toml").write_text(RECIPE)
    process = start(folder, *more)
    time.sleep(dice.uniform(0.2, 0.95) * length)
    fault(process, folder, dice)
    process.communicate(timeout=300)
    return finish(folder, *more)


def full_disk(folder: Path, dice: random.Random, *more: str) -> str:
    """A run whose disk fills up, then one with room."""
    with no_room(folder) as mounted:
        if not mounted:
            return "no small file system can be mounted here"
        (folder / "recipe.toml").write_text(RECIPE)
        said = finish(folder, *more)
        if "run the same command again" not in said:
            return f"a full disk was not told: {said}"
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)
        problem = finish(folder, *more)
        (folder.parent / "full").mkdir(exist_ok=True)
        shutil.copytree(folder / "out", folder.parent / "full" / "out", dirs_exist_ok=True)
        return problem


def main() -> None:
    """Rounds of every fault in turn."""
    words = sys.argv[1:]
    rounds, seed = (int(word) for word in (words + ["50", "1"][len(words) :])[:2])
    more = ("--ray", "local") if words[2:] == ["ray"] else ()
    dice = random.Random(seed)
    faults = (kill_driver, kill_worker, interrupt, damage)
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        whole.mkdir()
        (whole / "recipe.toml").write_text(RECIPE)
        began = time.monotonic()
        assert not finish(whole, *more)
        length, expected = time.monotonic() - began, contents(whole)
        assert len(expected) == ITEMS
        for number in range(rounds):
            folder = Path(place) / f"round-{number}"
            folder.mkdir()
            if number % 10 == 9:
                name, problem = "full_disk", full_disk(folder, dice, *more)
                folder = folder.parent / "full"
            else:
                fault = faults[number % len(faults)]
                name, problem = fault.__name__, one_round(fault, folder, dice, length, *more)
            found = contents(folder)
            lost = len(expected.keys() - found.keys())
            wrong = sum(found[name] != data for name, data in expected.items() if name in found)
            tally += Counter({"rounds": 1, name: 1, "lost": lost, "wrong": wrong, "failed": bool(problem)})
            print(f"{number + 1:3} {name:12} lost {lost} wrong {wrong} {problem}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    names = ("full_disk", *(fault.__name__ for fault in faults))
    note = ", ".join(f"{tally[name]} {name}" for name in names)
    pool, rounds_told = "ray" if more else "loky", f"{tally['rounds']} rounds"
    report(
        [
            row("batch_faults", f"items lost, {pool}", tally["lost"], unit="items", note=note),
            row(
                "batch_faults",
                f"items wrong, {pool}",
                tally["wrong"],
                unit="items",
                note=rounds_told,
            ),
            row("batch_faults", f"runs not finished, {pool}", tally["failed"], unit="runs"),
        ]
    )


if __name__ == "__main__":
    main()
