"""The stand-in itself: what it plays comes out at a client's end, and a client that errs is refused.

Where it ran, no headset was tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PREAMBLE = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom standin_client import *\n"
SMALL = "size 64 48"
IDLE, READY, SYNCHRONIZED, VISIBLE, FOCUSED, STOPPING, PENDING, EXITING = range(1, 9)
PLAIN_LIFE = [
    IDLE,
    READY,
    SYNCHRONIZED,
    VISIBLE,
    FOCUSED,
    VISIBLE,
    SYNCHRONIZED,
    STOPPING,
    IDLE,
    EXITING,
]
TOUCH = "/interaction_profiles/oculus/touch_controller"


@pytest.fixture
def play(standin: Any) -> Callable[..., Any]:
    """Runs code of the tiny client in 64 x 48 eyes; `clean` means that it must end well."""

    def played(code: str, *lines: str, clean: bool = True, **more: Any) -> Any:
        script = standin.script(SMALL, *(line for line in lines if not line.startswith("dump ")))
        script.dump(*(int(line.split()[1]) for line in lines if line.startswith("dump ")))
        outcome = standin.run(PREAMBLE + code, script, **more)
        assert not clean or (outcome.returncode, outcome.stderr) == (0, ""), outcome.stderr
        return outcome

    return played


def told(outcome: Any) -> dict[str, Any]:
    """Everything that the client told, in one."""
    return {key: value for line in outcome.stdout.splitlines() for key, value in json.loads(line).items()}


def refused(outcome: Any) -> list[Any]:
    """What the client's tries ended with, in order."""
    return [json.loads(line)["refused"] for line in outcome.stdout.splitlines()]


def test_three_hundred_frames_from_idle_to_exit(play: Callable[..., Any]) -> None:
    outcome = play("Client().open().play().close()", "frames 300", "dump 150")
    assert outcome.states == PLAIN_LIFE
    assert outcome.frames == 301  # the last one hears that it is over
    assert outcome.refusals == []
    assert {e["should_render"] for e in outcome.calls("xrWaitFrame")[2:300]} == {True}
    order = [e["call"] for e in outcome.log if e["frame"] == 150 and e["call"] != "xrLocateViews"]
    chain = ["xrAcquireSwapchainImage", "xrWaitSwapchainImage", "xrReleaseSwapchainImage"]
    assert order == ["xrWaitFrame", "xrBeginFrame", *chain, *chain, "xrEndFrame"]
    left, right = outcome.eyes(150)
    assert left.shape == right.shape == (48, 64, 4)
    # Linear 0.5 and 0.25 lie as sRGB bytes in the image; alpha is linear; the triangle stands in the middle.
    assert left[0, 0].tolist() == [188, 0, 0, 255]
    assert right[0, 0].tolist() == [0, 137, 0, 128]
    assert left[30, 32].tolist() == right[30, 32].tolist() == [255] * 4
    # It is broad below: rows run from the top.
    assert (left[34, :, 1] == 255).sum() > 3 * (left[14, :, 1] == 255).sum() > 0


def test_both_eyes_stand_apart_and_see_askew(play: Callable[..., Any]) -> None:
    code = """
c = Client().open()
def each(number):
    if number == 3:
        _, views = c.views()
        tell(poses=[[*v.pose.position, *v.pose.orientation] for v in views],
             fov=[[v.fov.angle_left, v.fov.angle_right, v.fov.angle_up, v.fov.angle_down] for v in views])
c.play(each).close()
"""
    seen = told(
        play(
            code, "frames 5", "ipd 0.07", "cant 10", "fov L -60 40 30 -55 R -41 61 31 -56", "at 0 head 1 2 3"
        )
    )
    left, right = np.array(seen["poses"])
    assert left[:3] == pytest.approx([0.965, 2, 3], abs=1e-6)
    assert right[:3] == pytest.approx([1.035, 2, 3], abs=1e-6)
    assert left[3:] == pytest.approx([0, np.sin(np.radians(5)), 0, np.cos(np.radians(5))], abs=1e-6)
    assert right[4] == pytest.approx(-left[4], abs=1e-6)
    assert np.degrees(seen["fov"]) == pytest.approx(
        np.array([[-60, 40, 30, -55], [-41, 61, 31, -56]]), abs=1e-4
    )


