"""One work on a real wall: alpha-blended AR in the emulator, with a wall to find and without."""

from __future__ import annotations

import pytest

WALL = """
globalThis.Wall = class {
  constructor() {
    this.trackedPlanes = new Set();
    this.trackedMeshes = new Set();
    this.environmentCanvas = document.createElement('canvas');
  }
  render() {}
  // A wall at z = -2 that faces +Z: the pose's +Y is its normal, as WebXR wants it.
  computeHitTestResults(ray) {
    const [dx, dy, dz] = [-ray[8], -ray[9], -ray[10]];
    if (dz > -0.01) return [];
    const t = (-2 - ray[14]) / dz;
    return [[1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, ray[12] + dx * t, ray[13] + dy * t, -2, 1]];
  }
};
device.installSEM(Wall);
"""


def placed(visitor):
    """(x, y, z) of the work, and the direction that it shows its front to."""
    m = visitor.ask("[...page.immersion.now.holder.matrix.elements]")
    return m[12:15], m[8:11]


def aim(visitor, at=(0.0, 1.5, -0.2)):
    visitor.ask(
        f"(device.controllers.right.position.set({at[0]}, {at[1]}, {at[2]}), "
        "device.controllers.right.quaternion.set(0, 0, 0, 1), 1)"
    )
    visitor.frames()


def trigger(visitor, value):
    visitor.ask(f"(device.controllers.right.updateButtonValue('trigger', {value}), 1)")
    visitor.frames(3)


def test_a_work_hangs_at_its_true_size_before_the_visitor(headset):
    visitor = headset(900, 300, fragment="#work=work_003")
    visitor.still()
    visitor.page.click("#place-work")
    visitor.until("document.documentElement.dataset.immersed === 'alpha-blend'")
    visitor.until("page.immersion.now.sides")
    visitor.frames()
    assert visitor.ask("page.immersion.now.work.title") == "Moss"
    # A work of its own gets a thin edge around it.
    assert visitor.ask("page.immersion.now.sides.slice(0, 2)") == pytest.approx([1.2, 0.8], abs=0.04)
    assert not visitor.ask("page.model.root.visible"), "no walls, no sky"
    aim(visitor)
    (x, y, z), front = placed(visitor)
    assert (x, y, z) == pytest.approx((0, 1.5, -1.7), abs=0.02), "at arm's length along the ray"
    assert front[2] > 0.95, "it looks at the visitor"
    trigger(visitor, 1)
    trigger(visitor, 0)
    aim(visitor, (0.8, 1.2, -0.2))
    assert placed(visitor)[0] == pytest.approx((0, 1.5, -1.7), abs=0.02), "put down it stays"
    trigger(visitor, 1)
    aim(visitor, (0.5, 1.4, -0.2))
    trigger(visitor, 0)
    assert placed(visitor)[0] == pytest.approx((0.5, 1.4, -1.7), abs=0.03), "held it is carried on"
    visitor.leave()
    assert visitor.ask("page.model.root.visible")
    assert visitor.ask("page.immersion.now") is None


def test_a_work_lies_flat_on_the_wall_that_was_found(visit, iwer):
    visitor = visit(scripts=(iwer + WALL,), fragment="#work=work_001")
    visitor.until("'offers' in document.documentElement.dataset")
    visitor.enter("#enter-ar")
    visitor.until("page.immersion.now.sides && page.immersion.now.tests.size > 1")
    aim(visitor, (0.3, 1.5, -0.2))
    place, front = placed(visitor)
    assert place == pytest.approx([0.3, 1.5, -2.0], abs=0.02)
    assert front == pytest.approx([0, 0, 1], abs=0.02), "along the wall's normal, not towards the visitor"
    trigger(visitor, 1)
    trigger(visitor, 0)
    assert visitor.ask("page.immersion.now.anchor !== null"), "tied to the wall"
    aim(visitor, (-1.0, 1.5, -0.2))
    assert placed(visitor)[0] == pytest.approx([0.3, 1.5, -2.0], abs=0.02)
    assert visitor.page.is_visible("#leave-ar")
    visitor.leave()
