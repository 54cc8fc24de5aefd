"""The stand-in is no yes-man: what the specification forbids is refused, by the name that it gives the error.

These clients err on purpose, so the validation layer may speak; only the last test is about what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PREAMBLE = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom standin_client import *\n"


@pytest.fixture
def tries(standin: Any) -> Callable[..., list[str | None]]:
    """Runs code that tells what was refused; the names of the errors, in order."""

    def tried(code: str, *lines: str, **more: Any) -> list[str | None]:
        script = standin.script("size 64 48", "frames 8", *lines)
        outcome = standin.run(PREAMBLE + code, script, silent=False, **more)
        assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stderr
        return [json.loads(line)["refused"] for line in outcome.stdout.splitlines()]

    return tried


@pytest.fixture
def display(screen: Callable[[int, int], str]) -> str:
    """An X display of our own."""
    return screen(320, 200)


def test_the_other_binding_shows_the_same(standin: Any, display: str) -> None:
    code = "c = Client(binding=glx_binding).open().play(); tell(states=c.states); c.close()"
    script = standin.script("size 64 48", "frames 30", "no extension XR_MNDX_egl_enable", "unbind").dump(10)
    # A client whose context is let go of takes it again, as on SteamVR.
    again = """
x11gl = ctypes.CDLL("libGL.so.1")
class Stubborn(Client):
    def take(self):
        b = self.binding
        display, context = cast(b.x_display, c_void_p), cast(b.glx_context, c_void_p)
        assert x11gl.glXMakeCurrent(display, c_ulong(b.glx_drawable), context)
    def create_session(self):
        super().create_session()
        self.take()
    def chain(self, *pixels, **more):
        found = super().chain(*pixels, **more)
        self.take()
        return found
    def draw(self, *what):
        self.take()
        super().draw(*what)
Client = Stubborn
"""
    outcome = standin.run(PREAMBLE + again + code, script, display=display)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stderr
    assert outcome.calls("xrCreateSession")[0]["binding"] == "glx"
    assert outcome.frames == 31 and outcome.refusals == []
    left, right = outcome.eyes(10)
    assert left[0, 0].tolist() == [188, 0, 0, 255] and right[0, 0].tolist() == [0, 137, 0, 128]
    assert left[30, 32].tolist() == [255] * 4


def test_half_a_binding_makes_no_session(tries: Callable[..., Any], display: str) -> None:
    code = """
c = Client(binding=glx_binding)
c.requirements()
whole = cast(c.binding.glx_fbconfig, c_void_p).value
c.binding.glx_fbconfig = None
c.refused(c.create_session)
filled(c.binding, glx_fbconfig=whole)
c.refused(c.create_session)
"""
    assert tries(code, display=display) == ["GraphicsDeviceInvalidError", None]


def test_a_session_waits_for_what_must_come_first(tries: Callable[..., Any]) -> None:
    code = """
c = Client()
c.refused(c.create_session)
c.open()
begin = xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO)
c.refused(xr.begin_session, c.session, xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_MONO))
c.refused(xr.wait_frame, c.session, xr.FrameWaitInfo())
c.refused(xr.request_exit_session, c.session)
c.refused(xr.end_session, c.session)
c.refused(xr.begin_session, c.session, begin)
c.refused(xr.begin_session, c.session, begin)
c.refused(xr.end_session, c.session)
c.refused(c.create_session)
"""
    assert tries(code) == [
        "GraphicsRequirementsCallMissingError",
        "ViewConfigurationTypeUnsupportedError",
        "SessionNotRunningError",
        "SessionNotRunningError",
        "SessionNotRunningError",
        None,
        "SessionRunningError",
        "SessionNotStoppingError",
        "LimitReachedError",
    ]


def test_frames_come_in_their_order(tries: Callable[..., Any]) -> None:
    code = """
c = Client().open()
c.poll()
begin, wait = xr.FrameBeginInfo(), xr.FrameWaitInfo()
c.refused(xr.begin_frame, c.session, begin)
c.refused(c.end)
c.time = xr.wait_frame(c.session, wait).predicted_display_time
c.refused(xr.wait_frame, c.session, wait)
c.refused(c.end)
c.refused(xr.begin_frame, c.session, begin)
c.time += 1
c.refused(c.end)
c.time -= 1
c.refused(c.end)
c.refused(c.end)
"""
    order = "CallOrderInvalidError"
    assert tries(code) == [order, order, order, order, None, "TimeInvalidError", None, order]


def test_images_come_in_their_order(tries: Callable[..., Any]) -> None:
    code = """
