"""Runs: what is made once is not made twice, what changes is, and faults cost their own items only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trivial

from vrgen.batch import run
from vrgen.batch.manifest import read_manifest
from vrgen.batch.plan import estimate, plan
from vrgen.batch.run import Finished

Write = Callable[[str], Path]
CHAIN = (
    '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..3"\n'
    '[[product]]\nname = "b"\nmake = "trivial"\nseed = 9\nfile = "@a"\n'
)


def finished(path: Path, out: Path, **options: object) -> dict[str, Finished]:
    return {one.name: one for one in run(path, out, workers=2, **options)}


def states(path: Path, out: Path, **options: object) -> dict[str, str]:
    return {name: one.state for name, one in finished(path, out, **options).items()}


def test_a_chain_is_made_and_kept(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN), tmp_path / "out"
    assert set(states(path, out).values()) == {"made"}
    for seed in range(4):
        assert (out / f"a/{seed}.bin").read_bytes() == trivial.content(seed)
        assert (out / f"b/{seed}.bin").read_bytes() == trivial.content(9) + trivial.content(seed)
    lines = {line["item"]: line for line in read_manifest(out)}
    assert list(lines) == [*(f"a/{n}" for n in range(4)), *(f"b/{n}" for n in range(4))]
    assert lines["b/2"]["files"][0]["path"] == "b/2.bin"
    assert lines["b/2"]["inputs"] == {"file a-2": lines["a/2"]["files"][0]["sha256"]}
    assert set(states(path, out).values()) == {"kept"}


def test_one_word_changed_remakes_what_depends_on_it(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN), tmp_path / "out"
    states(path, out)
    path.write_text(CHAIN.replace('"0..3"', "[0, 1, 2, 7]"))
    planned = {one.item.name: one for one in plan(run(path, out))}
    assert [name for name, one in planned.items() if one.lot == "make"] == ["a/7", "b/7"]
    assert planned["b/7"].why == "its input a/7 is made anew"
    made = [name for name, state in states(path, out).items() if state == "made"]
    assert made == ["a/7", "b/7"]
    path.write_text(path.read_text().replace("seed = 9", "seed = 8"))
    assert {one.why for one in plan(run(path, out)) if one.lot == "make" and one.item.product == "b"} == {
        "seed 9 -> 8"
    }


def test_a_changed_input_file_is_seen(recipe: Write, tmp_path: Path) -> None:
    (tmp_path / "in.bin").write_bytes(b"one")
    path, out = recipe('[[product]]\nmake = "trivial"\nfile = "in.bin"\n'), tmp_path / "out"
    states(path, out)
    (tmp_path / "in.bin").write_bytes(b"two")
    (planned,) = plan(run(path, out))
    assert planned.why == "input file in.bin changed"
    assert states(path, out) == {"trivial": "made"}
    assert (out / "trivial.bin").read_bytes() == trivial.content(0) + b"two"


def test_what_was_deleted_or_damaged_comes_back(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN), tmp_path / "out"
    states(path, out)
    (out / "a/0.bin").unlink()
    assert states(path, out)["a/0"] == "kept"
    assert (out / "a/0.bin").read_bytes() == trivial.content(0)
    os.chmod(out / "a/1.bin", 0o644)  # the same inode as the store's: an editor that writes in place
    (out / "a/1.bin").write_bytes(b"x" * trivial.SIZE)
    assert plan(run(path, out))[1].why == "its files in the store are damaged or gone"
    assert states(path, out)["a/1"] == "made"
    assert (out / "a/1.bin").read_bytes() == trivial.content(1)
    assert (out / "b/1.bin").read_bytes() == trivial.content(9) + trivial.content(1)


def test_touched_files_are_believed_again(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN), tmp_path / "out"
    states(path, out)
    for blob in (out / ".store" / "blobs").glob("*/*"):
        os.utime(blob, (1, 1))
    assert set(states(path, out).values()) == {"kept"}


def test_recipes_share_a_store(recipe: Write, tmp_path: Path) -> None:
    path, store = recipe(CHAIN), tmp_path / "store"
    states(path, tmp_path / "one", store=store)
    assert set(states(path, tmp_path / "two", store=store).values()) == {"kept"}
    assert (tmp_path / "two" / "b" / "3.bin").read_bytes() == trivial.content(9) + trivial.content(3)


def test_only_makes_what_is_meant_and_its_needs(recipe: Write, tmp_path: Path) -> None:
    assert set(states(recipe(CHAIN), tmp_path / "out", only="b/2")) == {"a/2", "b/2"}


def test_a_failure_costs_its_own_items(recipe: Write, tmp_path: Path) -> None:
    path = recipe(
        '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..9"\nfault = ["", "refuse", "bug"]\n'
        '[[product]]\nname = "b"\nmake = "trivial"\nfile = "@a"\n'
    )
    done = finished(path, tmp_path / "out", keep_going=True)
    failed = {name: one for name, one in done.items() if one.state == "failed"}
    assert len(done) == 60
    assert len(failed) == 40
    assert failed["a/3-refuse"].reason == "seed 3 is not to be made; choose another"
    assert failed["a/3-bug"].reason == "ZeroDivisionError: a bug"
    assert "trivial.py" in failed["a/3-bug"].trace
    assert failed["b/3-bug"].reason == "its input a/3-bug is missing"


def test_without_keep_going_nothing_new_is_begun(recipe: Write, tmp_path: Path) -> None:
    path = recipe(
        '[[product]]\nname = "bad"\nmake = "trivial"\nfault = "refuse"\n'
        '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..99"\nmilliseconds = 20\n'
    )
    told = states(path, tmp_path / "out")
    assert told["bad"] == "failed"
    assert list(told.values()).count("left") > 50
    path.write_text(path.read_text().replace("refuse", ""))
    assert set(states(path, tmp_path / "out").values()) <= {"made", "kept"}


def test_an_item_that_kills_its_worker_is_found_out(recipe: Write, tmp_path: Path) -> None:
    path = recipe(
        '[[product]]\nname = "bad"\nmake = "trivial"\nfault = "die"\nretries = 1\n'
        '[[product]]\nname = "a"\nmake = "trivial"\nseed = "0..19"\n'
    )
    done = finished(path, tmp_path / "out", keep_going=True)
    assert [name for name, one in done.items() if one.state == "failed"] == ["bad"]
    assert "its worker was killed each time" in done["bad"].reason
    assert sum(one.state == "made" for one in done.values()) == 20


def test_leaving_early_ends_the_workers_and_loses_nothing(recipe: Write, tmp_path: Path) -> None:
    path = recipe('[[product]]\nmake = "trivial"\nseed = "0..19"\nmilliseconds = 50\n')
    going = iter(run(path, tmp_path / "out", workers=2))
    early = next(going)
    began = time.monotonic()
    going.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 2
    told = states(path, tmp_path / "out")
    assert told[early.name] == "kept"
    assert set(told.values()) == {"made", "kept"}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_goes_on(recipe: Write, tmp_path: Path, ending: signal.Signals) -> None:
    path, out = recipe('[[product]]\nmake = "trivial"\nseed = "0..59"\nmilliseconds = 30\n'), tmp_path / "out"
    code = (
        "import sys; from vrgen.registry import Entry, makers;"
        "makers.add(Entry('trivial', 'trivial:TRIVIAL'));"
        "from vrgen.cli.main import main;"
        f"sys.exit(main(['batch', {str(path)!r}, '-o', {str(out)!r}, '--workers', '2']))"
    )
    place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", code], env=place, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(out.glob("trivial/*.bin")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(ending)
    began = time.monotonic()
    _, said = process.communicate(timeout=30)
    if ending == signal.SIGINT:
        assert time.monotonic() - began < 2
        assert process.returncode == 130
        assert "run the same command again to go on" in said
    assert len(list(out.glob("trivial/*.bin"))) < 60
    told = list(states(path, out).values())
    assert len(told) == 60
    assert 0 < told.count("kept") < 60
    for seed in range(60):
        assert (out / f"trivial/{seed}.bin").read_bytes() == trivial.content(seed)
    assert not [
        path
        for path in out.rglob("*")
        if path.name.startswith(".") and path.is_file() and ".store" not in path.parts
    ]


def test_two_runs_at_once_do_not_disturb_each_other(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN.replace("0..3", "0..29")), tmp_path / "out"
    first, second = iter(run(path, out, workers=1)), iter(run(path, out, workers=1))
    told = []
    for one, two in zip(first, second, strict=True):
        told += [one.state, two.state]
    assert set(told) <= {"made", "kept"}
    for seed in range(30):
        assert (out / f"b/{seed}.bin").read_bytes() == trivial.content(9) + trivial.content(seed)


def test_an_estimate_comes_from_what_was_made(recipe: Write, tmp_path: Path) -> None:
    path, out = recipe(CHAIN), tmp_path / "out"
    states(path, out)
    path.write_text(CHAIN.replace("0..3", "0..13"))
    going = run(path, out)
    cost = estimate(going, plan(going))
    assert cost.guessed == ()
    assert 10 * trivial.SIZE <= cost.bytes <= 20 * 2 * trivial.SIZE


def test_a_full_disk_stops_the_run_with_one_sentence(recipe: Write, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if (
        os.name != "posix"
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(small)], capture_output=True
        ).returncode
    ):
        pytest.skip("a small file system can only be mounted by root on Linux")
    try:
        from vrgen.errors import OutputProblem

        path = recipe('[[product]]\nmake = "trivial"\nseed = "0..199"\n')
        with pytest.raises(OutputProblem, match="run the same command again"):
            states(path, small / "out")
        subprocess.run(["mount", "-o", "remount,size=20m", str(small)], check=True)
        told = states(path, small / "out")
        assert set(told.values()) == {"made", "kept"}
        assert "kept" in told.values()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
        shutil.rmtree(small, ignore_errors=True)


def test_textures_in_company_are_those_made_alone(recipe: Write, tmp_path: Path) -> None:
    """Four sets that one worker makes ahead of their writing have the bytes of the verb by itself."""
    from vrgen.cli.main import main

    path = recipe('[[product]]\nmake = "texture"\nkind = "plaster"\nseed = "0..3"\nsize = 64\n')
    done = list(run(path, tmp_path / "out", workers=1))
    assert {one.state for one in done} == {"made"}
    assert (
        main(["texture", "--kind", "plaster", "--seed", "1", "--size", "64", "-o", str(tmp_path / "x")]) == 0
    )
    alone = {one.name: one.read_bytes() for one in (tmp_path / "x").iterdir()}
    batched = {one.name: one.read_bytes() for one in (tmp_path / "out" / "texture" / "1").iterdir()}
    assert batched == alone
    lines = {line["item"]: line for line in read_manifest(tmp_path / "out")}
    assert 0 < lines["texture/1"]["measures"]["seam"] <= 1
    assert lines["texture/1"]["licences"] == ["CC0-1.0"]


def test_the_second_run_needs_no_torch(recipe: Write, tmp_path: Path) -> None:
    path = recipe('[[product]]\nmake = "texture"\nsize = 64\n')
    list(run(path, tmp_path / "out", workers=1))
    code = (
        "import sys; import vrgen.batch;"
        f"(one,) = vrgen.batch.run({str(path)!r}, {str(tmp_path / 'out')!r});"
        "assert one.state == 'kept', one; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_nobody_has_made_yet_is_estimated_by_its_verb(recipe: Write, tmp_path: Path) -> None:
    small, large = (
        estimate(going, plan(going))
        for going in (
            run(recipe(f'[[product]]\nmake = "texture"\nseed = "0..99"\nsize = {size}\n'), tmp_path / "out")
            for size in (1024, 2048)
        )
    )
    assert small.guessed == ("texture",)
    assert 3 < large.seconds / small.seconds < 5
    assert 3 < large.bytes / small.bytes < 5


def test_an_option_that_is_none_is_named(recipe: Write, tmp_path: Path) -> None:
    from vrgen.errors import UsageProblem

    with pytest.raises(UsageProblem, match=r"unknown option 'worker'\. Did you mean 'workers'"):
        run(recipe(CHAIN), tmp_path / "out", worker=2)


def test_what_rots_unseen_is_no_input(recipe: Write, tmp_path: Path) -> None:
    """Bytes that changed under an unchanged size and time make nothing of what stands on them."""
    path, out = recipe('[[product]]\nname = "a"\nmake = "trivial"\n'), tmp_path / "out"
    finished(path, out)
    (blob,) = (out / ".store" / "blobs").glob("*/*")
    stat = blob.stat()
    os.chmod(blob, 0o644)
    blob.write_bytes(bytes(stat.st_size))
    os.utime(blob, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    path.write_text(path.read_text() + '[[product]]\nname = "b"\nmake = "trivial"\nfile = "@a"\n')
    done = finished(path, out)
    assert done["b"].state == "failed"
    assert "is damaged; run the same command again" in done["b"].reason
    assert set(states(path, out).values()) == {"made"}
    assert (out / "b.bin").read_bytes() == trivial.content(0) * 2
