"""Ray: the same recipe makes the same bytes; what an actor or a node takes with it is made again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trivial

from vrgen.batch import run
from vrgen.batch.cluster import gpu_share
from vrgen.batch.digest import Digests
from vrgen.batch.manifest import read_manifest
from vrgen.batch.parcel import bring_home, contents_of, moved, outside, pack, sight, unpack
from vrgen.batch.resolve import Resolver
from vrgen.batch.session import session
from vrgen.batch.store import open_store
from vrgen.batch.work import work
from vrgen.errors import MissingPart, UsageProblem

if find_spec("ray") is None:  # found, not loaded: that is for the session to do
    pytest.skip("needs the extra cluster", allow_module_level=True)

Write = Callable[[str], Path]
CHAIN = (
    '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..9"\n'
    '[[product]]\nname = "b"\nmake = "trivial"\nseed = 9\nfile = "@a"\n'
    '[[product]]\nname = "c"\nmake = "trivial"\nfile = "outside.bin"\n'
)
SLOW = CHAIN.replace('"0..9"', '"0..59"\nmilliseconds = 20')


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """A cluster on this machine, which the runs of this module find connected; it looks twice a second for
    nodes that are gone, not every three seconds."""
    checks = {"period_ms": 500, "initial_delay_ms": 1000, "timeout_ms": 1000, "failure_threshold": 2}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in checks.items():
            patch.setenv(f"RAY_health_check_{name}", str(value))
        with session("local", 2) as module:
            yield module


def made(path: Path, out: Path, **options: object) -> dict[str, bytes]:
    """Run, see that all was made, and give the files."""
    (path.parent / "outside.bin").write_bytes(b"from outside")
    told = {one.name: one for one in run(path, out, **options)}
    assert {name: one.reason for name, one in told.items() if one.state == "failed"} == {}
    return {name: one.paths[0].read_bytes() for name, one in told.items()}


def right(files: dict[str, bytes]) -> bool:
    """Whether all files are what SLOW or CHAIN ask for."""
    return all(
        data
        == {
            "a": lambda seed: trivial.content(int(seed)),
            "b": lambda seed: trivial.content(9) + trivial.content(int(seed)),
            "c": lambda _: trivial.content(0) + b"from outside",
        }[name[0]](name.partition("/")[2])
        for name, data in files.items()
    )


def actors() -> list[int]:
    """Process ids of the actors of this process's cluster."""
    own = _with_token(os.environ["RAY_AUTH_TOKEN"])
    return [pid for pid in own if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::Actor")]


def _with_token(token: str) -> list[int]:
    """Process ids of all that belongs to the cluster of that token, drivers left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if token.encode() in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_chain_is_the_same_as_without_ray(ray: Any, recipe: Write, tmp_path: Path) -> None:
    path = recipe(CHAIN)
    there = made(path, tmp_path / "ray", workers=2, ray="local")
    here = made(path, tmp_path / "local", workers=2)
    assert there == here
    assert right(there)

    def lines(out: Path) -> list[dict[str, Any]]:
        return [{**line, "seconds": 0} for line in read_manifest(out)]

    assert lines(tmp_path / "ray") == lines(tmp_path / "local")


def test_a_killed_actor_and_a_poison_item_cost_themselves_only(
    ray: Any, recipe: Write, tmp_path: Path
) -> None:
    poison = '[[product]]\nname = "bad"\nmake = "trivial"\nfault = "die"\nretries = 1\n'
    path = recipe(SLOW + poison)
    (tmp_path / "outside.bin").write_bytes(b"from outside")
    told, killed = {}, False
    for one in run(path, tmp_path / "out", workers=2, ray="local", keep_going=True):
        told[one.name] = one
        if len(told) > 10 and not killed:
            os.kill(actors()[0], signal.SIGKILL)
            killed = True
    failed = {name: one.reason for name, one in told.items() if one.state == "failed"}
    assert failed == {"bad": "its worker was killed each time, perhaps because memory ran out"}
    del told["bad"]
    assert len(told) == 121
    assert right({name: one.paths[0].read_bytes() for name, one in told.items()})


def test_a_node_with_its_own_disk_works_along_and_is_lost(ray: Any, recipe: Write, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("only root on Linux can give a process another disk")
    path = recipe(SLOW)
    (tmp_path / "outside.bin").write_bytes(b"from outside")
    busy = [ray.remote(num_cpus=1)(Thread).remote() for _ in range(2)]  # no room but on the other node
    ray.get([one.is_alive.remote() for one in busy])
    node = _node(ray, tmp_path)
    try:
        going = iter(run(path, tmp_path / "out", workers=1, ray="local"))
        told = [next(going) for _ in range(15)]
        for one in busy:
            ray.kill(one)
        _kill(node)
        told += list(going)
    finally:
        _kill(node)
    assert {one.state for one in told} == {"made"}
    assert len(told) == 121
    assert right({one.name: one.paths[0].read_bytes() for one in told})


def _node(ray: Any, hidden: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("ray_node.py"))]
    command += [ray.get_runtime_context().gcs_address, str(hidden)]
    place = {**os.environ, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    process = subprocess.Popen(["unshare", "-m", *command], env=place, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def _kill(node: subprocess.Popen[str]) -> None:
    """Power off: the raylet, and whoever would clean up after it."""
    found = subprocess.run(["pgrep", "-P", str(node.pid)], capture_output=True, text=True).stdout
    for pid in (*map(int, found.split()), node.pid):
        if node.poll() is None:
            os.kill(pid, signal.SIGKILL)
    node.wait()
    if node.stdout is not None:
        node.stdout.close()


def test_a_missing_ray_and_a_wrong_address_are_told(
    recipe: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recipe('[[product]]\nmake = "trivial"\n')
    with pytest.raises(UsageProblem, match="expected local, auto, or the HOST:PORT"):
        made(path, tmp_path / "out", ray="ray://somewhere:10001")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPart, match=r'pip install "vrgen\[cluster\]"'):
        made(path, tmp_path / "out", ray="local")


@pytest.mark.parametrize(
    ("gpus", "workers", "device", "share"),
    [(0, 2, "auto", 0.0), (1, 2, "auto", 0.5), (2, 3, "cuda", 0.5), (8, 2, "auto", 1.0), (2, 2, "cpu", 0.0)],
)
def test_workers_share_the_gpus(gpus: int, workers: int, device: str, share: float) -> None:
    assert gpu_share({"GPU": gpus}, workers, device) == share


def test_what_a_task_reads_and_makes_travels(recipe: Write, tmp_path: Path) -> None:
    """Without Ray: a parcel packed here is worked on in another store, by files of other places."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "scene.toml").write_bytes(b"names others beside it")
    (tmp_path / "folder" / "beside.bin").write_bytes(b"beside")
    path = recipe('[[product]]\nmake = "trivial"\nseed = 3\nfile = "folder/scene.toml"\n')
    going = run(path, tmp_path / "out")
    task = Resolver(Digests(tmp_path / "digests.json"), "cpu").task(going.items[0], {})
    assert outside([task]) == [str(tmp_path / "folder")]
    seen = sight(str(tmp_path / "folder"))
    parcel = pack(going.store, [task], Path.read_bytes)
    (tmp_path / "folder").rename(tmp_path / "gone")
    assert sight(str(tmp_path / "folder")) != seen == sight(str(tmp_path / "gone"))
    afar = open_store(tmp_path / "afar")
    places = unpack(afar, tmp_path / "room", parcel, bytes)
    assert (Path(places[str(tmp_path / "folder")]) / "beside.bin").read_bytes() == b"beside"
    (outcome,) = work(afar.place, [moved(task, places)])
    assert outcome.made is not None
    home = bring_home(going.store, outcome, task, contents_of(afar, outcome.made))
    assert going.store.find(task.key) == home.made
    (tmp_path / "gone").rename(tmp_path / "folder")
    assert {one.name: one.state for one in going} == {"trivial": "kept"}
    assert (tmp_path / "out/trivial.bin").read_bytes() == trivial.content(3) + b"names others beside it"


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_leaves_no_process(recipe: Write, tmp_path: Path, ending: signal.Signals) -> None:
    path, out = recipe(SLOW.replace('"0..59"', '"0..999"')), tmp_path / "out"
    (tmp_path / "outside.bin").write_bytes(b"from outside")
    code = (
        "import sys; from vrgen.registry import Entry, makers;"
        "makers.add(Entry('trivial', 'trivial:TRIVIAL'));"
        "from vrgen.cli.main import main;"
        f"sys.exit(main(['batch', {str(path)!r}, '-o', {str(out)!r}, '--workers', '2', '--ray', 'local']))"
    )
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RAY_AUTH_TOKEN": os.urandom(32).hex()}
    process = subprocess.Popen([sys.executable, "-c", code], env=place, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 90
    while not list(out.glob("a/*.bin")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(ending)
    began = time.monotonic()
    _, said = process.communicate(timeout=30)
    if ending == signal.SIGINT:
        assert time.monotonic() - began < 2
        assert process.returncode == 130
        assert "run the same command again to go on" in said
    deadline = time.monotonic() + 120  # Ray's own agents look for their raylet now and then
    while _with_token(place["RAY_AUTH_TOKEN"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _with_token(place["RAY_AUTH_TOKEN"]) == []