c = Client().open()
chain, _ = c.chains[0]
acquire = lambda chain=chain: xr.acquire_swapchain_image(chain, xr.SwapchainImageAcquireInfo())
wait = lambda chain=chain: xr.wait_swapchain_image(chain, xr.SwapchainImageWaitInfo(timeout=1))
release = lambda chain=chain: xr.release_swapchain_image(chain, xr.SwapchainImageReleaseInfo())
for call in (wait, release, acquire, release, acquire, acquire, acquire, wait, wait, release, wait):
    c.refused(call)
still, _ = c.chain(SRGB, static=True)
for call in (acquire, wait, release, acquire):
    c.refused(call, still)
"""
    order = "CallOrderInvalidError"
    moving = [order, order, None, order, None, None, order, None, order, None, None]
    assert tries(code) == [*moving, None, None, None, order]


def test_layers_must_be_sound(tries: Callable[..., Any]) -> None:
    code = """
c = Client("XR_KHR_composition_layer_depth").open()
fresh = None
for state in c.frames():
    if not state.should_render:
        c.end()
        continue
    if fresh is None:
        fresh, eyes = c.chain(SRGB), c.eyes()
        def attempt(owner, name, value):
            before = getattr(owner, name)
            setattr(owner, name, value)
            c.refused(c.end, c.projection(eyes))
            setattr(owner, name, before)
        eye, sub = eyes[1], eyes[1].sub_image
        attempt(sub.image_rect.offset, "x", 1)
        attempt(sub.image_rect.extent, "width", 0)
        never, sub.swapchain = cast(sub.swapchain, c_void_p).value, fresh[0]
        c.refused(c.end, c.projection(eyes))
        filled(sub, swapchain=never)
        attempt(sub, "image_array_index", 1)
        attempt(eye.pose.orientation, "w", 0.5)
        attempt(eye.fov, "angle_right", -1.4)
        c.refused(c.end, c.projection(eyes[:1]))
        c.refused(c.end, *[c.projection(eyes)] * 17)
        info = xr.CompositionLayerDepthInfoKHR(sub_image=c.part(c.chains[0][0], *c.size), min_depth=0,
                                               max_depth=1, near_z=0.1, far_z=10)
        eye.next = cast(byref(info), c_void_p)
        c.refused(c.end, c.projection(eyes))
        eye.next = None
        c.refused(c.end, c.projection(eyes))
    else:
        c.end()
"""
    assert tries(code) == [
        "SwapchainRectInvalidError",
        "SwapchainRectInvalidError",
        "LayerInvalidError",
        "ValidationFailureError",
        "PoseInvalidError",
        "ValidationFailureError",
        "ValidationFailureError",
        "LayerLimitExceededError",
        "LayerInvalidError",
        None,
    ]


def test_what_a_headset_has_not_it_does_not_give(tries: Callable[..., Any]) -> None:
    code = """
c = Client().open()
c.refused(c.chain, 0x8C41)
c.refused(lambda: c.chain(SRGB, size=(200, 10)))
c.refused(c.make_space, 3)
c.refused(c.make_space, 1000426000)
c.refused(c.make_space, 1, xr.Posef(orientation=xr.Quaternionf(0, 0, 0, 0)))
c.blend = xr.EnvironmentBlendMode.ADDITIVE
c.poll()
c.wait()
c.refused(c.end)
c.refused(lambda: xr.locate_views(c.session, xr.ViewLocateInfo(
    xr.ViewConfigurationType.PRIMARY_STEREO, 0, c.space)))
c.refused(xr.get_instance_proc_addr, c.instance, "xrCreateHandTrackerEXT")
c.refused(xr.get_system, c.instance, xr.SystemGetInfo(xr.FormFactor.HANDHELD_DISPLAY))
"""
    code = code.replace("Client().open()", "Client().open(space=2)")
    assert tries(code, "no stage", "max_image 128 128") == [
        "SwapchainFormatUnsupportedError",
        "FeatureUnsupportedError",
        "ReferenceSpaceUnsupportedError",
        "ReferenceSpaceUnsupportedError",
        "PoseInvalidError",
        "EnvironmentBlendModeUnsupportedError",
        "TimeInvalidError",
        "FunctionUnsupportedError",
        "FormFactorUnsupportedError",
    ]


def test_actions_must_be_sound(tries: Callable[..., Any]) -> None:
    code = """
c = Client().open()
path = lambda text: xr.string_to_path(c.instance, text)
hand = path("/user/hand/left")
new = lambda name: xr.create_action_set(c.instance, xr.ActionSetCreateInfo(name, name + "!", 0))
actions = new("visit")
make = lambda name, kind, where=actions: xr.create_action(where, xr.ActionCreateInfo(
    action_name=name, action_type=xr.ActionType(kind), localized_action_name=name + "!",
    count_subaction_paths=1, subaction_paths=[hand]))
