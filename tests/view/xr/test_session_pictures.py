"""What a session hands over: both eyes, their depth, the sky, blending; EGL and GLX; under the stand-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vrgen.core.frames import matrix_from_quaternion

PROJECTION, SKY = 35, 1000091000
SOURCE_ALPHA = 2
OPAQUE, ALPHA = 1, 3
LEFT, RIGHT = (188, 0, 0, 255), (0, 188, 0, 64)
"""What session_client.py clears to, as sRGB bytes; alpha stays linear."""


@pytest.fixture(scope="module")
def display(screen: Callable[[int, int], str]) -> str:
    """An X display of our own."""
    return screen(640, 480)


def filled(picture: np.ndarray, colour: tuple[int, ...]) -> bool:
    """Whether every pixel is this colour, to a rounding."""
    return bool((np.abs(picture.astype(int) - colour) <= 1).all())


@pytest.mark.parametrize("samples", [1, 4])
def test_both_eyes_and_their_depth_arrive(standin: Any, played: Any, samples: int) -> None:
    """Whatever is drawn lies in the right half of the right image, with samples or without; nobody's scissor,
    nor a context that the runtime let go of, is in the way. Odd angles go through unchanged."""
    degrees = (-51, 33, 41, -22), (-30, 55, 38, -27)
    fov = " ".join(f"{name} " + " ".join(map(str, eye)) for name, eye in zip("LR", degrees, strict=True))
    script = standin.script(
        "frames 8", "size 64 48", "unbind", "scribble", f"fov {fov}", "ipd 0.07", "cant 5"
    )
    done = played(script.dump(4), session={"samples": samples})
    assert done.code == 0 and done.facts["samples"] == samples
    assert done.facts["encoding"] == "srgb" and done.facts["depth"]
    left, right = done.outcome.eyes(4)
    assert left.shape == (48, 64, 4) and filled(left, LEFT) and filled(right, RIGHT)
    assert all(np.allclose(depth, 0.5, atol=1e-6) for depth in done.outcome.depths(4))
    (layer,) = done.outcome.layers(4)
    assert layer["type"] == PROJECTION and layer["flags"] == 0
    for i, eye in enumerate(layer["eyes"]):
        assert eye["colour_rect"] == eye["depth_rect"] == [64 * i, 0, 64, 48]
        assert eye["depth"] == [0, 1, pytest.approx(0.05), float("inf")]
        told, handed = done.frames[4]["angles"][i], eye["fov"]
        assert told == pytest.approx(np.radians(degrees[i]).tolist(), abs=1e-6) and handed == pytest.approx(
            told
        )
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = matrix_from_quaternion(eye["pose"][3:]), eye["pose"][:3]
        assert np.allclose(pose, done.frames[4]["eyes"][i], atol=1e-5)
    gap = np.subtract(*(np.asarray(eye)[:3, 3] for eye in done.frames[4]["eyes"]))
    assert np.linalg.norm(gap) == pytest.approx(0.07, abs=1e-6)


def test_linear_formats_and_little_else(standin: Any, played: Any) -> None:
    """Values lie there as they were drawn. Without the extensions no depth goes along and no sky is shown; a
    blend that is not the runtime's first is chosen; the size is scaled, both eyes fit into one picture."""
    script = standin.script("frames 8", "size 100 80", "max_image 140 8192", "formats 0x8058 0x81A6")
    script.say(
        "no extension XR_KHR_composition_layer_depth", "no extension XR_KHR_composition_layer_equirect2"
    )
    wish = {"render_scale": 1.5, "blend": "opaque"}
    done = played(script.say("blend additive opaque").dump(4), session=wish)
    assert done.code == 0 and done.facts["encoding"] == "linear"
    assert not done.facts["depth"] and not done.facts["sky_layer"]
    left, right = done.outcome.eyes(4)
    assert filled(left, (128, 0, 0, 255)) and filled(right, (0, 128, 0, 64))
    assert "depth_rect" not in done.outcome.layers(4)[0]["eyes"][0]
    assert done.facts["eye_size"] == [70, 56]
    (made,) = done.outcome.calls("xrCreateSwapchain")
    assert (made["width"], made["height"]) == (140, 56)
    assert {entry["blend"] for entry in done.outcome.calls("xrEndFrame")} == {OPAQUE}


