"""The parts of a headset session that are plain arithmetic or tables: no runtime is asked."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.core import Image
from vrgen.core.frames import equirect_directions, linear_to_srgb, matrix_from_quaternion
from vrgen.errors import MissingPart, ValueProblem
from vrgen.view.xr import binding
from vrgen.view.xr.controllers import BARE_HAND, CONTROLLERS
from vrgen.view.xr.patience import Patience
from vrgen.view.xr.poses import matrix_of, set_pose

OFFERED = frozenset({binding.OPENGL, binding.EGL})
unit = st.floats(-1, 1)


def posef() -> Any:
    return SimpleNamespace(
        orientation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0), position=SimpleNamespace(x=0.0, y=0.0, z=0.0)
    )


@given(
    st.tuples(unit, unit, unit, unit).filter(lambda q: sum(v * v for v in q) > 0.01),
    st.tuples(unit, unit, unit),
)
def test_poses_go_there_and_back(q: tuple[float, ...], p: tuple[float, ...]) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_from_quaternion(q)
    matrix[:3, 3] = p
    pose = posef()
    set_pose(pose, matrix)
    assert np.allclose(matrix_of(pose), matrix, atol=1e-9)


def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux whose PyOpenGL is not loaded and nobody has wishes for; all is as before after the test."""
    monkeypatch.setenv("PYOPENGL_PLATFORM", "")
    monkeypatch.delenv("PYOPENGL_PLATFORM")
    monkeypatch.delitem(sys.modules, "OpenGL", raising=False)
    monkeypatch.setattr(binding.sys, "platform", "linux")


def test_egl_comes_first_then_glx(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch)
    monkeypatch.setattr(binding, "_installed", lambda name: True)
    monkeypatch.setenv("DISPLAY", ":7")
    assert binding.choose(OFFERED) == "egl"
    assert binding.extensions("egl") == (binding.EGL, binding.OPENGL)
    # A wish comes first where it can be; one that cannot be is passed over.
    monkeypatch.setenv("PYOPENGL_PLATFORM", "glx")
    assert binding.choose(OFFERED) == "glx"
    monkeypatch.setenv("PYOPENGL_PLATFORM", "egl")
    assert binding.choose(frozenset({binding.OPENGL})) == "glx"
    # What PyOpenGL was loaded as stands.
    monkeypatch.setitem(sys.modules, "OpenGL", SimpleNamespace())
    monkeypatch.setenv("PYOPENGL_PLATFORM", "egl")
    with pytest.raises(
        MissingPart, match="the runtime wants GLX, and OpenGL runs as egl in this process already"
    ):
        binding.choose(frozenset({binding.OPENGL}))


