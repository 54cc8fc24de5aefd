"""The stand-in: a scriptable OpenXR runtime of our own for tests, and a way to run a client under it.

It is no headset, and no runtime was tried where only the stand-in ran. The real loader (the one in pyopenxr)
negotiates with it through XR_RUNTIME_JSON, Khronos' core validation layer stands between it and the client,
and every client runs in a process of its own. The C sources lie in standin/; the grammar of scripts stands
in full at the top of standin/script.c.

    script = Script("frames 30", "size 64 48", "ipd 0.07")    # what the headset is: lines, in any order
    script.at(10, "button right trigger 1")                    # what happens, by frame
    script.head(0, (0, 1.6, 0)).head(20, matrix)               # keys: (3,) place or (4, 4) pose in STAGE
    script.hand(0, "right", (0.2, 1.1, -0.3), kind="aim")
    script.dump(15)                                            # both eyes of frame 15, as submitted
    outcome = standin.run("import xr ...", script)             # code, or [program, argument, ...]
    left, right = outcome.eyes(15)                             # (H, W, 4) uint8, rows from the top
    outcome.calls("xrEndFrame")                                # log entries: dicts, see below
    outcome.layers(15)                                         # what xrEndFrame of frame 15 handed over

An entry of the log is {"frame": F, "call": "xr...", "result": "XR_...", ...}; a refused call says "why".
A layer has type (PROJECTION or SKY), flags, space, space_in_stage (pose), and for each eye pose, fov (left,
right, up, down), colour_rect (x, y, width, height), depth_rect and depth (minDepth, maxDepth, nearZ, farZ);
the sky has pose, radius and angles. A pose is [x, y, z, qx, qy, qz, qw]. The session needs two frames until
it is visible: the first that is drawn is frame 2, the first with input is frame 3.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vrgen.core.frames import quaternion_from_matrix

SOURCES = Path(__file__).parent / "standin"
ROOT = Path(__file__).resolve().parents[3]
PACKAGES = "apt install gcc libopenxr-dev libegl-dev libgl-dev libx11-dev"
GREETING = "Core Validation Layer is initialized"
CHATTER = "Core Validation output type"  # the layer says so on stderr
LAYER = "XR_APILAYER_LUNARG_core_validation"
FLAGS = "-std=c11 -D_GNU_SOURCE -Wall -Wextra -O1 -fPIC -shared -fvisibility=hidden -Wl,-z,nodelete"
PROJECTION, SKY = 35, 1000091000
"""Types of layers in the log."""


def build(folder: Path) -> Path:
    """Compile the stand-in into `folder`; the manifest that XR_RUNTIME_JSON names. Skips where it cannot."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip(f"the stand-in needs a C compiler: {PACKAGES}")
    probe = [compiler, "-E", "-o", os.devnull, str(SOURCES / "standin.h")]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(f"the stand-in needs headers: {PACKAGES}")
    library = folder / "libvrgen_standin.so"
    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    command = [compiler, *FLAGS.split(), "-o", str(library), *sources, "-ldl", "-lm"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    manifest = folder / "standin.json"
    runtime = {"name": "vrgen stand-in", "library_path": str(library)}
    manifest.write_text(json.dumps({"file_format_version": "1.0.0", "runtime": runtime}))
    return manifest


def layer_folder() -> Path:
    """Where the core validation layer's manifest lies: within pyopenxr."""
    spec = find_spec("xr")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(place).glob(f"api_layer/linux_{os.uname().machine}")):
            if (folder / "XrApiLayer_core_validation.json").exists():
                return folder
    pytest.skip("pyopenxr has no core validation layer for this machine")


def seven(pose: Any) -> tuple[float, ...]:
    """(x, y, z, qx, qy, qz, qw) of a (3,) place, (7,) or (4, 4) pose."""
    values = np.asarray(pose, np.float64)
    if values.shape == (4, 4):
        return (*values[:3, 3], *quaternion_from_matrix(values[:3, :3]))
    return (*values, 0, 0, 0, 1)[:7]