def test_the_head_walks_its_path_in_every_space(play: Callable[..., Any]) -> None:
    code = """
c = Client("XR_EXT_local_floor").open(space=1000426000, pose=xr.Posef(position=xr.Vector3f(0, 0, 1)))
kinds = sorted(int(k.value if hasattr(k, "value") else k) for k in xr.enumerate_reference_spaces(c.session))
view = c.make_space(1)
spaces = {"stage": c.make_space(3), "local": c.make_space(2), "floor": c.space}
path = []
def each(number):
    found = {n: xr.locate_space(view, s, c.time) for n, s in spaces.items()}
    path.append({n: [*f.pose.position, *f.pose.orientation, int(f.location_flags)] for n, f in found.items()})
c.play(each)
tell(path=path, kinds=kinds, events=c.events)
c.close()
"""
    turned = (0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4))
    outcome = play(
        code,
        "frames 24",
        "local 0.5 1.5 -1 90",
        "at 0 head 0 1.6 0",
        "at 10 head 1 1.8 -2 0 0.7071068 0 0.7071068",
        "at 20 recentre",
    )
    facts = told(outcome)
    path = facts["path"]
    assert facts["kinds"] == [1, 2, 3, 1000426000]
    half = path[5]["stage"]
    assert half[:3] == pytest.approx([0.5, 1.7, -1], abs=1e-5)
    assert half[3:7] == pytest.approx([0, np.sin(np.pi / 8), 0, np.cos(np.pi / 8)], abs=1e-5)
    assert half[7] == 15
    # LOCAL is turned a quarter to the left: STAGE's -Z is its +X.
    end = path[12]
    assert end["stage"][:3] == pytest.approx([1, 1.8, -2], abs=1e-5)
    assert end["local"][:3] == pytest.approx([1, 0.3, 0.5], abs=1e-5)
    assert end["local"][3:7] == pytest.approx([0, 0, 0, 1], abs=1e-5)
    # LOCAL_FLOOR stands on the floor, and its own offset moved it a metre back.
    assert end["floor"][:3] == pytest.approx([1, 1.8, -0.5], abs=1e-5)
    # Recentred: LOCAL lies in the head, LOCAL_FLOOR below it; STAGE stays.
    after = path[21]
    assert after["local"][:3] == pytest.approx([0, 0, 0], abs=1e-5)
    assert after["floor"][:3] == pytest.approx([0, 1.8, -1], abs=1e-5)
    assert after["stage"][3:7] == pytest.approx(turned, abs=1e-5)
    assert facts["events"].count(40) == 2  # reference space change pending: LOCAL and LOCAL_FLOOR


