"""The page in a headset: Meta's emulator of a Quest 3 in real Chromium. Never a headset itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

RIGHT = "device.controllers.right"
LEVEL = "quaternion.set(0, 0, 0, 1)"


@pytest.fixture(scope="module")
def wearer(long_visit, iwer):
    """One visitor for all tests of this file that need no page of their own."""
    visitor = long_visit(480, 240, scripts=(iwer,), fragment="#work=work_002")
    visitor.until("'offers' in document.documentElement.dataset")
    return visitor


@pytest.fixture
def worn(wearer):
    """Standing before the second picture, with the right hand out."""
    if wearer.ask("page.immersion.now === null"):
        wearer.enter()
    wearer.ask("(device.primaryInputMode = 'controller', device.quaternion.set(0, 0, 0, 1), 1)")
    stick(wearer, 0, 0)
    hold(wearer, "right", (0.15, 1.3, -0.3))
    hold(wearer, "left", (-0.3, 0.9, -0.2), down=True)
    wearer.ask(
        "(page.immersion.now.rig.stands(page.walk.before(page.visit.works[1]), 0), page.visit.stop = 1, 1)"
    )
    wearer.ask("(page.immersion.now.counts = { turns: 0, landings: 0, hovers: 0 }, 1)")
    wearer.frames()
    return wearer


def hold(visitor, hand, at, *, down=False, up=0.0):
    """Put a controller somewhere, level, or pointing to the floor, or up by some radians."""
    angle = -1.4 if down else up
    turn = f"{math.sin(angle / 2)}, 0, 0, {math.cos(angle / 2)}"
    visitor.ask(
        f"(device.controllers.{hand}.position.set({at[0]}, {at[1]}, {at[2]}), "
        f"device.controllers.{hand}.quaternion.set({turn}), 1)"
    )


def stick(visitor, x, y):
    """Push the right thumbstick, as long as two pictures at least: short pushes are lost on slow machines."""
    visitor.ask(f"({RIGHT}.updateAxes('thumbstick', {x}, {y}), 1)")
    visitor.frames(3)


def press(visitor, button):
    visitor.ask(f"({RIGHT}.updateButtonValue('{button}', 1), 1)")
    visitor.frames(3)
    visitor.ask(f"({RIGHT}.updateButtonValue('{button}', 0), 1)")
    visitor.frames(3)


def eye(visitor):
    return visitor.ask("page.immersion.now.rig.eye.toArray()")


def test_the_wearer_stands_where_the_visitor_stood(worn):
    assert eye(worn) == pytest.approx(
        [0.0, 1.6, worn.ask("page.walk.before(page.visit.works[1]).z")], abs=0.02
    )
    assert worn.ask("page.immersion.now.rig.azimuth") == pytest.approx(270, abs=0.5)
    assert worn.ask("document.documentElement.dataset.immersed") == "opaque"


def test_two_eyes_see_a_point_where_geometry_says(headset):
    """A red square in front: its middle in both halves of the picture, against the eyes' distance."""
    visitor = headset(640, 320, fragment="#work=work_002")
    visitor.ask(
        """(() => {
          const { scene } = page.stage;
          const ring = page.stage.scene.children.find((child) => child.isGroup && child !== page.stage.rig);
          const any = []; ring.traverse((part) => part.isMesh && any.push(part));
          const square = new any[0].constructor(any[0].geometry.clone(), any[0].material.clone());
          square.geometry.computeBoundingBox();
          const size = square.geometry.boundingBox.max.clone().sub(square.geometry.boundingBox.min);
          square.material.color.set(0xff0000);
          square.material.map = null; square.material.vertexColors = false;
          square.material.depthTest = false; square.renderOrder = 200;
          square.scale.set(0.1 / size.x, 0.1 / size.y, 1);
          square.position.set(0.1, 1.6, 0); square.frustumCulled = false;
          square.name = 'mark'; scene.add(square);
          return 1;
        })()"""
    )
    visitor.enter()
    visitor.ask("(page.stage.scene.getObjectByName('mark').position.z = page.immersion.now.rig.eye.z - 2, 1)")
    visitor.frames(4)
    picture = visitor.screen().astype(int)
    red = (picture[..., 0] > 180) & (picture[..., 1] < 60) & (picture[..., 2] < 60)
    width = picture.shape[1] // 2
    places = [np.argwhere(red[:, side * width : (side + 1) * width]) for side in (0, 1)]
    assert all(len(place) for place in places), "the square is seen in both eyes"
    left, right = (place.mean(axis=0) + 0.5 for place in places)
    views = visitor.ask(
        "page.stage.renderer.xr.getCamera().cameras.map((c) => [c.projectionMatrix.elements[0], "
        "c.projectionMatrix.elements[8], c.matrixWorld.elements[12]])"
    )
    assert views[1][2] - views[0][2] == pytest.approx(0.063, abs=0.002)
    for found, (scale, shift, x) in zip((left, right), views, strict=True):
        wanted = ((0.1 - x) / 2 * scale - shift + 1) / 2 * width
        assert found[1] == pytest.approx(wanted, abs=1.0)
    assert left[0] == pytest.approx(right[0], abs=0.6), "no vertical parallax"
    assert left[1] - right[1] > 2, "the nearer, the more to the right in the left eye"


