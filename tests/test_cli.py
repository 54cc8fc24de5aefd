"""The command line: its help, its exit codes, and one sentence for everything that is wrong.

The sentences are kept in errors.json beside this file. After a wished change: python tests/test_cli.py
"""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image as Pictures

from vrgen.cli.desk import Desk
from vrgen.cli.flags import field_docs, flag_fields, flag_names
from vrgen.cli.main import main
from vrgen.registry import verbs

ROOT = Path(__file__).resolve().parent.parent
ERRORS = Path(__file__).with_name("errors.json")


def run(argv: list[str]) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command line, in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
    return code, out.getvalue(), err.getvalue()


# -- what may be asked ---------------------------------------------------------------------------


def test_the_overview_names_every_verb_with_an_example() -> None:
    code, out, _ = run(["--help"])
    assert code == 0
    for entry in verbs:
        assert entry.summary in out
        assert f"$ vrgen {entry.name} " in out or out.count(f"$ vrgen {entry.name}\n")


def test_the_version_is_the_projects() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert run(["--version"]) == (0, f"vrgen {project['version']}\n", "")


@pytest.mark.parametrize("name", verbs.names())
def test_every_verb_explains_itself(name: str) -> None:
    code, out, _ = run([name, "--help"])
    assert code == 0
    assert f"Example: vrgen {name}" in " ".join(out.split())
    assert all(flag in out for flag in flag_names(verbs.load(name)).values() if flag.startswith("--"))


@pytest.mark.parametrize("name", verbs.names())
def test_every_flag_has_its_words(name: str) -> None:
    command = verbs.load(name)
    docs = field_docs(command)
    assert all(docs.get(spec.name, "").strip() for spec in flag_fields(command))


def test_a_switch_that_is_on_may_be_said_anyway() -> None:
    from vrgen.cli.flags import parse
    from vrgen.cli.view import ViewCommand

    for words, on in (([], True), (["--mirror"], True), (["--no-mirror"], False)):
        command, _ = parse(ViewCommand, ["show.glb", "--xr", *words], prog="vrgen view", example="")
        assert command.mirror is on


def test_the_doctor_answers_and_json_is_json() -> None:
    code, out, err = run(["doctor", "--json"])
    result = json.loads(out)
    assert code in (0, 1)
    assert result["ready"] is (code == 0)
    checks = {check["name"]: check for check in result["checks"]}
    assert {"python", "torch", "gl: egl", "openxr: runtime", "node", "weights", "fonts"} <= set(checks)
    assert all(check["mend"] for check in checks.values() if check["state"] == "missing")
    assert "looking at this machine" in err


def test_quiet_says_nothing() -> None:
    assert run(["doctor", "--quiet"])[1:] == ("", "")


# -- what is wrong -------------------------------------------------------------------------------


def _png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def _jpeg() -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    Pictures.linear_gradient("L").save(buffer, "JPEG")
    return buffer.getvalue()


def _glb_past_its_end() -> bytes:
    document = json.dumps(
        {
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": 12}],
            "bufferViews": [{"buffer": 0, "byteLength": 4096}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 300, "type": "VEC3"}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
        }
    ).encode()
    document += b" " * (-len(document) % 4)
    chunks = (
        struct.pack("<II", len(document), 0x4E4F534A)
        + document
        + struct.pack("<II", 12, 0x004E4942)
        + b"\0" * 12
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


GOOD = {"good.jpg": _jpeg()}
XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = "<svg " + XMLNS + ' width="40" height="40">{}</svg>'
LAUGHS = "<!DOCTYPE s [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{('&' + chr(97 + i) + ';') * 10}'>" for i in range(9)
)
FOLDERS: dict[str, dict[str, bytes]] = {
    "empty folder": {},
    "text named jpg": {"letter.jpg": b"Dear Sir or Madam"},
    "truncated jpeg": {"half.jpg": _jpeg()[:400]},
    "decompression bomb": {"bomb.png": _png_header(60_000, 60_000)},
    "svg outside its folder": {
        "out.svg": SVG.format('<image xlink:href="../secret.png" width="9" height="9"/>').encode()
    },
    "svg that never ends": {"ha.svg": (LAUGHS + "]>" + SVG.format("<text>&j;</text>")).encode()},
    "glb past its end": {"past.glb": _glb_past_its_end()},
    "toml wrong key": {**GOOD, "gallery.toml": b"[gallery]\ntitel = 'x'\n"},
    "toml wrong type": {**GOOD, "gallery.toml": b"[gallery]\nseed = 'seven'\n"},
    "toml absent work": {**GOOD, "gallery.toml": b"[[work]]\nfile = 'god.jpg'\n"},
    "toml unknown style": {**GOOD, "gallery.toml": b"[gallery]\nstyle = 'lofty'\n"},
}
"""Folders that `vrgen gallery --strict` refuses."""

