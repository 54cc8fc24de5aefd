"""A headset session under the stand-in, first call to last: frames, states, losses, what is missing.

No headset and no runtime of others was tried here; the test marked real_runtime does that where one answers.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENT = Path(__file__).with_name("session_client.py")
FRAME_CALLS = (
    "xrWaitFrame",
    "xrBeginFrame",
    "xrAcquireSwapchainImage",
    "xrReleaseSwapchainImage",
    "xrEndFrame",
)
IDLE, READY, SYNCHRONIZED, VISIBLE, FOCUSED, STOPPING, EXITING = 1, 2, 3, 4, 5, 6, 8


def test_three_hundred_frames_in_order(standin: Any, played: Any) -> None:
    """Every frame is waited for, begun, drawn and ended, in that order, under the silent validation layer."""
    done = played(standin.script("frames 300", "size 64 48", "unbind", "scribble"))
    log = done.outcome.log
    assert done.code == 0 and done.outcome.refusals == []
    assert done.outcome.frames == 301 and [frame["number"] for frame in done.frames] == list(range(301))
    for number in (3, 150, 299):
        order = [entry["call"] for entry in log if entry["frame"] == number and entry["call"] in FRAME_CALLS]
        eyes_and_depth = ["xrAcquireSwapchainImage"] * 2 + ["xrReleaseSwapchainImage"] * 2
        assert order == ["xrWaitFrame", "xrBeginFrame", *eyes_and_depth, "xrEndFrame"]
    period = done.frames[10]["period"]
    assert period == pytest.approx(1 / 90, rel=1e-3) and done.late == 0
    assert done.frames[300]["time"] == pytest.approx(300 * period, rel=1e-6)
    # What was made is given back, children first, and nothing is called after the instance is gone.
    last = [entry["call"] for entry in log if entry["call"].startswith("xrDestroy")]
    assert last[-2:] == ["xrDestroySession", "xrDestroyInstance"] and log[-1]["call"] == "xrDestroyInstance"
    made = [entry["call"] for entry in log if entry["call"].startswith("xrCreate")]
    gone = [call.replace("Destroy", "Create") for call in last]
    for kind in ("Swapchain", "Action", "ActionSet", "Session", "Instance", "HandTrackerEXT"):
        assert made.count(f"xrCreate{kind}") == gone.count(f"xrCreate{kind}"), kind
    spaces = made.count("xrCreateReferenceSpace") + made.count("xrCreateActionSpace")
    assert spaces == gone.count("xrCreateSpace")


def test_every_state_is_obeyed(standin: Any, played: Any) -> None:
    """Visible alone: drawn, without input. Synchronized or not to be rendered: no layers. Taken off and put
    on again: ended and begun again. At last the runtime ends it all."""
    script = standin.script("frames 60", "size 64 48")
    script.at(2, "button right trigger 1").at(10, "state visible").at(20, "state synchronized")
    script.at(30, "state focused").at(40, "should_render 0").at(45, "should_render 1").at(
        50, "state stopping"
    )
    done = played(script)
    assert done.code == 0 and done.outcome.refusals == []
    assert [frame["shown"] for frame in done.frames[5:10]] == [True] * 5
    held = [frame["hands"]["right"]["select"] for frame in done.frames]
    assert all(held[5:9]) and not any(held[12:29]) and all(held[33:48])
    assert all(frame["shown"] for frame in done.frames[12:19])
    assert not any(frame["shown"] for frame in done.frames[22:29] + done.frames[40:45])
    for number, frame in enumerate(done.frames):
        layers = done.outcome.calls("xrEndFrame", number)[-1]["layers"]
        assert layers == int(frame["shown"]), number
    states = done.outcome.states
    assert states[:5] == [IDLE, READY, SYNCHRONIZED, VISIBLE, FOCUSED]
    assert states.count(STOPPING) == 2 and states[-1] == EXITING
    assert len(done.outcome.calls("xrBeginSession")) == len(done.outcome.calls("xrEndSession")) == 2


def test_leaving_is_asked_of_the_runtime(standin: Any, played: Any) -> None:
    """Frames go on meanwhile, and one that nobody hands in is ended all the same. Hands that the runtime
    lists and then refuses are no error."""
    done = played(standin.script("size 64 48", "no hands"), leave_at=10, forgetful=True)
    assert done.code == 0 and done.outcome.frames == len(done.frames) < 20
    assert done.outcome.states[-1] == EXITING and len(done.outcome.calls("xrRequestExitSession")) == 1
    assert {entry["call"] for entry in done.outcome.refusals} == {"xrCreateHandTrackerEXT"}


def test_a_client_that_breaks_off_gives_everything_back(standin: Any, played: Any) -> None:
    done = played(standin.script("size 64 48"), break_at=7)
    assert done.code == 0 and done.outcome.refusals == []
    assert done.outcome.log[-1]["call"] == "xrDestroyInstance"


@pytest.mark.parametrize(
    ("event", "strikes"),
    [
        ("lose session xrEndFrame", "xrEndFrame"),
        ("lose instance xrAcquireSwapchainImage", "xrAcquireSwapchainImage"),
        ("pending session", "xrWaitFrame"),
        ("pending instance", "xrPollEvent"),
        ("fail xrWaitFrame XR_ERROR_RUNTIME_FAILURE", "xrWaitFrame"),
    ],
)
def test_a_loss_is_one_sentence_and_a_clean_end(standin: Any, played: Any, event: str, strikes: str) -> None:
    """After it nothing of the runtime is called: a dead one may never return."""
    done = played(standin.script("size 64 48").at(10, event))
    assert done.code == 1 and done.error["error"] == "HeadsetLost"
    assert done.error["sentence"].startswith("the headset is gone (vrgen stand-in: ")
    assert "repeat the command" in done.error["sentence"]
    assert done.outcome.log[-1]["call"] == strikes and done.outcome.log[-1]["frame"] in (10, 11)
    assert "Traceback" not in done.outcome.stderr


def test_waiting_for_ever_is_given_up(standin: Any, played: Any) -> None:
    """A runtime whose server died may never answer: that is a loss like others, after a while."""
    done = played(standin.script("size 64 48").at(10, "hang xrWaitFrame"), patience=1.0)
    assert done.code == 1 and done.error["error"] == "HeadsetLost"
    assert "(vrgen stand-in: no answer in 1 s)" in done.error["sentence"]
    assert len(done.frames) == 10


def test_any_other_call_that_hangs_ends_the_process(standin: Any, played: Any, tmp_path: Path) -> None:
    """One sentence all the same, and what the wearer made is saved before. (Buffered output is lost.)"""
    saved = tmp_path / "saved.txt"
    done = played(standin.script("size 64 48").at(10, "hang xrEndFrame"), patience=0.5, save=str(saved))
    assert done.code == 1 and saved.read_text() == "saved"
    assert (
        done.outcome.stderr.strip()
        .splitlines()[-1]
        .startswith(
            "the headset is gone (vrgen stand-in: a call does not come back), expected it to stay connected"
        )
    )


def test_an_instance_that_is_never_taken_back_keeps_nobody(standin: Any, played: Any) -> None:
    done = played(standin.script("size 64 48", "frames 6").at(6, "hang xrDestroyInstance"), patience=0.5)
    assert done.code == 0 and done.outcome.frames == 7
    assert done.outcome.log[-1]["call"] == "xrDestroyInstance" and done.outcome.log[-1]["hangs"]


def test_what_is_missing_has_a_sentence_each(standin: Any, played: Any) -> None:
    """No headset, no OpenGL (none at all, too old), no runtime: what to do differs."""
    headset = played(standin.script("no headset"))
    none = played(standin.script("no extension XR_MNDX_egl_enable"))
    old = played(standin.script("gl 4.9 4.9"))
    nowhere = {"XR_RUNTIME_JSON": "/nowhere/runtime.json"}
    runtime = played(standin.script(), environment=nowhere)
    assert [done.code for done in (headset, none, old, runtime)] == [1, 1, 1, 1]
    assert {done.error["error"] for done in (headset, none, old, runtime)} == {"MissingPart"}
    assert headset.error["sentence"] == (
        "vrgen stand-in runs but has no headset (XR_ERROR_FORM_FACTOR_UNAVAILABLE), expected one that is "
        "connected and awake; connect it, switch it on, and repeat the command"
    )
    assert none.error["sentence"].startswith(
        "no OpenGL for the headset here (the runtime wants GLX, and OpenGL has no library or no "
    )
    assert old.error["sentence"].startswith("OpenGL is too old for the headset (got ")
    assert "expected 4.9 or later for vrgen stand-in; update the driver" in old.error["sentence"]
    assert runtime.error["sentence"].startswith(
        "no OpenXR runtime answers (XR_RUNTIME_JSON names /nowhere/runtime.json), expected one that is "
    )
    # The loader's own lines are kept away: one sentence is what the user reads.
    assert runtime.outcome.stderr == ""


def test_a_runtime_that_refuses_is_named(standin: Any, played: Any) -> None:
    done = played(standin.script("fail xrCreateSession XR_ERROR_GRAPHICS_DEVICE_INVALID"))
    assert done.code == 1 and done.error["error"] == "VrgenError"
    assert done.error["sentence"].startswith(
        "vrgen stand-in refused a call (XR_ERROR_GRAPHICS_DEVICE_INVALID: "
    )
    assert done.outcome.log[-1]["call"] == "xrDestroyInstance"


def test_importing_the_room_loads_no_openxr() -> None:
    code = (
        "import sys, vrgen, vrgen.view, vrgen.view.xr.frame, vrgen.view.xr.session\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"xr", "OpenGL", "pyrender", "glfw"}.isdisjoint(told.stdout.split())


@pytest.mark.real_runtime
def test_a_real_runtime_shows_frames() -> None:
    """Unchanged against any runtime: the one of XR_RUNTIME_JSON, or the active one of this machine.

    Skips only where none answers. A headset must be there (simulated ones do).
    """
    wish = json.dumps({"leave_at": 60, "session": {"mirror": False}})
    done = subprocess.run(
        [sys.executable, str(CLIENT), wish], capture_output=True, text=True, timeout=120, env=dict(os.environ)
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    error = next((line for line in lines if "error" in line), None)
    if error is not None and "no OpenXR runtime answers" in error["sentence"]:
        pytest.skip(error["sentence"])
    assert error is None and done.returncode == 0, error or done.stderr
    frames = [line["frame"] for line in lines if "frame" in line]
    assert len(frames) >= 61
    for frame in frames:
        assert 0 < frame["period"] < 0.2
        left, right = ([row[3] for row in eye[:3]] for eye in frame["eyes"])
        assert not frame["shown"] or 0.03 < math.dist(left, right) < 0.1