def test_the_stick_aside_turns_by_thirty_degrees_once(worn):
    before = eye(worn)
    stick(worn, 1, 0)
    worn.frames(4)
    assert worn.ask("page.immersion.now.rig.azimuth") == pytest.approx(300, abs=0.5)
    stick(worn, 0, 0)
    stick(worn, -1, 0)
    stick(worn, 0, 0)
    stick(worn, -1, 0)
    stick(worn, 0, 0)
    assert worn.ask("page.immersion.now.rig.azimuth") == pytest.approx(240, abs=0.5)
    assert eye(worn) == pytest.approx(before, abs=1e-3), "one turns about one's own head"


def test_a_teleport_lands_where_the_arc_comes_down(worn):
    worn.ask("(page.immersion.now.rig.stands({x: 0, z: 2, azimuth: 270}, 0), 1)")
    hold(worn, "right", (0.15, 1.3, -0.3), up=-0.2)
    worn.frames()
    ray = worn.ask(
        "[...page.immersion.now.hands.values()].filter((hand) => hand.source.handedness === 'right')"
        ".map(({ ray }) => [ray.origin.toArray(), ray.direction.toArray()])[0]"
    )
    stick(worn, 0, -1)
    assert worn.ask("page.immersion.now.arc.visible && page.immersion.now.arc.ring.visible")
    stick(worn, 0, 0)
    (x, y, z), (dx, dy, dz) = ray
    rise = 7 * dy
    t = (rise + math.sqrt(rise**2 + 2 * 9.8 * y)) / 9.8
    assert eye(worn) == pytest.approx([x + 7 * dx * t, 1.6, z + 7 * dz * t], abs=0.05)
    assert worn.ask("page.immersion.now.counts.landings") == 1
    assert not worn.ask("page.immersion.now.arc.visible")


def test_no_teleport_ends_behind_a_wall(worn):
    before = eye(worn)
    hold(worn, "right", (0.15, 1.3, -0.3), up=0.6)  # over the wall
    worn.frames()
    stick(worn, 0, -1)
    assert not worn.ask("page.immersion.now.arc.ring.visible")
    stick(worn, 0, 0)
    assert eye(worn) == pytest.approx(before, abs=1e-6)


def test_pointing_at_a_work_shows_its_plaque_and_the_trigger_goes_there(worn):
    worn.ask("(page.immersion.now.rig.stands({x: 2.4, z: 1, azimuth: 270}, 0), 1)")
    hold(worn, "right", (0, 1.5, -0.3))
    worn.frames()
    assert worn.ask("page.immersion.now.reading.title") == "Moss"
    assert worn.ask("page.immersion.now.card.visible && page.immersion.now.outline.visible")
    press(worn, "trigger")
    assert worn.ask("page.visit.stop") == 2
    assert eye(worn)[2] == pytest.approx(worn.ask("page.walk.before(page.visit.works[2]).z"), abs=0.02)
    hold(worn, "right", (0, 1.5, -0.3), down=True)
    worn.frames()
    assert not worn.ask("page.immersion.now.card.visible")