ACTIONS = """
class Hands:
    def __init__(self, c, profile, *bindings):
        self.c = c
        self.hands = [xr.string_to_path(c.instance, f"/user/hand/{side}") for side in ("left", "right")]
        self.set = xr.create_action_set(c.instance, xr.ActionSetCreateInfo("visit", "Visit", 0))
        kinds = {"select": 1, "force": 2, "stick": 3, "aim": 4, "grip": 4, "buzz": 100}
        self.actions = {name: xr.create_action(self.set, xr.ActionCreateInfo(
            action_name=name, action_type=xr.ActionType(kind), count_subaction_paths=2,
            subaction_paths=self.hands, localized_action_name=name.title())) for name, kind in kinds.items()}
        pairs = [binding.split() for binding in bindings]
        suggested = [xr.ActionSuggestedBinding(self.actions[name], xr.string_to_path(c.instance, path))
                     for name, path in pairs]
        xr.suggest_interaction_profile_bindings(c.instance, xr.InteractionProfileSuggestedBinding(
            interaction_profile=xr.string_to_path(c.instance, profile), suggested_bindings=suggested))

    def attach(self):
        xr.attach_session_action_sets(self.c.session, xr.SessionActionSetsAttachInfo(action_sets=[self.set]))
        self.spaces = {(name, side): xr.create_action_space(self.c.session, xr.ActionSpaceCreateInfo(
            action=self.actions[name], subaction_path=hand))
            for name in ("aim", "grip") for side, hand in zip(("left", "right"), self.hands)}
        return self

    def sync(self):
        active = xr.ActiveActionSet(self.set, xr.NULL_PATH)
        try:
            xr.sync_actions(self.c.session, xr.ActionsSyncInfo(active_action_sets=[active]))
        except xr.exception.SessionNotFocused:
            return False
        return True

    def state(self, name, kind, hand):
        info = xr.ActionStateGetInfo(self.actions[name], self.hands[hand])
        found = getattr(xr, f"get_action_state_{kind}")(self.c.session, info)
        value = found.current_state
        return [bool(found.is_active), value if kind != "vector2f" else [value.x, value.y],
                bool(found.changed_since_last_sync)]

    def place(self, name, side):
        found = xr.locate_space(self.spaces[name, side], self.c.space, self.c.time)
        return [int(found.location_flags), *found.pose.position]

    def profile(self, hand):
        path = xr.get_current_interaction_profile(self.c.session, self.hands[hand]).interaction_profile
        return xr.path_to_string(self.c.instance, path) if path else None
"""
BINDINGS = """
    "select /user/hand/right/input/trigger", "force /user/hand/right/input/trigger/value",
    "stick /user/hand/left/input/thumbstick", "aim /user/hand/right/input/aim/pose",
    "grip /user/hand/right/input/grip/pose", "aim /user/hand/left/input/aim/pose",
    "buzz /user/hand/right/output/haptic"
"""
HOLDING = f"""
c = Client().open()
h = Hands(c, "{TOUCH}", {BINDINGS}).attach()
seen = []
def each(number):
    focused = h.sync()
    seen.append({{"focused": focused, "select": h.state("select", "boolean", 1),
                  "force": h.state("force", "float", 1), "stick": h.state("stick", "vector2f", 0),
                  "aim": h.place("aim", "right"), "grip": h.place("grip", "right"),
                  "left": h.place("aim", "left"), "profile": h.profile(1)}})
    if number == 8:
        xr.apply_haptic_feedback(c.session, xr.HapticActionInfo(h.actions["buzz"], h.hands[1]),
                                 xr.HapticVibration(duration=20_000_000, frequency=0, amplitude=0.4))
c.play(each)
tell(seen=seen)
c.close()
"""


def test_buttons_sticks_and_hands_play_as_written(play: Callable[..., Any]) -> None:
    outcome = play(
        ACTIONS + HOLDING,
        "frames 16",
        "at 5 button right trigger 0.75",
        "at 7 button right trigger 0",
        "at 6 stick left 0.25 -1",
        "at 0 hand right aim 0 1 0",
        "at 10 hand right aim 1 1 0",
        "at 0 hand right grip 0 0.5 0",
        "at 9 tracked left 0",
    )
    seen = told(outcome)["seen"]
    assert [frame["focused"] for frame in seen] == [False] * 3 + [True] * 13 + [False]
    assert [frame["select"][1] for frame in seen[3:9]] == [False, False, True, True, False, False]
    assert [frame["select"][2] for frame in seen[3:9]] == [False, False, True, False, True, False]
    assert seen[2]["select"] == [False, False, False]  # nothing is active before the session is focused
    assert seen[5]["force"][:2] == [True, 0.75]
    assert seen[5]["stick"][1] == [0, 0] and seen[6]["stick"][1] == [0.25, -1]
    assert seen[5]["aim"] == pytest.approx([15, 0.5, 1, 0], abs=1e-6)
    assert seen[5]["grip"] == pytest.approx([15, 0, 0.5, 0], abs=1e-6)
    assert [frame["left"][0] for frame in seen[8:10]] == [15, 0]
    assert seen[3]["profile"] == TOUCH
    (buzz,) = outcome.calls("xrApplyHapticFeedback")
    assert (buzz["frame"], buzz["hand"], buzz["duration"]) == (8, "/user/hand/right", 20_000_000)
    assert buzz["vibration"] == pytest.approx([0.4, 0], abs=1e-6)


