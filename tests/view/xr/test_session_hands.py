"""Where the wearer stands and what her hands do: spaces, controllers, bare hands; under the stand-in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vrgen.core.frames import matrix_from_quaternion

OCULUS = "/interaction_profiles/oculus/touch_controller"
INDEX = "/interaction_profiles/valve/index_controller"
VIVE = "/interaction_profiles/htc/vive_controller"
MIXED = "/interaction_profiles/microsoft/motion_controller"
SIMPLE = "/interaction_profiles/khr/simple_controller"
SMALL = ("size 64 48",)


def hand(done: Any, frame: int, side: str = "right") -> dict[str, Any]:
    """What a hand did in a frame."""
    return dict(done.frames[frame]["hands"][side])


def test_every_controller_does_everything_with_either_hand(standin: Any, played: Any) -> None:
    """Touch, Index, Vive, Windows Mixed Reality and the simple controller, one after the other; the left hand
    in even turns, the right in odd ones. Vive has a trackpad, which counts while it is pressed."""
    buttons = {
        OCULUS: {"select": "trigger", "next": ("x", "a"), "previous": ("y", "b")},
        INDEX: {"select": "trigger", "next": "a", "previous": "b"},
        VIVE: {"select": "trigger", "next": "squeeze", "previous": "menu"},
        MIXED: {"select": "trigger", "next": "squeeze", "previous": "menu"},
        SIMPLE: {"select": "select", "next": "menu"},
    }
    script = standin.script("frames 250", *SMALL)
    expected = []
    frame = 10
    for profile, meanings in buttons.items():
        script.at(frame - 5, f"profile {profile}")
        for i, side in enumerate(("left", "right")):
            for action, name in meanings.items():
                button = name if isinstance(name, str) else name[i]
                script.at(frame, f"button {side} {button} 1").at(frame + 3, f"button {side} {button} 0")
                expected.append((frame, profile, side, action))
                frame += 5
            if profile != SIMPLE:
                script.at(frame, f"stick {side} 0.25 -0.75").at(frame + 3, f"stick {side} 0 0")
                if profile == VIVE:
                    script.at(frame + 1, f"button {side} trackpad 1").at(
                        frame + 3, f"button {side} trackpad 0"
                    )
                expected.append((frame, profile, side, "stick"))
                frame += 5
        frame += 10
    done = played(script)
    assert done.code == 0 and done.outcome.refusals == [] and len(done.frames) > frame
    for frame, profile, side, action in expected:
        told = {key: hand(done, frame + 2, side)[key] for key in ("select", "next", "previous")}
        assert told == {key: key == action for key in told}, (profile, side, action)
        stick = [0.25, -0.75] if action == "stick" else [0, 0]
        assert hand(done, frame + 2, side)["stick"] == pytest.approx(stick), (profile, side, action)
        other = hand(done, frame + 2, "left" if side == "right" else "right")
        assert not (other["select"] or other["next"] or other["previous"] or any(other["stick"]))
        if (profile, action) == (VIVE, "stick"):
            assert hand(done, frame, side)["stick"] == [0, 0], "a resting thumb moves nobody"
        assert not other["pinching"]


def test_a_trigger_has_a_dead_band_and_hands_have_poses(standin: Any, played: Any) -> None:
    aim, grip = np.eye(4), np.eye(4)
    aim[:3, :3] = matrix_from_quaternion((0, np.sin(0.3), 0, np.cos(0.3)))
    aim[:3, 3], grip[:3, 3] = (0.3, 1.2, -0.4), (0.3, 1.15, -0.3)
    script = standin.script("frames 40", *SMALL).hand(0, "right", aim).hand(0, "right", grip, kind="grip")
    for frame, value in ((5, 0.6), (10, 0.8), (15, 0.5), (20, 0.3), (25, 0.6)):
        script.at(frame, f"button right trigger {value}")
    done = played(script.at(30, "tracked right 0"), tick_at=12)
    held = [hand(done, frame)["select"] for frame in (7, 12, 17, 22, 27)]
    assert held == [False, True, True, False, False]
    assert np.allclose(hand(done, 12)["aim"], aim, atol=1e-5)
    assert np.allclose(hand(done, 12)["grip"], grip, atol=1e-5)
    assert hand(done, 33)["aim"] is None and hand(done, 33)["grip"] is None
    (shake,) = done.outcome.calls("xrApplyHapticFeedback")
    assert shake["frame"] == 12 and shake["result"] == "XR_SUCCESS"


@pytest.mark.parametrize("interaction", [True, False])
def test_a_pinch_is_the_select_of_a_bare_hand(standin: Any, played: Any, interaction: bool) -> None:
    """By the runtime's own gesture where it has one, else from the joints, which also point."""
    script = standin.script("frames 40", *SMALL, "local 0 1.6 0 0").at(5, "bare right 1")
    if not interaction:
        script.say("no extension XR_EXT_hand_interaction")
    script.hand(0, "right", (0.2, 1.3, -0.5)).at(15, "pinch right 1").at(25, "pinch right 0")
    done = played(script)
    assert done.code == 0 and done.outcome.refusals == []
    for frame, pinched in ((12, False), (20, True), (30, False)):
        told = hand(done, frame)
        assert told["pinching"] and told["select"] == pinched, frame
        assert np.allclose(np.asarray(told["aim"])[:3, 3], (0.2, 1.3, -0.5), atol=0.06)
        ahead = -np.asarray(told["aim"])[:3, 2]
        assert ahead[2] < -0.8, "the arm points ahead"
        assert told["grip"] is not None
    assert not hand(done, 12, "left")["pinching"]