def test_formats_that_cannot_be_drawn_are_refused(standin: Any, played: Any) -> None:
    done = played(standin.script("formats 0x8CAC 0x81A6"))
    assert done.code == 1 and done.error["error"] == "MissingPart"
    assert done.error["sentence"].startswith(
        "vrgen stand-in offers no colour format that OpenGL draws (offered: 0x8CAC, 0x81A6), expected "
    )


def test_over_the_real_room(standin: Any, played: Any) -> None:
    """The runtime's own choice comes first; what lets through is premultiplied alpha."""
    done = played(standin.script("frames 8", "size 64 48", "blend alpha opaque"), transparent=True)
    assert done.code == 0 and done.facts["blend"] == "alpha"
    assert {entry["blend"] for entry in done.outcome.calls("xrEndFrame")} == {ALPHA}
    assert done.outcome.layers(5)[0]["flags"] == SOURCE_ALPHA


def test_a_blend_that_is_not_offered_is_wrong_usage(standin: Any, played: Any) -> None:
    done = played(standin.script("blend opaque alpha"), session={"blend": "additive"})
    assert done.code == 2 and done.error["error"] == "UsageProblem"
    assert done.error["sentence"] == (
        "blend: got additive, expected what vrgen stand-in headset on vrgen stand-in offers: opaque, alpha; "
        "pass one of these, or auto"
    )


def test_the_sky_stands_still_in_the_world(standin: Any, played: Any) -> None:
    """The layer turns its middle to the world's +X, however the visitor's space is turned in the world, and
    the eyes are laid over it by their alpha. The picture is uploaded once, the right way up."""
    done = played(standin.script("frames 8", "size 64 48").dump(5), sky=30)
    assert done.code == 0 and done.facts["sky_layer"]
    sky, eyes = done.outcome.layers(5)
    assert (sky["type"], eyes["type"]) == (SKY, PROJECTION) and eyes["flags"] == SOURCE_ALPHA
    assert sky["radius"] in (0, [0]) and sky["space"] == eyes["space"] == "local_floor"
    assert np.allclose(sky["angles"], (2 * np.pi, np.pi / 2, -np.pi / 2), atol=1e-5)
    assert np.allclose(sky["pose"][:3], 0)
    turn = matrix_from_quaternion((0, np.sin(np.pi / 12), 0, np.cos(np.pi / 12)))
    middle = turn @ matrix_from_quaternion(sky["pose"][3:]) @ (0, 0, -1)
    up = turn @ matrix_from_quaternion(sky["pose"][3:]) @ (0, 1, 0)
    assert np.allclose(middle, (1, 0, 0), atol=1e-6) and np.allclose(up, (0, 1, 0), atol=1e-6)
    picture = done.outcome.sky(5)
    assert picture.shape == (16, 32, 4) and (picture[:8] == (0, 255, 0, 255)).all()
    assert (picture[8:, 16] == (255, 0, 0, 255)).all() and (picture[8:, 15] == (0, 0, 0, 255)).all()
    static = [made for made in done.outcome.calls("xrCreateSwapchain") if made["flags"] & 2]
    assert len(static) == 1 and len(done.outcome.calls("xrDestroySwapchain")) == 3


def test_glx_where_egl_is_not_offered(standin: Any, played: Any, display: str) -> None:
    script = standin.script("frames 8", "size 64 48", "unbind", "no extension XR_MNDX_egl_enable").dump(4)
    done = played(script, display=display, session={"mirror": True})
    assert done.code == 0 and done.facts["window"]
    assert done.outcome.calls("xrCreateSession")[0]["binding"] == "glx"
    left, right = done.outcome.eyes(4)
    assert filled(left, LEFT) and filled(right, RIGHT)


def test_egl_with_a_window_to_mirror_in(standin: Any, played: Any, display: str) -> None:
    script = standin.script("frames 8", "size 64 48", "unbind").dump(4)
    done = played(script, display=display, session={"mirror": True, "samples": 4}, mirror_at_work=True)
    assert done.code == 0 and done.facts["window"]
    assert done.outcome.calls("xrCreateSession")[0]["binding"] == "egl"
    left, right = done.outcome.eyes(4)
    assert filled(left, LEFT) and filled(right, RIGHT)


def test_without_a_display_a_mirror_is_only_left_out(standin: Any, played: Any) -> None:
    done = played(standin.script("frames 4", "size 64 48"), display=":987", session={"mirror": True})
    assert done.code == 0 and not done.facts["window"]