select = make("select", 1)
def suggest(profile, binding, action=select):
    xr.suggest_interaction_profile_bindings(c.instance, xr.InteractionProfileSuggestedBinding(
        interaction_profile=path("/interaction_profiles/" + profile),
        suggested_bindings=[xr.ActionSuggestedBinding(action, path("/user/hand/left/" + binding))]))
read = lambda kind, action=select, at=hand: getattr(xr, f"get_action_state_{kind}")(
    c.session, xr.ActionStateGetInfo(action, at))
sync = lambda which=actions: xr.sync_actions(c.session, xr.ActionsSyncInfo(
    active_action_sets=[xr.ActiveActionSet(which, 0)]))
attach = lambda which=actions: xr.attach_session_action_sets(
    c.session, xr.SessionActionSetsAttachInfo(action_sets=[which]))
c.refused(path, "/user/hand/Left")
c.refused(new, "visit")
c.refused(new, "A visit")
c.refused(make, "select", 1)
c.refused(suggest, "oculus/touch_controller", "input/trackpad")  # it has none
c.refused(suggest, "oculus/touch_controller", "input/a/click")  # only on the right
c.refused(suggest, "khr/simple_controller", "input/grip/pose")  # a pose is no button
c.refused(suggest, "acme/glove", "input/select/click")
c.refused(suggest, "ext/hand_interaction_ext", "input/pinch_ext/value")  # its extension is not enabled
c.refused(suggest, "khr/simple_controller", "input/select/click")
c.refused(read, "boolean")
c.refused(sync)
other = new("other")
c.refused(attach)
c.refused(attach)
c.refused(suggest, "khr/simple_controller", "input/select/click")
c.refused(make, "late", 1)
c.refused(sync, other)
c.refused(read, "float")
c.refused(read, "boolean", select, path("/user/hand/right"))
c.refused(read, "boolean")
"""
    assert tries(code) == [
        "PathFormatInvalidError",
        "NameDuplicatedError",
        "NameInvalidError",
        "NameDuplicatedError",
        *["PathUnsupportedError"] * 5,
        None,
        "ActionsetNotAttachedError",
        "ActionsetNotAttachedError",
        None,
        *["ActionsetsAlreadyAttachedError"] * 3,
        "ActionsetNotAttachedError",
        "ActionTypeMismatchError",
        "PathUnsupportedError",
        None,
    ]


def test_a_wrong_script_is_no_headset(standin: Any) -> None:
    for line, why in (
        ("sise 3 4", "`sise` is not known"),
        ("ipd wide", "word 2 of `ipd` is no number"),
        ("at 1 fail xrEndFrame XR_OOPS", "no result `XR_OOPS`"),
    ):
        with pytest.raises(AssertionError) as problem:
            standin.run(PREAMBLE + "Client()", standin.script("frames 3", line))
        assert f"line 2 of the script: {why}" in str(problem.value)


def test_the_validation_layer_is_heard(standin: Any) -> None:
    # A view without its type is what an array made by ctypes alone holds.
    code = """
c = Client().open()
for state in c.frames():
    eyes = c.eyes() if state.should_render else []
    for eye in eyes:
        eye._type = 0
    c.refused(c.end, *([c.projection(eyes)] if eyes else []))
    if eyes:
        break
"""
    script = standin.script("size 64 48", "frames 8")
    with pytest.raises(AssertionError, match="XrCompositionLayerProjectionView"):
        standin.run(PREAMBLE + code, script)
    bare = standin.run(PREAMBLE + code, script, layer=False)
    assert '{"refused": "ValidationFailureError"}' in bare.stdout.splitlines()[-1]
    assert bare.refusals[0]["why"] == "a view of type 0"


def test_a_call_can_hang_and_the_run_ends_all_the_same(standin: Any) -> None:
    code = """
import os, threading
near = threading.Event()
each = lambda number: near.set() if number == 4 else None
loop = threading.Thread(target=lambda: Client().open().play(each), daemon=True)
loop.start()
near.wait()
loop.join(0.5)
tell(stuck=loop.is_alive())
os._exit(0)
"""
    outcome = standin.run(PREAMBLE + code, standin.script("size 64 48", "at 5 hang xrWaitFrame"))
    last = outcome.log[-1]
    assert json.loads(outcome.stdout) == {"stuck": True}
    assert (last["call"], last["frame"], last["hangs"]) == ("xrWaitFrame", 5, True)
    with pytest.raises(pytest.fail.Exception, match="the client hangs"):
        standin.run("import time; time.sleep(60)", standin.script(), timeout=0.5)