def test_hands_lie_on_the_floor_that_is_there(standin: Any, played: Any) -> None:
    """Where LOCAL_FLOOR is not, STAGE; without that LOCAL, the floor a standing height below. Each puts the
    head of 1.55 m where it is, except the last, which cannot know."""
    floor = "no extension XR_EXT_local_floor"
    wanted = {(floor,): ("stage", 1.55), (floor, "no stage"): ("local", 1.55 - 1.5 + 1.6)}
    for lines, (kind, height) in wanted.items():
        script = standin.script("frames 6", *SMALL, "local 0 1.5 0 0", *lines).head(0, (0.1, 1.55, 0.2))
        done = played(script)
        assert done.code == 0
        assert done.outcome.calls("xrCreateReferenceSpace")[0]["space"] == kind
        assert done.outcome.layers(4)[0]["space"] == kind
        head = np.asarray(done.frames[4]["head"])
        assert np.allclose(head[:3, 3], (0.1, height, 0.2), atol=1e-5), kind
        middle = np.mean([np.asarray(eye)[:3, 3] for eye in done.frames[4]["eyes"]], axis=0)
        assert np.allclose(middle, head[:3, 3], atol=1e-5)


def test_recentring_is_told_once_and_moves_the_space(standin: Any, played: Any) -> None:
    script = standin.script("frames 20", *SMALL).head(0, (0, 1.6, 0)).head(5, (1, 1.6, 0)).at(10, "recentre")
    done = played(script)
    assert done.outcome.calls("xrCreateReferenceSpace")[0]["space"] == "local_floor"
    assert np.asarray(done.frames[4]["head"])[1, 3] == pytest.approx(1.6)
    told = [frame["number"] for frame in done.frames if frame["recentred"]]
    assert len(told) == 1 and told[0] in (10, 11)
    assert np.asarray(done.frames[8]["head"])[0, 3] == pytest.approx(1)
    assert np.asarray(done.frames[12]["head"])[0, 3] == pytest.approx(0)


def test_seated_eyes_are_lifted_to_a_standing_height(standin: Any, played: Any) -> None:
    """Whatever the chair; rising and leaning still count, and recentring measures anew."""
    script = (
        standin.script("frames 40", *SMALL, "local 0 1.25 0 0").head(0, (0, 1.1, 0)).head(10, (0, 1.1, 0))
    )
    script.head(15, (0, 1.3, 0)).head(30, (0, 1.3, 0)).at(25, "recentre")
    done = played(script, session={"seated": True})
    assert done.code == 0 and done.outcome.refusals == []
    heights = [np.asarray(frame["head"])[1, 3] for frame in done.frames]
    assert heights[5] == pytest.approx(1.6, abs=1e-5)
    assert heights[20] == pytest.approx(1.8, abs=1e-5)
    assert heights[35] == pytest.approx(1.6, abs=1e-5)


def test_what_was_seen_last_stands_while_nothing_is_seen(standin: Any, played: Any) -> None:
    script = standin.script("frames 30", *SMALL).head(0, (0, 1.5, 0)).head(20, (0, 1.5, -2))
    done = played(script.at(10, "tracked head 0").at(15, "tracked head 1"))
    assert done.code == 0 and done.outcome.refusals == []
    z = [np.asarray(frame["head"])[2, 3] for frame in done.frames]
    assert z[12] == pytest.approx(z[9]) and z[17] < z[12]
    assert all(frame["shown"] for frame in done.frames[5:25])