def test_a_hand_puts_its_controller_down_and_pinches(play: Callable[..., Any]) -> None:
    code = (
        ACTIONS
        + """
c = Client("XR_EXT_hand_tracking", "XR_EXT_hand_interaction").open()
h = Hands(c, "/interaction_profiles/ext/hand_interaction_ext",
          "select /user/hand/right/input/pinch_ext/value", "aim /user/hand/right/input/aim/pose").attach()
def proc(name):
    return cast(xr.get_instance_proc_addr(c.instance, name), getattr(xr, "PFN_" + name))
tracker = xr.HandTrackerEXT()
made = xr.HandTrackerCreateInfoEXT(hand=xr.HandEXT.RIGHT, hand_joint_set=xr.HandJointSetEXT.DEFAULT)
xr.check_result(proc("xrCreateHandTrackerEXT")(c.session, byref(made), byref(tracker)))
locate, seen = proc("xrLocateHandJointsEXT"), []
def each(number):
    h.sync()
    joints = (xr.HandJointLocationEXT * 26)()
    out = xr.HandJointLocationsEXT(joint_locations=joints)
    where = xr.HandJointsLocateInfoEXT(base_space=c.space, time=c.time)
    xr.check_result(locate(tracker, byref(where), byref(out)))
    seen.append([bool(out.is_active), list(joints[5].pose.position), list(joints[10].pose.position),
                 h.state("select", "boolean", 1)[1], h.profile(1)])
c.play(each)
proc("xrDestroyHandTrackerEXT")(tracker)
tell(seen=seen)
c.close()
"""
    )
    seen = told(play(code, "frames 10", "at 5 bare right 1", "at 7 pinch right 1"))["seen"]
    assert [frame[0] for frame in seen] == [False] * 5 + [True] * 6
    gap = [np.linalg.norm(np.subtract(frame[1], frame[2])) for frame in (seen[6], seen[8])]
    assert gap == pytest.approx([0.08, 0.008], abs=1e-5)
    assert [frame[3] for frame in seen[5:9]] == [False, False, True, True]
    assert seen[4][4] is None and seen[6][4] == "/interaction_profiles/ext/hand_interaction_ext"


@pytest.mark.parametrize(
    ("line", "error", "last"),
    [
        ("at 6 lose session", "SessionLostError", ("xrWaitFrame", 6)),
        ("at 6 lose session xrAcquireSwapchainImage", "SessionLostError", ("xrAcquireSwapchainImage", 6)),
        ("at 6 lose session xrEndFrame", "SessionLostError", ("xrEndFrame", 6)),
        ("at 6 lose instance", "InstanceLostError", ("xrWaitFrame", 6)),
        ("at 6 lose instance xrPollEvent", "InstanceLostError", ("xrPollEvent", 6)),
        ("no headset", "FormFactorUnavailableError", ("xrGetSystem", -1)),
        ("formats 0x8058 0x881A", "SwapchainFormatUnsupportedError", ("xrCreateSwapchain", -1)),
        ("no extension XR_MNDX_egl_enable", "ExtensionNotPresentError", None),
        ("gl 9.1 9.2", "GraphicsDeviceInvalidError", ("xrCreateSession", -1)),
        ("fail xrLocateViews XR_ERROR_RUNTIME_FAILURE", "RuntimeFailureError", ("xrLocateViews", 2)),
        ("at 8 fail xrBeginFrame XR_ERROR_OUT_OF_MEMORY", "OutOfMemoryError", ("xrBeginFrame", 8)),
    ],
)
def test_what_breaks_breaks_where_it_was_told_to(
    play: Callable[..., Any], line: str, error: str, last: tuple[str, int] | None
) -> None:
    outcome = play("Client().open().play()", "frames 12", line, clean=False)
    assert outcome.returncode == 1
    assert outcome.stderr.strip().splitlines()[-1].startswith(f"xr.exception.{error}")
    if last is not None:
        assert (outcome.refusals[0]["call"], outcome.refusals[0]["frame"]) == last