def test_windows_takes_wgl(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice only: WGL itself is untried."""
    monkeypatch.setattr(binding.sys, "platform", "win32")
    assert binding.choose(OFFERED) == "wgl"
    assert binding.extensions("wgl") == (binding.OPENGL,)


def test_without_opengl_each_cause_has_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch)
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(MissingPart, match="the OpenXR runtime takes no OpenGL"):
        binding.choose(frozenset())
    with pytest.raises(
        MissingPart, match="the runtime wants GLX, and OpenGL has no library or no display for it"
    ):
        binding.choose(frozenset({binding.OPENGL}))
    monkeypatch.setattr(binding, "_installed", lambda name: False)
    with pytest.raises(MissingPart, match="the runtime wants EGL or GLX, and OpenGL has no library"):
        binding.choose(OFFERED)


@pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda c: c.profile.rsplit("/", 1)[-1])
def test_one_hand_can_do_everything(controller: Any) -> None:
    bound = list(controller.bindings())
    assert len({path for _, path in bound}) == len(bound), "one input, one meaning"
    for side in ("left", "right"):
        can = {action for action, path in bound if path.startswith(f"/user/hand/{side}/")}
        assert {"aim", "grip", "select"} <= can
        if controller.profile != BARE_HAND:
            assert {"haptic", "next"} <= can
        if controller.needs == "" and "simple" not in controller.profile:
            assert "previous" in can and ("stick" in can or {"pad", "pad_pressed"} <= can)


def test_the_best_format_that_is_offered() -> None:
    from vrgen.view.xr.swapchains import choose_colour, choose_depth

    assert choose_colour([0x8058, 0x881A, 0x8C43], "X") == (0x8C43, "srgb")
    assert choose_colour([0x8058, 0x8059], "X") == (0x8059, "linear")
    assert choose_colour([0x8058], "X") == (0x8058, "linear")
    with pytest.raises(MissingPart, match=r"X offers no colour format that OpenGL draws \(offered: 0x8CAC\)"):
        choose_colour([0x8CAC], "X")
    assert choose_depth([0x8C43, 0x81A5, 0x81A6]) == 0x81A6
    assert choose_depth([0x8C43]) is None


def test_both_eyes_fit_into_one_picture() -> None:
    from vrgen.view.xr.swapchains import fitted

    assert fitted((896, 1007), (8192, 8192), 1.0) == (896, 1007)
    assert fitted((1000, 1000), (8192, 8192), 1.5) == (1500, 1500)
    assert fitted((2000, 1000), (2000, 4000), 1.0) == (1000, 500)  # the sides keep their proportion
    assert fitted((1000, 4000), (8192, 2000), 1.0) == (500, 2000)


def test_a_pinch_holds_until_the_fingers_are_well_apart() -> None:
    from vrgen.view.xr.hands import pinches

    assert not pinches(0.02, False) and pinches(0.014, False)
    assert pinches(0.02, True) and not pinches(0.031, True)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_bare_hand_points_away_from_its_shoulder(side: str) -> None:
    from vrgen.view.xr.hands import SHOULDER, pointing

    head = np.eye(4)
    head[:3, :3] = matrix_from_quaternion((0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)))  # looks along -X
    head[:3, 3] = (1, 1.6, 2)
    sign = 1 if side == "right" else -1
    shoulder = head[:3, :3] @ (sign * SHOULDER[0], SHOULDER[1], SHOULDER[2]) + head[:3, 3]
    knuckle = shoulder + np.array([-0.5, 0.1, 0.2])
    pose = pointing(head, knuckle, side)  # type: ignore[arg-type]
    assert np.allclose(pose[:3, 3], knuckle)
    wanted = (knuckle - shoulder) / np.linalg.norm(knuckle - shoulder)
    assert np.allclose(-pose[:3, 2], wanted)
    assert np.isclose(np.linalg.det(pose[:3, :3]), 1)
    straight_up = pointing(_looking_up(), np.zeros(3), side)  # type: ignore[arg-type]
    assert np.isfinite(straight_up).all()


def _looking_up() -> Any:
    head = np.eye(4)
    head[:3, :3] = matrix_from_quaternion((np.sin(np.pi / 4), 0, 0, np.cos(np.pi / 4)))
    return head


def test_the_sky_keeps_its_bytes_and_is_made_fit() -> None:
    from vrgen.view.xr.layers import drawable

    bytes_ = np.random.default_rng(1).integers(0, 256, (8, 16, 3)).astype(np.uint8)
    out = drawable(Image(bytes_), linear=False, limit=(4096, 4096))
    assert out.dtype == np.uint8 and (out[..., :3] == bytes_).all() and (out[..., 3] == 255).all()
    half = drawable(Image(bytes_), linear=True, limit=(4096, 4096))
    assert half.dtype == np.float32 and np.allclose(linear_to_srgb(half[..., :3]), bytes_ / 255, atol=1e-3)
    small = drawable(Image(np.full((9, 18, 1), 0.5, np.float32), "linear"), linear=False, limit=(9, 9))
    assert small.shape == (4, 8, 4) and (small[..., :3] == 188).all()  # averaged in linear light
    with pytest.raises(ValueProblem, match="got 10x8 pixels, expected strictly 2:1"):
        drawable(Image(np.zeros((8, 10, 3), np.uint8)), linear=False, limit=(64, 64))


def test_the_sky_layer_turns_the_middle_of_the_picture_to_x() -> None:
    """OpenXR shows the middle along -Z and u grows to the right (+X); ours is +X and +Z (core.frames)."""
    from vrgen.view.xr.layers import AHEAD_IS_X

    ours = equirect_directions(64)
    v, u = (np.arange(64) + 0.5) / 64, (np.arange(128) + 0.5) / 128
    around, up = np.meshgrid(2 * np.pi * (u - 0.5), np.pi * (0.5 - v))
    theirs = np.stack([np.cos(up) * np.sin(around), np.sin(up), -np.cos(up) * np.cos(around)], axis=-1)
    assert np.allclose(theirs @ AHEAD_IS_X[:3, :3].T, ours, atol=1e-6)


def test_patience_gives_up_and_hands_errors_over() -> None:
    patience = Patience(0.2)
    assert patience.call(lambda: threading.current_thread().name) == "headset"
    with pytest.raises(ZeroDivisionError):
        patience.call(lambda: 1 // 0)
    released = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="no answer"):
        patience.call(released.wait)
    assert time.monotonic() - began < 5
    released.set()
    patience.end()