class Script:
    """Lines of a script; every method gives the script back, so that calls can be strung together."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.dumps: list[int] = []

    def say(self, *lines: str) -> Script:
        """More directives, as in the grammar."""
        self.lines += lines
        return self

    def at(self, frame: float, *events: str) -> Script:
        """What happens when that frame is waited for."""
        return self.say(*(f"at {frame} {event}" for event in events))

    def head(self, frame: float, pose: Any) -> Script:
        """Where the head is then; straight lines lie between."""
        return self.at(frame, "head " + " ".join(f"{value:.9g}" for value in seven(pose)))

    def hand(self, frame: float, side: str, pose: Any, *, kind: str = "aim") -> Script:
        """Where a hand points from ("aim") or is held ("grip"; without it, the same as its aim)."""
        return self.at(frame, f"hand {side} {kind} " + " ".join(f"{value:.9g}" for value in seven(pose)))

    def dump(self, *frames: int) -> Script:
        """Keep what those frames showed."""
        self.dumps += frames
        return self


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a run."""

    stdout: str
    stderr: str
    returncode: int
    log: list[dict[str, Any]] = field(repr=False)
    validation: list[str]
    """Lines of the validation layer; none is allowed unless the run said otherwise."""
    validated: bool
    """The layer said that it is at work."""
    folder: Path

    def calls(self, name: str, frame: int | None = None) -> list[dict[str, Any]]:
        """Entries of one call, of one frame or of all."""
        return [e for e in self.log if e["call"] == name and frame in (None, e["frame"])]

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Entries of calls that failed."""
        return [entry for entry in self.log if entry["result"].startswith("XR_ERROR")]

    @property
    def frames(self) -> int:
        """How many frames were handed over."""
        return sum(entry["result"] == "XR_SUCCESS" for entry in self.calls("xrEndFrame"))

    @property
    def states(self) -> list[int]:
        """Session states in the order in which the client heard of them."""
        return [entry["state"] for entry in self.calls("xrPollEvent") if "state" in entry]

    def layers(self, frame: int) -> list[dict[str, Any]]:
        """Layers of a frame; the two eyes of a projection stand under "eyes"."""
        entry = self.calls("xrEndFrame", frame)[-1]
        layers = [entry[f"layer{i}"] for i in range(entry["layers"])]
        for layer in layers:
            layer.setdefault("eyes", [layer[f"eye{i}"] for i in (0, 1) if f"eye{i}" in layer])
        return layers

    def _dumped(self, frame: int, name: str) -> NDArray[Any]:
        facts = self.calls("xrEndFrame", frame)[-1].get(name)
        assert facts, f"frame {frame} has no {name}: was it dumped, and had it that layer?"
        assert facts["good"], f"{name} of frame {frame} could not be read from its texture"
        kind = np.float32 if name.endswith("depth") else np.uint8
        shape = (facts["height"], facts["width"], *(() if kind is np.float32 else (4,)))
        return np.fromfile(facts["file"], kind).reshape(shape)

    def eyes(self, frame: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(H, W, 4) of the left and the right eye, bytes as they lie in the image, rows from the top."""
        return self._dumped(frame, "0.rgba"), self._dumped(frame, "1.rgba")

    def depths(self, frame: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(H, W) of both eyes, 0 to 1."""
        return self._dumped(frame, "0.depth"), self._dumped(frame, "1.depth")

    def sky(self, frame: int) -> NDArray[np.uint8]:
        """(H, W, 4) of the equirect layer."""
        return self._dumped(frame, "sky.rgba")


class StandIn:
    """The built stand-in; `run` plays a script to a client. Each run gets a place of its own in `folder`.

    `last` is the place of the run before: script.txt, log.jsonl, validation.txt, dumps.
    """

    def __init__(self, manifest: Path, folder: Path) -> None:
        self.manifest, self.folder, self.runs = manifest, folder, 0
        self.layer, self.last = layer_folder(), folder
        self.script = Script

    def environment(self, place: Path, *, layer: bool = True) -> dict[str, str]:
        """Variables that lead a client here; `place` has script.txt. For clients that `run` cannot start."""
        more = {"XR_RUNTIME_JSON": str(self.manifest), "VRGEN_STANDIN_SCRIPT": str(place / "script.txt")}
        if layer:
            more |= {
                "XR_ENABLE_API_LAYERS": LAYER,
                "XR_API_LAYER_PATH": str(self.layer),
                "XR_CORE_VALIDATION_EXPORT_TYPE": "text",
                "XR_CORE_VALIDATION_FILE_NAME": str(place / "validation.txt"),
            }
        return more

    def write(self, script: Script) -> Path:
        """A folder with script.txt, which also names the log and the dumps within it."""
        self.runs += 1
        self.last = place = self.folder / f"run{self.runs:03}"
        place.mkdir()
        dumps = [f"at {frame} dump {place / f'frame{frame:04}'}" for frame in script.dumps]
        (place / "script.txt").write_text(
            "\n".join([*script.lines, *dumps, f"log {place / 'log.jsonl'}"]) + "\n"
        )
        return place

    def run(
        self,
        client: str | Sequence[str],
        script: Script,
        *,
        display: str | None = None,
        environment: Mapping[str, str | None] | None = None,
        layer: bool = True,
        silent: bool = True,
        timeout: float = 60,
    ) -> Outcome:
        """Run code (or a command) to its end under the stand-in.

        `display` is an X display, else there is none; None in `environment` takes a variable away.
        With `silent` a line of the validation layer fails the test, or an error of OpenGL that the client
        left behind. A script that is wrong, or a client that hangs, always does.
        """
        place = self.write(script)
        variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        variables |= self.environment(place, layer=layer) | ({"DISPLAY": display} if display else {})
        for name, value in (environment or {}).items():
            variables.pop(name, None)
            variables |= {name: value} if value is not None else {}
        command = [sys.executable, "-c", client] if isinstance(client, str) else list(client)
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=variables,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as child:
            try:
                stdout, stderr = child.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                child.kill()
                stdout, stderr = child.communicate()
                pytest.fail(f"the client hangs after {timeout} s\n{stdout}\n{stderr}")
        outcome = read_outcome(place, stdout, stderr, child.returncode)
        assert "stand-in: line" not in stderr, stderr
        made = any(entry["result"] == "XR_SUCCESS" for entry in outcome.calls("xrCreateInstance"))
        assert outcome.validated or not made or not layer, "the validation layer was not loaded"
        errors = [(e["frame"], e["gl_error"]) for e in outcome.calls("xrEndFrame") if "gl_error" in e]
        assert not silent or not errors, f"errors of OpenGL were left behind (frame, error): {errors}"
        assert not silent or not outcome.validation, "\n".join(outcome.validation)
        return outcome


def read_outcome(place: Path, stdout: str, stderr: str, returncode: int) -> Outcome:
    """What a run left in its folder."""
    log, validation = place / "log.jsonl", place / "validation.txt"
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    lines = [line for line in validation.read_text().splitlines() if line] if validation.exists() else []
    greeted = any(GREETING in line for line in lines)
    lines = [line for line in lines if "VALID_DEBUG" not in line]  # it comes and goes
    stderr = "".join(line for line in stderr.splitlines(True) if not line.startswith(CHATTER)).strip("\n")
    return Outcome(stdout, stderr, returncode, entries, lines, greeted, place)