def test_after_a_loss_another_session_goes_on(play: Callable[..., Any]) -> None:
    code = """
c = Client().open()
try:
    c.play()
except xr.exception.SessionLostError:
    xr.destroy_session(c.session)
    c.states.clear()
    c.open().play()
tell(states=c.states)
c.close()
"""
    outcome = play(code, "frames 20", "at 6 lose session", "dump 15")
    assert told(outcome)["states"] == PLAIN_LIFE
    assert outcome.eyes(15)[0][0, 0].tolist() == [188, 0, 0, 255]


def test_states_come_as_written(play: Callable[..., Any]) -> None:
    code = "c = Client().open().play(); tell(states=c.states); c.close()"
    outcome = play(
        code,
        "frames 30",
        "at 6 state synchronized",
        "at 9 state focused",
        "at 16 state stopping",
        "at 26 should_render 0",
    )
    assert (
        told(outcome)["states"]
        == [
            *PLAIN_LIFE[:7],
            VISIBLE,
            FOCUSED,
            VISIBLE,
            SYNCHRONIZED,
            STOPPING,  # taken off
            IDLE,
            READY,  # and put on again
            *PLAIN_LIFE[2:],
        ]
    )
    drawn = [e["frame"] for e in outcome.calls("xrWaitFrame") if e["should_render"]]
    assert drawn == [2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25]


def test_a_client_may_ask_to_leave(play: Callable[..., Any]) -> None:
    code = """
c = Client().open()
c.play(lambda number: xr.request_exit_session(c.session) if number == 10 else None)
tell(states=c.states)
c.close()
"""
    assert told(play(code))["states"] == PLAIN_LIFE


def test_glass_that_is_seen_through(play: Callable[..., Any]) -> None:
    code = """
c = Client().open()
modes = xr.enumerate_environment_blend_modes(c.instance, c.system, xr.ViewConfigurationType.PRIMARY_STEREO)
c.blend = modes[-1]
tell(modes=[int(getattr(m, "value", m)) for m in modes])
for state in c.frames():
    c.end(*([c.projection(c.eyes(), flags=2)] if state.should_render else []))
c.close()
"""
    outcome = play(code, "frames 6", "blend opaque alpha", "dump 4")
    assert told(outcome)["modes"] == [1, 3]
    assert outcome.calls("xrEndFrame", 4)[0]["blend"] == 3
    assert outcome.layers(4)[0]["flags"] == 2
    assert outcome.eyes(4)[1][0, 0, 3] == 128