LINES: dict[str, str] = {
    "no such folder": "gallery {tmp}/nowhere -o {tmp}/x.glb",
    "unknown verb": "galery {tmp}",
    "flag before the verb": "--quiet gallery",
    "unknown option": "gallery {tmp} -o {tmp}/x.glb --stile loft",
    "unknown style": "gallery {tmp} -o {tmp}/x.glb --style lofty",
    "negative seed": "gallery {tmp} -o {tmp}/x.glb --seed -1",
    "seed that is none": "gallery {tmp} -o {tmp}/x.glb --seed seven",
    "no output": "gallery {tmp}",
    "nothing to compare with": "diff {tmp}/good",
    "output of another kind": "gallery {tmp} -o {tmp}/x.obj",
    "output is a folder": "gallery {tmp} -o {tmp}/folder.glb",
    "output below a file": "gallery {tmp} -o {tmp}/file/x.glb",
    "output on a read-only mount": "gallery {tmp} -o /proc/x.glb",
    "absent sky": "gallery {tmp}/good -o {tmp}/x.glb --sky {tmp}/absent.hdr",
    "texture of size 0": "texture --kind bricks --size 0 -o {tmp}",
    "texture too large": "texture --kind bricks --size 100000 -o {tmp}",
    "texture of no kind": "texture --kind brics -o {tmp}",
    "texture of none": "texture --count 0 -o {tmp}",
    "texture below zero": "texture --seed -5 -o {tmp}",
    "texture into a file": "texture -o {tmp}/file",
    "sky of size 0": "sky --size 0 -o {tmp}/sky.hdr",
    "sky too large": "sky --size 100000 -o {tmp}/sky.hdr",
    "sky of another kind": "sky -o {tmp}/sky.tga",
    "sky below zero": "sky --seed -1 -o {tmp}/sky.hdr",
    "shot of nothing": "shot {tmp}/absent.glb -o {tmp}/x.png",
    "shot of a folder": "shot {tmp} -o {tmp}/x.png",
    "shot of a text": "shot {tmp}/file -o {tmp}/x.png",
    "shot of no size": "shot {tmp}/past.glb -o {tmp}/x.png --size 0x0",
    "shot into another kind": "shot {tmp}/file -o {tmp}/x.gif",
    "view of nothing": "view {tmp}/absent.glb",
    "inspect past its end": "inspect {tmp}/past.glb",
    "bake of a text": "bake {tmp}/file -o {tmp}/x.glb",
    "train of no family": "train diffusion --data {tmp} --out {tmp}/run",
    "train on nothing": "train gan --data {tmp}/nowhere --out {tmp}/run",
}
"""Command lines that are refused."""


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder with what the command lines speak of."""
    with tempfile.TemporaryDirectory() as name:
        tmp = Path(name)
        (tmp / "file").write_text("no folder\n")
        (tmp / "folder.glb").mkdir()
        (tmp / "past.glb").write_bytes(_glb_past_its_end())
        (tmp / "good").mkdir()
        (tmp / "good" / "good.jpg").write_bytes(_jpeg())
        yield tmp


def refusal_of_folder(files: dict[str, bytes]) -> tuple[int, str, str]:
    """(exit code, stdout, sentence) of a strict gallery of these files."""
    with workplace() as tmp:
        folder = tmp / "art"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        code, out, err = run(["gallery", str(folder), "-o", str(tmp / "x.glb"), "--strict", "--quiet"])
        assert not list(tmp.glob("*x.glb*")), "nothing half-written stays"
        return code, out, err.replace(str(tmp), "{tmp}")


def refusal_of_line(line: str) -> tuple[int, str, str]:
    """(exit code, stdout, sentence) of a command line."""
    with workplace() as tmp:
        before = sorted(tmp.rglob("*"))
        code, out, err = run(
            [*line.format(tmp=tmp).split(), *(["--quiet"] if not line.startswith("-") else [])]
        )
        left = [path for path in sorted(tmp.rglob("*")) if path not in before and path.is_file()]
        assert left == [], "nothing half-written stays"
        return code, out, err.replace(str(tmp), "{tmp}")


def is_one_sentence(err: str) -> bool:
    """One line that begins with the program's name, and no traceback."""
    return (
        err.startswith("vrgen: ")
        and err.count("\n") == 1
        and "Traceback" not in err
        and "internal" not in err
    )