def test_what_lies_behind_a_wall_is_not_meant(worn):
    """From the first room towards the picture of the second."""
    worn.ask("(page.immersion.now.rig.stands({x: 3, z: 1, azimuth: 270}, 0), 1)")
    worn.ask("(device.quaternion.set(0, 0, 0, 1), 1)")
    half = -math.atan2(6.6 - 3, 3.97) / 2
    turn = f"{RIGHT}.quaternion.set(0, {math.sin(half)}, 0, {math.cos(half)})"
    worn.ask(f"({RIGHT}.position.set(0, 1.5, 0), {turn}, 1)")
    worn.frames()
    assert worn.ask("page.immersion.now.reading ?? null") is None


def test_a_hover_is_felt(worn):
    worn.ask(
        """(() => {
          globalThis.pulses = 0;
          for (const { gamepad } of page.immersion.now.session.inputSources) {
            const motor = gamepad?.hapticActuators?.[0];
            if (motor) motor.pulse = async () => { globalThis.pulses += 1; };
          }
          return 1;
        })()"""
    )
    hold(worn, "right", (0, 1.5, -0.3), down=True)
    worn.frames()
    hold(worn, "right", (0, 1.5, -0.3))
    worn.frames(4)
    assert worn.ask("globalThis.pulses") == 1


def test_buttons_lead_through_the_works(worn):
    press(worn, "a-button")
    assert worn.ask("page.visit.stop") == 2
    press(worn, "b-button")
    press(worn, "b-button")
    assert worn.ask("page.visit.stop") == 0


def test_bare_hands_point_and_pinch(worn):
    worn.ask("(device.primaryInputMode = 'hand', 1)")
    worn.ask("(page.immersion.now.rig.stands({x: -2.4, z: 0.5, azimuth: 270}, 0), 1)")
    worn.until("[...page.immersion.now.hands.values()].some((hand) => hand.joints?.visible)")
    worn.ask(
        "(device.hands.left.position.set(-0.4, 0.6, 0.4), device.hands.right.position.set(0, 1.5, -0.3), 1)"
    )
    worn.ask(f"(device.hands.right.{LEVEL}, 1)")
    worn.until("page.immersion.now.reading?.title === 'Ember'")
    worn.ask("(device.hands.right.updatePinchValue(1), 1)")
    worn.frames(4)
    worn.ask("(device.hands.right.updatePinchValue(0), 1)")
    worn.until("page.visit.stop === 0")


def test_the_rail_leaves(worn):
    worn.ask(
        """(() => {
          const { rail } = page.immersion.now;
          const at = rail.localToWorld(rail.position.clone().set(0.34, 0, 0)); // "Leave" is on the right
          const { rig } = page.immersion.now;
          const local = at.applyMatrix4(rig.matrix.clone().invert());
          device.controllers.right.position.set(local.x, local.y + 0.4, local.z);
          device.controllers.right.quaternion.set(-Math.SQRT1_2, 0, 0, Math.SQRT1_2);
          return 1;
        })()"""
    )
    worn.frames()
    assert worn.ask("page.immersion.now.rail.lit") == "leave"
    worn.ask(f"({RIGHT}.updateButtonValue('trigger', 1), 1)")
    worn.frames(3)
    worn.ask(f"({RIGHT}.updateButtonValue('trigger', 0), 1)")
    worn.until("document.documentElement.dataset.immersed === 'no'")
    worn.still()
    assert worn.page.inner_text("#plaque-title") == "Tide", "and one stands where one stood"


def test_gliding_darkens_the_edge_of_sight(headset):
    visitor = headset()
    visitor.press("h")
    visitor.page.check("#smooth")
    visitor.press("Escape")
    visitor.enter()
    before = eye(visitor)
    stick(visitor, 0, -1)
    visitor.frames(6)
    assert visitor.ask("page.immersion.now.vignette.strength") > 0.2
    stick(visitor, 0, 0)
    after = eye(visitor)
    assert math.dist(before, after) > 0.1
    assert visitor.ask(f"page.walk.floor.holds({after[0]}, {after[2]})")