def test_depth_and_sky_are_taken_and_can_be_looked_at(play: Callable[..., Any]) -> None:
    code = """
c = Client("XR_KHR_composition_layer_depth", "XR_KHR_composition_layer_equirect2").open()
depths, sky = [c.chain(0x8CAC) for _ in (0, 1)], c.chain(SRGB, size=(32, 16), static=True)
def clear(chain, kind, value):
    index = xr.acquire_swapchain_image(chain[0], xr.SwapchainImageAcquireInfo())
    xr.wait_swapchain_image(chain[0], xr.SwapchainImageWaitInfo(timeout=xr.INFINITE_DURATION))
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, c.framebuffer)
    GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, kind, GL.GL_TEXTURE_2D, chain[1][index], 0)
    (GL.glClearDepth if kind == GL.GL_DEPTH_ATTACHMENT else GL.glClearColor)(*value)
    GL.glClear(GL.GL_DEPTH_BUFFER_BIT if kind == GL.GL_DEPTH_ATTACHMENT else GL.GL_COLOR_BUFFER_BIT)
    GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, kind, GL.GL_TEXTURE_2D, 0, 0)
    xr.release_swapchain_image(chain[0], xr.SwapchainImageReleaseInfo())
clear(sky, GL.GL_COLOR_ATTACHMENT0, (0, 0, 0.5, 1))
for state in c.frames():
    if not state.should_render:
        c.end()
        continue
    eyes, infos = c.eyes(), []
    for k, (eye, depth) in enumerate(zip(eyes, depths)):
        clear(depth, GL.GL_DEPTH_ATTACHMENT, (0.25 + k / 2,))
        infos.append(xr.CompositionLayerDepthInfoKHR(sub_image=c.part(depth[0], *c.size), min_depth=0,
                                                     max_depth=1, near_z=0.1, far_z=float("inf")))
        eye.next = cast(byref(infos[-1]), c_void_p)
    around = xr.CompositionLayerEquirect2KHR(
        layer_flags=xr.CompositionLayerFlags(0), space=c.space, eye_visibility=xr.EyeVisibility.BOTH,
        sub_image=c.part(sky[0], 32, 16), pose=xr.Posef(), radius=0, central_horizontal_angle=6.2831853,
        upper_vertical_angle=1.5707963, lower_vertical_angle=-1.5707963)
    c.end(around, c.projection(eyes))
c.close()
"""
    outcome = play(code, "frames 6", "dump 4")
    sky, projection = outcome.layers(4)
    assert (sky["type"], projection["type"]) == (1000091000, 35)
    assert sky["angles"] == pytest.approx([2 * np.pi, np.pi / 2, -np.pi / 2])
    assert projection["eyes"][0]["depth"] == pytest.approx([0, 1, 0.1, np.inf])
    assert outcome.sky(4)[3, 5].tolist() == [0, 0, 128, 255]  # cleared before FRAMEBUFFER_SRGB was on
    left, right = outcome.depths(4)
    assert (left == 0.25).all() and (right == 0.75).all() and left.shape == (48, 64)


def test_a_context_that_is_let_go_must_be_taken_again(play: Callable[..., Any]) -> None:
    code = """
egl = ctypes.CDLL("libEGL.so.1")
egl.eglGetCurrentContext.restype = c_void_p
c = Client()
before = egl.eglGetCurrentContext()
c.requirements()
c.create_session()
tell(before=bool(before), after=bool(egl.eglGetCurrentContext()))
"""
    assert told(play(code, "unbind")) == {"before": True, "after": False}
    assert told(play(code)) == {"before": True, "after": True}


def test_what_is_left_undrawn_is_magenta(play: Callable[..., Any]) -> None:
    code = "c = Client().open()\nc.draw = lambda *_: None\nc.play().close()"
    outcome = play(code, "frames 6", "dump 4")
    assert (outcome.eyes(4)[0] == (255, 0, 255, 255)).all()


def test_it_paces_where_it_is_told_to(play: Callable[..., Any]) -> None:
    code = """
import time
c = Client().open()
at = []
c.play(lambda number: at.append((time.perf_counter(), c.time)))
tell(seconds=at[-1][0] - at[4][0], said=(at[-1][1] - at[4][1]) / 1e9)
c.close()
"""
    paced = told(play(code, "frames 34", "rate 60"))
    assert paced["said"] == pytest.approx(0.5, abs=1e-6)
    assert paced["seconds"] > 0.45
    assert told(play(code, "frames 34"))["said"] == pytest.approx(30 / 90, abs=1e-6)