CASES: dict[str, Callable[[], tuple[int, str, str]]] = {
    **{name: lambda files=files: refusal_of_folder(files) for name, files in FOLDERS.items()},  # type: ignore[misc]
    **{name: lambda line=line: refusal_of_line(line) for name, line in LINES.items()},  # type: ignore[misc]
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_ends_in_one_sentence(name: str) -> None:
    code, out, err = CASES[name]()
    assert code in (1, 2)
    assert out == ""
    assert is_one_sentence(err)
    assert [code, err.removeprefix("vrgen: ").rstrip()] == json.loads(ERRORS.read_text())[name]


def test_an_error_is_json_where_json_was_asked_for() -> None:
    code, out, err = run(["gallery", "/nowhere", "-o", "/tmp/x.glb", "--json"])
    assert code == 1
    told = json.loads(out)
    assert told["exit_code"] == 1
    assert err == f"vrgen: {told['message']}\n"


def test_verbose_shows_where_an_error_came_from() -> None:
    _, _, err = run(["gallery", "/nowhere", "-o", "/tmp/x.glb", "--verbose"])
    assert "Traceback" in err


# -- how far it is ---------------------------------------------------------------------------------


def test_stages_are_plain_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    with desk.stage("outer", 2) as advance:
        with desk.stage("inner", 1):
            desk.note("something was left out")
            desk.note("something was left out")
        advance(2)
    assert capsys.readouterr() == ("", "outer ...\n  inner ...\n  something was left out\n")
    assert set(desk.seconds) == {"outer", "inner"}
    assert desk.notes == ["something was left out"]


def test_a_signal_ends_a_run_cleanly(tmp_path: Path) -> None:
    """Ctrl-C (SIGINT) and SIGTERM while a file is being written: exit 130, one sentence, nothing left."""
    script = (
        "import sys, time\nfrom pathlib import Path\nimport vrgen.cli.doctor as doctor\n"
        "from vrgen.core.files import writing\n"
        "def run(self, desk):\n"
        "    with writing(Path(sys.argv[1])) as temporary:\n"
        "        temporary.write_bytes(b'half')\n"
        "        print('ready', file=sys.stderr, flush=True)\n"
        "        time.sleep(60)\n"
        "doctor.DoctorCommand.run = run\n"
        "from vrgen.cli.main import main\nsys.exit(main(['doctor']))\n"
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "x.glb")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            # A job in the background of a script ignores Ctrl-C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert err == "vrgen: stopped; no half-written file was left behind\n"
        assert list(tmp_path.iterdir()) == []


if __name__ == "__main__":
    began = time.time()
    told = {
        name: [code, err.removeprefix("vrgen: ").rstrip()]
        for name, (code, _, err) in ((n, c()) for n, c in CASES.items())
    }
    ERRORS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{ERRORS} written in {time.time() - began:.1f} s\n")
